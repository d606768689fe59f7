"""Signed runs, made once by the real driver, and copied for whatever is done to them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.store import RunFolder, Store
from runbook_lang.api.audit import verify
from runbook_lang.api.load import load
from runbook_lang.api.runs import Choices, Session, resume, start
from runbook_lang.api.verdicts import FAIL, OPEN, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runbook_lang.api.audit import Audit
    from runbook_lang.api.runs import Finished

RUNBOOK = """\
runbook: deploy
title: Deploy an app
steps:
  - id: look
    title: Look
    shell: /bin/echo hello
    effect: read
    because: it prints
    timeout: 10s
  - id: long
    shell: /usr/bin/seq 1 500
    effect: read
    because: it prints
    timeout: 10s
  - id: deploy
    title: Deploy
    guard: look.stdout == "hello\\n"
    shell: /bin/echo deploying ${look.lines[0]}
    effect: change
    because: it stands for a deployment
    timeout: 10s
    undo: {shell: /bin/echo rolling back, effect: change, because: it takes the deployment back, timeout: 10s}
  - id: drop
    title: Drop the old one
    approve: Really drop it?
    shell: /bin/echo dropping
    effect: change
    because: it stands for a deletion
    timeout: 10s
  - id: never
    when: look.exit == 7
    shell: /bin/echo never
    effect: change
    because: it stands for a change
    timeout: 10s
success: deploy.ok && drop.ok
"""


class Person:
    """Approves what is asked, or leaves it; everything said is kept."""

    def __init__(self, approves: bool = True) -> None:
        self.approves = approves
        self.said: list[str] = []

    def ask(self, wait: Any) -> Mapping[str, Any] | None:
        return {"by": "ada", "verdict": "approved", "note": "seen"} if self.approves else None

    def incident(self, move: Any) -> None:
        self.said.append(move.message)

    def say(self, text: str) -> None:
        self.said.append(text)

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Nobody looks."""


class Watcher:
    def saw(self, event: Any) -> None:
        """Nobody looks."""

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Nobody looks."""


class Place:
    """A library with its store, and a folder of keys apart from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"PATH": os.environ["PATH"], "RUNBOOK_KEYS": str(folder / "keys"), "HOME": str(folder)}
        self.library = folder / "library"
        self.library.mkdir(exist_ok=True)
        self.store = Store(str(self.library / ".runbook"))

    @property
    def ring(self) -> KeyRing:
        return KeyRing.locate(self.environ)

    def session(self, approves: bool = True) -> Session:
        return Session(Person(approves), Watcher(), self.environ, "ada")

    def run(self, text: str = RUNBOOK, approves: bool = True, until: str = "", **inputs: Any) -> Finished:
        path = self.library / "deploy.yml"
        path.write_text(text)
        return start(load(str(path)), inputs, self.session(approves), self.store, until=until)

    def resume(self, run: RunFolder, approves: bool = True, **choices: Any) -> Finished:
        return resume(run, "", self.session(approves), self.store, Choices(**choices))

    def verify(self, run: RunFolder, **wanted: Any) -> Audit:
        from runbook_lang.api.audit import Wanted

        return verify(run, self.environ, Wanted(**wanted))

    def copy(self, to: Path) -> Place:
        shutil.copytree(self.folder, to)
        return Place(to)


class Made(NamedTuple):
    place: Place
    run: RunFolder

    def copy(self, to: Path) -> Made:
        place = self.place.copy(to)
        return Made(place, RunFolder(self.run.id, os.path.join(place.store.runs, self.run.id)))


def verdicts(audit: Audit) -> dict[str, str]:
    return {one.name: one.status for one in audit.verdicts}


def failed(audit: Audit) -> list[Verdict]:
    return [one for one in audit.verdicts if one.status in (FAIL, OPEN)]


def verdict(audit: Audit, name: str) -> Verdict:
    return next(one for one in audit.verdicts if one.name == name)


@pytest.fixture(scope="session")
def signed_once(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = Place(tmp_path_factory.mktemp("signed"))
    place.ring.new("ops")
    finished = place.run()
    assert finished.exit == 0
    assert finished.warning == ""
    return Made(place, finished.run)


@pytest.fixture
def signed(signed_once: Made, tmp_path: Path) -> Made:
    """A closed, signed run in a place of its own."""
    return signed_once.copy(tmp_path / "place")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty place without keys."""
    return Place(tmp_path)
