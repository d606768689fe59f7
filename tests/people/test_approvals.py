"""Approvals: four eyes, keys, windows, waivers, what other hands put into the inbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.lines import FIRST_PREV, encode_body
from runbook_lang.api.runs import operator_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

POLICY = """
zone: UTC
people: {me: {os_user: %s}, ana: {}, ben: {}}
tiers: {ops: {notify: [{console: ops}]}}
severities: {P1: {tiers: [ops]}, P2: {tiers: [ops]}}
windows: {never: {hours: "mon 00:00-00:01"}}
freezes: [{from: 2020-01-01, to: 9000-01-01}]
approvals: {%s}
"""
DROP = """
runbook: demo
policy: policy.yml
severity: %s
steps:
  - id: drop
    shell: touch dropped
    effect: destroy
    because: the test wants it
"""
CHANGE = """
runbook: demo
policy: policy.yml
severity: %s
window: never
steps:
  - id: drop
    shell: touch dropped
    effect: change
    because: it is one
"""


@pytest.fixture
def paused(here: Path, runbook: Callable[..., Said]) -> Callable[..., Path]:
    """A run that waits for the approval of `drop`; returns its folder."""

    def start(approvals: str = "", severity: str = "P2", people: str = "") -> Path:
        (here / "policy.yml").write_text((POLICY % (operator_name(), approvals)).replace("ana: {}", people or "ana: {}"))
        (here / "demo.yml").write_text(DROP % severity)
        assert runbook("run", "demo.yml").code == 8
        return next((here / ".runbook" / "runs").iterdir())

    return start


def inbox(folder: Path, **message: Any) -> None:
    name = f"{len(os.listdir(folder / 'inbox')):020}-1-00000000.json"
    (folder / "inbox" / name).write_text(json.dumps({"kind": "approve", "path": "drop", "verdict": "approved", **message}))


def journal(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]


def test_the_operator_cannot_approve(paused: Callable[..., Path], runbook: Callable[..., Said], here: Path) -> None:
    folder = paused()
    found = runbook("approve", "last", "drop")
    assert (found.code, "RB764" in found.err, "somebody else has to approve" in found.err) == (2, True, True)
    inbox(folder, by=operator_name())
    found = runbook("resume", "last")
    assert found.code == 8
    assert "fits nothing that is waited for" in found.out
    assert not (here / "dropped").exists()
    assert f"not of {operator_name()}" in runbook("status").out


def test_somebody_else_can_while_the_run_is_dead(paused: Callable[..., Path], runbook: Callable[..., Said], here: Path) -> None:
    folder = paused()
    inbox(folder, by="ana")
    assert runbook("resume", "last").code == 0
    assert (here / "dropped").exists()
    met = next(line for line in journal(folder) if line["type"] == "need.met")
    assert met["by"] == "ana"
    assert "grade" not in met  # claimed


def test_whoever_resumes_is_an_operator_too(
    paused: Callable[..., Path], runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = paused()
    from runbook_lang.cli import session

    monkeypatch.setattr(session, "operator_name", lambda: "ana")
    assert runbook("resume", "last").code == 8
    inbox(folder, by="ana")
    assert "fits nothing" in runbook("resume", "last").out
    inbox(folder, by="ben")
    assert runbook("resume", "last").code == 0


def test_the_operator_can_refuse(paused: Callable[..., Path], runbook: Callable[..., Said]) -> None:
    paused()
    assert runbook("approve", "last", "drop", "--refuse", "--because", "no").code == 0
    assert runbook("resume", "last").code == 3


def test_without_four_eyes_the_operator_can(paused: Callable[..., Path], runbook: Callable[..., Said]) -> None:
    paused("four_eyes: false")
    assert runbook("approve", "last", "drop").code == 0
    assert runbook("resume", "last").code == 0


def test_a_runbook_without_a_policy_tells_nobody_apart(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "demo.yml").write_text((DROP % "P2").replace("policy: policy.yml\n", "").replace("severity: P2\n", ""))
    assert runbook("run", "demo.yml").code == 8
    assert runbook("approve", "last", "drop").code == 0
    assert runbook("resume", "last").code == 0


def test_a_waiver_where_the_policy_lets_it_is_loud(paused: Callable[..., Path], runbook: Callable[..., Said], here: Path) -> None:
    folder = paused("waive: [P1]", "P1")
    assert "--waive" in runbook("status").out
    assert "RB722" in runbook("approve", "last", "drop", "--waive").err
    found = runbook("approve", "last", "drop", "--waive", "--because", "the site is down, nobody answers")
    assert "WITHOUT the approval" in found.err
    said = runbook("resume", "last")
    assert said.code == 0
    assert "WAIVED" in said.out
    assert (here / "dropped").exists()
    note = next(line for line in journal(folder) if line["type"] == "note" and line["what"] == "waived")
    assert note["text"] == f"P1: {operator_name()} goes on without the approval: the site is down, nobody answers"
    assert "WITHOUT the approval" in runbook("report", "last").out
    assert runbook("audit", "verify", "last").code == 0


@pytest.mark.parametrize(("approvals", "severity"), [("", "P1"), ("waive: [P1]", "P2")])
def test_a_waiver_elsewhere_is_refused(paused: Callable[..., Path], runbook: Callable[..., Said], approvals: str, severity: str) -> None:
    folder = paused(approvals, severity)
    assert "RB764" in runbook("approve", "last", "drop", "--waive", "--because", "x").err
    inbox(folder, by=operator_name(), verdict="waived", note="x")
    assert runbook("resume", "last").code == 8


def test_an_approval_proven_by_a_key(
    paused: Callable[..., Path], runbook: Callable[..., Said], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    runbook("key", "new", "ana")
    public = b64encode(KeyRing(str(here / "keys")).keys[0].public).decode()
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "none"))
    folder = paused("proven: true", people=f'ana: {{key: "ed25519:{public}"}}')
    for claim in ({}, {"grade": "proven"}, {"grade": "proven", "proof": "x\n\n— ana abc\n"}):
        inbox(folder, by="ana", **claim)
        assert runbook("resume", "last").code == 8
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    assert "by ana, proven by a key" in runbook("approve", "last", "drop").err
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "none"))
    message = next((folder / "inbox").glob("*.json"))
    good = json.loads(message.read_text())
    for change in ({"bind": "0" * 64}, {"note": "other"}, {"by": "ben"}, {"plan": "0" * 64}):
        message.write_text(json.dumps({**good, **change}))
        assert runbook("resume", "last").code == 8, change
    message.write_text(json.dumps(good))
    assert runbook("resume", "last").code == 0
    met = [line for line in journal(folder) if line["type"] == "need.met"]
    assert (met[0]["by"], met[0]["grade"], met[0]["proof"]) == ("ana", "proven", good["proof"])
    assert runbook("audit", "verify", "last").code == 0
    for change in ({"proof": ""}, {"note": "and everything else"}, {"proof": "x"}):
        told_otherwise(folder, change)
        said = runbook("audit", "verify", "last")
        assert (said.code, "isn't signed by the key that the policy names" in said.out) == (22, True), said.out
        told_otherwise(folder, {name: met[0].get(name, "") for name in change})
    assert runbook("audit", "verify", "last").code == 0


def told_otherwise(folder: Path, change: dict[str, str]) -> None:
    """The journal with another answer in it, and a chain that is true to it."""
    path = folder / "journal.jsonl"
    prev, out = FIRST_PREV, b""
    for line in path.read_bytes().splitlines():
        body = {name: value for name, value in json.loads(line).items() if name not in ("prev", "digest")}
        if body["type"] == "need.met":
            body = {name: value for name, value in {**body, **change}.items() if value != ""}
        raw, prev = encode_body(body, prev)
        out += raw + b"\n"
    path.write_bytes(out)


def test_a_key_that_the_policy_does_not_know_signs_and_proves_nothing(
    paused: Callable[..., Path], runbook: Callable[..., Said], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "none"))
    folder = paused("four_eyes: false")
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    runbook("key", "new", "stranger")
    assert "drop is approved, signed" in runbook("approve", "last", "drop").err
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "none"))
    assert runbook("resume", "last").code == 0
    met = next(line for line in journal(folder) if line["type"] == "need.met")
    assert ("grade" in met, met["proof"].startswith("runbook approval of ")) == (False, True)


def test_an_approval_that_comes_too_late(paused: Callable[..., Path], runbook: Callable[..., Said], here: Path) -> None:
    import time

    folder = paused("within: 1s")
    time.sleep(1.1)
    assert runbook("resume", "last").code == 3
    assert not (here / "dropped").exists()
    assert next(line for line in journal(folder) if line["type"] == "need.expired")


def changing(here: Path, approvals: str, severity: str) -> subprocess.Popen[str]:
    (here / "policy.yml").write_text(POLICY % (operator_name(), approvals))
    (here / "demo.yml").write_text(CHANGE % severity)
    return subprocess.Popen(
        [sys.executable, "-m", "runbook_lang", "run", "demo.yml", "--plain"], stdout=subprocess.PIPE, text=True, cwd=here
    )


def wait_for(path: Path, pattern: str) -> Path:
    import time

    for _ in range(2400):
        found = list(path.glob(pattern))
        if found and found[0].read_text().count("run.opened"):
            return found[0].parent
        time.sleep(0.05)
    raise AssertionError(pattern)


def test_outside_of_its_window_a_change_goes_on_when_somebody_lets_it(here: Path, runbook: Callable[..., Said]) -> None:
    process = changing(here, "outside_window: 1", "P2")
    folder = wait_for(here, ".runbook/runs/*/journal.jsonl")
    inbox(folder, by="ana")
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, (here / "dropped").exists()) == (0, True)
    assert "ana lets it go on outside of its window" in out


def test_a_p1_goes_on_outside_of_its_window_and_says_so(here: Path, runbook: Callable[..., Said]) -> None:
    process = changing(here, "waive: [P1]", "P1")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "P1: it goes on outside of its window (never)" in out
    assert runbook("audit", "verify", "last").code == 0


def test_every_change_or_one_without_an_undo_may_want_approvals(here: Path, runbook: Callable[..., Said]) -> None:
    text = (CHANGE % "P2").replace("window: never\n", "")
    for approvals, undo, code in (
        ("change: 1", "", 8),
        ("no_undo: 1", "", 8),
        ("no_undo: 1", "    undo: {shell: rm dropped}\n", 0),
        ("destroy: 2", "", 0),
    ):
        (here / "policy.yml").write_text(POLICY % (operator_name(), approvals))
        (here / "demo.yml").write_text(text + undo)
        assert runbook("run", "demo.yml").code == code, approvals
