"""What a runbook says, as plain data: without places, comments, and what only one of its two forms or layouts has.

Two files with equal data are the same program. Layout, quotes and the order of an action's arguments don't count; the order
of steps, inputs, fields of `set` and of nested data does.
"""

from __future__ import annotations

from functools import cache

from ..base.record import Record
from ..base.source import Source, Span
from ..expr.expression import Expression, Template
from ..syntax.tree import Mapping, Scalar, Sequence
from .nodes import PLAIN, Action, Name, Runbook, Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..syntax.tree import Node


def meaning(runbook: Runbook) -> Any:
    """Lists, texts, numbers and nulls only: what canonical JSON can hold. What nobody has said is left out, so that a later version,
    which knows more to say, finds the same in an older file."""
    fields = {name: _plain(value) for name, value in _said(runbook) if name not in ("source", "defaults")}
    fields["defaults"] = sorted([name.text, _arguments(node)] for name, node in runbook.defaults)
    return [[name, fields[name]] for name in sorted(fields)]


_MUST: Any = object()
"""Of a field without a default."""


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    """The fields of a record's class with their defaults."""
    defaults = kind.__field_defaults__  # type: ignore[attr-defined]  # set by the Record metaclass
    return tuple((name, defaults.get(name, _MUST)) for name in kind.__fields__)  # type: ignore[attr-defined]  # the same


def _said(value: Record) -> list[tuple[str, Any]]:
    """The fields that aren't at their default, with their values."""
    found = []
    for name, default in _fields(type(value)):
        item = getattr(value, name)
        if item is not default and (default is _MUST or item != default):
            found.append((name, item))
    return found


def node_data(node: Node) -> Any:
    """A tree without its places: kinds and values, in their order."""
    if isinstance(node, Scalar):
        if node.kind == "null":
            return None
        return node.value if node.kind == "string" else [node.kind, node.value]
    if isinstance(node, Sequence):
        return ["list", *(node_data(item) for item in node.items)]
    assert isinstance(node, Mapping)
    return ["map", *([entry.key.value, node_data(entry.value)] for entry in node.entries)]


def _arguments(node: Node) -> Any:
    """An action's arguments, whose order says nothing; a command is text, whatever it looks like."""
    if isinstance(node, Mapping):
        return ["map", *sorted(([entry.key.value, node_data(entry.value)] for entry in node.entries), key=lambda pair: str(pair[0]))]
    if isinstance(node, Scalar):
        return None if node.kind == "null" else node.value
    return node_data(node)


def _step(step: Step) -> Any:
    """What `_plain` would find field by field, for what most of a file consists of."""
    found = ["Step", ["id", step.id.text], ["kind", _plain(step.kind)], ["mods", _plain(step.mods)]]
    if step.title:
        found.append(["title", step.title])
    if not step.given_id:
        found.append(["given_id", False])
    return found


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is str or kind is bool:
        return value
    if kind is Name:
        return value.text
    if kind is Step:
        return _step(value)
    if value is PLAIN:
        return ["Modifiers"]
    if kind is Action:
        return ["Action", value.executor.text, _arguments(value.node)]
    if kind is int or kind is float:
        return ["number", repr(value)]
    if kind is Expression or kind is Template:
        return [kind.__name__, value.text]
    if isinstance(value, Record):
        return [
            kind.__name__,
            *[[name, _plain(item)] for name, item in _said(value) if type(item) is not Span and type(item) is not Source],
        ]
    if isinstance(value, dict):
        return ["map", *([str(name), _plain(item)] for name, item in value.items())]
    return ["list", *(_plain(item) for item in value)]
