"""What is wrong in the YAML form is wrong in the text form too, and is told by the same codes."""

from __future__ import annotations

import pytest

from runbook_lang.api.files import check_file
from runbook_lang.api.forms import parse, written
from runbook_lang.api.load import load
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.base.source import Source
from tests.check.test_rules import CASES, POLICY, SUB
from tests.model.test_structure_errors import RUNBOOKS, STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

ALL = {**CASES, **{f"structure: {name}": text for name, text in RUNBOOKS.items()}}
ALL |= {f"steps: {name}": f"runbook: a\nsteps:\n{text}" for name, text in STEPS.items()}
CURED = ("structure: a number as a title", "structure: inputs", "structure: empty steps")
"""A title is always text there, an input always has a type, and there is no list that could be empty."""
NO_SUCH_THING = 20
"""At most so many of them can't even be written in the text form: two kinds in one step can, an unknown key of `retry` can't."""


def other(text: str) -> str | None:
    try:
        return written(parse(Source("book.yml", text), "yaml"), "text")
    except RunbookError:
        return None


def codes(name: str, text: str, more: dict[str, str]) -> list[str]:
    kept = {name: text, "sub.yml": SUB, "policy.yml": POLICY, **more}
    found = load(name, kept={key: value.encode() for key, value in kept.items()})
    return sorted(item.code for item in found.problems.sorted())


@pytest.mark.parametrize("text", [text for name, text in ALL.items() if name not in CURED], ids=[name for name in ALL if name not in CURED])
def test_a_file_has_the_same_findings_in_both_forms(text: str) -> None:
    spelled = other(text)
    if spelled is None:
        return
    assert codes("book.runbook", spelled, {"book.yml": text}) == codes("book.yml", text, {}), spelled


def test_most_of_what_is_wrong_can_be_written_in_both_forms() -> None:
    lost = [name for name, text in ALL.items() if other(text) is None]
    assert len(lost) <= NO_SUCH_THING, lost


GOOD = "runbook x {\n  shell ls\n}\n"
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "RB105"),
    "a comment only": (b"# x\n", "RB105"),
    "UTF-16": (GOOD.encode("utf-16"), "RB101"),
    "a NUL": (b"runbook x { shell a\0b }", "RB101"),
    "Latin-1": ("runbook x { shell ñ }".encode("latin-1"), "RB101"),
    "too large": (b"#" * (4 * 1024 * 1024 + 1), "RB102"),
    "a control character": (b"runbook x { shell a\x07 }", "RB103"),
    "an escape for NUL": (b'runbook x "\\0" { shell a }', "RB103"),
    "a lone carriage return": (b"runbook x {\rshell a }", "RB103"),
    "a mark that turns the text": ("runbook x { shell a\u202e }".encode(), "RB104"),
    "nested deep": (b"runbook x { input a: list = " + b"[" * 200 + b"]" * 200 + b"; shell a }", "RB108"),
    "a name twice": (b"runbook x { input a: int; input a: int; shell a }", "RB110"),
    "an open quote": (b'runbook x "T { shell a }', "RB145"),
    "an open brace": (b"runbook x { shell a ", "RB141"),
    "YAML": (b"runbook: x\nsteps: [{wait: 5m}]\n", "RB147"),
    "a program": (b"#!/bin/sh\nset -e\n", "RB140"),
    "JSON": (b'{"runbook": "x"}', "RB140"),
}


@pytest.mark.parametrize(("raw", "code"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_told_by_its_code(raw: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "x.runbook"
    path.write_bytes(raw)
    found = check_file(str(path))
    assert code in {item.code for item in found.diagnostics}
    assert found.program is None


def test_a_byte_order_mark_at_the_beginning_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x.runbook"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert check_file(str(path)).program is not None


def test_a_folder_is_no_runbook(tmp_path: Path) -> None:
    (tmp_path / "x.runbook").mkdir()
    assert [item.code for item in check_file(str(tmp_path / "x.runbook")).diagnostics] == ["RB701"]
