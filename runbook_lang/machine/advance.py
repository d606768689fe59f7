"""`advance`: the next state, or why the event isn't allowed. Pure and total."""

from __future__ import annotations

from ..base.record import changer
from ..expr.tagged import loads
from ..expr.values import EvalError
from . import scopes, undo
from .consent import Unfit
from .control import STOPPED, Ctl, NoteText, Refused, ScopeCtl, State
from .events import (
    REHEARSAL_ONLY,
    RULES,
    UNMOVING,
    AbortAsked,
    ActStarted,
    CancelAsked,
    Checkpoint,
    Event,
    IncidentOpened,
    JournalRepaired,
    LockBusy,
    LockFreed,
    LockTaken,
    Note,
    RefillDone,
    RunClosed,
    RunOpened,
    RunPaused,
    RunResumed,
    StateKept,
)
from .inputs import lock_keys
from .names import Names
from .outcome import needs_of, outcome_of
from .stamps import micros_of
from .turn import Frame, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .core import Program

LIVE_MODE = "live"


# In the order in which `_finish` gives them.
_TURNED = "now seq phase tree result undo settled undone escalated handles lost sources outputs notes"
_moved = changer(State, *_TURNED.split())


def advance(program: Program, state: State, event: Event) -> State | Refused:
    """Fold one event. Never raises: whatever doesn't fit is `Refused`, and the state stays as it was."""
    now = micros_of(event.at)
    if now is None:
        return Refused("RB501", "the time of the event is no UTC timestamp")
    if now < state.now:
        return Refused("RB502", "the time of the event lies before the one before it")
    if event.seq != state.seq + 1:
        return Refused("RB503", f"expected event {state.seq + 1}, found {event.seq}")
    kind = type(event)
    if state.phase == "closed" and kind not in UNMOVING:
        return Refused("RB504", "the run is closed")
    if (state.phase == "new") != (kind is RunOpened):
        return Refused("RB505", "a run is opened once, by its first event")
    if kind in REHEARSAL_ONLY and state.mode == LIVE_MODE:
        return Refused("RB506", "an assumption has no place in a live run")
    try:
        handler = _RUN_EVENTS.get(kind)
        if handler is None:
            return _step(program, state, event, now)
        return handler(program, state.replace(now=now, seq=event.seq, notes=state.notes if kind in UNMOVING else ()), event)
    except Unfit as error:
        return Refused("RB507", str(error))
    except (EvalError, ArithmeticError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        return Refused("RB508", f"the event can't be read: {error}")


def _unmoved(program: Program, state: State, event: Event) -> State | Refused:
    return state


def _cancelled(program: Program, state: State, event: CancelAsked) -> State | Refused:
    return state.replace(cancel=max(state.cancel, event.level))


def _refilled(program: Program, state: State, event: RefillDone) -> State | Refused:
    if event.handle not in state.lost:
        return Refused("RB507", f"{event.handle} is not missing")
    return state.replace(lost=state.lost - {event.handle})


def _paused(program: Program, state: State, event: RunPaused) -> State | Refused:
    return state if state.phase in ("flowing", "locking", "closing") else Refused("RB507", "there is no run to pause")


def _opened(program: Program, state: State, event: RunOpened) -> State | Refused:
    if event.rules != RULES:
        return Refused("RB509", f"the run follows rules {event.rules}, this version plays by {RULES}")
    if event.program != program.digest:
        return Refused("RB518", "the run was opened with another program than the one that is at hand")
    inputs = loads(event.inputs)
    if not isinstance(inputs, dict):
        return Refused("RB508", "the inputs are no map")
    operators = (event.operator,) if event.four_eyes else ()
    opened = state.replace(phase="locking", mode=event.mode, run=event.run, inputs=inputs, operators=operators)
    frame = Frame(Names(inputs), None, "", frozenset())
    turn = Turn(program, opened, opened.now)
    wanted = lock_keys(program.locks, frame, turn.moment)
    opened = opened.replace(locks_wanted=wanted)
    return opened if wanted else _flow(program, opened)


def _flow(program: Program, state: State) -> State:
    """All locks are held: enter the root."""
    turn = Turn(program, state, state.now)
    state = state.replace(phase="flowing")
    values = dict(state.inputs)
    return _finish(turn, state, scopes.start_body(turn, program.root, "", "", values, None))


def _finish(turn: Turn, state: State, tree: Ctl | object, seq: int = 0) -> State:
    """The state after a turn; a root that is through starts the closing, after an abort once all is undone that was to be."""
    through = not isinstance(tree, Ctl)
    if through and state.undo_wanted:
        state = state.replace(undo_wanted=False)
        undoing = undo.unwind_all(turn, turn.program)
        if isinstance(undoing, Ctl):
            tree, through = undoing, False
    return _moved(
        state,
        turn.now,
        seq or state.seq,
        "closing" if through else state.phase,
        None if through else tree,
        tree if through else None,
        turn.undo,
        turn.settled,
        turn.undone,
        turn.escalated,
        turn.handles,
        turn.lost,
        turn.sources,
        turn.outputs,
        tuple(turn.notes),
    )


def _lock(program: Program, state: State, event: LockTaken | LockBusy | LockFreed) -> State | Refused:
    if isinstance(event, LockFreed):
        if event.key not in state.locks_held:
            return Refused("RB507", f"lock {event.key} is not held")
        return state.replace(locks_held=tuple(key for key in state.locks_held if key != event.key))
    if event.key not in state.locks_wanted or event.key in state.locks_held:
        return Refused("RB507", f"lock {event.key} is not wanted now")
    if isinstance(event, LockBusy):
        return state.replace(notes=(NoteText(event.key, "busy", event.holder),))
    state = state.replace(locks_held=(*state.locks_held, event.key))
    if state.phase == "locking" and len(state.locks_held) == len(state.locks_wanted):
        return _flow(program, state)
    return state


def _resumed(program: Program, state: State, event: RunResumed) -> State | Refused:
    if event.down_us < 0:
        return Refused("RB508", "the down time is negative")
    state = state.replace(cancel=0, down=state.down + event.down_us, lost=state.handles, locks_held=(), resumed=True)
    if state.operators and event.operator not in state.operators:
        state = state.replace(operators=(*state.operators, event.operator))
    if state.tree is None:
        return state
    turn = Turn(program, state, state.now)
    assert isinstance(state.tree, ScopeCtl)
    return _finish(turn, state, scopes.transform_scope(turn, None, state.tree, "resume", False))


def _aborted(program: Program, state: State, event: AbortAsked) -> State | Refused:
    if state.phase == "closing":
        return state  # all that there was to do is done: it closes as it is
    if state.phase == "locking":
        return state.replace(phase="closing", aborted=True, result=STOPPED, notes=(NoteText("", "aborted", f"by {event.by}"),))
    if not isinstance(state.tree, ScopeCtl):
        return Refused("RB507", "there is nothing to abort")
    turn = Turn(program, state, state.now)
    turn.note("", "aborted", f"by {event.by}")
    tree = scopes.transform_scope(turn, None, state.tree, "halt", state.aborted)
    return _finish(turn, state.replace(aborted=True, undo_wanted=state.undo_wanted or event.undo), tree)


def _closed(program: Program, state: State, event: RunClosed) -> State | Refused:
    if state.phase != "closing" or state.locks_held:
        return Refused("RB507", "the run is not ready to close")
    if event.outcome != outcome_of(state):
        return Refused("RB510", "the outcome is not the one that the run has")
    return state.replace(phase="closed", closed=event.outcome)


def _barred(state: State) -> str:
    """Why nothing new may start now; empty when it may."""
    if state.cancel:
        return "the run was cancelled"
    if len(state.locks_held) != len(state.locks_wanted):  # what is held is a part of what is wanted
        return "a lock has to be taken first"
    if state.resumed and needs_of(state).locates:
        return "an attempt of the last process has to be found first"
    return ""


def _step(program: Program, state: State, event: Event, now: int) -> State | Refused:
    root = state.tree
    if not isinstance(root, ScopeCtl):
        return Refused("RB507", "nothing is running")
    if isinstance(event, (ActStarted, IncidentOpened)):
        barred = _barred(state)
        if barred:
            return Refused("RB507", barred)
    turn = Turn(program, state, now)
    tree = scopes.step_scope(turn, None, root, event)
    if tree is None:
        target = getattr(event, "id", "") or getattr(event, "path", "")
        return Refused("RB507", f"{target} is not active")
    return _finish(turn, state, tree, event.seq)


_RUN_EVENTS: dict[type[Event], Callable[[Program, State, Any], State | Refused]] = {
    Note: _unmoved,
    Checkpoint: _unmoved,
    StateKept: _unmoved,
    JournalRepaired: _unmoved,
    RunPaused: _paused,
    RunOpened: _opened,
    RunResumed: _resumed,
    RunClosed: _closed,
    LockTaken: _lock,
    LockBusy: _lock,
    LockFreed: _lock,
    CancelAsked: _cancelled,
    AbortAsked: _aborted,
    RefillDone: _refilled,
}
"""What folds an event of the run as a whole; every other event is for a step."""


def fold(program: Program, events: object) -> State | Refused:
    """Fold a sequence of events from nothing: what resume and audit do."""
    state: State | Refused = State()
    for event in events:  # type: ignore[attr-defined]  # any iterable of events
        assert isinstance(state, State)
        state = advance(program, state, event)
        if isinstance(state, Refused):
            return state
    return state
