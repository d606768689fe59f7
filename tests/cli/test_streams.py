"""Standard streams that are closed, or lead to a disk that is full: no traceback, no success that isn't one, no stray bytes in a file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from runbook_lang.cli.main import main
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

BOOK = "runbook: book\nsteps: [{id: one, shell: echo from the program}]\n"
COMMANDS = (
    "--version",
    "--help",
    "schema",
    "explain RB101",
    "runs",
    "show last",
    "report last",
    "report last --format json",
    "convert book.yml --to text",
    "plan book.yml",
    "run book.yml --format json",
    "show last --output one",
)
CLOSED = {"output": ">&-", "errors": "2>&-", "input": "<&-", "all three": "<&- >&- 2>&-"}


@pytest.fixture
def place(here: Path, runbook: Callable[..., Said]) -> Path:
    (here / "book.yml").write_text(BOOK)
    assert runbook("run", "book.yml").code == 0
    return here


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("words", ["--version", "runs", "check missing.yml", "run book.yml"])
def test_a_closed_stream_is_one_that_leads_nowhere(place: Path, words: str, closed: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = f"{sys.executable} -m runbook_lang {words} {CLOSED[closed]}"
    done = subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == (2 if "missing" in words else 0), done
    assert "Traceback" not in done.stderr
    assert "RB799" not in done.stderr
    for journal in place.glob(".runbook/runs/*/journal.jsonl"):  # no file took the number of a stream, so no program wrote into it
        assert [json.loads(text)["seq"] for text in journal.read_text().splitlines()][-1] > 1


class FullDisk:
    """A standard output on a disk that takes nothing more."""

    encoding = "utf-8"
    buffer = None

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def flush(self) -> None:
        """Nothing was taken, so nothing is left."""

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        raise ValueError("no file")


@pytest.mark.parametrize("words", COMMANDS)
def test_a_result_that_could_not_be_written_is_no_success(
    place: Path, words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """But for a run: what it did is the truth, and its exit code says that."""
    monkeypatch.setattr(sys, "stdout", FullDisk())
    monkeypatch.setattr(os, "dup2", lambda old, new: new)
    code = main(words.split())
    said = capfd.readouterr().err
    assert code == (0 if words.startswith("run ") else 2), said
    assert "tandard output can't be written" in said
    assert "RB799" not in said


@pytest.mark.parametrize("words", ["new fresh", "plan book.yml -o fresh.yml", "convert book.yml --to yaml -o fresh.yml"])
def test_a_file_that_could_not_be_written_leaves_none_behind(
    place: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    """Else the next try would say that it is there already."""
    before = sorted(os.listdir(place))

    real = open

    def opened(path: str, mode: str = "r", **more: object) -> object:
        stream = real(path, mode, **more)  # type: ignore[call-overload]  # as it was called
        if "x" in mode or "w" in mode:
            stream.close()
            return Full(path)
        return stream

    class Full:
        def __init__(self, path: str) -> None:
            self.path = path

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            """Closed."""

        def write(self, data: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("builtins.open", opened)
        said = runbook(*words.split())
    assert said.code == 2, said
    assert "no space left on device" in said.err
    assert "Free some space" in said.err
    assert sorted(os.listdir(place)) == before


def test_signs_that_the_encoding_lacks_are_replaced_by_plain_ones(place: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([sys.executable, "-m", "runbook_lang", "run", "book.yml"], env=env, capture_output=True, timeout=60, check=True)
    assert b"-" * 80 in done.stdout
    assert b"\\u" not in done.stdout
