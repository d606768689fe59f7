"""Where a run is: a tree of control records that mirrors only what is active, and the state around it.

A finished step leaves the tree; its result stays in the names. So a step that is done can't run
again by construction, and `open_moves` walks the tree instead of keeping a queue.
"""

from __future__ import annotations

from ..base.record import Record
from .names import Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..expr.values import Unknown, Value
    from ..surfaces.kinds import Request
    from .core import Act, Fan, If, Need, Node, Scope, Try, Unwind
    from .turn import Frame


class Failure(Record):
    """Why a step failed. `kind` is an error kind, or refused | error | expired | expect | unsuccessful | no_arm | in_doubt.

    `refusal`: a guard, a person or a deadline kept it from starting. The kind doesn't tell, since a server refuses a
    connection too.
    """

    path: str
    kind: str
    message: str
    applied: str = "no"
    refusal: bool = False

    def as_value(self) -> dict[str, Value]:
        """What `failure` is in expressions."""
        return {"step": self.path, "kind": self.kind, "message": self.message, "summary": f"{self.path}: {self.message}"}


class Terminal(Record):
    """A node is through."""


class Done(Terminal):
    pass


class Failed(Terminal):
    failure: Failure


class Ended(Terminal):
    """The nearest scope ends by decision. `outcome`: succeeded | failed | stopped (halted from outside).

    `failure` is that of something which was halted, was awaited, and failed.
    """

    outcome: str
    message: str = ""
    failure: Failure | None = None


DONE = Done()
STOPPED = Ended("stopped")


class Ctl(Record):
    """Base of the active nodes."""


class SeqCtl(Ctl):
    nodes: tuple[Node, ...]
    index: int
    child: Ctl


def address(path: str, role: str) -> str:
    """Where what an act waits for is addressed: the step's path, for another role with the role behind."""
    return path if role == "main" else f"{path}#{role}"


class ActCtl(Ctl):
    """One act. `state`: held | pick | shut | ready | rehearsing | running | adrift |
    adopted | backoff | doubt.

    `n` is the number of the last attempt; those up to `base` belong to an earlier asking (of a probe) or unwinding.
    `probed` is the number of the last attempt of the probe. `due` (microseconds, UTC) is when a backoff ends, a closed
    window opens or a held approval expires. `cause` remembers the failure of an attempt that is in doubt or backing
    off; `touched` that an earlier attempt took effect, though it failed.
    """

    act: Act
    path: str
    role: str
    state: str
    n: int = 0
    request: Request | None = None
    digest: str = ""
    since: int = 0
    down: int = 0
    due: int = 0
    approved: tuple[str, ...] = ()
    cause: Failure | None = None
    lost: bool = False
    probe: ActCtl | None = None
    base: int = 0
    probed: int = 0
    touched: bool = False
    verdict: str = ""
    pid: int = 0
    halting: bool = False
    unknown: Unknown | None = None
    permitted: bool = False
    outside: tuple[str, ...] = ()  # who let it go outside of its window
    waived: bool = False  # it goes on without the approvals that it wants

    @property
    def id(self) -> str:
        """The id of the attempt that runs, or would run next."""
        number = self.n if self.state in ("running", "adrift", "adopted", "doubt", "backoff") else self.n + 1
        return f"{self.path}#{number}/{self.role}"

    @property
    def attempts(self) -> int:
        """Started attempts that count for the retry."""
        return self.n - self.base

    @property
    def wait_path(self) -> str:
        """Where its approvals and timers are addressed."""
        return address(self.path, self.role)


class NeedCtl(Ctl):
    need: Need
    path: str
    due: int = 0  # a timer's moment, or the deadline for people; 0: none
    approved: tuple[str, ...] = ()
    text: str = ""
    at: str = ""


class IfCtl(Ctl):
    node: If
    path: str
    child: Ctl | None = None  # None: waits for a pick
    unknown: Unknown | None = None
    taken: bool = True


class BranchCtl(Ctl):
    key: str
    names: Names
    child: Ctl


class FanCtl(Ctl):
    """`entries` are (key, loop value); `finished` maps a key to (ok, yielded value, names)."""

    node: Fan
    path: str
    entries: tuple[tuple[str, Value], ...]
    next: int
    active: Mapping[str, BranchCtl]
    finished: Names
    failure: Failure | None = None
    ended: Ended | None = None


class TryCtl(Ctl):
    """`phase`: body | rescue | always; `pending` is what the whole ends with after `always`, `before` the failure that
    was being handled around it."""

    node: Try
    path: str
    phase: str
    child: Ctl
    pending: Terminal = DONE
    before: Value = None


class ScopeCtl(Ctl):
    """`phase`: body | handling. In handling, `index` counts the items of `on_failure`."""

    node: Scope
    path: str
    prefix: str
    names: Names
    phase: str
    child: Ctl
    index: int = 0
    failure: Failure | None = None


class UnwindCtl(Ctl):
    """Undoes the entries that are left, the last success first."""

    node: Unwind
    path: str
    current: ActCtl
    entry: UndoEntry
    left: tuple[UndoEntry, ...]


class UndoEntry(Record):
    """An act whose undo is open. The request was resolved when it succeeded; None: it couldn't be, `why` says so.

    `frame` keeps the names for the undo's own expectations. `mark`: '' | undoing | stopped (an unwinding ended before
    it) | failed (never tried again). `n` is the number of the last attempt of the undo.
    """

    path: str
    act: Act
    request: Request | None
    why: str = ""
    frame: Frame | None = None
    mark: str = ""
    n: int = 0


class NoteText(Record):
    path: str
    what: str
    text: str = ""


class State(Record):
    """A run at one moment. `phase`: new | locking | flowing | closing | closed.

    `handles` are the secrets that results brought, `lost` those that went with the last process, and `sources`
    the reads that bring them back.
    """

    phase: str = "new"
    mode: str = "live"
    now: int = 0
    down: int = 0
    seq: int = 0
    run: str = ""
    tree: Ctl | None = None
    result: Terminal | None = None
    undo: tuple[UndoEntry, ...] = ()
    settled: frozenset[str] = frozenset()
    undone: str = "none"  # none | complete | incomplete | earlier (complete, and more was done since)
    escalated: bool = False
    aborted: bool = False
    undo_wanted: bool = False
    cancel: int = 0
    resumed: bool = False
    inputs: Mapping[str, Value] = {}
    locks_wanted: tuple[str, ...] = ()
    locks_held: tuple[str, ...] = ()
    outputs: Mapping[str, Value] = {}
    handles: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    sources: Mapping[str, tuple[Act, Request]] = {}
    notes: tuple[NoteText, ...] = ()
    closed: Mapping[str, Value] | None = None
    operators: tuple[str, ...] = ()  # who operated it, where their own approvals don't count


class Refused(Record):
    """An event that the rules don't allow in a state. Live: a bug; audit: the finding; resume: refuse."""

    code: str
    why: str
