"""An act is through: its name says how, what it settles is closed, and its undo is open."""

from __future__ import annotations

from .control import DONE, STOPPED, ActCtl, Ended, Failed, Failure, Terminal, UndoEntry
from .places import settle
from .resolve import Unresolved, request_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .turn import Frame, Turn


def fail(turn: Turn, frame: Frame, ctl: ActCtl, failure: Failure, record: dict[str, object] | None = None) -> Terminal:
    """The act is through, failed; its name tells so."""
    if ctl.role == "main":
        known = dict(record or {})
        known["state"] = "failed"
        known["ok"] = False
        known.setdefault("error", {"kind": failure.kind, "message": failure.message})
        frame.set(ctl.act.id, known)
        if (failure.applied == "yes" or ctl.touched) and ctl.n > 0:
            push_undo(turn, frame, ctl)
    return Ended("stopped", failure=failure) if ctl.halting and ctl.role == "main" else Failed(failure)


def succeed(turn: Turn, frame: Frame, ctl: ActCtl, record: dict[str, object]) -> Terminal:
    act = ctl.act
    if ctl.role == "main":
        frame.set(act.id, record)
        if act.settles:
            settle(turn, frame, act.settles)
        if act.undo is not None:
            push_undo(turn, frame, ctl)
    return STOPPED if ctl.halting and ctl.role == "main" else DONE


def let_go(turn: Turn, frame: Frame, ctl: ActCtl, state: str) -> None:
    """The act ends without a further attempt; what an earlier one did can still be undone."""
    if ctl.role == "main":
        frame.set(ctl.act.id, {"state": state, "ok": False})
        if ctl.touched:
            push_undo(turn, frame, ctl)


def push_undo(turn: Turn, frame: Frame, ctl: ActCtl) -> None:
    """The undo's words are fixed now, from the names of this moment, and shown in a note."""
    undo = ctl.act.undo
    if undo is None:
        return
    if turn.undone == "complete":
        turn.undone = "earlier"  # what a rescue undid is undone, and now something stands again
    try:
        request = request_of(undo, frame, turn.moment)
    except Unresolved as error:
        turn.undo += (UndoEntry(ctl.path, undo, None, str(error)),)
        turn.note(ctl.path, "bound", f"undo can't be made: {error}")
        return
    turn.undo += (UndoEntry(ctl.path, undo, request, frame=frame.kept() if undo.expect else None),)
    turn.note(ctl.path, "bound", f"undo {request.digest()} {' '.join(request.shown())}")
