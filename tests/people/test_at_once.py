"""`rollback: immediate`: what a severity that goes back at once waits for, and what it doesn't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.runs import operator_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

POLICY = """
zone: UTC
people: {me: {os_user: %s}, ana: {}}
tiers: {ops: {notify: [{console: ops}]}}
severities: {P1: {tiers: [ops], rollback: immediate}, P2: {tiers: [ops], rollback: ask}}
windows: {never: {hours: "mon 00:00-00:01"}}
freezes: [{from: 2020-01-01, to: 9000-01-01}]
approvals: {change: 1, no_undo: 2}
"""
BOOK = """
runbook: demo
policy: policy.yml
severity: %s
window: never
steps:
  - id: back
    shell: touch back
    effect: %s
    because: the test wants it
"""
WAITS = 8


@pytest.fixture
def start(here: Path, runbook: Callable[..., Said]) -> Callable[..., Said]:
    def call(severity: str, effect: str = "change", further: str = "", window: bool = True) -> Said:
        (here / "policy.yml").write_text(POLICY % operator_name())
        text = BOOK % (severity, effect) + further
        (here / "demo.yml").write_text(text if window else text.replace("window: never\n", ""))
        return runbook("run", "demo.yml")

    return call


def notes(here: Path) -> list[str]:
    journal = next((here / ".runbook" / "runs").iterdir()) / "journal.jsonl"
    lines = map(json.loads, journal.read_text().splitlines())
    return [line["text"] for line in lines if line["type"] == "note" and line["what"] == "waived"]


def test_a_change_goes_on_at_once_and_says_so_loudly(start: Callable[..., Said], here: Path, runbook: Callable[..., Said]) -> None:
    said = start("P1")
    assert (said.code, (here / "back").exists()) == (0, True)
    assert said.out.count("WAIVED") == 2
    assert notes(here) == [
        "P1: nobody is asked to approve it (it can't be undone): at once, by the policy",
        "P1: it goes on outside of its window (never) at once, by the policy",
    ]
    assert "WAIVED" in runbook("report", "last").out
    assert runbook("audit", "verify", "last").code == 0


def test_another_severity_waits(start: Callable[..., Said], here: Path) -> None:
    assert start("P2", window=False).code == WAITS
    assert not (here / "back").exists()


def test_what_destroys_waits_whatever_the_severity(start: Callable[..., Said], here: Path) -> None:
    assert start("P1", "destroy", window=False).code == WAITS
    assert (notes(here), (here / "back").exists()) == ([], False)


def test_what_the_runbook_itself_wants_approved_waits(start: Callable[..., Said], here: Path) -> None:
    assert start("P1", further='    approve: "Now?"\n', window=False).code == WAITS
    assert not (here / "back").exists()


def test_a_plan_says_who_is_not_asked(start: Callable[..., Said], here: Path, runbook: Callable[..., Said]) -> None:
    said = start("P1")
    assert "approval for" not in said.out
    plan = runbook("plan", "demo.yml").out
    assert "not waited for: P1 goes back at once" in " ".join(plan.split())


def test_it_is_said_once_whatever_is_tried_again(start: Callable[..., Said], here: Path) -> None:
    start("P1", further="    repeatable: true\n    retry: {every: 10ms, times: 3}\n    expect: result.exit == 1\n")
    assert len(notes(here)) == 2


def test_an_undo_asks_nobody_for_what_the_policy_wants(start: Callable[..., Said], here: Path) -> None:
    further = "    undo: {shell: rm back, effect: change, because: it is one}\n  - {id: bad, shell: 'false'}\non_failure: [{undo: all}]\n"
    assert start("P1", further=further).code == 4
    assert not (here / "back").exists()
