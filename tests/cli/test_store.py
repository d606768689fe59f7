"""A store that takes no run: it is the first that is said, before anything is shown, asked, read or left behind."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from runbook_lang.adapters.files import Files, of_another
from runbook_lang.adapters.store import Store
from runbook_lang.base.diagnostics import RunbookError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

BOOK = "runbook: book\ntitle: Un libro\nsteps: [{id: one, shell: touch began}]\n"
KINDS = {"a run": (), "a rehearsal": ("--dry-run",), "quietly": ("--quiet",), "for programs": ("--format", "json")}
PLACES = {"a file": "a-file", "below a file": "a-file/store", "a system folder": "/proc/store"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_store_that_takes_nothing_is_told_first(here: Path, runbook: Callable[..., Said], kind: str, place: str) -> None:
    (here / "book.yml").write_text(BOOK)
    (here / "a-file").write_text("")
    said = runbook("run", "book.yml", *KINDS[kind], "--store", PLACES[place])
    assert said.code == 2
    message = said.json["diagnostics"][0]["message"] if kind == "for programs" else said.err
    assert "RB602" in said.out + said.err
    assert "No run can be kept in" in message
    assert "nothing is started" in message
    assert kind == "for programs" or said.out == ""
    assert "Un libro" not in said.err
    assert sorted(os.listdir(here)) == ["a-file", "book.yml"]


def test_keys_that_cannot_be_read_are_told_first(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "book.yml").write_text(BOOK)
    (here / "keys").mkdir()
    (here / "keys" / "active").mkdir()
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    said = runbook("run", "book.yml")
    assert (said.code, said.out) == (2, "")
    assert "RB620" in said.err
    assert "Errno" not in said.err
    assert not (here / ".runbook").exists()


class Refusing(Files):
    """The real calls, but one of them is refused."""

    def __init__(self, call: str, code: int) -> None:
        self.refused = call
        self.code = code

    def mkdir(self, path: str) -> None:
        if self.refused == "mkdir":
            raise OSError(self.code, os.strerror(self.code))
        super().mkdir(path)

    def allocate(self, fd: int, size: int) -> None:
        if self.refused == "allocate":
            raise OSError(self.code, os.strerror(self.code))
        super().allocate(fd, size)


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("mkdir", errno.EACCES, "another folder"),
        ("mkdir", errno.EROFS, "another folder"),
        ("mkdir", errno.ENOSPC, "Free some space"),
        ("allocate", errno.ENOSPC, "Free some space"),
        ("allocate", errno.EDQUOT, "Free some space"),
    ],
)
@pytest.mark.parametrize("there", [False, True])
def test_whatever_the_system_refuses_is_told_and_nothing_is_left(tmp_path: Path, call: str, code: int, said: str, there: bool) -> None:
    store = Store(str(tmp_path / "deep" / "store"))
    if there:
        store.create_run()
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    with pytest.raises(RunbookError) as caught:
        store.check_writable(system=Refusing(call, code))
    (found,) = caught.value.diagnostics
    assert found.code == "RB602"
    assert os.strerror(code) in found.message
    assert said in found.help
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("there", [False, True])
def test_a_store_that_takes_runs_is_left_as_it_is(tmp_path: Path, there: bool) -> None:
    store = Store(str(tmp_path / "deep" / "store"))
    if there:
        store.create_run()
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    store.check_writable()
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("error", "euid", "said"), [(PermissionError(13, "no"), 12345, "'s: type it as that user."), (OSError(5, "no"), 12345, "")]
)
def test_a_run_of_another_user_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, euid: int, said: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: euid)
    assert of_another(str(tmp_path / "journal.jsonl"), error).endswith(said)
    assert bool(of_another(str(tmp_path / "journal.jsonl"), error)) == bool(said)


def test_a_run_of_ones_own_is_told_otherwise(tmp_path: Path) -> None:
    assert of_another(str(tmp_path / "journal.jsonl"), PermissionError(13, "no")) == ""


@pytest.mark.parametrize("words", ["check folder", "test folder", "fmt folder", "docs folder", "plan folder", "drift manual.md folder"])
def test_a_folder_that_cannot_be_looked_into_is_not_passed_over(
    here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """It may hold what is wrong."""
    (here / "folder" / "below").mkdir(parents=True)
    (here / "folder" / "book.yml").write_text(BOOK)
    (here / "manual.md").write_text("# M\n\n```sh\nls\n```\n")
    real = os.scandir

    def scandir(path: str) -> object:
        if path.endswith("below"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    said = runbook(*words.split())
    assert said.code == 2, said
    assert "folder/below can't be read: permission denied" in said.out + said.err
