"""Escalations from the command line: a run that fails, and what people type then."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.api.runs import operator_name
from tests.executors.web import Web
from tests.people.test_notifiers import SILENCE_S, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

RUNBOOK = """
runbook: demo
policy: policy.yml
severity: P1
steps:
  - id: fail
    shell: "false"
on_failure:
  - escalate: "it failed: ${failure.message}"
"""
POLICY = """
zone: UTC
people: {me: {os_user: %s}, other: {}}
tiers:
  ops: {ack_within: 15m, notify: [{slack: "#ops"}]}
severities: {P1: {tiers: [ops]}, P2: {tiers: [ops]}}
"""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    server = Web()
    server.answers["/slack"] = (200, {}, b"ok")
    monkeypatch.setenv("RUNBOOK_SLACK", server.url("/slack"))
    yield server
    server.stop()


@pytest.fixture
def call(here: Path, runbook: Callable[..., Said], web: Web) -> Callable[..., Said]:
    (here / "demo.yml").write_text(RUNBOOK)
    (here / "policy.yml").write_text(POLICY % operator_name())
    return runbook


def test_the_first_message_goes_out_before_the_process_ends(call: Callable[..., Said], web: Web) -> None:
    """A process of its own, so that no thread of the test's could send it later."""
    done = subprocess.run([sys.executable, "-m", "runbook_lang", "run", "demo.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 5
    assert json.loads(web.asked[0]["body"])["text"].startswith("*P1: it failed: ")
    assert "P1 notified: ops (slack #ops), acknowledges by" in " ".join(done.stdout.split())
    assert "Nothing ticks the escalations here" in " ".join(done.stdout.split())


def test_a_run_that_something_ticks_does_not_complain(call: Callable[..., Said], web: Web) -> None:
    call("run", "demo.yml")
    assert call("escalations", "tick").code == 0
    said = " ".join(call("run", "demo.yml").out.split())
    assert "Nothing ticks" not in said
    assert "It stays open until somebody acknowledges: runbook ack" in said


def test_a_notifier_that_hangs_does_not_hold_the_run_up(call: Callable[..., Said], web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("RUNBOOK_NOTIFY_TIMEOUT", "1")
    web.answers["/slack"] = silent(web)
    began = time.monotonic()
    said = call("run", "demo.yml")
    assert said.code == 5
    assert time.monotonic() - began < SILENCE_S / 2
    assert "slack #ops is tried again" in said.out


def test_show_status_and_runs_tell_what_is_open(call: Callable[..., Said], web: Web) -> None:
    call("run", "demo.yml", "-q")
    for words in (("show", "last"), ("status",), ("runs",), ("escalations",)):
        assert re.search(r"notified|escalation open", call(*words).out), words
    status: Any = call("status", "--format", "json").json
    assert status["runs"][0]["escalations"][0]["state"] == "notified"
    assert call("runs", "--format", "json").json["runs"][0]["open_escalations"] == 1


def test_acknowledged_then_resolved(call: Callable[..., Said], web: Web) -> None:
    call("run", "demo.yml", "-q")
    assert call("ack", "last", "--note", "mine").out == "escalate_1 is acknowledged by me: mine.\n"
    assert "RB763" in call("ack", "last").err
    assert call("resolve", "last", "--as", "other").out == "escalate_1 is resolved by other.\n"
    assert call("resolve", "last").code == 2
    assert [json.loads(asked["body"])["text"].split(" ")[0] for asked in web.asked] == ["*P1:", "*Acknowledged", "*Resolved"]
    assert call("escalations").err == "No escalation is open.\n"
    assert call("escalations", "list", "--all", "--format", "json").json["escalations"][0]["by"] == "other"
    assert call("status").err == "Nothing waits here: no run is paused or cut off.\n"


def test_somebody_else_is_refused(call: Callable[..., Said], web: Web) -> None:
    call("run", "demo.yml", "-q")
    found = call("ack", "last", "--as", "stranger")
    assert (found.code, "RB762" in found.err) == (2, True)


def test_with_a_key_of_the_policy_an_answer_is_proven(
    call: Callable[..., Said], here: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from base64 import b64encode

    from runbook_lang.adapters.keys import KeyRing

    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    call("key", "new", "mine")
    public = b64encode(KeyRing(str(here / "keys")).keys[0].public).decode()
    text = POLICY % operator_name()
    (here / "policy.yml").write_text(text.replace("{me: {", f'{{me: {{key: "ed25519:{public}", '))
    call("run", "demo.yml", "-q")
    call("ack", "last")
    found = call("escalations", "--format", "json").json["escalations"][0]
    assert (found["by"], found["grade"]) == ("me", "proven")
    assert call("audit", "verify", "last").code == 0


def test_the_escalation_is_bound_to_the_journal(call: Callable[..., Said], here: Path, web: Web) -> None:
    call("run", "demo.yml", "-q")
    folder = next((here / ".runbook" / "runs").iterdir())
    raised = json.loads((folder / "incident.jsonl").read_text().splitlines()[0])
    seq, digest, note = raised["bind"]
    following = json.loads((folder / "journal.jsonl").read_text().splitlines()[seq])
    assert (following["type"], following["prev"], note) == ("incident.opened", digest, "")


def test_a_signed_run_binds_it_to_a_checkpoint(call: Callable[..., Said], here: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_KEYS", str(here / "keys"))
    call("key", "new", "ops")
    call("run", "demo.yml", "-q")
    folder = next((here / ".runbook" / "runs").iterdir())
    seq, _, note = json.loads((folder / "incident.jsonl").read_text().splitlines()[0])["bind"]
    assert note.splitlines()[1] == str(seq)
    assert call("audit", "verify", "last").code == 0


def test_a_rehearsal_tells_nobody(call: Callable[..., Said], web: Web) -> None:
    call("run", "demo.yml", "--dry-run")
    assert web.asked == []


def test_a_run_that_is_resumed_raises_nothing_twice(call: Callable[..., Said], here: Path, web: Web) -> None:
    (here / "demo.yml").write_text(RUNBOOK + '  - {id: stay, ask: {do: "wait"}}\n')
    assert call("run", "demo.yml").code == 8
    folder = next((here / ".runbook" / "runs").iterdir())
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if b'"type":"incident.opened"' in line)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:place]))  # as if it had died between raising and recording it
    assert call("resume", "last").code == 8
    assert len(web.asked) == 1
    assert os.path.exists(folder / "incident.jsonl")
