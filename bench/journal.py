"""A long journal, made without running anything, and the time that a resume needs to read it.

`journal.py make FOLDER EVENTS`: the pure machine is driven over a loop of many steps; every attempt ends well at
once, and each event goes through the real recorder into a real journal, only without waiting for the disk.
`journal.py read FOLDER`: opens the journal as a resume does, verifies and decodes each line, folds it all, and prints
`{"events": n, "read": seconds, "fold": seconds}`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING

import make

from runbook_lang.adapters.journal import FileJournal, read
from runbook_lang.adapters.mask import Masker
from runbook_lang.api.load import load
from runbook_lang.machine.control import State
from runbook_lang.machine.events import RULES, ActEnded, ActStarted, RunOpened
from runbook_lang.machine.moves import Start
from runbook_lang.machine.opening import open_moves
from runbook_lang.runtime.recorder import Recorder
from runbook_lang.runtime.replay import replay

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
    opened = {"run": "long", "rules": RULES, "mode": "live", "runbook": "long", "program": rules.digest, "plan": "", "inputs": "{}"}
    recorder.record(RunOpened, flush=False, secret_names=[], operator="bench", host="here", **opened)
    while recorder.state.seq < events:
        start = next(move for move in open_moves(rules, recorder.state) if isinstance(move, Start))
        recorder.record(ActStarted, flush=False, id=start.id, argv=start.request.shown(), argv_digest=start.digest)
        recorder.record(ActEnded, flush=False, id=start.id, ok=True, applied="yes", value=RESULT, elapsed_us=1_000)
    journal.close()


def read_journal(folder: str) -> None:
    rules = program(folder)
    began = time.perf_counter()
    events = list(read(os.path.join(folder, "run")))
    decoded = time.perf_counter()
    replayed = replay(rules, events)
    folded = time.perf_counter()
    if replayed.finding is not None:
        raise SystemExit(f"event {replayed.finding.seq}: {replayed.finding.refused.why}")
    print(json.dumps({"events": len(events), "read": decoded - began, "fold": folded - decoded}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make_journal(sys.argv[2], int(sys.argv[3]))
    else:
        read_journal(sys.argv[2])
