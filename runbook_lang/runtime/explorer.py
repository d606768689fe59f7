"""The explorer: the machine with every possible world. Runs nothing; used to test the rules and to walk all paths.

A chooser decides everything that the world would: which move comes first, how an attempt ends, whether the
process dies now. With an exhaustive chooser all paths are walked, with a random one a sample.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..expr.tagged import dumps
from ..machine.advance import advance
from ..machine.control import Refused, State
from ..machine.events import (
    RULES,
    ActEnded,
    ActFound,
    ActLost,
    ActStarted,
    CancelAsked,
    DoubtSettled,
    Event,
    IncidentOpened,
    LockFreed,
    LockTaken,
    NeedExpired,
    NeedMet,
    Note,
    RefillDone,
    RunClosed,
    RunOpened,
    RunResumed,
    TimerFired,
    from_wire,
    to_wire,
)
from ..machine.moves import Await, Close, EndAct, Locate, Lock, Move, OpenIncident, Refill, Settle, Start, Timer, Unlock
from ..machine.opening import open_moves
from ..machine.stamps import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..machine.core import Program

ENDS = (
    (True, "yes", ""),
    (False, "no", "refused"),
    (False, "unknown", "exit"),
    (False, "unknown", "timeout"),
    (False, "unknown", "killed"),
)
"""How an attempt may end: (ok, applied, kind)."""


class Dead(Exception):
    """The rules refused an event that was made from an open move."""


class Explorer:
    """Holds a run in memory. `choose(n)` gives a number below n; `value(start)` the result of an attempt that is ok."""

    def __init__(
        self, program: Program, choose: Callable[[int], int], value: Callable[[Start], dict[str, Any]] | None = None, start: int = 0
    ) -> None:
        self.program = program
        self.choose = choose
        self.value = value or (lambda move: {"exit": 0, "stdout": "", "lines": []})
        self.state = State()
        self.events: list[Event] = []
        self.now = start
        self.starts: dict[str, Start] = {}

    def open(self, inputs: dict[str, Any] | None = None) -> None:
        self.record(
            RunOpened,
            run="explored",
            rules=RULES,
            mode="live",
            runbook=self.program.name,
            program=self.program.digest,
            plan="",
            inputs=dumps(inputs or {}),
            secret_names=[],
            operator="explorer",
            host="nowhere",
        )

    def record(self, kind: type[Event], /, **fields: Any) -> None:
        """Fold an event and the notes it leaves. Raises Dead when the rules refuse it."""
        self._one(kind, fields)
        for text in self.state.notes:
            self._one(Note, {"path": text.path, "what": text.what, "text": text.text})

    def _one(self, kind: type[Event], fields: dict[str, Any]) -> None:
        made = kind(seq=self.state.seq + 1, at=stamp_of(self.now), **fields)
        event = from_wire(json.loads(json.dumps(to_wire(made))))
        after = advance(self.program, self.state, event)
        if isinstance(after, Refused):
            raise Dead(f"{after.code} {after.why}: {event!r}")
        self.state = after
        self.events.append(event)

    def running(self) -> list[str]:
        """Ids of the attempts that the world has under way."""
        return list(self.starts)

    def turn(self) -> bool:
        """One thing happens; False when the run is closed, or paused with nothing that could happen."""
        if self.state.phase == "closed":
            return False
        moves = [move for move in open_moves(self.program, self.state) if not isinstance(move, EndAct)]
        ends = self.running()
        if not moves and not ends:
            return False
        self.now += 1 + self.choose(3)
        pick = self.choose(len(moves) + len(ends))
        if pick >= len(moves):
            self._end(ends[pick - len(moves)])
        else:
            self._take(moves[pick])
        return True

    def _end(self, id_: str) -> None:
        move = self.starts.pop(id_)
        ok, applied, kind = ENDS[self.choose(len(ENDS))]
        if move.act.effect == "read" and kind == "exit":
            applied = "no"
        value = self.value(move) if ok else {"exit": 1}
        self.record(
            ActEnded, id=id_, ok=ok, applied=applied, kind=kind, message="" if ok else "it went wrong", value=dumps(value), elapsed_us=5
        )

    def _take(self, move: Move) -> None:
        if isinstance(move, Start):
            self.record(ActStarted, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
            self.starts[move.id] = move
        elif isinstance(move, Timer):
            self.now = max(self.now, move.at)
            self.record(TimerFired, path=move.path)
        elif isinstance(move, Await):
            self._answer(move)
        elif isinstance(move, Lock):
            self.record(LockTaken, key=move.key)
        elif isinstance(move, Unlock):
            self.record(LockFreed, key=move.key)
        elif isinstance(move, Locate):
            self._locate(move)
        elif isinstance(move, OpenIncident):
            self.record(IncidentOpened, id=move.id)
        elif isinstance(move, Settle):
            self.record(DoubtSettled, id=move.id, applied=move.applied, by="probe")
        elif isinstance(move, Refill):
            self.record(RefillDone, handle=move.handle)
        elif isinstance(move, Close):
            self.record(RunClosed, outcome=move.outcome)

    def _locate(self, move: Locate) -> None:
        if self.choose(2):
            self.record(ActLost, id=move.id)
        elif move.id not in self._adopted():
            self.record(ActFound, id=move.id, pid=77)

    def _adopted(self) -> list[str]:
        return [event.id for event in self.events if isinstance(event, ActFound)]

    def _answer(self, move: Await) -> None:
        if move.what == "doubt":
            applied = ("yes", "no", "unknown")[self.choose(3)]
            self.record(DoubtSettled, id=move.id, applied=applied, by="operator")
            return
        if move.deadline and self.choose(5) == 0:
            self.now = max(self.now, move.deadline)
            self.record(NeedExpired, path=move.path)
            return
        value = ""
        if move.need is not None and move.what == "answer":
            samples = {"bool": True, "string": "x", "int": 1, "number": 1.5}
            value = dumps(move.need.choices[0] if move.need.choices else samples[move.need.type])
        verdict = "refused" if self.choose(4) == 0 else "approved"
        self.record(NeedMet, path=move.path, by=f"person-{self.state.seq}", value=value, verdict=verdict, bind=move.bind)

    def die(self) -> None:
        """The process dies and comes back: the world's attempts are out of sight."""
        self.starts = {}
        self.now += 1000
        self.record(RunResumed, operator="explorer", down_us=1000)

    def cancel(self, level: int) -> None:
        self.record(CancelAsked, level=level, by="explorer")
