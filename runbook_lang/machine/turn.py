"""The working copy of one `advance`: local to it, so mutation is never seen from outside."""

from __future__ import annotations

from ..expr.values import MISSING, EvalError, Moment, Timestamp
from .control import NoteText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..expr.values import Value
    from .control import State, UndoEntry
    from .core import Program
    from .names import Names

PENDING: dict[str, Value] = {"state": "pending", "ok": False}
"""What a step that has not run yet looks like."""


class Frame:
    """The names that are visible at a place: of a scope, a branch or a loop's turn."""

    __slots__ = ("names", "parent", "prefix", "steps")

    def __init__(self, names: Names, parent: Frame | None, prefix: str, steps: frozenset[str]) -> None:
        self.names = names
        self.parent = parent
        self.prefix = prefix
        self.steps = steps

    def get(self, name: str) -> Value:
        frame: Frame | None = self
        while frame is not None:
            cell = frame.names.find(name)
            if cell is not None:
                return cell[1]
            frame = frame.parent
        return PENDING if name in self.steps else MISSING

    def set(self, name: str, value: Value) -> None:
        self.names = self.names.with_(name, value)

    def under(self, names: Names, prefix: str | None = None, steps: frozenset[str] = frozenset()) -> Frame:
        """A frame inside this one, that sees it and adds names (and steps) of its own."""
        return Frame(names, self, self.prefix if prefix is None else prefix, self.steps | steps if steps else self.steps)

    def kept(self) -> Frame:
        """This place as it is now: what is named later isn't seen from it."""
        return Frame(self.names, None if self.parent is None else self.parent.kept(), self.prefix, self.steps)

    def scope(self) -> Frame:
        """The frame of the runbook or the call that this place is in."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def home(self, name: str) -> str:
        """Where the paths of a step begin: in the outermost place that declares it; the scope's own where none does."""
        home, frame = self.scope(), self
        while frame.parent is not None:
            if name in frame.steps:
                home = frame
            frame = frame.parent
        return frame.prefix if name in frame.steps else home.prefix

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frame) and (self.names, self.parent, self.prefix, self.steps) == (
            other.names,
            other.parent,
            other.prefix,
            other.steps,
        )

    def __hash__(self) -> int:
        return hash((self.names, self.parent, self.prefix))


class With:
    """A frame with one more name for one evaluation (`result`, `failure`)."""

    __slots__ = ("frame", "name", "value")

    def __init__(self, frame: Frame, name: str, value: Value) -> None:
        self.frame = frame
        self.name = name
        self.value = value

    def get(self, name: str) -> Value:
        return self.value if name == self.name else self.frame.get(name)


def _is_open(windows: Mapping[str, Callable[[int], int]], name: Value, now: int) -> bool:
    """`window(name)`: whether the policy's window is open at a moment."""
    opening = windows.get(name) if isinstance(name, str) else None
    if opening is None:
        raise EvalError("RB253", f"the policy has no window {name!r}", 0, 0)
    return opening(now) <= now


class Look:
    """A state as it is looked at: for what may happen next."""

    __slots__ = ("_moment", "now", "program", "state")

    def __init__(self, program: Program, state: State, now: int) -> None:
        self.program = program
        self.state = state
        self.now = now
        self._moment: Timestamp | Moment | None = None

    @property
    def moment(self) -> Timestamp | Moment:
        """`now()`: the time of the event that is being folded; with the policy's windows at that time."""
        found = self._moment
        if found is None:
            windows, now = self.program.windows, self.now
            at = Timestamp(now * 1000)
            found = self._moment = Moment(at, {"window": lambda name: _is_open(windows, name, now)}) if windows else at
        return found


class Turn(Look):
    """Accumulates what one event changes besides the tree."""

    __slots__ = (
        "escalated",
        "handles",
        "lost",
        "mode",
        "notes",
        "outputs",
        "settled",
        "sources",
        "undo",
        "undone",
    )

    def __init__(self, program: Program, state: State, now: int) -> None:
        self.program = program
        self.state = state
        self.mode = state.mode
        self.now = now
        self._moment = None
        self.undo: tuple[UndoEntry, ...] = state.undo
        self.settled = state.settled
        self.undone = state.undone
        self.escalated = state.escalated
        self.handles = state.handles
        self.lost = state.lost
        self.sources = state.sources
        self.outputs = state.outputs
        self.notes: list[NoteText] = []

    def note(self, path: str, what: str, text: str = "") -> None:
        self.notes.append(NoteText(path, what, text))
