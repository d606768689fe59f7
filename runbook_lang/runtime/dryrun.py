"""The dry-run driver: the same machine, other answers. Reads really run, changes are assumed, time passes at once.

Where a condition can't be known, the walk forks: each arm is walked from the start with the reads' answers kept,
so nothing is read twice. At most `FORKS` walks; then it says what was not explored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..expr.values import Unknown
from ..machine.control import State
from ..machine.events import ActAssumed, ActEnded, ActStarted, IncidentOpened, LockFreed, LockTaken, NeedMet, PickTaken, RunClosed, TimerFired
from ..machine.moves import Await, Close, Lock, OpenIncident, Pick, Settle, Start, Timer, Unlock
from ..machine.opening import open_moves
from .recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..machine.core import Program
    from .ports import Clock, Journal, Outcome, Watcher
    from .world import World

FORKS = 64


class Walk(Record):
    """One path through the runbook: the picks that led to it, and where it ended."""

    picks: tuple[tuple[str, bool], ...]
    state: State


class Answer(Record):
    outcome: Outcome
    value: str
    taint: tuple[str, ...]
    out: tuple[Any, ...]
    elapsed: int


class _Leaping:
    """A clock that goes with the real one and can leap ahead: timers fire at once."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ahead = 0

    def now(self) -> int:
        return self.clock.now() + self.ahead

    def monotonic(self) -> int:
        return self.clock.monotonic()

    def leap(self, to: int) -> None:
        self.ahead = max(self.ahead, to - self.clock.now())


class DryRun:
    """Explores a program. `journal(n)` gives the journal of walk n; `opened` the fields of its first event."""

    def __init__(
        self,
        program: Program,
        world: World,
        clock: Clock,
        watcher: Watcher,
        journal: Callable[[int], Journal],
        open_run: Callable[[Recorder], None],
        rehearse: bool = False,
    ) -> None:
        self.program = program
        self.world = world
        self.clock = clock
        self.watcher = watcher
        self.journal = journal
        self.open_run = open_run
        self.rehearse = rehearse
        self.answers: dict[tuple[str, str], Answer] = {}
        self.unexplored = 0

    def run(self) -> list[Walk]:
        """All walks, the one that takes every undecided condition as true first."""
        walks: list[Walk] = []
        pending: list[tuple[tuple[str, bool], ...]] = [()]
        while pending:
            picks = pending.pop(0)
            if len(walks) >= FORKS:
                self.unexplored = len(pending) + 1
                break
            walk = self._walk(len(walks), picks)
            walks.append(walk)
            for index in range(len(picks), len(walk.picks)):
                path, arm = walk.picks[index]
                pending.append((*walk.picks[:index], (path, not arm)))
        return walks

    def _walk(self, number: int, picks: tuple[tuple[str, bool], ...]) -> Walk:
        clock = _Leaping(self.clock)
        journal = self.journal(number)
        recorder = Recorder(self.program, State(), journal, clock, self.watcher)
        taken: list[tuple[str, bool]] = []
        try:
            self.open_run(recorder)
            while recorder.state.phase != "closed":
                moves = open_moves(self.program, recorder.state)
                self._answer(recorder, clock, moves[0], picks, taken)
        finally:
            journal.close()
        return Walk(tuple(taken), recorder.state)

    def _answer(self, recorder: Recorder, clock: _Leaping, move: object, picks: tuple[tuple[str, bool], ...], taken: list[tuple[str, bool]]) -> None:
        if isinstance(move, Start):
            self._start(recorder, move)
        elif isinstance(move, Timer):
            clock.leap(move.at)
            recorder.record(TimerFired, flush=False, path=move.path)
        elif isinstance(move, Await):
            self._assume_met(recorder, move)
        elif isinstance(move, Pick):
            arm = picks[len(taken)][1] if len(taken) < len(picks) else True
            taken.append((move.path, arm))
            recorder.record(PickTaken, path=move.path, arm=arm)
        elif isinstance(move, OpenIncident):
            recorder.record(IncidentOpened, id=move.id)
        elif isinstance(move, Settle):
            raise AssertionError("nothing is in doubt in a rehearsal")
        elif isinstance(move, Lock):
            recorder.record(LockTaken, key=move.key)
        elif isinstance(move, Unlock):
            recorder.record(LockFreed, key=move.key)
        elif isinstance(move, Close):
            recorder.record(RunClosed, outcome=move.outcome)

    def _start(self, recorder: Recorder, move: Start) -> None:
        known = not any(True for _ in unknowns_in(move.request))
        if move.act.effect != "read" or not known:
            recorder.record(ActAssumed, id=move.id)
            return
        key = (move.path, move.digest)
        recorder.record(ActStarted, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
        answer = self.answers.get(key)
        if answer is None:
            answer = self._read(recorder, move)
            self.answers[key] = answer
        outcome = answer.outcome
        recorder.record(
            ActEnded,
            id=move.id,
            ok=outcome.ok,
            applied=outcome.applied,
            kind=outcome.kind,
            message=outcome.message,
            value=answer.value,
            taint=list(answer.taint),
            out=list(answer.out),
            elapsed_us=answer.elapsed,
        )

    def _read(self, recorder: Recorder, move: Start) -> Answer:
        refusal = self.world.refusal(move)
        began = self.clock.monotonic()
        out: list[Any] = []
        if refusal is None:
            attempt = self.world.attempt(move)
            outcome = self.world.executor(move.request.executor).run(attempt)
            out = attempt.output.close()
        else:
            outcome = refusal
        value, taint, problem = self.world.sealed(move, outcome)
        return Answer(problem or outcome, value, tuple(taint), tuple(out), max(0, self.clock.monotonic() - began))

    def _assume_met(self, recorder: Recorder, move: Await) -> None:
        from ..expr.tagged import dumps

        need = move.need
        value = ""
        if move.what == "answer" and need is not None:
            value = dumps(need.default if need.has_default else _sample(need.type, need.choices))
        by = f"rehearsal-{recorder.state.seq}"
        recorder.record(NeedMet, path=move.path, by=by, value=value, verdict="approved", bind=move.bind, note="assumed")


def _sample(type_: str, choices: tuple[object, ...]) -> object:
    """An answer of the right type, for a question that nobody is asked."""
    if choices:
        return choices[0]
    return {"bool": True, "string": "", "int": 0, "number": 0}[type_]


def unknowns_in(value: object) -> list[Unknown]:
    """The holes in a request."""
    from ..surfaces.kinds import Request

    if isinstance(value, Unknown):
        return [value]
    if isinstance(value, Request):
        value = [value.argv, value.env, value.stdin, value.files, value.data, value.on]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [hole for item in value for hole in unknowns_in(item)]
    return []
