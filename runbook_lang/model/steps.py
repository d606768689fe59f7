"""Readers of steps: which kind a step is, its id, what stands beside the kind."""

from __future__ import annotations

import re

from ..base.diagnostics import Related
from ..base.suggest import nearest
from ..syntax.tree import Mapping, Scalar, Sequence
from .fields import ACTION_MODIFIERS, APPROVE, EXECUTORS, INNER, KINDS, MODIFIERS, RETRY, STEP, STEP_KEYS, TRY, beside
from .names import identifier
from .nodes import PLAIN, Action, Approve, Modifiers, Name, Retry, Step, Try
from .reader import ANY, FAILED, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..syntax.tree import Entry, Node
    from .fields import Field
    from .reader import Found, Reader, ReadKind

_NO_KIND_HELP = (
    "A step is one of: an executor's action (" + ", ".join(EXECUTORS) + ", or a plugin's), " + ", ".join(key for key in KINDS) + "."
)


def read_steps(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """A list of steps. Wrong ones are reported and left out."""
    if not isinstance(node, Sequence):
        reader.lost()
        return reader.wrong(node, key, "a list of steps", f"Write each step on a line of its own below `{key}:`, beginning with `- `.")
    if not node.items:
        reader.lost()
        reader.problems.error("RB313", f"{key!r} has no step.", node.span, f"Write at least one step, or leave {key!r} out if it may be.")
        return FAILED
    steps = [read_step(reader, item) for item in node.items]
    return tuple(step for step in steps if step is not None)


def read_step(reader: Reader, node: Node) -> Step | None:
    """One step; None after an error that leaves nothing to go on with."""
    if not isinstance(node, Mapping) or not node.entries:
        reader.lost()
        reader.problems.error(
            "RB304",
            "A step is a mapping such as `doctl: apps list`.",
            place(node),
            _NO_KIND_HELP,
        )
        return None
    kind = _kind_entry(reader, node)
    if kind is None:
        reader.lost()
        return None
    what = kind.key.value
    table = beside(what if what in KINDS else "action")
    id, given = _id(reader, node, kind)
    reader.owner = id
    _check_keys(reader, node, kind, table)
    known = Mapping(node.span, tuple([entry for entry in node.entries if entry.key.value in table]))
    found = reader.values(known, table, "a step", skip=("id", what, *TRY))
    before = len(reader.problems.items)
    value = _kind_value(reader, node, kind)
    if value is FAILED:
        reader.lost()
        return None
    if len(reader.problems.items) > before:
        reader.doubtful.add(id.text)
    return _made(id, value, found, node, given=given)


def _made(id: Name, kind: Any, found: Found, node: Node, *, given: bool) -> Step:
    title = found.pop("title", "")
    return Step(id, kind, Modifiers(**found) if found else PLAIN, node.span, title, given)


def _kind_value(reader: Reader, node: Mapping, kind: Entry) -> Any:
    what = kind.key.value
    if what not in KINDS:
        return Action(Name(what, kind.key.span), kind.value)
    if what == "try":
        return _try(reader, node, kind)
    return reader.value(kind.value, KINDS[what], what)


def _try(reader: Reader, node: Mapping, kind: Entry) -> Any:
    """`try` with what stands beside it, in this order, so that made ids count as people read."""
    body = reader.value(kind.value, KINDS["try"], "try")
    rest: dict[str, Any] = {}
    for key, field in TRY.items():
        found = node.get(key)
        if found is not None:
            rest[key] = reader.value(found, field, key)
    if not rest and node.get("may_fail") is None:
        help = "Add `rescue` or `always`; or say that it may fail, to go on after a failure of any of its steps."
        reader.problems.error("RB321", "'try' without 'rescue' or 'always' changes nothing.", kind.key.span, help)
    if body is FAILED or FAILED in rest.values():
        return FAILED
    return Try(body, rest.get("rescue", ()), rest.get("always", ()), "rescue" in rest)


def _kind_entry(reader: Reader, node: Mapping) -> Entry | None:
    """The entry that says what the step is, or None after an error."""
    kinds = [entry for entry in node.entries if entry.key.value in EXECUTORS or entry.key.value in KINDS]
    if len(kinds) == 1 and kinds[0].key.value != "undo":
        return kinds[0]
    actions = [entry for entry in kinds if entry.key.value in EXECUTORS]
    if actions:
        kinds = [entry for entry in kinds if entry.key.value != "undo"]
    else:
        kinds = [entry for entry in kinds if entry.key.value != "undo" or not isinstance(entry.value, Mapping)]
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        _two_kinds(reader, kinds)
        return None
    return _plugin_entry(reader, node)


def _two_kinds(reader: Reader, kinds: list[Entry]) -> None:
    named = " and ".join(repr(entry.key.value) for entry in kinds)
    count = {2: "two things", 3: "three things"}.get(len(kinds), "several things")
    reader.problems.error(
        "RB308",
        f"This step is {count} at once: {named}.",
        kinds[1].key.span,
        "Make a step of each.",
        (Related(f"{kinds[0].key.value!r} is here", kinds[0].key.span),),
    )


def _plugin_entry(reader: Reader, node: Mapping) -> Entry | None:
    """The one unknown key of a step without a kind: the action of an executor that isn't built in.

    Among several unknown keys those that look like a misspelt key of a step are none of a plugin.
    """
    own = {*STEP, *MODIFIERS, *ACTION_MODIFIERS, *TRY}
    unknown = [entry for entry in node.entries if entry.key.value not in own]
    if len(unknown) > 1:
        unknown = [entry for entry in unknown if nearest(entry.key.value, own) is None] or unknown[:1]
    if unknown:
        return unknown[0]
    stray = next((entry for entry in node.entries if entry.key.value in (*TRY, "undo")), None)
    if stray is not None and stray.key.value == "undo":
        help = "As a step of its own write `undo: all` or `undo: [id, …]`."
        reader.problems.error("RB307", "An action under 'undo' stands beside the action that it takes back.", stray.key.span, help)
    elif stray is not None:
        reader.problems.error(
            "RB307", f"{stray.key.value!r} stands beside 'try', which isn't here.", stray.key.span, "Add `try` with its steps."
        )
    else:
        reader.problems.error("RB307", "This step doesn't say what it does.", place(node), _NO_KIND_HELP)
    return None


def _check_keys(reader: Reader, node: Mapping, kind: Entry, table: MappingType[str, Field]) -> None:
    """Report keys that a step of this kind doesn't take."""
    what = kind.key.value
    for entry in node.entries:
        key = entry.key.value
        if key in table or entry is kind:
            continue
        if key in ACTION_MODIFIERS or key in TRY:
            beside_what = "'try'" if key in TRY else "an executor's action"
            help = "Put it on the steps inside." if what in ("choose", "parallel", "for_each", "try") else "Remove it."
            reader.problems.error("RB309", f"{key!r} stands beside {beside_what}, not beside {what!r}.", entry.key.span, help)
        else:
            reader.unknown_key(entry.key, STEP_KEYS, "a step", help=_indented(kind))


def _indented(kind: Entry) -> str:
    """Where a step's kind has no value, a key that no step has is most probably its, and not indented."""
    if isinstance(kind.value, Scalar) and kind.value.kind == "null" and not kind.value.value:
        return f"What belongs to {kind.key.value!r} begins further right than {kind.key.value!r} itself."
    return ""


def _id(reader: Reader, node: Mapping, kind: Entry) -> tuple[Name, bool]:
    """The step's id, made from the kind and its place among the steps of that kind when none is given."""
    found = node.get("id")
    if isinstance(found, Scalar) and found.kind != "null":
        name = identifier(found, reader.problems, "a step")
        if name is not None:
            reader.names.declare(name, "a step")
            return name, True
        reader.lost()
    elif found is not None:
        reader.wrong(found, "id", "a name", f"For example `id: {STEP['id'].example}`.")
        reader.lost()
        reader.doubtful.add(ANY)
    stem = re.sub(r"[^A-Za-z0-9_]", "_", kind.key.value) or "step"
    text = reader.names.made(f"_{stem}" if stem[0].isdigit() else stem, reader.counts, reader.given)
    name = Name(text, kind.key.span)
    reader.names.declare(name, "a step")
    return name, False


def read_inner(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """The action under `undo`, `applied` or `rehearse`: a step with the id of the one it belongs to."""
    owner: Name = reader.owner
    if not isinstance(node, Mapping):
        help = "As a step of its own, `undo: all` takes back what was done; beside an action it says how." if key == "undo" else ""
        return reader.wrong(node, key, "an action such as `{doctl: apps get …}`", help)
    actions = [entry for entry in node.entries if entry.key.value in EXECUTORS]
    actions = actions or [entry for entry in node.entries if entry.key.value not in STEP_KEYS][:1]
    if len(actions) > 1:
        _two_kinds(reader, actions)
        return FAILED
    if not actions:
        reader.problems.error("RB307", f"{key!r} doesn't say which action it is.", place(node), "Name an executor and what it does.")
        return FAILED
    kind = actions[0]
    for entry in node.entries:
        if entry is not kind and entry.key.value not in INNER:
            reader.unknown_key(entry.key, INNER, f"{key!r}", "RB309" if entry.key.value in STEP_KEYS else "RB302")
    known = Mapping(node.span, tuple(entry for entry in node.entries if entry.key.value in INNER))
    found = reader.fields(known, INNER, repr(key)) or {}
    action = Action(Name(kind.key.value, kind.key.span), kind.value)
    return _made(owner, action, found, node, given=False)


def read_retry(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Mapping):
        return reader.wrong(node, key, "a mapping", "For example `retry: {every: 10s, for: 5m}` or `retry: {times: 3}`.")
    found = reader.fields(node, RETRY, repr(key))
    if found is None:
        return FAILED
    if node.get("for") is None and node.get("times") is None:
        reader.problems.error(
            "RB320", "This retry has no end.", place(node), "Say for how long (`for` 5m), how often (`times` 5), or both."
        )
        return FAILED
    return Retry(found.get("every", 1_000_000), found.get("for"), found.get("times"), found.get("factor", 1.0), found.get("longest"))


def read_approve(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """`true`, a question, or a mapping with the question and who may answer."""
    if isinstance(node, Scalar) and node.kind == "bool":
        return Approve(None, span=node.span) if node.data else None
    if isinstance(node, Scalar) and node.kind in ("int", "float"):
        return reader.wrong(node, key, "true, a question or a mapping", f"For so many people write `{key}: {{count: {node.value}}}`.")
    if isinstance(node, Mapping):
        found = reader.fields(node, APPROVE, repr(key))
        if found is None:
            return FAILED
        return Approve(found.get("text"), found.get("role", ""), found.get("count", 1), found.get("within"), node.span)
    text = reader.kinds["template"](reader, node, field, key)
    return FAILED if text is FAILED else Approve(text, span=node.span)


STEPS: MappingType[str, ReadKind] = {
    "steps": read_steps,
    "action": read_inner,
    "retry": read_retry,
    "approve": read_approve,
}
