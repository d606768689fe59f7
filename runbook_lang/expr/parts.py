"""The types of all parts of an expression, for whoever wants to show them."""

from __future__ import annotations

from ..base.record import Record
from .ast import Expr
from .check import Env, _Checker
from .types import DYN, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .check import Scope


class Part(Record):
    """One node with its type; `scope` are the variables of macros that are visible in it."""

    node: Expr
    type: Type
    scope: dict[str, Type]


class _Noting(_Checker):
    __slots__ = ("noted",)

    def __init__(self, env: Env) -> None:
        super().__init__(env)
        self.noted: list[tuple[Expr, Type, Scope]] = []

    def visit(self, node: Expr, scope: Scope) -> Type:
        found = super().visit(node, scope)
        self.noted.append((node, found, scope))
        return found


def parts_of(tree: Expr, env: Env) -> list[Part]:
    """Every node that the check of a tree looks at, the inner ones first. Never raises."""
    checker = _Noting(env)
    try:
        checker.visit(tree, {})
    except RecursionError:
        return []
    apply = checker.bindings.apply
    return [
        Part(node, apply(type_, final=True), {name: apply(inner, final=True) for name, inner in scope.items()})
        for node, type_, scope in checker.noted
    ] or [Part(tree, DYN, {})]
