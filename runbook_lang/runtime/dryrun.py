"""The dry-run driver: the same machine, other answers. Reads really run, changes are assumed or rehearsed, time passes at once.

Where a condition can't be known, the walk forks: each arm is walked from the start with the reads' answers kept,
so nothing is read twice. At most `FORKS` walks; then it says how many were not explored. Nothing is sent to people,
no lock is taken, no question is asked: an answer is a hole.

A read after a change that was not made sees the world as it was. Where it can be reached but isn't as expected, that
says nothing of the run: it is assumed to end well, and its result stays open.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..expr.tagged import dumps
from ..expr.values import Unknown
from ..machine.advance import advance
from ..machine.control import ActCtl, State
from ..machine.events import (
    ActAssumed,
    ActEnded,
    ActStarted,
    IncidentOpened,
    LockFreed,
    LockTaken,
    NeedMet,
    PickTaken,
    RunClosed,
    TimerFired,
)
from ..machine.moves import Await, Close, Lock, OpenIncident, Pick, Start, Timer, Unlock
from ..machine.opening import open_moves
from ..machine.outcome import leaves
from ..machine.stamps import stamp_of
from ..plan.holes import holes_in, is_mixed
from .inquiry import Said, findings, inquire
from .recorder import Recorder, end_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..base.diagnostics import Diagnostic
    from ..machine.core import Act, Program
    from ..surfaces.kinds import Request
    from .ports import Clock, Executor, Journal, Outcome, Watcher
    from .world import World

    Picks = tuple[tuple[str, bool], ...]

FORKS = 64
_REACHED = ("", "exit", "status", "not_json", "expect")
"""Ends of a read that the change before it, had it been made, might have turned out otherwise."""


class Seen(Record):
    """What the driver did in place of one attempt.

    `how`: read (it really ran) | assumed (nothing ran, or what ran can't count) | rehearsed (something else ran in its
    place). `ok` is false where the attempt failed; `message` says why it did, or why it was only assumed.
    `findings`: what the other side said when it was asked about what didn't run. `fresh`: nothing that came before was
    undecided, or a change that was passed over.
    """

    path: str
    role: str
    effect: str
    request: Request
    how: str
    ok: bool = True
    message: str = ""
    findings: tuple[Diagnostic, ...] = ()
    fresh: bool = False


class Walk(Record):
    """One path through the runbook: the picks that led to it, what was done on it, the texts of what was asked or told, its end.

    `skipped` are the steps that were let go while all was fresh.
    """

    picks: Picks
    state: State
    seen: tuple[Seen, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    told: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()


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
    """Explores a program. `journal(n)` gives the journal of walk n; `open_run` records its first event.

    The mode in that event decides the depth: `dry-run` assumes every change, `rehearse` rehearses those that can be.
    `inquiring`: where the other side can say what it would make of what doesn't run, it is asked.
    """

    def __init__(
        self,
        program: Program,
        world: World,
        clock: Clock,
        watcher: Watcher,
        journal: Callable[[int], Journal],
        open_run: Callable[[Recorder], None],
        inquiring: bool = False,
    ) -> None:
        self.program = program
        self.world = world
        self.clock = clock
        self.watcher = watcher
        self.journal = journal
        self.open_run = open_run
        self.inquiring = inquiring
        self.answers: dict[tuple[str, str, str], Answer] = {}
        self.said: dict[tuple[str, str, str], Said | None] = {}
        self.unexplored = 0

    def run(self) -> list[Walk]:
        """All walks, the one that takes every undecided condition as true first."""
        walks: list[Walk] = []
        pending: list[Picks] = [()]
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

    def _walk(self, number: int, picks: Picks) -> Walk:
        clock = _Leaping(self.clock)
        journal = self.journal(number)
        recorder = Recorder(self.program, State(), journal, clock, self.watcher)
        walker = _Walker(self, recorder, clock, picks)
        try:
            self.open_run(recorder)
            while recorder.state.phase != "closed":
                walker.heed()
                walker.answer(open_moves(self.program, recorder.state)[0])
        finally:
            journal.close()
        skipped = tuple(dict.fromkeys(walker.skipped))
        return Walk(tuple(walker.taken), recorder.state, tuple(walker.seen), tuple(walker.asked), tuple(walker.told), skipped)

    def ask_world(self, move: Start) -> Answer:
        """The answer of a read, asked once for all walks."""
        key = (move.path, move.role, move.digest)
        answer = self.answers.get(key)
        if answer is None:
            answer = self.answers[key] = self._carry_out(move)
        return answer

    def inquire(self, move: Start) -> Said | None:
        """What the other side says of something that doesn't run, asked once for all walks."""
        if not self.inquiring:
            return None
        key = (move.path, move.role, move.digest)
        if key not in self.said:
            self.said[key] = inquire(self.world, move, _run)
        return self.said[key]

    def _carry_out(self, move: Start) -> Answer:
        outcome = self.world.refusal(move)
        began = self.clock.monotonic()
        out: list[Any] = []
        if outcome is None:
            attempt = self.world.attempt(move)
            try:
                outcome = _run(self.world.executor(move.request.executor), attempt)
            finally:
                out = attempt.output.close()
        value, taint, problem = self.world.sealed(move, outcome)
        return Answer(problem or outcome, value, tuple(taint), tuple(out), max(0, self.clock.monotonic() - began))


class _Walker:
    """Answers the moves of one walk.

    `stale`: a change was passed over, so the world isn't as it would be; `reshaped`: one that may make inquiries come out otherwise.
    """

    def __init__(self, dry: DryRun, recorder: Recorder, clock: _Leaping, picks: Picks) -> None:
        self.dry = dry
        self.recorder = recorder
        self.clock = clock
        self.picks = picks
        self.taken: list[tuple[str, bool]] = []
        self.seen: list[Seen] = []
        self.asked: list[tuple[str, str]] = []
        self.told: list[tuple[str, str]] = []
        self.skipped: list[str] = []
        self.stale = False
        self.reshaped = False
        self.fresh = True
        self.decided: dict[tuple[str, str], bool] = {}

    def heed(self) -> None:
        """What the last event came to, before the next move."""
        self.fresh = not self.stale and not self.taken
        if self.fresh:
            self.skipped += (note.path for note in self.recorder.state.notes if note.what == "skipped")

    def answer(self, move: object) -> None:
        record = self.recorder.record
        if isinstance(move, Start):
            self._start(move)
        elif isinstance(move, Timer):
            self.clock.leap(move.at + self._retry_time(move.path))
            record(TimerFired, flush=False, path=move.path)
        elif isinstance(move, Await):
            self._assume_met(move)
        elif isinstance(move, Pick):
            record(PickTaken, path=move.path, arm=self._arm(move))
        elif isinstance(move, OpenIncident):
            self.told.append((move.path, move.message))
            record(IncidentOpened, id=move.id)
        elif isinstance(move, Lock):
            record(LockTaken, key=move.key)
        elif isinstance(move, Unlock):
            record(LockFreed, key=move.key)
        else:
            assert isinstance(move, Close), "a rehearsal has no doubts, nothing to find and nothing to read again"
            record(RunClosed, outcome=move.outcome)

    def _arm(self, move: Pick) -> bool:
        """The arm that this walk takes; the same condition, or its opposite, is not decided anew at the same place."""
        text = move.cond.strip("⟨⟩")
        opposite = text.startswith("!") and text[1:].replace(".", "").isidentifier()
        key = (move.path.rpartition("/")[0], text[1:] if opposite else text)
        known = self.decided.get(key)
        if known is None or "now()" in text:
            at = len(self.taken)
            arm = self.picks[at][1] if at < len(self.picks) else True
            self.taken.append((move.path, arm))
            known = self.decided[key] = arm is not opposite
        return known is not opposite

    def _start(self, move: Start) -> None:
        change = self._rehearsed_change(move)
        if has_holes(move.request) or (change is None and move.act.effect != "read"):
            self._assume(move, change)
            return
        self.recorder.record(ActStarted, id=move.id, argv=move.request.shown(), argv_digest=move.digest)
        answer = self.dry.ask_world(move)
        if change is None and self.stale and answer.outcome.kind in _REACHED and self._would_fail(move, answer):
            self.recorder.record(ActAssumed, id=move.id)
            self._note(move, "assumed", True, "it isn't so now, and a change before it was not made")
            return
        self.recorder.record(ActEnded, **_ended(move, answer))
        self._judge(move, change)

    def _judge(self, move: Start, change: ActCtl | None) -> None:
        """What the machine made of an answer, from the notes that it left."""
        failure = next((note.text for note in self.recorder.state.notes if note.path == move.path and note.what == "judged"), "")
        if change is None:
            self._note(move, "read", not failure, failure.partition(": ")[2])
            return
        verdict = next((note.text for note in self.recorder.state.notes if note.path == move.path and note.what == "rehearsed"), "")
        assert change.request is not None
        failed = verdict.startswith("it would fail")
        self._passed_over(change.act, change.request)
        message = verdict if failed else "" if change.act.rehearse is not None else _rehearsed(change.act, change.request)
        self.seen.append(Seen(move.path, "main", change.act.effect, change.request, "rehearsed", not failed, message, (), self.fresh))

    def _assume(self, move: Start, change: ActCtl | None) -> None:
        """Nothing runs; for a change whose rehearsal has holes in its words, the change itself is what is assumed."""
        act, request = (change.act, change.request) if change is not None else (move.act, move.request)
        assert request is not None
        self.recorder.record(ActAssumed, id=move.id if change is None else change.id)
        why = "not all its words are known" if act.effect == "read" else self._unrehearsed(act, request)
        role = "main" if change is not None else move.role
        said = self.dry.inquire(move.replace(act=act, request=request, role=role))
        found: tuple[Diagnostic, ...] = ()
        if said is not None:
            found = findings(move.replace(act=act), said, self.reshaped)
            asked = f"it couldn't be asked about: {said.unasked}" if said.unasked else "" if found else "the server finds no fault in it"
            why = "; ".join(text for text in (why, asked) if text)
        wrong = any(item.is_error for item in found)
        self.seen.append(Seen(move.path, role, act.effect, request, "assumed", not wrong, why, found, self.fresh))
        if act.effect != "read":
            self._passed_over(act, request)

    def _unrehearsed(self, act: Act, request: Request) -> str:
        """Why a change is only assumed, where changes are rehearsed."""
        if self.recorder.state.mode != "rehearse" or act.rehearse is not None:
            return ""
        return f"not rehearsed: {_rehearsed(act, request) or 'its tool has no rehearsal for it, and the step has none of its own'}"

    def _passed_over(self, act: Act, request: Request) -> None:
        self.stale = True
        self.reshaped = self.reshaped or act.call is None or act.call.surface.reshapes(request)

    def _note(self, move: Start, how: str, ok: bool, message: str) -> None:
        self.seen.append(Seen(move.path, move.role, move.act.effect, move.request, how, ok, message, (), self.fresh))

    def _rehearsed_change(self, move: Start) -> ActCtl | None:
        """The change in whose place a start is offered."""
        if move.role != "rehearse":
            return None
        found = (leaf for leaf in leaves(self.recorder.state.tree) if isinstance(leaf, ActCtl) and leaf.path == move.path)
        return next(leaf for leaf in found if leaf.probe is not None)

    def _would_fail(self, move: Start, answer: Answer) -> bool:
        """Whether the machine would judge an answer as a failure. Asking it changes nothing."""
        state = self.recorder.state
        event = ActEnded(seq=state.seq + 1, at=stamp_of(max(self.clock.now(), state.now)), **_ended(move, answer))
        after = advance(self.recorder.program, state, event)
        return isinstance(after, State) and any(note.path == move.path and note.what == "judged" for note in after.notes)

    def _retry_time(self, path: str) -> int:
        """A read that failed would give the same answer again: leap over all the time of its retry but for one attempt."""
        for leaf in leaves(self.recorder.state.tree):
            if isinstance(leaf, ActCtl) and leaf.state == "backoff" and leaf.wait_path == path and leaf.act.retry is not None:
                return leaf.act.retry.limit or 0
        return 0

    def _assume_met(self, move: Await) -> None:
        self.asked.append((move.path, move.text))
        value = dumps(Unknown(f"{move.need.id}.answer")) if move.what == "answer" and move.need is not None else ""
        by = self._somebody(move)
        self.recorder.record(NeedMet, path=move.path, by=by, value=value, verdict="approved", bind=move.bind, note="assumed")

    def _somebody(self, move: Await) -> str:
        """Whose answer is assumed: somebody of the role that is wanted; else a name of its own, as an approval may want several people."""
        people = sorted(self.recorder.program.roles.get(move.role, ())) if move.role else []
        number = len(self.asked)
        return people[number % len(people)] if people else f"rehearsal-{number}"


def _rehearsed(act: Act, request: Request) -> str:
    return "" if act.call is None else act.call.surface.rehearsed(request)


def _ended(move: Start, answer: Answer) -> dict[str, Any]:
    return end_of(move.id, answer.outcome, answer.value, answer.taint, answer.elapsed, answer.out)


def _run(executor: Executor, attempt: Any) -> Outcome:
    """Run an attempt; an interrupt tells it to end, first politely, and goes on once it has ended."""
    done: list[Outcome] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            done.append(executor.run(attempt))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the thread that waits
            failed.append(error)

    worker = Thread(target=work, name="attempt", daemon=True)
    worker.start()
    level = 0
    while worker.is_alive():
        try:
            worker.join()
        except KeyboardInterrupt:
            level += 1
            attempt.cancel.ask(min(level, 2))
    if level:
        raise KeyboardInterrupt
    if failed:
        raise failed[0]
    return done[0]


def has_holes(request: Request) -> bool:
    """Whether anything of a request is known only to a live run. The host and the folder are texts, holes and all."""
    return next(holes_in(request), None) is not None or is_mixed(request.on) or is_mixed(request.cwd)
