"""The scripted driver: a world in which everything that happens is written down beforehand, and time is a number.

Attempts that run side by side end in the order of the script's durations. A wait for time passes at once; a wait for
people ends with the script's answer, or pauses the run. So a case gives the same events each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..machine.events import (
    AbortAsked,
    ActEnded,
    ActLost,
    ActStarted,
    CancelAsked,
    DoubtSettled,
    IncidentOpened,
    LockFreed,
    LockTaken,
    NeedExpired,
    NeedMet,
    RefillDone,
    RunClosed,
    RunPaused,
    RunResumed,
    TimerFired,
)
from ..machine.moves import Await, Close, EndAct, Locate, Lock, Move, OpenIncident, Pick, Refill, Settle, Start, Timer, Unlock
from ..machine.opening import open_moves
from .ports import Outcome
from .recorder import end_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from ..machine.control import State
    from .recorder import Recorder

    class Script(Protocol):
        """What the world does. Both raise what ends the case when the script has nothing for a move."""

        def outcome(self, move: Start) -> Scene: ...

        def answer(self, wait: Await) -> Mapping[str, Any] | None:
            """Fields of NeedMet or DoubtSettled; {"expire": True}; {"abort": "abort" | "undo", "by"}; None: nobody answers."""
            ...

        def sealed(self, move: Start, outcome: Outcome) -> tuple[str, list[str], Outcome | None]: ...


TURNS = 100_000
"""Moves of one case, at most: a script can't make a run that never ends."""


class Scene(Record):
    """How one attempt goes. `takes`: microseconds. `then`: nothing | dies (the run is killed while it runs) | cancel (Ctrl-C, once)."""

    outcome: Outcome
    takes: int = 1_000
    then: str = ""


class TickingClock:
    """Goes on only when it is told to."""

    def __init__(self, start: int) -> None:
        self.time = start

    def now(self) -> int:
        return self.time

    def monotonic(self) -> int:
        return self.time


class Endless(Exception):
    """The case took more turns than any procedure should."""


class ScriptedDriver:
    """Runs to the end, or to a pause that no answer ends. `told` collects escalations, `locks` are always free."""

    def __init__(self, recorder: Recorder, clock: TickingClock, script: Script) -> None:
        self.recorder = recorder
        self.clock = clock
        self.script = script
        self.running: dict[str, tuple[int, Start, Scene]] = {}
        self.told: list[OpenIncident] = []

    @property
    def state(self) -> State:
        return self.recorder.state

    def run(self) -> State:
        """Raises Endless, and what the script raises."""
        for _ in range(TURNS):
            if self.state.phase == "closed":
                return self.state
            if not self._turn():
                waits = [move for move in open_moves(self.recorder.program, self.state) if isinstance(move, Await)]
                why = "cancelled" if self.state.cancel else "needs"
                self.recorder.record(RunPaused, why=why, needs=[f"{wait.path}: {wait.what}" for wait in waits])
                return self.state
        raise Endless

    def _turn(self) -> bool:
        """One thing happens; False when nothing can."""
        moves = open_moves(self.recorder.program, self.state)
        for move in moves:
            if self._carry_out(move):
                return True
        for move in moves:
            if isinstance(move, Await) and (self._expired(move) or self._answer(move)):
                return True
        return self._let_time_pass([move for move in moves if isinstance(move, Timer)])

    def _carry_out(self, move: Move) -> bool:
        """What the run does by itself; True when an event came of it."""
        record = self.recorder.record
        if isinstance(move, Start):
            self._start(move)
        elif isinstance(move, EndAct):
            return self._end(move)
        elif isinstance(move, Lock):
            record(LockTaken, key=move.key)
        elif isinstance(move, Unlock):
            record(LockFreed, key=move.key)
        elif isinstance(move, Locate):
            record(ActLost, id=move.id)
        elif isinstance(move, Refill):
            record(RefillDone, handle=move.handle)
        elif isinstance(move, Settle):
            record(DoubtSettled, id=move.id, applied=move.applied, by="probe")
        elif isinstance(move, OpenIncident):
            record(IncidentOpened, id=move.id)
            self.told.append(move)
        elif isinstance(move, Close):
            record(RunClosed, outcome=move.outcome)
        else:
            assert not isinstance(move, Pick), "a live run picks nothing"
            return False
        return True

    def _start(self, move: Start) -> None:
        scene = self.script.outcome(move)
        self.recorder.record(ActStarted, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
        self.running[move.id] = (self.clock.time + scene.takes, move, scene)
        if scene.then == "dies":
            self.running.clear()
            self.clock.time += 1_000_000
            self.recorder.record(RunResumed, operator="script", down_us=1_000_000)
        elif scene.then == "cancel":
            self.recorder.record(CancelAsked, level=1, by="script")

    def _end(self, move: EndAct) -> bool:
        """A running attempt is told to end, and does at once."""
        found = self.running.pop(move.id, None)
        if found is None:
            return False
        read = found[1].act.effect == "read"
        self._ended(found[1], Outcome(False, "no" if read else "unknown", "killed", "it was ended"), 0)
        return True

    def _ended(self, move: Start, outcome: Outcome, elapsed: int) -> None:
        value, taint, problem = self.script.sealed(move, outcome)
        outcome = problem or outcome
        self.recorder.record(ActEnded, **end_of(move.id, outcome, value, taint, elapsed))

    def _expired(self, wait: Await) -> bool:
        """The time that passed for something else was too long for this."""
        if not wait.deadline or wait.deadline > self.clock.time:
            return False
        self.recorder.record(NeedExpired, path=wait.path)
        return True

    def _answer(self, wait: Await) -> bool:
        answer = self.script.answer(wait)
        if answer is None or (answer.get("expire") and not wait.deadline):
            return False
        self.clock.time += 1_000
        if answer.get("expire"):
            self.clock.time = max(self.clock.time, wait.deadline)
            self.recorder.record(NeedExpired, path=wait.path)
        elif "abort" in answer:
            self.recorder.record(AbortAsked, by=answer["by"], undo=answer["abort"] == "undo")
        elif wait.what == "doubt":
            self.recorder.record(DoubtSettled, id=wait.id, **answer)
        else:
            self.recorder.record(NeedMet, path=wait.path, bind=wait.bind, **answer)
        return True

    def _let_time_pass(self, timers: list[Timer]) -> bool:
        """To the next end of an attempt or the next timer, whichever comes first; ends before timers, then the order of starts."""
        ends = [(at, 0, number, id_) for number, (id_, (at, _, _)) in enumerate(self.running.items())]
        waits = [] if self.state.cancel else [(timer.at, 1, number, timer.path) for number, timer in enumerate(timers)]
        if not ends and not waits:
            return False
        at, kind, _, name = min([*ends, *waits])
        self.clock.time = max(self.clock.time, at)
        if kind:
            self.recorder.record(TimerFired, path=name)
        else:
            _, move, scene = self.running.pop(name)
            self._ended(move, scene.outcome, scene.takes)
        return True
