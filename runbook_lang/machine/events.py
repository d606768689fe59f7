"""Events: the only way in which time, results, answers and chance reach the machine.

An event is a record; its wire form is a flat JSON object with `type`, `seq`, `at` and the
record's fields. All fields are JSON values; a typed result travels as one string field, encoded
by `expr.tagged`, so that int, double and timestamp survive. Absent optional fields are not written.
`at` is UTC with microseconds, `2026-01-02T03:04:05.678901Z`. Durations are integer microseconds.
"""

from __future__ import annotations

from functools import cache

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

RULES = 1
"""The number of the rules that this package plays by. Golden journals of each are replayed for ever."""


class Event(Record):
    """Base: `seq` counts from 1 in a run; `at` never falls."""

    seq: int
    at: str


class RunOpened(Event):
    """The first event: binds the run to everything it was decided on."""

    run: str
    rules: int
    mode: str  # live | dry-run | rehearse
    runbook: str
    program: str  # digest of what the files say
    plan: str  # digest of the program and its inputs
    inputs: str  # tagged map
    secret_names: list[str]
    operator: str
    host: str
    tz: str = ""
    policy: str = ""
    tools: dict[str, Any] = {}  # noqa: RUF012 - a Record's defaults are never changed
    four_eyes: bool = False  # whoever operates the run can't approve what it does
    bound: str = ""  # the id of the plan file that the run may not depart from


class RunResumed(Event):
    operator: str
    down_us: int
    tools_changed: list[str] = []  # noqa: RUF012 - defaults are never changed


class RunPaused(Event):
    """`needs` names what is waited for: paths with a word each (answer, approval, doubt, cancelled, …)."""

    why: str
    needs: list[str] = []  # noqa: RUF012 - defaults are never changed


class RunClosed(Event):
    outcome: dict[str, Any]


class LockTaken(Event):
    key: str


class LockBusy(Event):
    key: str
    holder: str = ""


class LockFreed(Event):
    key: str


class ActStarted(Event):
    """The intent, durable before the effect: equal to a start move that was open."""

    id: str  # path#attempt/role
    argv: list[str]
    argv_digest: str


class ActEnded(Event):
    id: str
    ok: bool
    applied: str  # yes | no | unknown
    kind: str = ""
    message: str = ""
    value: str = "{}"  # tagged record of the executor's result fields
    taint: list[str] = []  # noqa: RUF012 - handles of secrets in the value
    out: list[Any] = []  # noqa: RUF012 - [digest, size, head] of each stream kept as evidence
    elapsed_us: int = 0


class ActBarred(Event):
    """A start that the run's plan doesn't hold: it fails before anything was started."""

    id: str
    why: str


class ActFound(Event):
    id: str
    pid: int


class ActLost(Event):
    id: str


class NeedMet(Event):
    path: str
    by: str
    grade: str = "claimed"  # claimed | proven
    value: str = ""  # tagged answer
    verdict: str = ""  # approved | refused | waived
    bind: str = ""
    note: str = ""
    proof: str = ""  # a signed note, where a key of the policy's proves who it was


class NeedExpired(Event):
    path: str


class TimerFired(Event):
    path: str


class RefillDone(Event):
    handle: str


class DoubtSettled(Event):
    id: str
    applied: str  # yes | no | unknown
    by: str  # probe | a person
    note: str = ""


class CancelAsked(Event):
    level: int
    by: str


class AbortAsked(Event):
    by: str
    undo: bool = False


class StepRetried(Event):
    path: str
    by: str


class StepWaived(Event):
    path: str
    by: str
    why: str


class IncidentOpened(Event):
    id: str


class JournalRepaired(Event):
    bytes: int
    moved_to: str = ""


class Note(Event):
    """A derived line for people; recomputed, never decided on."""

    path: str
    what: str  # skipped | judged | refused | bound | …
    text: str = ""


class StateKept(Event):
    """A snapshot of the state before this event lies beside the journal; changes no state. `snapshot` is its SHA-256."""

    snapshot: str
    size: int
    format: int


class Checkpoint(Event):
    """A signed tree head; changes no state."""

    body: str


class ActAssumed(Event):
    """Only in a rehearsal: a change's result is taken as unknown."""

    id: str


class PickTaken(Event):
    """Only in a rehearsal: which arm of an undecided condition this walk takes."""

    path: str
    arm: bool


TYPES: Mapping[str, type[Event]] = {
    "run.opened": RunOpened,
    "run.resumed": RunResumed,
    "run.paused": RunPaused,
    "run.closed": RunClosed,
    "lock.taken": LockTaken,
    "lock.busy": LockBusy,
    "lock.freed": LockFreed,
    "act.started": ActStarted,
    "act.ended": ActEnded,
    "act.barred": ActBarred,
    "act.found": ActFound,
    "act.lost": ActLost,
    "need.met": NeedMet,
    "need.expired": NeedExpired,
    "timer.fired": TimerFired,
    "refill.done": RefillDone,
    "doubt.settled": DoubtSettled,
    "cancel.asked": CancelAsked,
    "abort.asked": AbortAsked,
    "step.retried": StepRetried,
    "step.waived": StepWaived,
    "incident.opened": IncidentOpened,
    "journal.repaired": JournalRepaired,
    "note": Note,
    "checkpoint": Checkpoint,
    "state.kept": StateKept,
    "act.assumed": ActAssumed,
    "pick.taken": PickTaken,
}
NAMES: Mapping[type[Event], str] = {cls: name for name, cls in TYPES.items()}
REHEARSAL_ONLY = (ActAssumed, PickTaken)
UNMOVING = frozenset((Note, Checkpoint, StateKept, JournalRepaired, RunPaused))


class BadEvent(Exception):
    """A line that is JSON but not an event of these rules; `args[0]` says why."""


def to_wire(event: Event) -> dict[str, Any]:
    """The flat JSON object of an event; fields at their default are left out."""
    cls = type(event)
    out: dict[str, Any] = {"type": NAMES[cls]}
    required, optional = _wire_fields(cls)
    for field in required:
        out[field] = getattr(event, field)
    for field, default in optional:
        value = getattr(event, field)
        if value is not default and value != default:
            out[field] = value
    return out


@cache
def _wire_fields(cls: type[Event]) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """The fields of a kind of event that are always written, and the others with their defaults."""
    defaults = cls.__field_defaults__  # type: ignore[attr-defined]  # set by the Record metaclass
    return tuple(field for field in cls.__fields__ if field not in defaults), tuple(defaults.items())


_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "list[str]": (list,),
    "list[Any]": (list,),
    "dict[str, Any]": (dict,),
}


def from_wire(body: Mapping[str, Any]) -> Event:
    """The event of a decoded line (`prev` and `digest` already taken off); raises BadEvent."""
    fields = dict(body)
    name = fields.pop("type", None)
    cls = TYPES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise BadEvent(f"unknown event type {name!r}")
    expected = _expected(cls)
    for field, value in fields.items():
        kinds = expected.get(field)
        if kinds is None:
            raise BadEvent(f"{name} has no field {field!r}")
        if type(value) not in kinds:
            raise BadEvent(f"{name}.{field} has the wrong type")
    try:
        return cls(**fields)
    except TypeError:
        missing = [f for f in cls.__fields__ if f not in fields and f not in cls.__field_defaults__]  # type: ignore[attr-defined]  # the metaclass's own
        raise BadEvent(f"{name} lacks {', '.join(missing)}") from None


_EXPECTED: dict[type[Event], dict[str, tuple[type, ...]]] = {}


def _expected(cls: type[Event]) -> dict[str, tuple[type, ...]]:
    known = _EXPECTED.get(cls)
    if known is None:
        known = {}
        for base in reversed(cls.__mro__):
            for field, kind in vars(base).get("__annotations__", {}).items():
                if kind in _KINDS:
                    known[field] = _KINDS[kind]
        _EXPECTED[cls] = known
    return known
