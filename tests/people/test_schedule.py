"""Scheduled maintenance: notice first, then a start in the window, once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.incident import IncidentFile
from runbook_lang.adapters.store import Store
from runbook_lang.api.escalations import Ticker
from runbook_lang.api.scheduling import Entry, Planned, cancel, entries, schedule, state_of, told_of_it
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.people.calendar import MINUTE_US, local_stamp
from tests.executors.web import Web
from tests.people.policies import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

HOUR = 60 * MINUTE_US
POLICY = """
zone: America/Santiago
people: {me: {}, other: {}}
stakeholders: [{slack: "#all"}, {webhook: desk}]
windows: {maintenance: {hours: "tue 02:00-04:00", notice: 48h}}
freezes: [{from: 2026-12-01, to: 2026-12-06}]
"""
BOOK = """
runbook: upgrade
title: Upgrade
policy: policy.yml
inputs: {to: {type: string, default: "16"}}
steps:
  - shell: touch done-${to}
    effect: change
    because: it is one
"""


class Site:
    """A folder with a runbook, a clock that moves, and a server that gets the notices."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.folder = folder
        (folder / "policy.yml").write_text(POLICY)
        (folder / "upgrade.yml").write_text(BOOK)
        self.store = Store(str(folder / ".runbook"))
        self.web = web
        self.clock = at("2026-11-20 12:00")
        self.said: list[str] = []
        environ = {
            "RUNBOOK_SLACK": web.url("/slack"),
            "RUNBOOK_WEBHOOK_DESK": web.url("/desk"),
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
        }
        self.ticker = Ticker(environ, self.said.append, lambda: self.clock)

    def plan(self, **more: Any) -> Entry:
        return schedule(self.store, Planned(str(self.folder / "upgrade.yml"), "maintenance", operator="me", **more), self.clock)

    def tick(self, moment: str = "") -> None:
        self.clock = at(moment) if moment else self.clock
        self.ticker.tick([self.store])

    def state(self) -> str:
        return state_of(entries(self.store)[0], self.clock)[0]

    def ran(self) -> int:
        for _ in range(1200):
            found = list((self.folder / ".runbook" / "runs").glob("*/journal.jsonl"))
            if found and all("run.closed" in one.read_text() for one in found):
                return len(found)
            time.sleep(0.1)
        return len(list((self.folder / ".runbook" / "runs").glob("*")))


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    server.answers.update({"/slack": (200, {}, b"ok"), "/desk": (200, {}, b"")})
    yield server
    server.stop()


@pytest.fixture
def site(tmp_path: Path, web: Web) -> Site:
    return Site(tmp_path, web)


def test_it_starts_in_its_window_once(site: Site) -> None:
    entry = site.plan(inputs=("to=17",), message="Upgrade of the database")
    assert local_stamp(entry.zone, entry.starts) == "2026-11-24 02:00 Tue"
    site.tick()
    assert "Upgrade of the database" in site.web.asked[0]["body"].decode()
    assert "2026-11-24 02:00" in site.web.asked[0]["body"].decode()
    assert (len(site.web.asked), site.state()) == (2, "ready")
    site.tick("2026-11-24 01:59")
    assert site.state() == "ready"
    for _ in range(3):
        site.tick("2026-11-24 02:05")
    assert site.state() == "started"
    assert site.ran() == 1
    assert (site.folder / "done-17").exists()


def test_without_the_notice_it_does_not_start(site: Site) -> None:
    site.web.answers["/slack"] = (404, {}, b"")
    site.plan()
    site.tick()
    site.tick("2026-11-24 02:05")
    assert site.state() == "refused"
    assert any("isn't started: slack #all wasn't told" in text for text in site.said)
    assert not (site.folder / "done-16").exists()


def test_a_notice_that_comes_too_late_does_not_count(site: Site) -> None:
    site.plan()
    site.tick("2026-11-22 03:00")
    assert site.state() == "refused"
    site.tick("2026-11-24 02:05")
    assert any("was told only at 2026-11-22 03:00" in text for text in site.said)


def test_the_window_that_leaves_time_for_the_notice_is_taken(site: Site) -> None:
    site.clock = at("2026-11-22 02:01")
    assert local_stamp(site.store and "America/Santiago", site.plan().starts) == "2026-12-08 02:00 Tue"  # 1 December is frozen


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-25 02:00", "isn't open at"),
        ("2026-12-01 02:30", "isn't open at"),
        ("tomorrow", "is no moment"),
    ],
)
def test_a_start_that_cannot_be(site: Site, text: str, words: str) -> None:
    with pytest.raises(RunbookError, match=words):
        site.plan(at=text)


def test_notice_shorter_than_agreed_is_refused(site: Site) -> None:
    site.clock = at("2026-11-23 12:00")
    with pytest.raises(RunbookError, match="Notice is to be given"):
        site.plan(at="2026-11-24 02:00")


def test_files_that_change_after_the_announcement_hold_it(site: Site) -> None:
    site.plan()
    site.tick()
    (site.folder / "upgrade.yml").write_text(BOOK.replace("done-", "other-"))
    site.tick("2026-11-24 02:05")
    assert any("have changed since it was announced" in text for text in site.said)
    assert site.state() == "ready"


def test_when_nothing_looked_it_was_missed(site: Site) -> None:
    site.plan()
    site.tick()
    site.tick("2026-11-24 04:30")
    assert site.state() == "missed"
    assert not (site.folder / "done-16").exists()


def test_one_that_is_taken_back_does_not_start(site: Site) -> None:
    entry = site.plan()
    cancel(entry, site.clock)
    site.tick("2026-11-24 02:05")
    assert (site.state(), site.web.asked) == ("cancelled", [])


def bodies(site: Site) -> dict[str, str]:
    return {asked["target"]: asked["body"].decode() for asked in site.web.asked}


def test_whoever_was_told_is_told_that_it_will_not_be(site: Site) -> None:
    entry = site.plan(message="Upgrade of the database")
    site.tick()
    site.web.asked.clear()
    cancel(entries(site.store)[0], site.clock, "me", "the vendor is late")
    site.tick()
    assert sorted(bodies(site)) == ["/desk", "/slack"]
    text = bodies(site)["/slack"]
    assert ("Cancelled: Maintenance 2026-11-24 02:00" in text, "(me: the vendor is late)" in text) == (True, True)
    assert told_of_it(entry) == (["slack #all", "webhook desk"], [])
    site.web.asked.clear()
    cancel(entries(site.store)[0], site.clock)  # once is enough
    site.tick()
    assert site.web.asked == []


def test_only_whoever_was_told_is(site: Site) -> None:
    site.web.answers["/desk"] = (500, {}, b"")
    entry = site.plan()
    site.tick()
    site.web.asked.clear()
    site.web.answers["/desk"] = (200, {}, b"")
    cancel(entry, site.clock)
    site.tick("2026-11-20 13:00")
    assert list(bodies(site)) == ["/slack"]


def test_who_cannot_be_told_at_once_is_told_by_a_later_tick(site: Site) -> None:
    entry = site.plan()
    site.tick()
    site.web.answers["/slack"] = (500, {}, b"")
    cancel(entry, site.clock)
    site.tick()
    assert told_of_it(entry) == (["webhook desk"], ["slack #all"])
    site.web.answers["/slack"] = (200, {}, b"ok")
    site.tick("2026-11-20 12:01")
    assert told_of_it(entry) == (["slack #all", "webhook desk"], [])


def test_a_process_that_dies_while_it_takes_it_back_leaves_nothing_half_done(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It won't start from the first write on; the word to the others is made good by asking again."""
    entry = site.plan()
    site.tick()
    with monkeypatch.context() as patch:
        patch.setattr(IncidentFile, "append", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            cancel(entry, site.clock)
    site.tick("2026-11-24 02:05")
    assert site.state() == "cancelled"
    cancel(entries(site.store)[0], site.clock)
    site.tick()
    assert told_of_it(entry)[1] == []


def test_texts_of_the_teams_own_for_what_is_taken_back(site: Site) -> None:
    (site.folder / "own").mkdir()
    (site.folder / "own" / "cancelled.txt.j2").write_text("NO: {{ runbook }}\n{{ note }}")
    (site.folder / "policy.yml").write_text(POLICY + "templates: own\n")
    entry = site.plan()
    site.tick()
    cancel(entry, site.clock, "me")
    site.tick()
    assert "*NO: upgrade*" in bodies(site)["/slack"]


def test_stakeholders_are_needed(site: Site) -> None:
    (site.folder / "policy.yml").write_text(POLICY.replace("stakeholders:", "# stakeholders:"))
    with pytest.raises(RunbookError, match="names no stakeholders"):
        site.plan()


def test_the_command_says_what_is_scheduled(site: Site, here: Path, runbook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNBOOK_SLACK", site.web.url("/slack"))
    monkeypatch.setenv("RUNBOOK_WEBHOOK_DESK", site.web.url("/desk"))
    said: Said = runbook("schedule", "upgrade.yml", "--window", "maintenance")
    assert (said.code, "ready" in said.out) == (0, True)
    assert runbook("schedule", "--format", "json").json["scheduled"][0]["state"] == "ready"
    assert "no scheduled start" in runbook("schedule", "--cancel", "nothing").err
    id_ = runbook("schedule", "--format", "json").json["scheduled"][0]["id"]
    gone: Said = runbook("schedule", "--cancel", id_[-8:], "--message", "too early")
    assert (gone.code, gone.out) == (0, "upgrade won't start. slack #all, webhook desk were told so.\n")
    assert "RB723" in runbook("schedule", "upgrade.yml").err
    assert "RB420" in runbook("schedule", "upgrade.yml", "--window", "none").err
