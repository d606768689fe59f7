"""Undo: strictly in the reverse order of success, across loops, branches and calls; it stops at the first that fails."""

from __future__ import annotations

from .acts import enter_act, step_act
from .control import DONE, STOPPED, ActCtl, Ctl, Ended, Failed, Failure, ScopeCtl, Terminal, UndoEntry, UnwindCtl
from .core import Unwind
from .names import Names
from .places import named
from .turn import Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core import Program
    from .events import Event
    from .turn import Turn


def enter_unwind(turn: Turn, frame: Frame, node: Unwind, path: str) -> Ctl | Terminal:
    """The open entries of this scope (in a loop: of this turn), or those of the named steps, the last success first."""
    if node.ids is None:
        wanted = {entry.path for entry in turn.undo if entry.path.startswith(frame.prefix)}
    else:
        wanted = {found for name in node.ids for found in named(turn.undo, frame, name)}
    entries = tuple(entry for entry in reversed(turn.undo) if entry.path in wanted)
    return _next_undo(turn, frame, node, path, entries)


def unwind_all(turn: Turn, program: Program) -> Ctl | Terminal:
    """After an abort: everything that is still open, as a root of its own."""
    node = Unwind("abort", "", program.root.span)
    frame = Frame(Names(), None, "", frozenset())
    child = enter_unwind(turn, frame, node, "abort")
    if not isinstance(child, Ctl):
        return child
    return ScopeCtl(program.root.replace(on_failure=(), outputs=()), "", "", frame.names, "body", child)


def _next_undo(turn: Turn, frame: Frame, node: Unwind, path: str, entries: tuple[UndoEntry, ...]) -> Ctl | Terminal:
    # Another unwinding, in a branch beside this one, may have taken or done some of them meanwhile.
    now = {entry.path: entry for entry in turn.undo if entry.mark != "undoing"}
    entries = tuple(now[entry.path] for entry in entries if entry.path in now)
    if entries:
        entry, left = entries[0], entries[1:]
        if entry.path in turn.settled:
            turn.note(path, "undo", f"stops at {entry.path}, which is settled")
        elif entry.mark == "failed":
            return _failed(turn, frame, node, path, f"the undo of {entry.path} failed before")
        elif entry.request is None:
            _mark(turn, entry, "failed")
            return _failed(turn, frame, node, path, f"the undo of {entry.path} can't be made: {entry.why}")
        else:
            current = enter_act(turn, entry.frame or frame, entry.act, entry.path, "undo", entry.request, base=entry.n)
            assert isinstance(current, ActCtl), "an undo has no guard, and its request is made"
            _mark(turn, entry, "undoing")
            return UnwindCtl(node, path, current, entry, left)
    frame.set(node.id, {"state": "done", "ok": True})
    return DONE


def _failed(turn: Turn, frame: Frame, node: Unwind, path: str, message: str) -> Terminal:
    turn.undone = "incomplete"
    frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "undo_failed", "message": message}})
    return Failed(Failure(path, "undo_failed", message))


def _mark(turn: Turn, entry: UndoEntry, mark: str, n: int = 0) -> None:
    marked = entry.replace(mark=mark, n=max(n, entry.n))
    turn.undo = tuple(marked if known.path == entry.path else known for known in turn.undo)


def step_unwind(turn: Turn, frame: Frame, ctl: UnwindCtl, event: Event) -> Ctl | Terminal | None:
    current = step_act(turn, ctl.entry.frame or frame, ctl.current, event)
    return None if current is None else after_undo(turn, frame, ctl, current)


def after_undo(turn: Turn, frame: Frame, ctl: UnwindCtl, current: Ctl | Terminal) -> Ctl | Terminal:
    if isinstance(current, ActCtl):
        return ctl.replace(current=current)
    if isinstance(current, Failed):
        _mark(turn, ctl.entry, "failed", ctl.current.n)
        failed = _failed(turn, frame, ctl.node, ctl.path, f"the undo of {ctl.entry.path} failed: {current.failure.message}")
        return STOPPED if ctl.current.halting else failed
    if isinstance(current, Ended):
        _mark(turn, ctl.entry, "stopped", ctl.current.n)
        return _stopped(turn, ctl.left)
    turn.undo = tuple(entry for entry in turn.undo if entry.path != ctl.entry.path)
    turn.note(ctl.entry.path, "undone", "")
    turn.undone = "incomplete" if any(entry.mark in ("failed", "stopped") for entry in turn.undo) else "complete"
    if ctl.current.halting and ctl.left:
        return _stopped(turn, ctl.left)
    return STOPPED if ctl.current.halting else _next_undo(turn, frame, ctl.node, ctl.path, ctl.left)


def _stopped(turn: Turn, left: tuple[UndoEntry, ...]) -> Terminal:
    """Halted from outside: what is left stays open, for a later unwinding."""
    for entry in left:
        _mark(turn, entry, entry.mark or "stopped")  # a failed one stays failed
    turn.undone = "incomplete"
    return STOPPED
