"""What may be written at the cursor."""

from __future__ import annotations

import re

from ..base.record import Record
from ..expr.signatures import SIGNATURES, WINDOW
from ..expr.types import DYN, SECRET, ListType, MapType, RecordType
from ..model import fields as f
from . import commands
from .names import Around, completed, fields_of, names_at
from .place import KEY, NOWHERE, VALUE
from .references import uses_of_files
from .slots import BLOCKS, ROOT, short_form, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..expr.types import Type
    from ..model.fields import Field
    from ..surfaces.kinds import Arg
    from .place import Place
    from .slots import Slot
    from .view import View

DURATIONS = ("10s", "30s", "1m", "5m", "15m", "1h", "1d")
MACROS = {"all": "(x, …)", "exists": "(x, …)", "exists_one": "(x, …)", "filter": "(x, …)", "map": "(x, …)"}
_EXPRESSIONS = ("expr", "exprs")
_TEMPLATES = ("template", "templates", "text", "data", "json", "map", "sql", "words")


class Item(Record):
    """A proposal. `start` is the offset from which it replaces what is written. `kind`: key, value, step, input, secret, variable,
    field, function, command, flag, file, keyword."""

    label: str
    kind: str
    start: int
    detail: str = ""
    doc: str = ""
    insert: str = ""
    rank: str = ""


def complete(view: View, offset: int) -> list[Item]:
    """The proposals at an offset of the text as it stands; empty where nothing is known."""
    place = NOWHERE if view.is_foreign else view.place(offset)
    if place is NOWHERE:
        return []
    if place.what == KEY:
        return [*_keywords(place), *_keys(view, place)]
    if place.what == VALUE:
        return list(_value(view, place, offset))
    return []


def _keywords(place: Place) -> list[Item]:
    return [Item(word, "keyword", place.start, doc=_keyword_doc(word), insert=word + " ") for word in sorted(place.keywords)]


_ALIASES = {
    "input": "inputs",
    "secret": "secrets",
    "lock": "locks",
    "output": "outputs",
    "may": "may_fail",
    "for": "for_each",
    "step": "steps",
}
_DOCS = {
    key: field
    for table in (f.RETRY, f.FOR_EACH, f.RUNBOOK, f.TRY, f.KINDS, f.MODIFIERS, f.ACTION_MODIFIERS, f.STEP)
    for key, field in table.items()
}
"""What the words of the text form mean, where they begin a statement."""


def _keyword_doc(word: str) -> str:
    field = keyword_field(word)
    return "" if field is None else _doc(field)


def keyword_field(word: str) -> Field | None:
    """The field that a word of the text form stands for."""
    return _DOCS.get(_ALIASES.get(word, word))


def place_tables(view: View, place: Place, name: str) -> Field | Arg | None:
    """The field or argument that a key at a place is."""
    if place.what != KEY:
        return None
    if place.keywords:
        return keyword_field(name)
    return table_of(place.slot, place.there - {name}, view.lookup).get(name)


def _keys(view: View, place: Place) -> Iterator[Item]:
    table = table_of(place.slot, place.there, view.lookup)
    if place.slot == ROOT and not place.there and not view.is_text_form:
        table = {"runbook": table["runbook"]} | table
    for index, (key, field) in enumerate(table.items()):
        yield Item(key, "key", place.start, _kind_text(field), _doc(field), _key_text(key, field, place), f"{index:03}")
    if place.slot.kind == "named" and "inputs" in place.outer and "call" in place.outer:
        yield from _called_inputs(view, place)
    if place.slot.kind == "defaults":
        return
    if place.slot.kind in ("policy_names", "hours_by_severity", "durations_by_severity"):
        yield from (Item(name, "value", place.start, insert=name) for name in _policy_names(view, place.slot))


def _key_text(key: str, field: Field | Arg, place: Place) -> str:
    dash = "- " if place.new_item else ""
    return f"{dash}{key}:" if field.kind in BLOCKS else f"{dash}{key}: "


def _kind_text(field: Field | Arg) -> str:
    choices = " | ".join(field.choices)
    return choices or {"exprs": "expression", "expr": "expression", "call": "action"}.get(field.kind, field.kind.replace("_", " "))


def _doc(field: Field | Arg) -> str:
    example = getattr(field, "example", "")
    return f"{field.doc}\n\nFor example `{example}`." if example else field.doc


def _called_inputs(view: View, place: Place) -> Iterator[Item]:
    for book in uses_of_files(view, place.owner):
        for item in book.inputs:
            if item.name.text not in place.there:
                yield Item(item.name.text, "input", place.start, item.type, item.description, f"{item.name.text}: ")


# --- values ------------------------------------------------------------------------------------------------------------


def _value(view: View, place: Place, offset: int) -> Iterator[Item]:
    slot = place.slot
    written = view.text[place.start : offset]
    if slot.kind in ("step", "steps", "input", "secret", "arm", "tier", "severity", "person", "window"):
        return
    slot = short_form(slot, view.lookup)
    if slot.kind in _EXPRESSIONS or (slot.kind == "set" and not place.keywords):
        yield from expression_items(view, _unquoted(written), offset, slot, place)
        return
    hole = written.rfind("${")
    if hole >= 0 and "}" not in written[hole:] and slot.kind in (*_TEMPLATES, "int", "bool", "duration"):
        yield from expression_items(view, written[hole + 2 :], offset, slot, place)
        return
    word = re.search(r"[\w./@+-]*$", written)
    start = offset - len(word[0] if word else "")
    yield from _of_kind(view, place, slot, start, written, offset)


def _of_kind(view: View, place: Place, slot: Slot, start: int, written: str, offset: int) -> Iterator[Item]:
    field = slot.field
    if field is not None and field.choices:
        yield from (Item(choice, "value", start, detail=slot.name) for choice in field.choices)
    elif slot.kind == "bool":
        yield from (Item(word, "value", start) for word in ("true", "false"))
    elif slot.kind == "duration":
        yield from (Item(word, "value", start, rank=f"{index:02}") for index, word in enumerate(DURATIONS))
    elif slot.kind in ("name", "names", "undo") and slot.name in ("settles", "undo"):
        yield from _steps(view, start, undo=slot.name == "undo")
    elif slot.kind in ("name", "names") and slot.name == "sensitive":
        yield from (Item(name, "field", start, str(type_)) for name, type_ in _result_fields(view, place, offset).items())
    elif slot.kind == "words" and slot.executor:
        yield from _command(view, slot, written, offset)
    elif slot.kind == "file":
        yield from (Item(name, "file", start) for name in view.files(slot.name))
    elif slot.kind in ("word", "policy_names", "zone"):
        yield from (Item(name, "value", start) for name in _policy_names(view, slot))
    elif slot.kind == "approve":
        yield from (Item(word, "value", start) for word in ("true", "false"))


def _command(view: View, slot: Slot, written: str, offset: int) -> Iterator[Item]:
    surface = view.lookup(slot.executor)
    if surface is None:
        return
    prefix, found = commands.choices(surface, written.lstrip("\"'|>-\n "))
    for choice in found:
        yield Item(choice.word, choice.kind, offset - len(prefix), choice.detail, choice.doc)


def _steps(view: View, start: int, *, undo: bool) -> Iterator[Item]:
    book = view.known.book
    if book is None:
        return
    if undo:
        yield Item("all", "value", start, "everything that was done and isn't settled", rank="0")
    for step in view.steps():
        if step.given_id:
            rank = "1" if step.mods.undo is not None else "2"
            yield Item(step.id.text, "step", start, step.title, "It has an undo." if rank == "1" else "It has no undo.", rank=rank)


def _result_fields(view: View, place: Place, offset: int) -> dict[str, Type]:
    around = names_at(view.known, view.old(place.owner if place.owner >= 0 else offset), result=True)
    return fields_of(around.names.get("result", DYN))


def _policy_names(view: View, slot: Slot) -> Iterable[str]:
    policy = view.known.policy
    if policy is None:
        return ()
    if slot.kind == "zone":
        return ("UTC",)
    return {
        "severity": policy.severities,
        "tier": policy.tiers,
        "tiers": policy.tiers,
        "window": policy.windows,
        "role": policy.approvals.roles,
        "people": policy.people,
        "who": policy.people,
        "waive": policy.severities,
        "roles": policy.people,
    }.get(slot.name, policy.people if slot.kind == "policy_names" else policy.severities if slot.kind.endswith("by_severity") else ())


# --- expressions -------------------------------------------------------------------------------------------------------


def _unquoted(written: str) -> str:
    text = written.lstrip()
    if text[:1] in ("'", '"'):
        return text[1:]
    return re.sub(r"^[|>][-+]?[ \t]*\n", "", text)


def expression_items(view: View, left: str, offset: int, slot: Slot, place: Place) -> Iterator[Item]:
    """What may stand at the end of `left` in an expression."""
    if _in_string(left):
        return
    at = place.owner if place.owner >= 0 else offset
    around = names_at(view.known, view.old(at), result=slot.name == "expect", own="undo" in place.outer)
    around = _with_special(view, around, slot)
    right = re.split(r"[\n}]", view.text[offset : offset + 2000], maxsplit=1)[0]
    prefix, owner, scope = completed(left, right, around.names)
    start = offset - len(prefix)
    if owner is not None:
        yield from _members(owner, start)
        return
    for name, type_ in scope.items():
        yield Item(name, "variable", start, str(type_), rank="0")
    titles = {step.id.text: step.title for step in view.steps()}
    inputs = frozenset(item.name.text for item in view.known.book.inputs) if view.known.book is not None else frozenset()
    for name, type_ in around.names.items():
        note = ", may not have run here" if name in around.unsure else ""
        yield Item(name, _name_kind(name, type_, inputs), start, _name_text(name, type_, titles) + note, rank="1" if not note else "2")
    for name, overloads in SIGNATURES.items():
        if any(not one.member for one in overloads):
            yield Item(name, "function", start, _overloads(name, member=False), insert=f"{name}(", rank="3")
    yield Item("has", "function", start, "(x.field) -> bool", "Whether the field is there.", "has(", "3")
    yield Item("window", "function", start, str(WINDOW), "Whether a window of the policy is open.", "window(", "3")
    yield from (Item(word, "keyword", start, rank="4") for word in ("true", "false", "null"))


def _with_special(view: View, around: Around, slot: Slot) -> Around:
    if slot.name == "expect" and "result" not in around.names:
        return Around({**around.names, "result": DYN}, around.unsure)
    return around


def _in_string(left: str) -> bool:
    rest = re.sub(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", "", left)
    return '"' in rest or "'" in rest


def _is_step(type_: Type) -> bool:
    return isinstance(type_, RecordType) and type_.name.startswith("step ")


def _name_kind(name: str, type_: Type, inputs: frozenset[str]) -> str:
    if type_ == SECRET:
        return "secret"
    return "input" if name in inputs else "step" if _is_step(type_) else "variable"


def _name_text(name: str, type_: Type, titles: dict[str, str]) -> str:
    return titles.get(name) or "step" if _is_step(type_) else str(type_)


def _members(owner: Type, start: int) -> Iterator[Item]:
    for index, (name, type_) in enumerate(fields_of(owner).items()):
        optional = isinstance(owner, RecordType) and name in owner.optional
        doc = "It may be missing: ask with has() first." if optional else ""
        yield Item(name, "field", start, str(type_), doc, rank=f"0{index:03}")
    if isinstance(owner, ListType | MapType):
        yield from (Item(name, "function", start, text, insert=f"{name}(", rank="1") for name, text in MACROS.items())
    if isinstance(owner, RecordType) or owner == SECRET:
        return
    for name, overloads in SIGNATURES.items():
        if any(one.member and _takes(one.params[0], owner) for one in overloads):
            yield Item(name, "function", start, _overloads(name, member=True), insert=f"{name}(", rank="2")


def _takes(param: Type, owner: Type) -> bool:
    return owner in (DYN, param) or (isinstance(param, ListType) and isinstance(owner, ListType))


def _overloads(name: str, *, member: bool) -> str:
    shown = [str(one) for one in SIGNATURES[name] if one.member is member]
    return shown[0] + (f" and {len(shown) - 1} more" if len(shown) > 1 else "")
