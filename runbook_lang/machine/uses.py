"""Which result fields an expression somewhere reads: only those have to be kept as typed values."""

from __future__ import annotations

import re
from functools import cache
from operator import attrgetter

from ..expr.ast import Expr, Has, Ident, Index, Literal, Macro, Select, children
from ..expr.expression import Expression, Template, Words
from ..model.nodes import PLAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_NEVER = re.compile(r"(tuple\[)?(str|int|bool|float|None|Name|Span|Source|Node|Where|Expr|Surface|Retry|Compiled)([ |,.\]]|None)*")
"""Types of fields, as they are written, in which no expression can be."""

NOTHING: frozenset[str] = frozenset()
"""No field is read."""


def expressions_in(*things: object) -> Iterator[Expression]:
    """Every expression in records, tuples, lists and dicts, at any depth."""
    stack: list[Any] = list(things)
    while stack:
        thing = stack.pop()
        kind = type(thing)
        if kind is Expression:
            yield thing
        elif kind is tuple or kind is list:
            stack.extend(thing)
        elif kind is Words or kind is Template:
            if thing.computed:
                stack.extend(thing.expressions)
        elif kind is dict:
            stack.extend(thing.values())
        elif kind is not str and thing is not PLAIN:
            look = _look(kind)  # type: ignore[arg-type]  # a class can be hashed
            if look is not None:
                stack.extend(filter(None, look(thing)))


@cache
def _look(kind: type) -> Callable[[object], tuple[object, ...]] | None:
    """What gives the values of a record's fields in which an expression may be; None where there are none."""
    types: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        types.update(vars(base).get("__annotations__", {}))
    fields = [field for field in getattr(kind, "__fields__", ()) if not _NEVER.fullmatch(str(types[field]))]
    if len(fields) > 1:
        return attrgetter(*fields)
    if not fields:
        return None
    only = attrgetter(fields[0])
    return lambda thing: (only(thing),)


def field_uses(expressions: Iterable[Expression]) -> dict[str, frozenset[str]]:
    """name → fields read of it; `*` when the whole record is used."""
    found: dict[str, set[str]] = {}
    for expression in expressions:
        _collect(expression.tree, found)
    return {name: frozenset(fields) for name, fields in found.items()}


def _collect(tree: Expr, found: dict[str, set[str]]) -> None:
    stack: list[tuple[Expr, frozenset[str]]] = [(tree, frozenset())]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, (Select, Has, Index)) and isinstance(node.operand, Ident) and node.operand.name not in bound:
            found.setdefault(node.operand.name, set()).add(_field(node))
            if isinstance(node, Index):
                stack.append((node.index, bound))
        elif isinstance(node, Ident):
            if node.name not in bound:
                found.setdefault(node.name, set()).add("*")
        elif isinstance(node, Macro):
            inner = bound | {node.var}
            stack.append((node.over, bound))
            stack.extend((part, inner) for part in (node.where, node.body) if part is not None)
        else:
            stack.extend((part, bound) for part in children(node))


def _field(node: Select | Has | Index) -> str:
    if isinstance(node, Index):
        return node.index.value if isinstance(node.index, Literal) and isinstance(node.index.value, str) else "*"
    return node.field
