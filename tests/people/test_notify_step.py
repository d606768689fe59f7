"""The step `notify`: whom it reaches over the policy's channels, what its result says, and what is left when something is down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.people.ways import whom_of
from tests.executors.web import Web
from tests.people.policies import made
from tests.people.test_notifiers import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

POLICY = """
zone: UTC
people: {ana: {email: ana@example.com}, ben: {}}
tiers:
  ops: {hours: "sat 00:00-00:01", notify: [{slack: "#ops"}, {webhook: hook}]}
  vendor: {notify: [{ticket: "https://example.com/tickets"}]}
  mute: {}
severities: {P1: {tiers: [ops]}}
approvals: {roles: {leads: [ana], all: [ana, ben]}}
stakeholders: [{email: team@example.com}, {webhook: other}]
"""
BOOK = """
runbook: demo
policy: policy.yml
severity: P1
steps:
  - id: tell
    notify: {message: "it is done: ${1 + 1}", to: %s}
outputs:
  said: "${tell.sent} ${tell.channel} told=${size(tell.told)} owed=${size(tell.owed)} failed=${size(tell.failed)}"
"""
LONGEST_S = 60.0


@pytest.mark.parametrize(
    ("named", "ways", "why"),
    [
        ("console", [("console", "")], ""),
        ("ops", [("slack", "#ops"), ("webhook", "hook")], ""),
        ("stakeholders", [("email", "team@example.com"), ("webhook", "other")], ""),
        ("ana", [("email", "ana@example.com")], ""),
        ("ben", [], "no e-mail address for ben"),
        ("leads", [("email", "ana@example.com")], ""),
        ("all", [("email", "ana@example.com")], "no e-mail address for ben"),
        ("#ops", [("slack", "#ops")], ""),
        ("slack", [("slack", "#ops")], ""),
        ("webhook", [], "several addresses for webhook: hook, other"),
        ("pager", [], "no address for the channel pager"),
        ("mute", [], "has no channel"),
        ("opps", [], "nobody and no channel"),
        (("slack", "#new"), [("slack", "#new")], ""),
        (("slak", "#new"), [], "no channel 'slak'"),
    ],
)
def test_whom_a_name_means(named: Any, ways: list[tuple[str, str]], why: str) -> None:
    found = whom_of(made(POLICY), [named])
    assert list(found.ways) == ways
    assert (bool(found.wrong), why in "".join(text for _, text, _ in found.wrong)) == (bool(why), True)


def test_whoever_is_meant_twice_is_told_once() -> None:
    assert whom_of(made(POLICY), ["ops", "#ops", ("slack", "#ops")]).ways == (("slack", "#ops"), ("webhook", "hook"))


def test_without_a_policy_a_channel_needs_its_address() -> None:
    found = whom_of(None, ["ops", ("slack", "#a"), "console"])
    assert found.ways == (("slack", "#a"), ("console", ""))
    assert [what for what, _, _ in found.wrong] == ["ops"]


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.answers.update({"/slack": (200, {}, b"ok"), "/hook": (204, {}, b""), "/other": (204, {}, b"")})
    yield server
    server.stop()


@pytest.fixture
def call(here: Path, runbook: Callable[..., Said], web: Web, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    monkeypatch.setenv("RUNBOOK_SLACK", web.url("/slack"))
    monkeypatch.setenv("RUNBOOK_WEBHOOK_HOOK", web.url("/hook"))
    monkeypatch.setenv("RUNBOOK_WEBHOOK_OTHER", web.url("/other"))
    monkeypatch.setenv("RUNBOOK_NOTIFY_TIMEOUT", "5")
    (here / "policy.yml").write_text(POLICY)
    return runbook


def write(here: Path, to: str, text: str = BOOK) -> None:
    (here / "demo.yml").write_text(text % to)


def messages(call: Callable[..., Said]) -> list[tuple[str, str]]:
    found = call("escalations", "list", "--all", "--format", "json").json["escalations"]
    return [(f"{item['channel']} {item['to']}", item["state"]) for one in found for item in one["messages"]]


def test_all_channels_of_a_tier_get_it_whatever_its_hours(call: Callable[..., Said], here: Path, web: Web) -> None:
    write(here, "ops")
    said = call("run", "demo.yml")
    assert said.code == 0
    assert "true slack told=2 owed=0 failed=0" in said.out
    texts = [json.loads(asked["body"])["text"] for asked in web.asked]
    assert all("it is done: 2" in text for text in texts)
    assert len(texts) == 2
    hook: Any = next(json.loads(asked["body"]) for asked in web.asked if asked["target"] == "/hook")
    assert (hook["kind"], hook["step"], hook["subject"]) == ("message", "tell", "it is done: 2")
    assert messages(call) == [("slack #ops", "sent"), ("webhook hook", "sent")]


def test_it_opens_no_escalation(call: Callable[..., Said], here: Path) -> None:
    write(here, "ops")
    call("run", "demo.yml", "-q")
    assert call("escalations").err == "No escalation is open.\n"
    assert "No escalation was raised by 'tell'" in call("ack", "last", "tell").err
    assert "wait for nobody" in call("ack", "last").err
    assert call("close", "last", "--log", "no").code == 0


def test_one_channel_that_is_down_is_said_and_the_others_get_it(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/slack"] = (500, {}, b"")
    write(here, "ops")
    said = call("run", "demo.yml")
    assert (said.code, "true webhook told=1 owed=1 failed=0" in said.out) == (0, True)
    assert "slack #ops is tried again: it answered 500; the message goes by webhook hook" in said.out
    assert "A message isn't out yet" in " ".join(said.out.split())
    assert messages(call) == [("slack #ops", "owed"), ("webhook hook", "sent")]


def test_a_later_tick_sends_what_is_still_owed(call: Callable[..., Said], here: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_lang.adapters.outbox.BACK_OFF_S", (0, 0, 0, 600))
    web.answers["/slack"] = (503, {}, b"")
    write(here, "{slack: '#ops'}")
    call("run", "demo.yml", "-q")
    web.answers["/slack"] = (200, {}, b"ok")
    call("escalations", "tick")
    states = messages(call)
    assert states in ([("slack #ops", "sent")], [("slack #ops", "owed")])  # owed: the run's own attempts have used up the short waits
    assert len({json.loads(asked["body"])["text"] for asked in web.asked}) == 1


def test_when_nobody_can_be_told_the_person_here_reads_it_and_the_run_goes_on(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/slack"] = (400, {}, b"")
    write(here, "slack")
    said = call("run", "demo.yml")
    assert (said.code, "false console told=0 owed=0 failed=1" in said.out) == (0, True)
    assert "tell │ it is done: 2" in said.out


def test_a_step_may_insist(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/slack"] = (400, {}, b"")
    write(here, "slack", BOOK.replace("%s}", "%s}\n    expect: result.sent"))
    assert call("run", "demo.yml").code == 1
    web.answers["/slack"] = (200, {}, b"")
    assert call("run", "demo.yml").code == 0


def test_a_server_that_says_nothing_holds_the_step_up_no_longer_than_its_limit(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/slack"] = silent(web)
    write(here, "slack", BOOK.replace("%s}", "%s}\n    timeout: 1s"))
    said = call("run", "demo.yml")
    assert said.code == 0
    assert "false console told=0 owed=1 failed=0" in said.out


def test_a_ticket_is_left_to_the_person_here(call: Callable[..., Said], here: Path, web: Web) -> None:
    write(here, "[vendor, ops]")
    said = call("run", "demo.yml", "-v")
    assert "true slack told=2" in said.out
    assert "ticket" not in " ".join(channel for channel, _ in messages(call))


def test_a_name_that_only_the_run_knows_and_that_means_nobody(call: Callable[..., Said], here: Path, web: Web) -> None:
    write(here, "\"${'op' + 'z'}\"")
    said = call("run", "demo.yml")
    assert (said.code, "false console told=0" in said.out) == (0, True)


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("opps", "Did you mean 'ops'?"),
        ("{slak: '#a'}", "Did you mean 'slack'?"),
        ("ben", "no e-mail address"),
        ("[ops, mute]", "no channel"),
    ],
)
def test_check_knows_whom_the_policy_knows(call: Callable[..., Said], here: Path, to: str, words: str) -> None:
    write(here, to)
    said = call("check", "demo.yml")
    assert (said.code, "RB550" in said.out, words in said.out) == (2, True, True)


def test_texts_of_the_teams_own_and_in_spanish(call: Callable[..., Said], here: Path, web: Web) -> None:
    (here / "policy.yml").write_text(POLICY + "language: es\n")
    write(here, "webhook", BOOK.replace("webhook", "hook"))
    write(here, "hook")
    call("run", "demo.yml", "-q")
    assert "ejecución" in json.loads(web.asked[-1]["body"])["text"]
    (here / "own").mkdir()
    (here / "own" / "message.txt.j2").write_text("[{{ severity }}] {{ summary }}\n{{ runbook }}/{{ step }}")
    (here / "policy.yml").write_text(POLICY + "templates: own\n")
    call("run", "demo.yml", "-q")
    assert json.loads(web.asked[-1]["body"])["subject"] == "[P1] it is done: 2"


def test_a_secret_is_in_no_message(call: Callable[..., Said], here: Path, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cret-value")
    secret = BOOK.replace("steps:", "secrets: {token: {env: TOKEN}}\nsteps:").replace("${1 + 1}", "s3cret-value")
    write(here, "hook", secret)
    call("run", "demo.yml", "-q")
    assert b"s3cret-value" not in web.asked[-1]["body"]


def test_a_rehearsal_and_a_plan_tell_nobody(call: Callable[..., Said], here: Path, web: Web) -> None:
    write(here, "[ops, {email: a@example.com}]")
    assert 'notify "ops, email a@example.com"' in call("plan", "demo.yml").out
    call("run", "demo.yml", "--dry-run")
    assert web.asked == []


def test_in_a_loop_each_turn_says_its_own(call: Callable[..., Said], here: Path, web: Web) -> None:
    (here / "demo.yml").write_text(
        "runbook: demo\npolicy: policy.yml\nsteps:\n  - id: each\n    for_each:\n      over: '[1, 2, 3]'\n      as: n\n      max: 3\n"
        "      steps: [{id: tell, notify: {message: 'turn ${n}', to: hook}}]\n"
    )
    assert call("run", "demo.yml", "-q").code == 0
    assert sorted(json.loads(asked["body"])["subject"] for asked in web.asked) == ["turn 1", "turn 2", "turn 3"]


def killed_while_sending(here: Path, web: Web, *words: str) -> None:
    """Runs the command line until the server was asked once more, and kills it before the answer."""
    before = len(web.asked)
    process = subprocess.Popen(
        [sys.executable, "-m", "runbook_lang", *words], cwd=here, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + LONGEST_S
    while len(web.asked) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert len(web.asked) == before + 1


def test_after_crashes_it_is_sent_twice_at_most_and_with_the_same_key(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/hook"] = silent(web)
    write(here, "hook")
    killed_while_sending(here, web, "run", "demo.yml", "--yes")
    killed_while_sending(here, web, "resume", "last")
    web.answers["/hook"] = (204, {}, b"")
    said = call("resume", "last")
    assert said.code == 0
    assert "the process died twice while it was being sent" in " ".join(said.out.split())
    assert len({asked["headers"]["idempotency-key"] for asked in web.asked}) == 1
    assert len(web.asked) == 2


def test_after_one_crash_it_is_sent_once_more(call: Callable[..., Said], here: Path, web: Web) -> None:
    web.answers["/hook"] = silent(web)
    write(here, "hook")
    killed_while_sending(here, web, "run", "demo.yml", "--yes")
    web.answers["/hook"] = (204, {}, b"")
    said = call("resume", "last")
    assert (said.code, "true webhook told=1" in said.out) == (0, True)
    assert len(web.asked) == 2
