"""A long journal, made without running anything, and the time that a resume needs to read it.

`journal.py make FOLDER EVENTS`: the pure machine is driven over a loop of many steps; every attempt ends well at
once, and each event goes through the real recorder into a real journal, only without waiting for the disk.
`journal.py read FOLDER`: opens the journal as a resume does, verifies each line, folds from the last kept state on, and prints
`{"events": n, "read": seconds, "fold": seconds}`. `journal.py whole FOLDER`: the same without a kept state: every line is
decoded and folded.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import make

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.kept import keep
from runbook_lang.adapters.mask import Masker
from runbook_lang.api.fold import KeptState, folded
from runbook_lang.api.load import load
from runbook_lang.machine.control import State
from runbook_lang.machine.events import RULES, ActEnded, ActStarted, RunOpened
from runbook_lang.machine.moves import Start
from runbook_lang.machine.opening import open_moves
from runbook_lang.runtime.keeper import Keeper
from runbook_lang.runtime.recorder import Recorder

if TYPE_CHECKING:
    from runbook_lang.machine.core import Program
    from runbook_lang.machine.events import Event

ROUNDS = 500
EVENTS_A_STEP = 2
RESULT = '{"exit":0,"lines":[],"stderr":"","stdout":""}'


class Still:
    """A clock that counts: the journal is the same every time."""

    def __init__(self) -> None:
        self.at = 1_700_000_000_000_000

    def now(self) -> int:
        self.at += 1_000
        return self.at

    monotonic = now


class Nobody:
    """Watches nothing."""

    def saw(self, event: Event) -> None:
        del event

    def output(self, path: str, stream: str, data: bytes) -> None:
        del path, stream, data


def program(folder: str) -> Program:
    loaded = load(os.path.join(folder, "long.yml"), check=False)
    if loaded.program is None:
        raise SystemExit("\n".join(item.message for item in loaded.problems.sorted()))
    return loaded.program


def make_journal(folder: str, events: int) -> None:
    make.write(folder, "long", make.looped("long", ROUNDS, events // EVENTS_A_STEP // ROUNDS + 1))
    rules = program(folder)
    journal = FileJournal.create(os.path.join(folder, "run"), Masker())
    recorder = Recorder(rules, State(), journal, Still(), Nobody())
    keeper = Keeper(recorder, lambda snapshot: keep(os.path.join(folder, "run"), snapshot))
    opened: dict[str, Any] = {
        "run": "long",
        "rules": RULES,
        "mode": "live",
        "runbook": "long",
        "program": rules.digest,
        "plan": "",
        "inputs": "{}",
    }
    recorder.record(RunOpened, flush=False, secret_names=[], operator="bench", host="here", **opened)
    while recorder.state.seq < events:
        start = next(move for move in open_moves(rules, recorder.state) if isinstance(move, Start))
        recorder.record(ActStarted, flush=False, id=start.id, argv=start.request.shown(), argv_digest=start.digest)
        recorder.record(ActEnded, flush=False, id=start.id, ok=True, applied="yes", value=RESULT, elapsed_us=1_000)
        if recorder.state.seq >= keeper.due:
            keeper.keep()
    journal.close()


def read_journal(folder: str, whole: bool) -> None:
    rules = program(folder)
    began = time.perf_counter()
    events: list[Event] = []
    state = KeptState(os.path.join(folder, "run"), rules)
    journal = FileJournal.open_existing(os.path.join(folder, "run"), Masker(), each=events.append, known=None if whole else state.take)
    decoded = time.perf_counter()
    replayed = folded("long", rules, events, state.state)
    after = time.perf_counter()
    print(json.dumps({"events": journal.seq, "read": decoded - began, "fold": after - decoded}))
    assert replayed.state.seq == journal.seq
    journal.close()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make_journal(sys.argv[2], int(sys.argv[3]))
    else:
        read_journal(sys.argv[2], whole=sys.argv[1] == "whole")
