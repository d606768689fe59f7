"""Which paths an author's step id means at a place, and what closes them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .control import UndoEntry
    from .turn import Frame, Turn


def named(entries: tuple[UndoEntry, ...], frame: Frame, name: str) -> list[str]:
    """Paths of the entries that a step's id means at a place: of the step, or of what it did as a loop or a call.

    An id is unique in a file, so the innermost place with such entries is the right one: in a loop's turn that turn,
    outside of the loop all turns.
    """
    for prefix in frame.prefixes():
        found = [entry.path for entry in entries if entry.path.startswith(prefix) and _leads_to(entry.path[len(prefix) :], name)]
        if found:
            return found
    return []


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
