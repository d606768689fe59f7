"""Policies for tests, read as a file would be."""

from __future__ import annotations

from runbook_lang.base.diagnostics import Problems
from runbook_lang.model.policy import Policy
from runbook_lang.people.calendar import moment_of
from runbook_lang.people.judge import judge
from tests.model.reading import policy as read

SANTIAGO = "America/Santiago"


def made(text: str) -> Policy:
    """The policy of a text that has no errors of structure."""
    found, problems = read(text)
    assert problems.problems.sorted() == []
    assert found is not None
    return found


def at(text: str, zone: str = SANTIAGO) -> int:
    moment = moment_of(zone, text)
    assert moment is not None
    return moment


def judged(text: str, today: str = "2026-11-24 12:00") -> list[str]:
    """`RB360 error: …` of each finding, sorted by place."""
    problems = Problems()
    judge(made(text), at(today), problems)
    return [f"{item.code} {item.severity}: {item.message}" for item in problems.sorted()]
