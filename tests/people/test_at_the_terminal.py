"""People at a terminal: an operator who can't approve, a waiver, an offer to stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lang.api.runs import operator_name
from tests.cli.test_terminal import Terminal
from tests.people.test_approvals import DROP, POLICY
from tests.people.test_commands import POLICY as TOLD
from tests.people.test_commands import RUNBOOK

if TYPE_CHECKING:
    from pathlib import Path


def prepared(folder: Path, approvals: str, severity: str) -> Path:
    (folder / "policy.yml").write_text(POLICY % (operator_name(), approvals))
    (folder / "demo.yml").write_text(DROP % severity)
    return folder


def test_the_operator_is_told_that_somebody_else_has_to_approve(tmp_path: Path) -> None:
    with Terminal(prepared(tmp_path, "", "P2"), "run", "demo.yml", "--yes", "--plain") as terminal:
        terminal.wait_for("somebody else has to approve it")
        assert terminal.end() == 8
    assert "Approve?" not in terminal.seen


def test_where_the_policy_lets_it_the_operator_goes_on_without(tmp_path: Path) -> None:
    with Terminal(prepared(tmp_path, "waive: [P1]", "P1"), "run", "demo.yml", "--yes", "--plain") as terminal:
        terminal.wait_for(r"Go on WITHOUT it\?")
        terminal.type("w\n")
        terminal.wait_for(r"Why without it\?")
        terminal.type("the site is down\n")
        assert terminal.end() == 0
    assert "WAIVED" in terminal.seen
    assert (tmp_path / "dropped").exists()


def test_a_waiver_without_a_reason_is_none(tmp_path: Path) -> None:
    with Terminal(prepared(tmp_path, "waive: [P1]", "P1"), "run", "demo.yml", "--yes", "--plain") as terminal:
        terminal.wait_for(r"Go on WITHOUT it\?")
        terminal.type("w\n")
        terminal.wait_for(r"Why without it\?")
        terminal.type("\n")
        assert terminal.end() == 8
    assert not (tmp_path / "dropped").exists()


def test_where_nothing_ticks_it_offers_to_stay(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text((TOLD % operator_name()).replace('slack: "#ops"', "console: ops"))
    (tmp_path / "demo.yml").write_text(RUNBOOK)
    with Terminal(tmp_path, "run", "demo.yml", "--yes", "--plain") as terminal:
        terminal.wait_for("Stay here and tell whoever is next")
        terminal.type("y\n")
        terminal.wait_for("Watching")
        terminal.type("\x03")
        terminal.wait_for("No longer watching")
        assert terminal.end() == 5
