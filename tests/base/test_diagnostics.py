"""Findings: collected, sorted by place, and never without a code."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import NOTE, Diagnostic, Problems, Related, RunbookError, fail
from runbook_lang.base.source import Source, Span

SOURCE = Source("file.yml", "one\ntwo\nthree\n")


def at(start: int) -> Span:
    return Span(SOURCE, start, start + 1)


def test_only_errors_fail() -> None:
    problems = Problems()
    problems.warning("RB124", "A comment.", at(0))
    problems.add(Diagnostic("RB124", "A note.", severity=NOTE))
    assert not problems.failed
    problems.error("RB110", "Twice.", at(4), "Remove it.", (Related("first defined here", at(0)),))
    assert problems.failed
    assert [item.is_error for item in problems] == [False, False, True]
    assert len(problems) == 3


def test_findings_are_sorted_by_place_and_equal_ones_come_once() -> None:
    problems = Problems()
    problems.error("RB110", "late", at(9))
    problems.error("RB110", "early", at(1))
    problems.error("RB110", "late", at(9))
    problems.error("RB102", "nowhere", None)
    problems.error("RB111", "other code", at(9))
    problems.error("RB110", "another file", Span(Source("a.yml", "x"), 0, 1))
    assert [item.message for item in problems.sorted()] == ["nowhere", "another file", "early", "late", "other code"]


def test_the_json_form_has_every_field() -> None:
    assert Diagnostic("RB110", "Twice.", at(5), "Remove it.").as_json() == {
        "code": "RB110",
        "severity": "error",
        "file": "file.yml",
        "line": 2,
        "column": 2,
        "message": "Twice.",
        "help": "Remove it.",
    }
    placeless = Diagnostic("RB102", "Too large.").as_json()
    assert (placeless["file"], placeless["line"], placeless["column"]) == (None, None, None)


def test_an_error_carries_its_findings() -> None:
    error = RunbookError(Diagnostic("RB101", "One."), Diagnostic("RB102", "Two."))
    assert str(error) == "One.; Two."
    assert [item.code for item in error.diagnostics] == ["RB101", "RB102"]
    with pytest.raises(RunbookError) as raised:
        raise fail("RB103", "Three.", at(0), "Do it.")
    assert raised.value.diagnostics == (Diagnostic("RB103", "Three.", at(0), "Do it."),)


def test_problems_can_begin_with_some() -> None:
    first = Diagnostic("RB101", "One.")
    assert list(Problems([first])) == [first]
