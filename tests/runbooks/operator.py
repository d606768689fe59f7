"""An operator: runs the command in a lab and reads what came of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.conftest_lab import Done, RunningLab

RUNBOOKS = Path(__file__).resolve().parents[2] / "runbooks"
RUNBOOK = (sys.executable, "-m", "runbook_lang")


class Operator:
    """One store, so that each test has runs of its own."""

    def __init__(self, lab: RunningLab, store: Path) -> None:
        self.lab = lab
        self.store = store

    def type(self, *words: str, **changed: str) -> Done:
        root = str(RUNBOOKS.parent)
        return self.lab.run(*RUNBOOK, *words, RUNBOOK_STORE=str(self.store), PYTHONPATH=root, **changed)

    def run(self, name: str, *options: str, **changed: str) -> tuple[int, dict[str, Any]]:
        """(exit code, the JSON document) of a run."""
        done = self.type("run", str(RUNBOOKS / name), "--format", "json", *options, **changed)
        return done.code, json.loads(done.out) if done.out.strip() else {"stderr": done.err}

    def journal(self, run: str) -> list[dict[str, Any]]:
        text = (self.store / "runs" / run / "journal.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def started(self, run: str) -> list[str]:
        return [event["id"] for event in self.journal(run) if event["type"] == "act.started"]
