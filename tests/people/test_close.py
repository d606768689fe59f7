"""After an incident: the log, the issue, the meeting, what is to be done; each once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from icalendar import Calendar

from runbook_lang.api.closing import calendar, meeting_time
from runbook_lang.api.runs import operator_name
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
    assert (here / "docs" / "deployment-log.md").read_text() == entry
    assert len([one for one in web.asked if one["method"] == "POST"]) == posts == 1


def test_a_part_that_fails_is_done_when_it_is_asked_for_again(call: Callable[..., Said], here: Path, web: Web) -> None:
    call("resolve", "last")
    github(web, [], 500)
    said = call("close", "last")
    assert (said.code, "No issue was made in a/b: it answered 500" in said.err) == (1, True)
    assert (here / "docs" / "deployment-log.md").exists()
    github(web, [])
    again = call("close", "last")
    assert (again.code, again.out.splitlines()[0]) == (0, "issue       https://example.com/1")


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
    assert (said.code, "is no moment" in said.err) == (1, True)
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
