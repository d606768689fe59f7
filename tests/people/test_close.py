"""After an incident: a closing run of its own that does the log, the issue, the meeting, what is to be done; each once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from runbook_lang.adapters.store import Store
from runbook_lang.api.closing import OWN
from runbook_lang.api.incident_facts import calendar, meeting_time
from runbook_lang.api.runs import operator_name
from runbook_lang.base.diagnostics import fail
from runbook_lang.cli.commands import close as command
from runbook_lang.model.policy import After
from runbook_lang.people.calendar import MINUTE_US, local_stamp
from tests.executors.web import Web
from tests.people.policies import at, made
from tests.people.test_notifiers import github

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

POLICY = """
zone: America/Santiago
people: {me: {os_user: %s}, other: {}}
tiers: {ops: {notify: [{console: ops}]}}
severities: {P1: {tiers: [ops]}}
after:
  github: a/b
  attendees: [dev@example.com, ñandú@example.com]
  checklist: [{what: Add an alert, who: other, within: 7d}, Update the runbook]
"""
BOOK = """
runbook: demo
title: Restart, then look
policy: policy.yml
severity: P1
steps:
  - id: fail
    shell: "false"
on_failure:
  - escalate: "it failed"
"""


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


@pytest.fixture
def call(here: Path, runbook: Callable[..., Said], web: Web, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    (here / "policy.yml").write_text(POLICY % operator_name())
    (here / "demo.yml").write_text(BOOK)
    for name, value in github(web, []).items():
        monkeypatch.setenv(name, value)
    assert runbook("run", "demo.yml", "-q").code == 5
    return runbook


def test_an_incident_that_is_not_over_is_not_closed(call: Callable[..., Said]) -> None:
    assert "still notified" in call("close", "last").err


def test_a_store_that_takes_nothing_is_told_before_anything_is_asked(call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(store: Store) -> None:
        raise fail("RB602", "The store takes nothing.")

    call("resolve", "last", "--note", "back")
    monkeypatch.setattr(Store, "check_writable", refused)
    monkeypatch.setattr(command, "_wanted", None)
    said = call("close", "last")
    assert (said.code, said.err.startswith("error RB602")) == (2, True)


def test_everything_is_done_once(call: Callable[..., Said], here: Path, web: Web) -> None:
    call("resolve", "last", "--note", "back")
    said = call("close", "last", "--cause", "a full | disk", "--resolution", "emptied\nit")
    assert said.code == 0
    entry = (here / "docs" / "deployment-log.md").read_text()
    assert "| root cause | a full \\| disk |" in entry
    assert "| in words | emptied it |" in entry
    assert "P1, raised" in entry
    assert "resolved by me: back" in entry
    made_issue = json.loads(web.asked[-1]["body"])
    assert (made_issue["labels"], made_issue["milestone"]) == (["incident"], 7)
    assert "- [ ] Add an alert (other, by " in made_issue["body"]
    posts = len([one for one in web.asked if one["method"] == "POST"])
    again = call("close", "last")
    assert (again.out.startswith("to be done"), "All of it was done already." in again.err) == (True, True)
    assert len(call("runs", "--format", "json").json["runs"]) == 2
    assert (here / "docs" / "deployment-log.md").read_text() == entry
    assert len([one for one in web.asked if one["method"] == "POST"]) == posts == 1


def posts(web: Web) -> list[Any]:
    return [json.loads(one["body"]) for one in web.asked if one["method"] == "POST"]


def test_a_part_that_fails_is_done_when_it_is_asked_for_again(call: Callable[..., Said], here: Path, web: Web) -> None:
    call("resolve", "last")
    github(web, [], 422)
    said = call("close", "last", "--cause", "a full disk")
    assert (said.code, "github a/b isn't told: it answered 422" in said.out) == (1, True)
    entry = (here / "docs" / "deployment-log.md").read_text()
    github(web, [])
    again = call("close", "last")
    assert (again.code, "https://example.com/1" in again.out) == (0, True)
    assert (here / "docs" / "deployment-log.md").read_text() == entry
    assert "a full disk" in posts(web)[-1]["body"]
    assert call("close", "last").err.startswith("All of it was done already.")


def test_an_issue_that_github_cannot_make_now_is_owed(call: Callable[..., Said], web: Web) -> None:
    call("resolve", "last")
    github(web, [], 500)
    said = call("close", "last")
    assert (said.code, "owed: a tick makes it" in said.out) == (0, True)
    made = len(posts(web))
    assert "All of it was done already." in call("close", "last").err
    assert len(posts(web)) == made


def test_the_closing_run_belongs_to_the_incidents(call: Callable[..., Said], here: Path) -> None:
    call("resolve", "last")
    incident = call("runs", "--format", "json").json["runs"][0]["id"]
    call("close", "last", "--github", "no")
    closing = call("runs", "--format", "json").json["runs"][0]
    assert (closing["runbook"], closing["id"] != incident) == ("close", True)
    assert f"closes the incident of run {incident}" in call("show", "last").out
    assert call("audit", "verify", "last").code == 0
    assert call("close", incident).err.startswith("All of it")
    assert call("followups", closing["id"]).out == call("followups", incident).out != ""


def test_one_that_was_killed_in_the_middle_is_gone_on_with(call: Callable[..., Said], here: Path) -> None:
    call("resolve", "last")
    call("close", "last", "--github", "no")
    closing = call("runs", "--format", "json").json["runs"][0]["id"]
    path = here / ".runbook" / "runs" / closing / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if b'"enter#1/main"' in line)
    path.write_bytes(b"".join(lines[:place]))  # as if its process had died before the entry
    log = here / "docs" / "deployment-log.md"
    log.unlink()
    said = call("close", "last", "--github", "no")
    assert (said.code, "resumed" in said.out) == (0, True)
    assert log.read_text().count("<!-- runbook:") == 1
    assert len(call("runs", "--format", "json").json["runs"]) == 2


def test_an_entry_that_was_cut_off_is_written_anew(call: Callable[..., Said], here: Path) -> None:
    call("resolve", "last")
    (here / "docs").mkdir()
    (here / "docs" / "deployment-log.md").write_text("# Log\n\n## 2026 half an en")
    call("close", "last", "--github", "no")
    text = (here / "docs" / "deployment-log.md").read_text()
    assert text.startswith("# Log\n\n## 2026 half an en")
    assert text.endswith("-->\n")


OWN_BOOK = """
runbook: ours
inputs:
  run: string
  title: {type: string, default: ""}
  cause: {type: string, default: ""}
  team: {type: string, default: ops}
  checklist: {type: list, default: []}
steps:
  - id: note
    shell: touch closed-${run}-${team}
    effect: change
    because: it is one
  - id: sure
    ask: {do: "Told everybody?"}
outputs: {followups: '${["Ask " + team] + checklist.map(c, c.what)}'}
"""


def test_the_policys_own_closing_runbook_is_run_and_may_wait_for_people(call: Callable[..., Said], here: Path) -> None:
    (here / "ours.yml").write_text(OWN_BOOK)
    (here / "policy.yml").write_text((POLICY % operator_name()).replace("after:\n", "after:\n  runbook: ours.yml\n"))
    call("run", "demo.yml", "-q")
    call("resolve", "last")
    incident = call("runs", "--format", "json").json["runs"][0]["id"]
    assert call("close", "last", "--input", "team=dev").code == 8
    assert (here / f"closed-{incident}-dev").exists()
    assert call("close", "last").code == 8  # the same run, which still waits
    closing = call("runs", "--format", "json").json["runs"][0]["id"]
    call("answer", closing, "sure", "done")
    assert call("close", incident).code == 0
    assert [one["what"] for one in call("followups", "--format", "json").json["followups"]] == [
        "Ask dev",
        "Add an alert",
        "Update the runbook",
    ]
    assert len(call("runs", "--format", "json").json["runs"]) == 3  # with the incident before


def test_a_runbook_that_cannot_close_one(call: Callable[..., Said], here: Path) -> None:
    (here / "ours.yml").write_text(OWN_BOOK.replace("  run: string\n", "").replace("${run}-", ""))
    (here / "policy.yml").write_text((POLICY % operator_name()).replace("after:\n", "after:\n  runbook: ours.yml\n"))
    call("run", "demo.yml", "-q")
    call("resolve", "last")
    assert "RB769" in call("close", "last").err
    assert call("policy", "check").code == 0
    (here / "ours.yml").unlink()
    assert "RB769" in call("policy", "check").out
    assert "RB701" in call("close", "last").err


def test_labels_and_milestone_are_the_policys(call: Callable[..., Said], here: Path, web: Web) -> None:
    (here / "policy.yml").write_text(
        (POLICY % operator_name()).replace("  github: a/b\n", "  github: a/b\n  labels: [outage, p1]\n  milestone: v2\n")
    )
    call("run", "demo.yml", "-q")
    call("resolve", "last")
    assert call("close", "last").code == 0
    assert (posts(web)[-1]["labels"], posts(web)[-1]["milestone"]) == (["outage", "p1"], 3)


def test_the_packages_own_closing_runbook_is_sound(call: Callable[..., Said]) -> None:
    assert call("check", OWN).code == 0


def test_the_calendar_file_is_one(call: Callable[..., Said], here: Path) -> None:
    call("resolve", "last")
    call("close", "last", "--github", "no", "--log", "no")
    data = next(here.glob("post-mortem-*.ics")).read_bytes()
    event = next(iter(Calendar.from_ical(data).walk("VEVENT")))
    assert event["SUMMARY"] == "Post-mortem: Restart, then look"
    assert {str(one) for one in event["ATTENDEE"]} == {"mailto:dev@example.com", "mailto:ñandú@example.com"}
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))


def test_follow_ups_are_listed_until_they_are_done(call: Callable[..., Said]) -> None:
    call("resolve", "last")
    call("close", "last", "--github", "no")
    assert call("followups").out.count("\n") == 3
    assert call("followups", "last", "1", "--done", "--note", "alert 42").out == "Add an alert: done.\n"
    assert "RB768" in call("followups", "last", "1", "--done").err
    assert "RB768" in call("followups", "last", "9", "--done").err
    assert "RB723" in call("followups", "last", "--done").err
    assert [one["number"] for one in call("followups", "--format", "json").json["followups"]] == [2]
    assert "alert 42" in call("followups", "--all").out
    call("followups", "last", "2", "--done")
    assert "Nothing is left" in call("followups").err


def test_a_run_without_a_policy_is_closed_with_an_entry_and_a_meeting(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "demo.yml").write_text("runbook: demo\nsteps: [{id: a, shell: 'true'}]\n")
    runbook("run", "demo.yml", "-q")
    said = runbook("close", "last", "--meeting", "tomorrow")
    assert (said.code, "RB760" in said.err, "is no moment" in said.err) == (2, True, True)
    assert not (here / "docs").exists()
    assert runbook("close", "last").code == 0
    assert (here / "docs" / "deployment-log.md").exists()


@pytest.mark.parametrize(
    ("now", "meeting"),
    [
        ("2026-11-24 10:10", "2026-11-24 13:00 Tue"),
        ("2026-11-24 20:00", "2026-11-25 09:00 Wed"),
        ("2026-11-27 17:30", "2026-11-29 17:00 Sun"),  # a weekend: within two days all the same
        ("2026-12-24 17:30", "2026-12-26 17:00 Sat"),
    ],
)
def test_the_meeting_is_within_two_days_and_in_business_time_where_it_can(now: str, meeting: str) -> None:
    policy = made("zone: America/Santiago\nholidays: [2026-12-25]\n")
    found = meeting_time(After(), policy, at(now))
    assert local_stamp("America/Santiago", found) == meeting
    assert found <= at(now) + 48 * 60 * MINUTE_US


@pytest.mark.parametrize("title", ["plain", "a, b; c\\d\nBEGIN:VEVENT", "ñ" * 200, "日本語" * 60])
def test_any_title_makes_a_calendar(title: str) -> None:
    text: Any = calendar("run", title, "x", at("2026-11-24 10:00"), at("2026-11-24 09:00"), ())
    events = list(Calendar.from_ical(text).walk("VEVENT"))
    assert [str(event["SUMMARY"]) for event in events] == [title]
