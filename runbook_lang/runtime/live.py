"""The live driver: asks the machine what may happen next, writes it down, does it, writes down what came of it."""

from __future__ import annotations

import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from ..base.diagnostics import RunbookError
from ..machine.events import (
    ActEnded,
    ActFound,
    ActLost,
    ActStarted,
    CancelAsked,
    DoubtSettled,
    IncidentOpened,
    LockBusy,
    LockFreed,
    LockTaken,
    NeedExpired,
    RefillDone,
    RunClosed,
    RunPaused,
    TimerFired,
)
from ..machine.moves import Await, Close, EndAct, Locate, Lock, Move, OpenIncident, Refill, Settle, Start, Timer, Unlock
from ..machine.opening import open_moves
from ..machine.outcome import adopted
from .answers import Answers
from .gate import Gate
from .keeper import Keeper
from .ports import Outcome
from .recorder import end_of
from .until import first_of
from .workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..machine.control import State
    from ..plan.bound import Binding
    from .recorder import Recorder
    from .world import World

INBOX_POLL_S = 0.5
END_PATIENCE_US = 10_000_000
"""How long attempts are waited for that were told to end because the journal can't be written any more."""


class Paused(Exception):
    """The run can't go on now; `why` is a word for the journal, `needs` what is waited for."""

    def __init__(self, why: str, needs: list[str]) -> None:
        super().__init__(why)
        self.why = why
        self.needs = needs


class LiveDriver:
    """Runs until the run is closed or paused. Everything the machine doesn't decide comes through `world`."""

    def __init__(
        self,
        recorder: Recorder,
        world: World,
        until: str = "",
        assumed: Mapping[str, str] | None = None,
        by: str = "",
        binding: Binding | None = None,
    ) -> None:
        """`until`: the path of the step before which the run is to stop; empty once it did. `assumed`: how doubts about attempts (by id)
        are settled where their probes don't know, by the word of `by`. `binding`: the plan from which the run may not depart."""
        self.recorder = recorder
        self.gate = Gate(binding, recorder)
        self.answers = Answers(recorder, world, self.gate, assumed, by)
        self.world = world
        self.until = until
        self.stopped = ""
        self.messages: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self.workers = Workers()
        self.running: dict[str, Any] = {}
        self.here = False
        self.main = False
        self.broken: RunbookError | None = None
        self.wish = (0, "")
        self.pausing: Paused | None = None
        self.busy = ""
        self.keeper = Keeper(recorder, world.keep)

    @property
    def state(self) -> State:
        return self.recorder.state

    def cancel(self, level: int, by: str) -> None:
        """From a signal handler: ask for level 1 (nothing new), 2 (SIGTERM) or 3 (SIGKILL).

        While an attempt runs in the driver's own thread, the handler stands inside of it: the journal is at rest, so
        the wish is recorded at once and what the rules make of it is carried out.
        """
        self.wish = max(self.wish, (level, by))
        if self.here and threading.current_thread() is threading.main_thread():
            self._heed_inside()
        else:
            self.messages.put(("wish", None))

    def _heed(self) -> None:
        """Record a wish to cancel before anything else happens."""
        level, by = self.wish
        if level > self.recorder.state.cancel:
            self.recorder.record(CancelAsked, level=level, by=by)

    def _wished(self) -> int:
        """The level that is wanted by now, recorded before anything is made of it."""
        self._heed()
        return self.state.cancel

    def _heed_inside(self) -> None:
        """The same while an attempt runs in this thread."""
        if self.wish[0] <= self.recorder.state.cancel:
            return
        try:
            self._heed()
        except RunbookError as error:  # the journal is gone: raised when the attempt, which is told to end, is over
            self.broken = error
            self._tell_all_to_end()
        for move in open_moves(self.recorder.program, self.state):
            if isinstance(move, EndAct):
                self._end(move)

    def run(self) -> State:
        """Carry moves out until the run is closed or paused; returns the last state."""
        self.main = threading.current_thread() is threading.main_thread()
        try:
            while self.recorder.state.phase != "closed":
                self._turn()
        except Paused as pause:
            self.recorder.record(RunPaused, why=pause.why, needs=pause.needs)
        except RunbookError:
            self._end_everything()
            raise
        finally:
            self.workers.close()
        return self.state

    def _turn(self) -> None:
        recorder = self.recorder
        self._heed()
        if recorder.state.seq >= self.keeper.due:
            self.keeper.keep()
        if recorder.journal.tight and not self.state.cancel:
            recorder.record(CancelAsked, level=1, by="full disk")
        moves = open_moves(recorder.program, recorder.state)
        if self.pausing is not None:
            if not self.running:
                raise self.pausing
            moves = tuple(move for move in moves if isinstance(move, EndAct))
        ahead = first_of(self.until, self.state.tree, moves) if self.until else None
        # Where nothing else can happen while one attempt runs, it needs no thread of its own.
        if len(moves) == 1 and isinstance(moves[0], Start) and self.main and not self.running and ahead is None:
            self._start_here(moves[0])
            return
        if self._go_on(moves, ahead):
            return
        timers = [move for move in moves if isinstance(move, Timer)]
        people = [move for move in moves if isinstance(move, Await)]
        if self._due(timers, people):
            return
        if not self.running and not self.state.cancel and self.answers.ask(people):
            return
        self._wait(timers, people)

    def _go_on(self, moves: tuple[Move, ...], ahead: Move | None) -> bool:
        """Carry out the first moves, up to the one before which the run is to stop; True when the moves have to be looked at again."""
        for move in moves:
            try:
                if move is ahead:
                    self.until, self.stopped = "", self.until
                    raise Paused("until", [self.stopped])
                if self._carry_out(move):
                    return True
            except Paused as pause:
                if not self.running:
                    raise
                self.pausing = pause  # what runs is awaited, and nothing new is started
                return True
        return False

    def _carry_out(self, move: Move) -> bool:
        """True when an event was recorded, so that the moves have to be looked at again."""
        handler = self._HANDLERS.get(type(move))
        return handler(self, move) if handler else False

    def _start(self, move: Start) -> bool:
        attempt = self._intend(move)
        if attempt is not None:
            self.workers.submit(lambda: self.messages.put(("ended", self._run(move, attempt))))
        return True

    def _start_here(self, move: Start) -> None:
        attempt = self._intend(move)
        if attempt is None:
            return
        self.here = True
        if self.wish[0]:
            self._heed_inside()  # a wish that came just before is not left to wait for the end of the attempt
        ended = self._run(move, attempt)
        self.here = False
        if self.broken is not None:
            self.running.clear()
            raise self.broken
        self._take_end(*ended)

    def _intend(self, move: Start) -> Any:
        """Record the intent; returns the attempt, or None when it was refused and has ended already."""
        if self.gate.bars(move):
            return None
        refusal = self.world.refusal(move)
        changes = move.act.effect != "read"
        self.recorder.record(ActStarted, sign=changes, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
        if refusal is not None:
            self._ended(move, refusal, 0, [])
            return None
        try:
            attempt = self.world.attempt(move)
        except OSError as error:
            self._ended(move, Outcome(False, "no", "exit", f"it could not be started: {error.strerror or error}"), 0, [])
            return None
        self.running[move.id] = attempt
        return attempt

    def _run(self, move: Start, attempt: Any) -> tuple[Start, Any, Outcome, int]:
        began = self.recorder.clock.monotonic()
        try:
            outcome = self.world.executor(move.request.executor).run(attempt)
        except Exception as error:  # noqa: BLE001 - an executor must not raise; where it does, what it was doing broke off
            outcome = Outcome(False, "unknown", "killed", f"the executor failed: {type(error).__name__}")
        return move, attempt, outcome, self.recorder.clock.monotonic() - began

    def _take_end(self, move: Start, attempt: Any, outcome: Outcome, elapsed: int) -> None:
        self.running.pop(move.id, None)
        self._ended(move, outcome, elapsed, attempt.output.close())

    def _ended(self, move: Start, outcome: Outcome, elapsed: int, out: list[Any]) -> None:
        try:
            value, taint, problem = self.world.sealed(move, outcome)
        except (TypeError, ValueError, RecursionError):
            value, taint = "{}", []
            problem = Outcome(False, outcome.applied, "exit", "its executor gave a result that can't be kept")
        if problem is not None:
            outcome = problem
        flush = move.act.effect != "read" or not outcome.ok
        self.recorder.record(ActEnded, flush=flush, sign=move.act.effect != "read", **end_of(move.id, outcome, value, taint, elapsed, out))

    def _end(self, move: EndAct) -> bool:
        attempt = self.running.get(move.id)
        if attempt is not None:
            attempt.cancel.ask(2 if move.how == "now" else 1)
        return False

    def _locate(self, move: Locate) -> bool:
        """An attempt of the last process: its child is shown, ended if it only reads, else waited for."""
        pid = self.world.locate(move.id)
        if pid is not None:
            if move.id not in adopted(self.state):
                self.recorder.record(ActFound, id=move.id, pid=pid)
            if not self.world.await_orphan(move.id, pid, end=move.act.effect == "read", interrupted=self._wished):
                raise Paused("orphan", [move.id])
        if move.on and self._may_run_there(move):
            raise Paused("orphan", [move.id])
        self.recorder.record(ActLost, id=move.id)
        return True

    def _may_run_there(self, move: Locate) -> bool:
        """Whether it may go on on another host beside what is started next. A read does no harm there, and a person may know."""
        if self.world.see_out(move.id, move.on, end=move.act.effect == "read", interrupted=self._wished):
            return False
        starts = self.state.undo_wanted or not self.state.aborted
        return starts and move.act.effect != "read" and move.id not in self.answers.assumed

    def _lock(self, move: Lock) -> bool:
        holder = self.world.locks.take(move.key)
        if holder is None:
            self.recorder.record(LockTaken, key=move.key)
            return True
        self.busy = holder
        self.recorder.record(LockBusy, key=move.key, holder=holder)
        raise Paused("lock", [move.key])

    def _unlock(self, move: Unlock) -> bool:
        self.recorder.record(LockFreed, key=move.key)
        self.world.locks.free(move.key)
        return True

    def _refill(self, move: Refill) -> bool:
        problem = self.world.refill(move, self.state)
        if problem:
            raise Paused("secret", [f"{move.by}: {problem}"])
        self.recorder.record(RefillDone, handle=move.handle)
        return True

    def _incident(self, move: OpenIncident) -> bool:
        self.world.raise_incident(move)  # it has a record of its own, and raising it twice is raising it once
        self.recorder.record(IncidentOpened, id=move.id)
        return True

    def _settle(self, move: Settle) -> bool:
        self.recorder.record(DoubtSettled, id=move.id, applied=move.applied, by="probe")
        return True

    def _close(self, move: Close) -> bool:
        self.recorder.record(RunClosed, outcome=move.outcome)
        return True

    _HANDLERS: Mapping[type[Move], Callable[[Any, Any], bool]] = {
        Start: _start,
        EndAct: _end,
        Locate: _locate,
        Lock: _lock,
        Unlock: _unlock,
        Refill: _refill,
        OpenIncident: _incident,
        Settle: _settle,
        Close: _close,
    }

    def _due(self, timers: list[Timer], people: list[Await]) -> bool:
        now = self.recorder.clock.now()
        for timer in timers:
            if timer.at <= now:
                self.recorder.record(TimerFired, flush=False, path=timer.path)
                return True
        for wait in people:
            if wait.deadline and wait.deadline <= now:
                # What was given in time may lie in the inbox since: a resume can come long after the deadline.
                if not self.answers.take_inbox(people):
                    self.recorder.record(NeedExpired, path=wait.path)
                return True
        return False

    def _wait(self, timers: list[Timer], people: list[Await]) -> None:
        """Block until a worker, the inbox, a signal or a timer has something; pause when nothing can come."""
        if not self.running:
            if self.state.cancel:
                raise Paused("full disk" if self.recorder.journal.tight else "cancelled", [])
            if not timers:
                if self.answers.take_inbox(people):
                    return
                raise Paused("needs", [f"{wait.path}: {wait.what}" for wait in people])
        now = self.recorder.clock.now()
        until = min((timer.at for timer in timers), default=None)
        timeout = None if until is None else max(0.0, (until - now) / 1_000_000)
        if people or (timers and not self.running):
            timeout = INBOX_POLL_S if timeout is None else min(timeout, INBOX_POLL_S)
            if self.answers.take_inbox(people):
                return
        try:
            message, body = self._message(timeout)
        except Empty:
            return
        if message == "ended":
            self._take_end(*body)

    def _message(self, timeout: float | None) -> tuple[str, Any]:
        """The next message. Raises Empty when none has come after so many seconds.

        Asked without waiting first: the first wait of an empty SimpleQueue finds its lock free, takes it, and counts anew what is left of
        the time. Where that has run out meanwhile it is negative, and CPython 3.11 waits for ever.
        """
        try:
            return self.messages.get_nowait()
        except Empty:
            return self.messages.get(timeout=timeout)

    def _end_everything(self) -> None:
        """The journal is gone: nothing may go on that can't be written down. Waits a while, so that the word gets through."""
        self._tell_all_to_end()
        deadline = self.recorder.clock.monotonic() + END_PATIENCE_US
        while self.running and (left := deadline - self.recorder.clock.monotonic()) > 0:
            try:
                message, body = self._message(left / 1_000_000)
            except Empty:
                return
            if message == "ended":
                self.running.pop(body[0].id, None)

    def _tell_all_to_end(self) -> None:
        for attempt in self.running.values():
            attempt.cancel.ask(1)
