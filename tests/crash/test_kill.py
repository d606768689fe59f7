"""Real processes with real children, killed and stopped at moments that nobody chose: a few hundred times, with a world that counts.

A killed run's children live on and still take effect; the next process of the run has to wait for them. Each kill is followed by
another process of the same run, which may be killed too, until the run has ended.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.store import Store
from runbook_lang.api.audit import verify
from tests.crash.test_crash import ANSWERS, EFFECTS, every

if TYPE_CHECKING:
    from tests.crash.conftest import Book, Driver

PATIENCE_S = 0.22
"""A run of EVERY takes longer: nearly every process of it is killed."""


class Killing:
    """Kills at random moments of one seed; counts them."""

    def __init__(self, driver: Driver, folder: Path, seed: int) -> None:
        self.driver = driver
        self.folder = folder
        self.chance = random.Random(seed)
        self.environ = {"RUNBOOK_KEYS": str(folder / "keys")}
        KeyRing(self.environ["RUNBOOK_KEYS"]).new("ops")
        self.kills = 0
        self.outlived = 0

    def once(self, number: int) -> None:
        """One run to its end, through as many deaths as chance wants."""
        book = every(self.folder / f"run-{number}")
        self._killed(book, "start")
        assume = ""
        for turn in range(60):
            if not book.run_has_begun():
                assert book.counts() == {}
                self._killed(book, "start", longer=turn)
                continue
            result = self._killed(book, "resume", assume=assume, longer=turn)
            if "run.closed" in book.types():
                break
            assume = self._doubt(book, result) if result.get("needs") else ""
        self.driver.run("resume", book, environ=self.environ)  # seals it, where that is owed
        self._judge(book)

    def _killed(self, book: Book, do: str, assume: str = "", longer: int = 0) -> dict[str, Any]:
        pid = self.driver.spawn(do, book, answers=ANSWERS, environ=self.environ, choices={"assume": assume})
        time.sleep(self.chance.uniform(0.0, PATIENCE_S * (1 + longer / 10)))  # on a busy machine too it gets somewhere in the end
        os.kill(pid, signal.SIGKILL)
        before = book.counts()
        ended = self.driver.wait(pid)
        if ended["code"] == 0:
            result: dict[str, Any] = ended["result"]
            assert result.get("outcome") or result.get("needs") or result.get("codes") == ["RB515"], result
            return result
        assert ended["code"] == -signal.SIGKILL, ended
        self.kills += 1
        self.outlived += book.counts() != before
        return {}

    @staticmethod
    def _doubt(book: Book, result: dict[str, Any]) -> str:
        path, _, what = result["needs"][0].partition(": ")
        assert what == "doubt", result
        step = {"made#undo": "unmade", "pick": "many"}.get(path, path.rpartition("/")[2])
        return "done" if book.count(step) else "not-done"

    def _judge(self, book: Book) -> None:
        outcome = next(event["outcome"] for event in book.events() if event["type"] == "run.closed")
        assert outcome["exit"] == 0, (outcome, book.types())
        assert book.counts() == dict.fromkeys(sorted(EFFECTS), 1), book.types()
        run = Store(str(book.store)).open_run("last")
        verdicts = {one.name: (one.status, one.reason) for one in verify(run, self.environ).verdicts}
        assert {verdicts[name][0] for name in ("integrity", "completeness", "signature", "conformance")} == {"pass"}, verdicts


def test_killed_at_random_moments_a_run_does_each_thing_once(driver: Driver, tmp_path: Path) -> None:
    killing = Killing(driver, tmp_path, 1)
    killing.once(0)
    killing.once(1)
    assert killing.kills > 2


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_hundreds_of_times_every_run_does_each_thing_once(driver: Driver, tmp_path: Path) -> None:
    killing = Killing(driver, tmp_path, 2)
    number = 0
    while killing.kills < 200:
        killing.once(number)
        number += 1
    assert number > 5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_run_that_was_stopped_keeps_its_journal_and_goes_on(driver: Driver, tmp_path: Path) -> None:
    """SIGSTOP, and SIGCONT later: meanwhile nobody else gets the run, and what ended while it stood still is taken up."""
    chance = random.Random(3)
    for number in range(25):
        book = every(tmp_path / f"run-{number}")
        pid = driver.spawn("start", book, answers=ANSWERS)
        stops = 0
        deadline = time.monotonic() + chance.uniform(0.0, PATIENCE_S)
        while time.monotonic() < deadline and stops < 5:
            os.kill(pid, signal.SIGSTOP)
            stops += 1
            if book.run_has_begun() and stops == 2:
                assert driver.run("resume", book)["codes"] in (["RB601"], ["RB515"])
            time.sleep(chance.uniform(0.0, 0.02))
            os.kill(pid, signal.SIGCONT)
            time.sleep(chance.uniform(0.0, 0.06))
        ended = driver.wait(pid)
        assert ended["code"] == 0
        assert ended["result"]["exit"] == 0
        assert book.counts() == dict.fromkeys(sorted(EFFECTS), 1), book.types()
