"""Journals of each release are replayed for ever: what one version wrote, every later one reads, verifies and goes on with.

A journal that no longer comes out as `wanted.json` says means that the rules have changed: raise `RULES` in `machine/events.py`, and let
the old ones come out as "another version's rules". A version that was never released may be made anew (see make.py).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.adapters.clock import SystemClock
from runbook_lang.adapters.store import RunFolder, Store
from runbook_lang.adapters.uuid7 import is_uuid7
from runbook_lang.api import runs
from runbook_lang.api.audit import verify
from runbook_lang.api.runs import Choices, Session, resume
from runbook_lang.api.verdicts import NEWER
from runbook_lang.machine.events import RULES
from tests.crash.counted import Counted
from tests.crash.dying import Teller
from tests.golden.make import TOKENS, told

HERE = Path(__file__).parent
KEPT = sorted(path.parent for path in HERE.glob("*/*/*/wanted.json"))
OF_THESE_RULES = [folder for folder in KEPT if folder.parents[1].name == str(RULES)]


class Then(SystemClock):
    """The clock of a host on which no time has passed since the last event of a run that is gone on with."""

    def now(self) -> int:
        last, then = self._read
        seen = self.monotonic()
        self._read = (last + seen - then, seen)
        return self._read[0]


def name_of(folder: Path) -> str:
    return "/".join(folder.parts[-3:])


def wanted(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "wanted.json").read_text(encoding="utf-8"))
    return found


def test_there_are_journals_of_the_present_rules() -> None:
    assert len(OF_THESE_RULES) >= 8, "make some: python -m tests.golden.make"


@pytest.mark.parametrize("folder", OF_THESE_RULES, ids=name_of)
def test_a_journal_of_these_rules_comes_out_as_ever(folder: Path) -> None:
    assert told(RunFolder("run", str(folder / "run")), str(folder / "keys")) == wanted(folder)


@pytest.mark.parametrize("folder", [folder for folder in KEPT if folder not in OF_THESE_RULES] or [None], ids=str)
def test_a_journal_of_older_rules_is_verified_and_its_replay_refused(folder: Path | None) -> None:
    if folder is None:
        assert RULES == 1, "journals of older rules have to be kept"
        return
    audit = verify(RunFolder("run", str(folder / "run")), {"RUNBOOK_KEYS": str(folder / "keys")})
    found = {one.name: one for one in audit.verdicts}
    before = wanted(folder)["verdicts"]
    assert {name: found[name].status for name in ("integrity", "completeness", "signature")} == {
        name: before[name] for name in ("integrity", "completeness", "signature")
    }
    assert found["conformance"].exit == NEWER


@pytest.mark.parametrize("folder", [one for one in OF_THESE_RULES if wanted(one)["phase"] != "closed"], ids=name_of)
def test_a_run_that_an_older_version_left_is_gone_on_with(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unsigned from here on: the private key of a golden journal is gone. A moment after it stopped: later, what it waits for has expired."""
    lines = [json.loads(line) for line in (folder / "run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    run = next(line["run"] for line in lines)
    assert is_uuid7(run)
    monkeypatch.setattr(runs, "SystemClock", Then)
    store = Store(str(tmp_path / "store"))
    shutil.copytree(folder / "run", Path(store.runs, run))
    counted = Counted(str(tmp_path / "effects"), None)
    monkeypatch.setattr(runs, "executor", lambda name: counted)
    teller = Teller({"hand": True, "yes": True})
    session = Session(teller, teller, {"PATH": "/nonexistent", "RUNBOOK_KEYS": str(tmp_path / "none"), **TOKENS}, "ana")
    finished = resume(store.open_run(run), "", session, store, Choices(as_recorded=True, assume="not-done"))
    assert (finished.paused, finished.exit) == ("", 0), finished.needs
