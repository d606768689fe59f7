"""Readers of the step kinds that aren't actions: set, ask, wait, choose, parallel, for_each, call and the verbs."""

from __future__ import annotations

from ..syntax.tree import Mapping, Scalar, Sequence
from .fields import ARM, ASK, CALL, ELSE_ARM, ESCALATE, FOR_EACH, PARALLEL, STOP, WAIT, Field
from .kinds import mapping_of, name_of, quote_help, read_choice, read_duration, same_type
from .names import IDENTIFIER, identifier
from .nodes import Arm, Ask, Branch, Call, Choose, Escalate, ForEach, Name, Parallel, SetFields, Stop, Undo, Wait
from .reader import FAILED, place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..syntax.tree import Node
    from .fields import Table
    from .reader import Found, Reader, ReadKind


def _table(reader: Reader, node: Node, table: Table, key: str, example: str = "") -> Found | None:
    mapping = mapping_of(reader, node, key, example)
    return None if mapping is None else reader.fields(mapping, table, repr(key))


def exactly_one(reader: Reader, node: Mapping, keys: tuple[str, ...], what: str) -> str | None:
    """The one of the keys that is there; an error says which are there or could be."""
    there = [key for key in keys if node.get(key) is not None]
    if len(there) == 1:
        return there[0]
    listed = ", ".join(keys)
    if there:
        second = node.entry(there[1])
        span = second.key.span if second else node.span
        reader.problems.error("RB316", f"{what} has {' and '.join(map(repr, there))}; it takes one of {listed}.", span, "Keep one of them.")
    else:
        reader.problems.error("RB316", f"{what} needs one of {listed}.", place(node))
    return None


def read_set(reader: Reader, node: Node, field: Field, key: str) -> Any:
    mapping = mapping_of(reader, node, key, "{name: an expression}")
    if mapping is None:
        return FAILED
    pairs = []
    for entry in mapping.entries:
        name = identifier(entry.key, reader.problems, "a field of 'set'")
        value = reader.kinds["expr"](reader, entry.value, field, entry.key.value)
        if name is None or value is FAILED:
            return FAILED
        pairs.append((name, value))
    return SetFields(tuple(pairs))


def read_ask(reader: Reader, node: Node, field: Field, key: str) -> Any:
    found = _table(reader, node, ASK, key, "{do: Drain the traffic}")
    if found is None:
        return FAILED
    assert isinstance(node, Mapping)
    what = exactly_one(reader, node, ("answer", "do", "approve"), "'ask'")
    if what is None or what not in found:
        return FAILED
    _ask_keys(reader, node, what)
    _ask_constants(reader, node, found)
    return Ask(
        what,
        found[what],
        found.get("type", "bool"),
        found.get("choices", ()),
        found.get("default"),
        "default" in found,
        found.get("within"),
        found.get("role", ""),
        found.get("count", 1),
    )


def _ask_keys(reader: Reader, node: Mapping, what: str) -> None:
    only = {"type": "answer", "choices": "answer", "default": "answer", "count": "approve"}
    for entry in node.entries:
        wanted = only.get(entry.key.value)
        if wanted is not None and wanted != what:
            reader.problems.error(
                "RB319", f"{entry.key.value!r} stands beside {wanted!r}, not beside {what!r}.", entry.key.span, "Remove it."
            )


def _ask_constants(reader: Reader, node: Mapping, found: Found) -> None:
    type_ = found.get("type")
    if type_ is None:
        if found.get("choices") and node.get("type") is None:
            found["type"] = type_ = "string"
        else:
            type_ = "bool"
    check_constants(reader, node, found, type_)


def check_constants(reader: Reader, node: Mapping, found: Found, type_: str) -> None:
    """`choices` and `default` must be of the type, and the default one of the choices."""
    choices = found.get("choices", ())
    for choice in choices:
        if not same_type(choice, type_):
            reader.wrong(_of(node, "choices"), "choices", f"a list of values of type {type_}", _type_help(type_), "RB314")
            return
    if "default" not in found:
        return
    default = found["default"]
    if not same_type(default, type_):
        reader.wrong(_of(node, "default"), "default", f"of type {type_}", _type_help(type_), "RB314")
    elif choices and default not in choices:
        reader.wrong(_of(node, "default"), "default", "one of the choices", f"They are {', '.join(map(str, choices))}.", "RB314")


def _type_help(type_: str) -> str:
    return (
        "A number or a word such as true is text only in quotes."
        if type_ == "string"
        else f"For example {_EXAMPLES[type_]}, without quotes."
    )


_EXAMPLES = {"bool": "true", "int": "3", "number": "1.5", "list": "[a, b]", "map": "{a: 1}"}


def _of(node: Mapping, key: str) -> Node:
    found = node.get(key)
    assert found is not None
    return found


def read_wait(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar):
        span = read_duration(reader, node, field, key)
        return FAILED if span is FAILED else Wait(span_us=span)
    found = _table(reader, node, WAIT, key, "5m")
    if found is None or not isinstance(node, Mapping):
        return FAILED
    what = exactly_one(reader, node, ("at", "window"), "'wait'")
    if what is None or what not in found:
        return FAILED
    return Wait(at=found.get("at"), window=found.get("window", ""))


def read_choose(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Sequence) or not node.items:
        return reader.wrong(node, key, "a list of arms", "For example `choose: [{when: …, steps: […]}, {else: […]}]`.")
    arms = []
    for number, item in enumerate(node.items):
        arm = _arm(reader, item, last=number == len(node.items) - 1)
        if arm is None:
            reader.lost()
        else:
            arms.append(arm)
    if len(arms) == 1 and arms[0].when is None and len(node.items) == 1:
        reader.problems.error(
            "RB315", "This 'choose' has nothing but an 'else'.", place(node), "Add an arm with `when`, or write the steps themselves."
        )
    return Choose(tuple(arms)) if arms else FAILED


def _arm(reader: Reader, node: Node, *, last: bool) -> Arm | None:
    mapping = mapping_of(reader, node, "choose", "[{when: …, steps: […]}, {else: […]}]")
    if mapping is None:
        return None
    other = mapping.entry("else")
    if other is None:
        found = reader.fields(mapping, ARM, "an arm of 'choose'")
        return None if found is None else Arm(found["when"], found["steps"], mapping.span)
    if not last:
        reader.problems.error("RB315", "Arms after 'else' are never taken.", other.key.span, "Put `else` last.")
    found = reader.fields(mapping, ELSE_ARM, "the 'else' arm")
    return None if found is None else Arm(None, found["else"], mapping.span)


def read_parallel(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Sequence):
        steps = reader.kinds["steps"](reader, node, field, key)
        if steps is FAILED:
            return FAILED
        return Parallel(tuple(Branch(step.id, (step,)) for step in steps))
    found = _table(reader, node, PARALLEL, key, "[{…}, {…}]")
    if found is None:
        return FAILED
    return Parallel(found["branches"], found.get("limit"), found.get("fail", "fast"))


def read_branches(reader: Reader, node: Node, field: Field, key: str) -> Any:
    mapping = mapping_of(reader, node, key, "{name: [steps]}")
    if mapping is None:
        return FAILED
    branches = []
    for entry in mapping.entries:
        name = identifier(entry.key, reader.problems, "a branch")
        steps = reader.kinds["steps"](reader, entry.value, field, entry.key.value)
        if name is None or steps is FAILED:
            reader.lost()
        else:
            branches.append(Branch(name, steps))
    return tuple(branches)


def read_for_each(reader: Reader, node: Node, field: Field, key: str) -> Any:
    mapping = mapping_of(reader, node, key, "{over: a list, as: name, steps: […]}")
    if mapping is None:
        return FAILED
    declared = mapping.get("as")
    name = None
    if isinstance(declared, Scalar) and IDENTIFIER.fullmatch(declared.value):
        name = Name(declared.value, declared.span)
        reader.names.begin_loop(name)
    found = reader.fields(mapping, FOR_EACH, repr(key))
    if name is not None:
        reader.names.end_loop(name)
    if found is None:
        return FAILED
    return ForEach(
        found["over"],
        found["as"],
        found["steps"],
        found.get("key"),
        found.get("yield"),
        found.get("max"),
        found.get("limit", 1),
        found.get("fail", "fast"),
    )


def read_loop_name(reader: Reader, node: Node, field: Field, key: str) -> Any:
    return name_of(reader, node, key, "a loop variable")


def read_call(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar):
        file = reader.kinds["file"](reader, node, field, key)
        return FAILED if file is FAILED else Call(file)
    found = _table(reader, node, CALL, key, "verify-health.yml")
    return FAILED if found is None else Call(found["runbook"], found.get("inputs", ()))


def read_escalate(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Mapping):
        found = _table(reader, node, ESCALATE, key, "{message: The rollback failed}")
        return FAILED if found is None else Escalate(found["message"], found.get("severity", ""), found.get("tier", ""))
    if isinstance(node, Scalar) and node.kind != "string":
        return reader.wrong(node, key, "a text or a mapping", quote_help(node) or f"For example `{key}: {field.example}`.")
    message = reader.kinds["template"](reader, node, field, key)
    return FAILED if message is FAILED else Escalate(message)


def read_undo(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Scalar) and node.kind == "string" and node.value == "all":
        return Undo(everything=True)
    ids = reader.kinds["names"](reader, node, field, key)
    return FAILED if ids is FAILED else Undo(ids)


def read_stop(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if isinstance(node, Mapping):
        found = reader.fields(node, STOP, repr(key))
        return FAILED if found is None else Stop(found["as"], found.get("message"))
    outcome = read_choice(reader, node, STOP["as"], key)
    return FAILED if outcome is FAILED else Stop(outcome)


BLOCKS: MappingType[str, ReadKind] = {
    "set": read_set,
    "ask": read_ask,
    "wait": read_wait,
    "choose": read_choose,
    "parallel": read_parallel,
    "branches": read_branches,
    "for_each": read_for_each,
    "loop_name": read_loop_name,
    "call": read_call,
    "escalate": read_escalate,
    "undo": read_undo,
    "stop": read_stop,
}
