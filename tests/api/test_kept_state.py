"""A long run leaves its state beside the journal; a resume goes on from there, and never trusts it further than the journal does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.kept import forget_all, keep
from runbook_lang.adapters.mask import Masker
from runbook_lang.api.conformance import conform
from runbook_lang.api.fold import KeptState, folded
from runbook_lang.api.load import load
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.control import State
from runbook_lang.machine.core import Program
from runbook_lang.machine.events import RULES, ActEnded, ActStarted, Event, RunOpened, StateKept
from runbook_lang.machine.moves import Start
from runbook_lang.machine.opening import open_moves
from runbook_lang.machine.snapshot import FORMAT, pack
from runbook_lang.runtime import keeper as keeper_module
from runbook_lang.runtime.keeper import Keeper
from runbook_lang.runtime.recorder import Recorder
from tests.runtime.fakes import Clock

BOOK = """\
runbook: long
title: A loop of two steps
steps:
  - id: turns
    title: Again
    for_each:
      over: "[1, 2, 3, 4, 5, 6, 7, 8]"
      as: n
      key: string(n)
      limit: 1
      yield: first.exit + n
      steps:
        - id: first
          title: First
          shell: /usr/bin/printf ${n}
        - id: second
          title: Second
          when: "first.stdout != ''"
          shell: [/bin/rm, "-f", "${first.stdout}"]
          undo:
            shell: [/usr/bin/touch, "${first.stdout}"]
outputs:
  sums: turns.items.map(i, i.value)
"""


class Nobody:
    """Watches nothing."""

    def saw(self, event: Event) -> None:
        """Nothing to tell."""

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Nothing to show."""


class Run:
    """A journal of `turns` attempts with a snapshot every few events, as a killed run leaves it."""

    def __init__(self, folder: Path, attempts: int) -> None:
        (folder / "long.yml").write_text(BOOK)
        program = load(str(folder / "long.yml")).program
        assert program is not None
        self.program: Program = program
        self.folder = str(folder / "run")
        journal = FileJournal.create(self.folder, Masker())
        self.recorder = Recorder(program, State(), journal, Clock(), Nobody())
        keeper = Keeper(self.recorder, lambda text: keep(self.folder, text))
        opened = {"run": "r", "rules": RULES, "mode": "live", "runbook": "long", "program": program.digest, "plan": "", "inputs": "{}"}
        self.recorder.record(RunOpened, flush=False, secret_names=[], operator="o", host="h", **opened)
        for _ in range(attempts):
            start = next(move for move in open_moves(program, self.recorder.state) if isinstance(move, Start))
            value = '{"exit":0,"lines":[],"stderr":"","stdout":"x"}'
            self.recorder.record(ActStarted, flush=False, id=start.id, argv=start.request.shown(), argv_digest=start.digest)
            self.recorder.record(ActEnded, flush=False, id=start.id, ok=True, applied="yes", value=value)
            if self.recorder.state.seq >= keeper.due:
                keeper.keep()
        journal.close()

    def resumed(self) -> tuple[State, list[Event], bool]:
        """(the state a resume begins with, the events it looked at, whether from a kept state)."""
        events: list[Event] = []
        found = KeptState(self.folder, self.program)
        FileJournal.open_existing(self.folder, Masker(), each=events.append, known=found.take).close()
        return folded("r", self.program, events, found.state).state, events, found.state is not None

    def snapshots(self) -> list[Path]:
        return sorted(Path(self.folder).glob("state-*"), key=lambda path: path.stat().st_mtime_ns)

    def conformed(self) -> str:
        departure = conform(self.program, self.folder, os.path.getsize(os.path.join(self.folder, "journal.jsonl"))).departure
        return "" if departure is None else f"{departure.line}: {departure.why}"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "EVERY", 7)


@pytest.mark.parametrize("attempts", range(17))
def test_a_resume_gets_the_same_state_from_a_snapshot(tmp_path: Path, attempts: int) -> None:
    run = Run(tmp_path, attempts)
    state, events, known = run.resumed()
    assert state == run.recorder.state
    assert known == (attempts >= 3)
    assert isinstance(events[0], RunOpened)
    if known:
        assert isinstance(events[1], StateKept)
        assert len(events) < 14
        assert len(run.snapshots()) <= 2
    assert run.conformed() == ""


@pytest.mark.parametrize("damage", ["lost", "torn", "changed", "of another run"])
def test_without_a_good_snapshot_everything_is_folded(tmp_path: Path, damage: str) -> None:
    run = Run(tmp_path, 12)
    path = run.snapshots()[-1]
    if damage == "lost":
        assert forget_all(run.folder) == 2
    elif damage == "torn":
        path.write_bytes(path.read_bytes()[:-9])
    elif damage == "changed":
        path.write_text(path.read_text().replace('"x"', '"y"'))
    else:
        path.write_text(json.dumps({"format": 1, "shared": [], "state": {}}))
    state, events, known = run.resumed()
    assert (state, known) == (run.recorder.state, False)
    assert len(events) == state.seq


def forge(run: Run, snapshot: State) -> None:
    """A state.kept event, rightly chained, for another state than the one there."""
    found = keep(run.folder, pack(run.program, snapshot))
    assert found is not None
    journal = FileJournal.open_existing(run.folder, Masker())
    run.recorder.journal = journal
    run.recorder.record(StateKept, snapshot=found[0], size=found[1], format=FORMAT)
    journal.close()


def test_an_audit_names_a_kept_state_that_is_not_the_one_of_the_events(tmp_path: Path) -> None:
    run = Run(tmp_path, 5)
    forge(run, run.recorder.state.replace(escalated=True))
    assert run.conformed() == f"{run.recorder.state.seq}: the kept state is not the one that the events above it give"


def test_a_line_between_that_was_changed_is_still_found(tmp_path: Path) -> None:
    run = Run(tmp_path, 12)
    path = Path(run.folder, "journal.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"elapsed_us"', b'"elapsed_xs"', 1).replace(b'"ok":true', b'"ok":false', 1))
    with pytest.raises(RunbookError, match="digest doesn't fit"):
        run.resumed()


def test_a_snapshot_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    assert keep(str(tmp_path / "no folder"), "text") is None
