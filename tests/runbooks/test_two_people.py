"""The library with its policy as it is: somebody operates, and somebody else approves what destroys."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest_lab import Done, RunningLab, need
from tests.runbooks.operator import RUNBOOKS, Operator

AS_PERSON = ("-m", "tests.runbooks.as_person")


@pytest.mark.lab
def test_the_operator_does_not_approve_what_destroys_and_a_colleague_does(lab: RunningLab, tmp_path: Path) -> None:
    need(lab, "pg")
    lab.broken("flyway")
    operator = Operator(lab, tmp_path / "store")

    def types(user: str, *words: str) -> Done:
        root = str(RUNBOOKS.parent)
        return lab.run(sys.executable, *AS_PERSON, user, *words, RUNBOOK_STORE=str(operator.store), PYTHONPATH=root)

    first = types("oncall1", "run", str(RUNBOOKS / "fix-flyway.yml"), "--format", "json")
    assert first.code == 8, first.err
    run = json.loads(first.out)["run"]
    assert "RB732" in types("stranger", "answer", run, "fixed", "yes").err
    assert types("oncall1", "answer", run, "fixed", "yes").code == 0
    assert types("oncall1", "resume", run).code == 8
    own = types("oncall1", "approve", run, "delete")
    assert (own.code != 0, "RB764" in own.err) == (True, True), own.err
    assert "delete#1/main" not in operator.started(run)
    assert types("oncall2", "approve", run, "delete").code == 0
    assert types("oncall1", "resume", run).code == 0
    met = [(event["path"], event["by"]) for event in operator.journal(run) if event["type"] == "need.met"]
    assert met == [("fixed", "oncall1"), ("delete", "oncall2")]
    assert operator.started(run).count("delete#1/main") == 1
    shown = types("oncall1", "show", run).out
    assert "by oncall2" in shown
    assert types("oncall1", "audit", "verify", run).code == 0
