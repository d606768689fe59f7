"""`runbook fmt` and `runbook convert`."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

UGLY = "runbook:   x\nsteps:\n# one\n- shell:   ls\n"
NEAT = "runbook: x\nsteps:\n  # one\n  - shell: ls\n"
TEXT = "runbook x {\n  # one\n  shell ls\n}\n"


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def pipe(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))

    return pipe


def test_a_file_is_formatted_in_its_place(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.yml").write_text(UGLY)
    (here / "x.yml").chmod(0o640)
    said = runbook("fmt", "x.yml")
    assert (said.code, said.out) == (0, "")
    assert "changed  x.yml" in said.err
    assert (here / "x.yml").read_text() == NEAT
    assert (here / "x.yml").stat().st_mode & 0o777 == 0o640
    assert runbook("fmt", "--check", "x.yml").code == 0


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_check_and_diff_write_nothing(option: str, here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.yml").write_text(UGLY)
    said = runbook("fmt", option, "x.yml")
    assert said.code == 1
    assert ("-runbook:   x" in said.out) is (option == "--diff")
    assert (here / "x.yml").read_text() == UGLY


def test_of_a_folder_only_what_is_of_runbook_is_formatted(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "lib").mkdir()
    texts = {
        "x.yml": UGLY,
        "y.runbook": "runbook y { shell ls;wait 1s }",
        "compose.yml": "services:   {}\n",
        "cases.yml": "- case:   a\n  runbook:  x.yml\n",
    }
    for name, text in texts.items():
        (here / "lib" / name).write_text(text)
    assert runbook("fmt", "lib").code == 0
    assert (here / "lib" / "compose.yml").read_text() == texts["compose.yml"]
    assert (here / "lib" / "x.yml").read_text() == NEAT
    assert (here / "lib" / "y.runbook").read_text() == "runbook y {\n  shell ls\n  wait 1s\n}\n"
    assert (here / "lib" / "cases.yml").read_text() == "- case: a\n  runbook: x.yml\n"


def test_a_file_with_an_error_is_left_as_it_is(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "bad.runbook").write_text("runbook x {\n retry\n")
    (here / "x.yml").write_text(UGLY)
    said = runbook("fmt", "bad.runbook", "x.yml")
    assert said.code == 2
    assert "RB1" in said.err
    assert (here / "bad.runbook").read_text() == "runbook x {\n retry\n"
    assert (here / "x.yml").read_text() == NEAT


@pytest.mark.parametrize(("text", "neat"), [(UGLY, NEAT), ("runbook x {\n# one\nshell ls }", TEXT)])
def test_standard_input_goes_to_standard_output(text: str, neat: str, piped: Callable[[str], None], runbook: Callable[..., Said]) -> None:
    piped(text)
    said = runbook("fmt", "-")
    assert (said.code, said.out) == (0, neat)


def test_a_runbook_is_converted_there_and_back(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.yml").write_text(NEAT)
    assert runbook("convert", "x.yml", "--to", "text").out == TEXT
    assert runbook("convert", "x.yml", "--to", "text", "-o", "x.runbook").code == 0
    assert (here / "x.runbook").read_text() == TEXT
    assert runbook("convert", "x.runbook", "--to", "yaml").out == NEAT.replace("  # one\n", "  # one\n")
    assert "RB733" in runbook("convert", "x.yml", "--to", "text", "-o", "x.runbook").err
    assert "RB757" in runbook("convert", "x.yml", "--to", "text", "-o", "y.yml").err
    assert "RB723" in runbook("convert", "x.yml").err


def test_what_is_wrong_is_not_converted(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.yml").write_text("runbook: x\nsteps:\n  - shell: ls\n    gaurd: a\n")
    said = runbook("convert", "x.yml", "--to", "text")
    assert said.code == 2
    assert "gaurd" in said.err


def test_runbooks_of_both_forms_call_each_other(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "a.yml").write_text("runbook: a\nsteps:\n  - call: b.runbook\n")
    (here / "b.runbook").write_text("runbook b { call c.yml }\n")
    (here / "c.yml").write_text("runbook: c\nsteps:\n  - shell: ls\n")
    assert runbook("check", "a.yml", "b.runbook").code == 0
    assert "ls" in runbook("plan", "a.yml").out


def test_json_is_left_as_it_is(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.json").write_text('{"runbook": "x", "steps": [{"wait": "5m"}]}')
    said = runbook("fmt", "x.json")
    assert said.code == 2
    assert "RB757" in said.err
    assert (here / "x.json").read_text().startswith("{")


def test_a_new_runbook_may_be_in_the_text_form(here: Path, runbook: Callable[..., Said]) -> None:
    assert runbook("new", "restart-worker", "-o", "restart.runbook").code == 0
    assert (here / "restart.runbook").read_text().count("#") > 5
    assert runbook("check", "restart.runbook").code == 0
    assert runbook("fmt", "--check", "restart.runbook").code == 0


def test_folders_are_looked_through_for_both_forms(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "lib").mkdir()
    (here / "lib" / "a.yml").write_text("runbook: a\nsteps:\n  - shell: ls\n")
    (here / "lib" / "b.runbook").write_text('# a comment\nrunbook b "T" {\n  shell ls\n}\n')
    assert "2 files" in runbook("check", "lib").out
    planned = runbook("plan", "lib").out
    assert "a.yml" in planned
    assert "b.runbook" in planned


def test_a_runbook_in_the_text_form_is_run(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "x.runbook").write_text("runbook x {\n  step hello { shell /bin/echo hello }\n  success hello.ok\n}\n")
    said = runbook("run", "x.runbook", "--yes")
    assert said.code == 0
    (here / "x.runbook").write_text('runbook x { step a { shell /bin/false; may fail }; stop failed "no" }')
    assert runbook("run", "x.runbook", "--yes").code == 1
