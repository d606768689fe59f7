"""Reads of steps that may not have run, unless a test makes sure of it.

A fact is the name of a step that surely ran. `has(x.f)`, `x.ok` and `x.state == "done"` being true
are such tests. Facts flow as the operators decide: the operands of `&&` count for each other in
both directions, because `&&` absorbs the error of one side when the other is false.
"""

from __future__ import annotations

from .ast import Binary, Conditional, Expr, Has, Ident, Index, Literal, Logic, Macro, Select, Unary, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from .values import Value

    Facts: TypeAlias = frozenset[str]

ALWAYS_THERE = frozenset({"state", "ok"})
"""Fields that every step has, whether it ran or not."""

RAN = frozenset({"done"})
"""States that a step has only after an attempt of it ended well."""

_NONE: Facts = frozenset()


def unsure_reads(tree: Expr, maybe: Facts) -> list[Select | Index]:
    """The selections `x.field` and `x[…]` on a step of `maybe` that no test protects, in the order of the text."""
    found: list[Select | Index] = []
    _visit(tree, maybe, _NONE, found)
    return sorted(found, key=lambda node: node.end)


def _field(node: Select | Index) -> Value:
    """The field that is read; None when only the run can tell."""
    if isinstance(node, Select):
        return node.field
    return node.index.value if isinstance(node.index, Literal) else None


def _maybe_name(node: Expr, maybe: Facts) -> str | None:
    return node.name if isinstance(node, Ident) and node.name in maybe else None


def _visit(node: Expr, maybe: Facts, facts: Facts, found: list[Select | Index]) -> None:
    if isinstance(node, (Select, Index)):
        name = _maybe_name(node.operand, maybe)
        if name is not None and name not in facts and _field(node) not in ALWAYS_THERE:
            found.append(node)
    if isinstance(node, Logic):
        _visit_logic(node, maybe, facts, found)
    elif isinstance(node, Conditional):
        _visit(node.test, maybe, facts, found)
        _visit(node.yes, maybe, facts | learned(node.test, maybe, outcome=True), found)
        _visit(node.no, maybe, facts | learned(node.test, maybe, outcome=False), found)
    elif isinstance(node, Macro):
        _visit(node.over, maybe, facts, found)
        inner = maybe - {node.var}
        if node.where is not None:
            _visit(node.where, inner, facts, found)
            facts = facts | learned(node.where, inner, outcome=True)
        _visit(node.body, inner, facts, found)
    else:
        for part in children(node):
            _visit(part, maybe, facts, found)


def _visit_logic(node: Logic, maybe: Facts, facts: Facts, found: list[Select | Index]) -> None:
    """Each operand matters only while none of the others decides.

    One that may itself be an error decides nothing, so it teaches nothing about the others: in `has(a.json.x) && a.json.x > 1`
    both are errors when `a` didn't run. Hence first those that are sure by themselves, then those that are sure with these.
    """
    undecided = node.op == "&&"
    known = facts
    unsure: list[tuple[Expr, list[Select | Index]]] = []
    for operand in node.operands:
        reads: list[Select | Index] = []
        _visit(operand, maybe, known, reads)
        if reads:
            unsure.append((operand, reads))
        else:
            known |= learned(operand, maybe, outcome=undecided)
    before = None
    while before != known:
        before, waiting, unsure = known, unsure, []
        for operand, reads in waiting:  # each is looked into once: nested conditions would double the work at every level
            rest = [read for read in reads if _maybe_name(read.operand, maybe) not in known]
            if rest:
                unsure.append((operand, rest))
            else:
                known |= learned(operand, maybe, outcome=undecided)
    found += [read for _, reads in unsure for read in reads]


def learned(node: Expr, maybe: Facts, *, outcome: bool) -> Facts:
    """The steps that surely ran when the condition has that outcome."""
    if isinstance(node, Unary) and node.op == "!":
        return learned(node.operand, maybe, outcome=not outcome)
    if isinstance(node, Logic):
        parts = [learned(operand, maybe, outcome=outcome) for operand in node.operands]
        together = (node.op == "&&") is outcome
        return _NONE.union(*parts) if together else parts[0].intersection(*parts[1:])
    if isinstance(node, Conditional):
        yes = learned(node.test, maybe, outcome=True) | learned(node.yes, maybe, outcome=outcome)
        no = learned(node.test, maybe, outcome=False) | learned(node.no, maybe, outcome=outcome)
        return yes & no
    name = _tested(node, outcome, maybe)
    return frozenset({name}) if name is not None else _NONE


def _tested(node: Expr, outcome: bool, maybe: Facts) -> str | None:
    if isinstance(node, Has) and outcome:
        inner = node.operand
        while isinstance(inner, Select):
            if isinstance(inner.operand, Ident):
                return _maybe_name(inner.operand, maybe)
            inner = inner.operand
        return _maybe_name(inner, maybe) if node.field not in ALWAYS_THERE else None
    if isinstance(node, Select) and outcome and node.field == "ok":
        return _maybe_name(node.operand, maybe)
    if isinstance(node, Binary) and node.op in ("==", "!=") and (node.op == "==") is outcome:
        return _compared(node.left, node.right, maybe) or _compared(node.right, node.left, maybe)
    return None


def _compared(side: Expr, other: Expr, maybe: Facts) -> str | None:
    if not isinstance(side, Select) or not isinstance(other, Literal):
        return None
    if (side.field == "state" and other.value in RAN) or (side.field == "ok" and other.value is True):
        return _maybe_name(side.operand, maybe)
    return None
