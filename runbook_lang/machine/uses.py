"""Which result fields an expression somewhere reads: only those have to be kept as typed values."""

from __future__ import annotations

from ..base.record import Record
from ..expr.ast import Expr, Has, Ident, Index, Literal, Macro, Select, children
from ..expr.expression import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOT_INSIDE = frozenset(("span", "where", "source", "surface", "tree", "node"))
_PLAIN = frozenset((str, int, bool, float))


def expressions_in(*things: object) -> Iterator[Expression]:
    """Every expression in records, tuples, lists and dicts, at any depth."""
    stack: list[object] = list(things)
    while stack:
        thing = stack.pop()
        if thing is None or type(thing) in _PLAIN:
            continue
        if isinstance(thing, Expression):
            yield thing
        elif isinstance(thing, Record):
            stack.extend(getattr(thing, field) for field in thing.__fields__ if field not in _NOT_INSIDE)
        elif isinstance(thing, dict):
            stack.extend(thing.values())
        elif isinstance(thing, (list, tuple)):
            stack.extend(thing)


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
        if isinstance(node, Select | Has | Index) and isinstance(node.operand, Ident) and node.operand.name not in bound:
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
