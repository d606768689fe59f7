"""The tree of an expression. Every node knows its place: offsets of characters in the text, end exclusive."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping
    from typing import Any

    from .values import Value


class Expr(Record):
    """Base of all nodes."""

    start: int
    end: int


class Literal(Expr):
    """A number, a string, a bool or null."""

    value: Value


class Ident(Expr):
    """A name. `root` is for `.name`, which skips the variables of macros."""

    name: str
    root: bool = False


class Select(Expr):
    """`operand.field`; `at` is where the field's name starts."""

    operand: Expr
    field: str
    at: int


class Has(Expr):
    """`has(operand.field)`."""

    operand: Expr
    field: str
    at: int


class Index(Expr):
    """`operand[index]`."""

    operand: Expr
    index: Expr


class Call(Expr):
    """`function(args)`, or `target.function(args)`; `at` is where the function's name starts."""

    function: str
    target: Expr | None
    args: tuple[Expr, ...]
    at: int


class Unary(Expr):
    """`!operand` or `-operand`."""

    op: str
    operand: Expr


class Binary(Expr):
    """Arithmetic, a relation or `in`."""

    op: str
    left: Expr
    right: Expr


class Logic(Expr):
    """Two or more operands joined by `&&`, or by `||`."""

    op: str
    operands: tuple[Expr, ...]


class Conditional(Expr):
    """`test ? yes : no`."""

    test: Expr
    yes: Expr
    no: Expr


class ListExpr(Expr):
    """`[a, b]`."""

    items: tuple[Expr, ...]


class MapExpr(Expr):
    """`{k: v}`."""

    entries: tuple[tuple[Expr, Expr], ...]


class Macro(Expr):
    """`over.kind(var, body)`; only `map` has a `where`: `over.map(var, where, body)`."""

    kind: str
    over: Expr
    var: str
    body: Expr
    where: Expr | None
    at: int


def children(node: Expr) -> tuple[Expr, ...]:
    """The direct parts of a node, in the order of the text."""
    parts = _PARTS.get(type(node))
    return () if parts is None else parts(node)


# By class, since every stage that walks a tree asks it of every node.
_PARTS: Mapping[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Select: lambda node: (node.operand,),
    Has: lambda node: (node.operand,),
    Index: lambda node: (node.operand, node.index),
    Call: lambda node: node.args if node.target is None else (node.target, *node.args),
    Binary: lambda node: (node.left, node.right),
    Logic: lambda node: node.operands,
    Unary: lambda node: (node.operand,),
    Macro: lambda node: (node.over, node.body) if node.where is None else (node.over, node.where, node.body),
    Conditional: lambda node: (node.test, node.yes, node.no),
    ListExpr: lambda node: node.items,
    MapExpr: lambda node: tuple(part for entry in node.entries for part in entry),
}


def walk(node: Expr) -> Iterator[Expr]:
    """The node and all that is below it, in no particular order."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(children(current))


def free_names(node: Expr) -> frozenset[str]:
    """The names that an expression reads from outside (macro variables are its own)."""
    found: set[str] = set()
    stack: list[tuple[Expr, frozenset[str]]] = [(node, frozenset())]
    while stack:
        current, bound = stack.pop()
        if isinstance(current, Ident):
            if current.root or current.name not in bound:
                found.add(current.name)
        elif isinstance(current, Macro):
            inner = bound | {current.var}
            stack.append((current.over, bound))
            stack.extend((part, inner) for part in (current.where, current.body) if part is not None)
        else:
            stack.extend((part, bound) for part in children(current))
    return frozenset(found)


def qualified(node: Expr, hidden: Container[str] = ()) -> str | None:
    """`a.b.c` for a plain chain of selections from a name; None for anything else.

    A name in `hidden` is a macro's variable there and no part of a longer name, unless a leading dot looks past it.
    """
    fields: list[str] = []
    while isinstance(node, Select):
        fields.append(node.field)
        node = node.operand
    if not isinstance(node, Ident) or (node.name in hidden and not node.root):
        return None
    fields.append(node.name)
    return ".".join(reversed(fields))
