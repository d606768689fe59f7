"""What happens to the escalations of one run, as records: the lines of its `incident.jsonl`.

The wire form is that of the journal: a flat JSON object with `type`, `seq`, `at` and the record's fields. `id` is the path of the
step that raised the escalation. Moments in fields are `2026-01-02T03:04:05.678901Z`, '' for none.
"""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Event(Record):
    """Base: `seq` counts from 1 in a file; `at` never falls."""

    seq: int
    at: str


class Raised(Event):
    """An escalation begins. `bind` is the journal's place at that moment: [seq, digest of that line or '', signed checkpoint or '']."""

    id: str
    severity: str
    message: str
    run: str
    runbook: str
    operator: str
    host: str
    begins: str
    sla: str
    plan: dict[str, Any]
    bind: list[Any] = []  # noqa: RUF012 - a Record's defaults are never changed
    title: str = ""


class Told(Event):
    """A tier is to be told: the messages are owed from now on. `passed` are tiers that weren't told, each with its reason."""

    id: str
    round: int
    rung: int
    ack_by: str
    repeat: str
    messages: list[list[str]]  # [key, channel, to]
    why: str = ""
    passed: list[list[str]] = []  # noqa: RUF012 - defaults are never changed


class Deferred(Event):
    """Nobody is told before `until`, when the tier `rung` begins to answer."""

    id: str
    round: int
    rung: int
    until: str
    why: str = ""
    passed: list[list[str]] = []  # noqa: RUF012 - defaults are never changed


class Owed(Event):
    """Further messages about it. `kind`: repeat | acknowledged | resolved | late | exhausted; message: what a step says; cancelled: of
    maintenance that won't be."""

    id: str
    kind: str
    messages: list[list[str]]
    repeat: str = ""


class Sending(Event):
    """The intent to send, durable before: after a crash it is known which messages may have gone out."""

    id: str
    keys: list[str]


class Sent(Event):
    """A message went out, over `channel` (another one than it was owed on when that one failed)."""

    id: str
    key: str
    channel: str
    note: str = ""


class Tried(Event):
    """It didn't go out. `again`: when it is tried next; '' when it is given up on this channel."""

    id: str
    key: str
    why: str
    again: str = ""


class Acknowledged(Event):
    """`by` is a person's name in the policy, `user` the OS user who said so, `proof` a signed note where they have a key."""

    id: str
    by: str
    grade: str = "claimed"  # claimed | proven
    note: str = ""
    until: str = ""
    user: str = ""
    proof: str = ""


class Lapsed(Event):
    """An acknowledgement has held for as long as the severity lets it."""

    id: str


class Late(Event):
    """It wasn't resolved in time."""

    id: str


class Resolved(Event):
    """As for Acknowledged."""

    id: str
    by: str
    grade: str = "claimed"
    note: str = ""
    user: str = ""
    proof: str = ""


class Exhausted(Event):
    """Everybody was told and nobody has acknowledged; or nobody could be told."""

    id: str
    why: str


class Noted(Event):
    """For the backlog: nobody is told."""

    id: str


TYPES: Mapping[str, type[Event]] = {
    "raised": Raised,
    "told": Told,
    "deferred": Deferred,
    "owed": Owed,
    "sending": Sending,
    "sent": Sent,
    "tried": Tried,
    "acknowledged": Acknowledged,
    "lapsed": Lapsed,
    "late": Late,
    "resolved": Resolved,
    "exhausted": Exhausted,
    "noted": Noted,
}
NAMES: Mapping[type[Event], str] = {cls: name for name, cls in TYPES.items()}
_KINDS: Mapping[str, type] = {"int": int, "str": str, "dict": dict, "list": list, "bool": bool}


class BadEvent(Exception):
    """A line that is JSON but no event of these; `args[0]` says why."""


def to_wire(event: Event) -> dict[str, Any]:
    """The flat JSON object of an event; fields at their default are left out."""
    cls = type(event)
    defaults = cls.__field_defaults__  # type: ignore[attr-defined]  # set by the Record metaclass
    fields = {field: getattr(event, field) for field in cls.__fields__}
    return {"type": NAMES[cls], **{name: value for name, value in fields.items() if name not in defaults or value != defaults[name]}}


def from_wire(body: Mapping[str, Any]) -> Event:
    """The event of a wire object. Raises BadEvent."""
    cls = TYPES.get(str(body.get("type")))
    if cls is None:
        raise BadEvent(f"there is no type {body.get('type')!r}")
    fields = {name: value for name, value in body.items() if name != "type"}
    kinds = _kinds(cls)
    for name, value in fields.items():
        kind = kinds.get(name)
        if kind is None or type(value) is not kind:
            raise BadEvent(f"its field {name!r} doesn't fit {body['type']}")
    try:
        return cls(**fields)
    except TypeError:
        raise BadEvent(f"{body['type']} lacks a field") from None


def _kinds(cls: type[Event]) -> Mapping[str, type]:
    """Field to the type of its JSON value."""
    found = _known.get(cls)
    if found is None:
        notes = {name: text for base in (Event, cls) for name, text in base.__annotations__.items()}
        found = _known[cls] = {name: _KINDS[str(notes[name]).partition("[")[0]] for name in cls.__fields__}
    return found


_known: dict[type[Event], Mapping[str, type]] = {}
