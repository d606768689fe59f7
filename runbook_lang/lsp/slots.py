"""What may stand at a place of a file: the tables of the language, walked key by key."""

from __future__ import annotations

from ..base.record import Record
from ..model import fields as f
from ..model import policy_fields as p

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ..model.fields import Field
    from ..surfaces.kinds import Arg, Surface

    Lookup = Callable[[str], Surface | None]


class Slot(Record):
    """A place for a value. `kind` is that of its field or argument, or one of the kinds below that have no field.

    `executor` is whose argument it is; `name` the key that it stands under. Kinds of their own: `step`, `call` (an executor's
    arguments, or its short form), `input`, `secret`, `arm`, `person`, … (one of a named collection), `nothing`.
    """

    kind: str
    field: Field | Arg | None = None
    executor: str = ""
    name: str = ""


NOTHING = Slot("nothing")
ROOT = Slot("runbook")
POLICY_ROOT = Slot("policy")

_TABLES: Mapping[str, Mapping[str, Field]] = {
    **f.TABLES,
    **p.TABLES,
    "arm": {**f.ARM, **f.ELSE_ARM},
    "inner": {**f.INNER},
    "holidays": p.HOLIDAY,
}
_MEMBER = {
    "inputs": "input",
    "secrets": "secret",
    "branches": "steps",
    "people": "person",
    "tiers": "tier",
    "severities": "severity",
    "windows": "window",
    "set": "expr",
    "named": "data",
    "roles": "policy_names",
    "hours_by_severity": "hours",
    "durations_by_severity": "duration",
    "data": "data",
    "json": "data",
    "map": "text",
}
"""Kinds whose keys are an author's own, to the kind of what stands under each."""
_ITEM = {
    "steps": "step",
    "choose": "arm",
    "branches": "step",
    "parallel": "step",
    "freezes": "freeze",
    "checklist": "check",
    "holidays": "date",
    "exprs": "expr",
    "templates": "template",
    "names": "name",
    "constants": "constant",
}
"""Kinds that are lists, to the kind of an element; any other keeps its kind (one or several of the same)."""

BLOCKS = frozenset(
    "steps inputs secrets defaults set choose parallel branches for_each call escalate ask people tiers severities windows approvals "
    "after freezes waits named".split()
)
"""Kinds whose value is written below the key rather than behind it."""


def table_of(slot: Slot, there: Iterable[str], lookup: Lookup) -> dict[str, Field | Arg]:
    """The keys that may stand in a mapping at a place, `there` being in it already; empty where keys are the author's own."""
    there = set(there)
    found: dict[str, Field | Arg]
    if slot.kind == "step":
        found = _step_keys(there)
    elif slot.kind == "action":
        found = dict(f.INNER)
        if not there & set(f.EXECUTORS):
            found.update(_executors())
    elif slot.kind == "call" and slot.executor:
        surface = lookup(slot.executor)
        found = dict(surface.args) if surface is not None else {}
    elif slot.kind == "call":
        found = dict(f.CALL)
    elif slot.kind == "defaults":
        found = {**_executors()}
    elif slot.kind == "undo":
        found = {**f.INNER, **_executors()}
    else:
        found = dict(_TABLES.get(slot.kind, {}))
    return {key: field for key, field in found.items() if key not in there}


def _executors() -> dict[str, Field]:
    return {name: f.Field("call", f"An action of {name}.") for name in f.EXECUTORS}


def _step_keys(there: set[str]) -> dict[str, Field | Arg]:
    actions = there & set(f.EXECUTORS)
    kinds = [key for key in there if key in f.KINDS and not (key == "undo" and len(there) > 1)]
    if actions:
        return {**f.beside("action")}
    if kinds:
        return {**f.beside(kinds[0])}
    unknown = there - set(f.STEP_KEYS)
    if unknown:
        return {**f.beside("action")}
    return {**f.STEP, **_executors(), **f.KINDS, **f.MODIFIERS, **{k: v for k, v in f.ACTION_MODIFIERS.items() if k != "undo"}, **f.TRY}


def below(slot: Slot, key: str, there: Iterable[str], lookup: Lookup) -> Slot:
    """The place under a key of the mapping at a place; `there` are all keys of that mapping."""
    if slot.kind == "step":
        return _of_step(key, set(there))
    if slot.kind in ("action", "undo"):
        return Slot("call", executor=key, name=key) if key not in f.INNER else Slot(f.INNER[key].kind, f.INNER[key], name=key)
    if slot.kind == "defaults":
        return Slot("call", executor=key, name=key)
    if slot.kind == "call" and slot.executor:
        surface = lookup(slot.executor)
        arg = surface.args.get(key) if surface is not None else None
        return NOTHING if arg is None else Slot(arg.kind, arg, slot.executor, key)
    table = _TABLES.get(slot.kind)
    if table is not None:
        field = table.get(key)
        return NOTHING if field is None else Slot(field.kind, field, name=key)
    member = _MEMBER.get(slot.kind)
    return NOTHING if member is None else Slot(member, slot.field, slot.executor, key)


def _of_step(key: str, there: set[str]) -> Slot:
    if key == "undo" and not there & set(f.EXECUTORS) and there - set(f.STEP_KEYS) == set() and key in there:
        return Slot("undo", f.KINDS["undo"], name=key)
    for table in (f.STEP, f.MODIFIERS, f.ACTION_MODIFIERS, f.TRY, f.KINDS):
        field = table.get(key)
        if field is not None:
            return Slot(field.kind, field, name=key)
    return Slot("call", executor=key, name=key)


def item_of(slot: Slot) -> Slot:
    """The place of an element of a list at a place."""
    kind = _ITEM.get(slot.kind, slot.kind)
    return Slot(kind, slot.field, slot.executor, slot.name)


def short_form(slot: Slot, lookup: Lookup) -> Slot:
    """What a text at a place is: of an executor the argument that the short form stands for."""
    if slot.kind == "call" and slot.executor:
        surface = lookup(slot.executor)
        if surface is not None and surface.shorthand:
            arg = surface.args[surface.shorthand]
            return Slot(arg.kind, arg, slot.executor, surface.shorthand)
        return NOTHING
    if slot.kind == "call":
        return Slot("file", f.CALL["runbook"], name="runbook")
    if slot.kind == "escalate":
        return Slot("template", f.ESCALATE["message"], name="message")
    if slot.kind == "stop":
        return Slot("choice", f.STOP["as"], name="as")
    if slot.kind == "wait":
        return Slot("duration", f.KINDS["wait"], name="wait")
    if slot.kind == "approve":
        return Slot("template", f.APPROVE["text"], name="text")
    return slot


def walk(root: Slot, path: Iterable[tuple[str | None, frozenset[str]]], lookup: Lookup) -> Slot:
    """The place at the end of a path of (key, all keys of its mapping); a key None is an element of a list."""
    slot = root
    for key, there in path:
        slot = item_of(slot) if key is None else below(slot, key, there, lookup)
    return slot
