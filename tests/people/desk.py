"""Runs with escalations, without a runbook: what `run` would leave on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lang.adapters.store import RunFolder, Store
from runbook_lang.adapters.uuid7 import uuid7
from runbook_lang.api.escalations import Raise, Ticker, raise_escalation
from runbook_lang.people.calendar import MINUTE_US
from tests.people.policies import at, made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POLICY = """
zone: America/Santiago
people: {ana: {os_user: ana1}, ben: {}}
tiers:
  dev: {ack_within: 30m, notify: [{slack: "#a"}, {webhook: hook}]}
  ops: {ack_within: 15m, notify: [{pager: ops}]}
severities: {P1: {tiers: [ops]}, P2: {tiers: [dev, ops]}}
"""
NOON = at("2026-11-24 12:00")


class Desk:
    """A store, a clock that the test moves, and what was said."""

    def __init__(self, folder: Path, environ: Mapping[str, str], policy: str = POLICY) -> None:
        self.store = Store(str(folder / ".runbook"))
        self.policy = made(policy)
        self.clock = NOON
        self.said: list[str] = []
        self.environ = dict(environ)
        self.ticker = Ticker(self.environ, self.said.append, lambda: self.clock)

    def run(self, severity: str = "P2", step: str = "tell", message: str = "it is down") -> RunFolder:
        """A run that has raised an escalation."""
        found = self.store.create_run(uuid7())
        self.raised(found, severity, step, message)
        return found

    def raised(self, run: RunFolder, severity: str = "P2", step: str = "tell", message: str = "it is down") -> bool:
        wanted = Raise(step, severity, "", message, "book", "ana1", bind=(4, "0" * 64, ""))
        return raise_escalation(run, self.policy, wanted, "", self.clock)

    def tick(self, minutes: float = 0) -> int:
        """Moves the clock, ticks; returns the number of messages that went out."""
        self.clock += int(minutes * MINUTE_US)
        found = self.ticker.tick([self.store])
        assert found.problems == ()
        return found.counts.sent
