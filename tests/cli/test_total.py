"""Whatever the words and the files: an exit code and a sentence, never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_lang.cli.main import main
from runbook_lang.cli.table import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {0, 1, 2, 3, 4, 5, 6, 7, 8}
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
# Commands that would start programs or wait for input are called with what can't be run only.
HARMLESS = sorted(set(COMMANDS) - {"test", "lsp"})  # the server talks by its stdin, until that ends

PIECES = [
    "runbook: x\n", "steps:\n", "  - id: a\n", "    shell: echo ${b}\n", "    when: a.ok\n", "    expect: [", "case: t\n", "expect: {exit: 0}\n",
    "world: [{step: a}]\n", "runbook: |\n", "  runbook: y\n", "zone: UTC\n", "tiers: {}\n", "inputs: {n: int}\n", "\t", "\x00", "é", "${", "}", "'", '"', "- ",
    "&a ", "*a", "!x ", "<<: ", "---\n", "?", ": ", "on_failure: [{undo: all}]\n", "success: 1 +\n", "\ud800",
]  # fmt: skip


def options() -> list[str]:
    return sorted({option.name for command in COMMANDS.values() for option in command.options})


def words() -> st.SearchStrategy[list[str]]:
    """Mostly words that mean something somewhere, so that most commands get past their first check."""
    files = ["a.yml", "b.yml", "folder", "nowhere.yml", ".", "", "a.json"]
    known = [
        *options(),
        *files,
        "last",
        "--",
        "-",
        "-q",
        "-v",
        "-i",
        "x=1",
        "n=2",
        "json",
        "RB101",
        "1 + 1",
        "a",
        "done",
        "--input=n=1",
        "--limit=2",
    ]
    return st.lists(st.one_of(st.sampled_from(known), st.text(max_size=8)), max_size=6)


def call(argv: list[str]) -> tuple[int, str]:
    """The exit code and all that was said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(argv)
    return code, out.getvalue() + err.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNBOOK_STORE", str(tmp_path / "store"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "b.yml").write_text(
        "runbook: b\ninputs: {n: {type: int, default: 1}}\nsteps:\n  - {id: ask_it, ask: {answer: 'n?', type: int}}\n"
    )
    (tmp_path / "a.json").write_text('{"n": 3}')
    return tmp_path


@given(st.sampled_from([*HARMLESS, "help", "", "-x", "--version"]), words())
@QUIET
def test_any_words_give_an_exit_code(folder: Path, name: str, rest: list[str]) -> None:
    code, said = call([name, *rest])
    assert code in KNOWN, said
    assert "error RB799" not in said
    assert "Traceback" not in said
    assert code == 0 or said.strip() or {"-q", "--quiet"} & set(rest)


@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=10)), max_size=25).map("".join), st.sampled_from(["check", "test", "plan"])
)
@QUIET
def test_any_file_gives_an_exit_code(folder: Path, text: str, name: str) -> None:
    path = folder / "folder" / "any.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    code, said = call([name, str(path)])
    assert code in KNOWN, said
    assert "error RB799" not in said
    assert "Traceback" not in said


@given(st.binary(max_size=200))
@QUIET
def test_any_bytes_give_an_exit_code(folder: Path, data: bytes) -> None:
    for name in ("any.yml", "any.json"):
        (folder / "folder" / name).write_bytes(data)
    path = os.path.join("folder", "any")
    for argv in (
        ["check", f"{path}.yml"],
        ["check", "--format=github", "folder"],
        ["test", f"{path}.yml"],
        ["run", "b.yml", "--inputs", f"{path}.yml", "--until", "nothing"],
        ["eval", "1", "--bindings", f"{path}.json"],
        ["eval", "--cases", f"{path}.json"],
    ):
        code, said = call(argv)
        assert code in KNOWN, said
        assert "error RB799" not in said, said


def test_a_defect_is_told_as_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from runbook_lang.cli.commands import schema

    def broken() -> dict[str, str]:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(schema, "files", broken)
    assert main(["schema"]) == 70
    said = capsys.readouterr().err
    assert "error RB799: This is a defect of runbook: ZeroDivisionError in test_total.py:" in said
    assert "secret words" not in said


@pytest.mark.parametrize("line", ["check a.yml", "runs", "run a.yml"])
def test_a_folder_that_was_removed_is_said_to_be_gone(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(line.split()) == 2
    assert "RB728" in capsys.readouterr().err
