"""Which paths an author's step id means at a place, and what closes them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .control import UndoEntry
    from .turn import Frame, Turn


def named(entries: tuple[UndoEntry, ...], frame: Frame, name: str) -> list[str]:
    """Paths of the entries that a step's id means at a place: of the step, or of what it did as a loop or a call.

    An id is unique in a file, so it is looked for where it is declared and nowhere else: in the turn of the loop that declares
    it, also when that turn has no such entry and another one has; from outside of the loop, in all turns.
    """
    prefix = frame.home(name)
    return [entry.path for entry in entries if entry.path.startswith(prefix) and _leads_to(entry.path[len(prefix) :], name)]


def _leads_to(rest: str, name: str) -> bool:
    """Whether a path goes through the step `name` before it enters a call."""
    for part in rest.split("/"):
        if part == name or part.startswith(f"{name}["):
            return True
        if not part.endswith("]"):
            return False
    return False


def settle(turn: Turn, frame: Frame, names: tuple[str, ...]) -> None:
    """A step is done, and from here on the undos of those that it settles are no longer valid."""
    for name in names:
        turn.settled |= frozenset(named(turn.undo, frame, name))
