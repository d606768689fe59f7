"""Reads of steps that may not have run, unless a test makes sure of it.

A fact is the name of a step that surely ran. `has(x.f)`, `x.ok` and `x.state == "done"` being true
are such tests. Facts flow as the operators decide: the operands of `&&` count for each other in
both directions, because `&&` absorbs the error of one side when the other is false.

A step gets another name where it is put into a list or a map, given to `dyn()` or chosen: in `[a, b].all(s, s.exit == 0)`
the variable is one of both. So a macro's variable counts as a step of its own in the macro: a test of it protects it, and it
ran if all ran that it may be.
"""

from __future__ import annotations

from ..base.record import Record
from .ast import Binary, Call, Conditional, Expr, Has, Ident, Index, ListExpr, Literal, Logic, Macro, MapExpr, Select, Unary, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import TypeAlias

    from .values import Value

    Facts: TypeAlias = frozenset[str]
    Steps: TypeAlias = frozenset[tuple[str, int]]
    """Steps, each with the number of lists and maps around it."""

ALWAYS_THERE = frozenset({"state", "ok"})
"""Fields that every step has, whether it ran or not."""

RAN = frozenset({"done"})
"""States that a step has only after an attempt of it ended well."""

_NONE: Facts = frozenset()
_NOTHING: Steps = frozenset()


class Read(Record):
    """A selection `x.field` or `x[…]`, and the steps that `x` may be and that may not have run."""

    node: Select | Index
    steps: Facts


class _Names(Record):
    """What names stand for, as they are written: a leading dot looks past the variables of macros. `variables`: the steps that
    each of those may be.
    """

    means: Mapping[str, Steps]
    variables: Mapping[str, Facts]

    def of(self, node: Expr) -> Steps:
        return self.means.get(f".{node.name}" if node.root else node.name, _NOTHING) if isinstance(node, Ident) else _NOTHING

    def lacking(self, steps: Facts, facts: Facts) -> Facts:
        """Those of the steps that may not have run."""
        return frozenset(step for step in steps - facts if step not in self.variables or self.lacking(self.variables[step], facts))


def _names(maybe: Facts) -> _Names:
    return _Names({written: frozenset({(name, 0)}) for name in maybe for written in (name, f".{name}")}, {})


def unsure_reads(tree: Expr, maybe: Facts) -> list[Read]:
    """The selections on a step of `maybe` that no test protects, in the order of the text."""
    found: list[Read] = []
    _visit(tree, _names(maybe), _NONE, found)
    return sorted(found, key=lambda read: read.node.end)


def _field(node: Select | Index) -> Value:
    """The field that is read; None when only the run can tell."""
    if isinstance(node, Select):
        return node.field
    return node.index.value if isinstance(node.index, Literal) else None


def _visit(node: Expr, names: _Names, facts: Facts, found: list[Read]) -> None:
    if isinstance(node, (Select, Index)) and _field(node) not in ALWAYS_THERE:
        steps = names.lacking(_itself(node.operand, names), facts)
        if steps:
            found.append(Read(node, steps))
    if isinstance(node, Logic):
        _visit_logic(node, names, facts, found)
    elif isinstance(node, Conditional):
        _visit(node.test, names, facts, found)
        _visit(node.yes, names, facts | _learned(node.test, names, outcome=True), found)
        _visit(node.no, names, facts | _learned(node.test, names, outcome=False), found)
    elif isinstance(node, Macro):
        _visit_macro(node, names, facts, found)
    else:
        for part in children(node):
            _visit(part, names, facts, found)


def _visit_macro(node: Macro, names: _Names, facts: Facts, found: list[Read]) -> None:
    """What the body reads of its variable it reads of each step that the variable may be."""
    _visit(node.over, names, facts, found)
    inner, variable, steps = _inside(node, names)
    reads: list[Read] = []
    known = facts
    if node.where is not None:
        _visit(node.where, inner, facts, reads)
        known = facts | _learned(node.where, inner, outcome=True)
    _visit(node.body, inner, known, reads)
    for read in reads:
        behind = names.lacking(steps, facts) if variable in read.steps else _NONE
        found.append(Read(read.node, (read.steps - {variable}) | behind))


def _visit_logic(node: Logic, names: _Names, facts: Facts, found: list[Read]) -> None:
    """Each operand matters only while none of the others decides.

    One that may itself be an error decides nothing, so it teaches nothing about the others: in `has(a.json.x) && a.json.x > 1`
    both are errors when `a` didn't run. Hence first those that are sure by themselves, then those that are sure with these.
    """
    undecided = node.op == "&&"
    known = facts
    unsure: list[tuple[Expr, list[Read]]] = []
    for operand in node.operands:
        reads: list[Read] = []
        _visit(operand, names, known, reads)
        if reads:
            unsure.append((operand, reads))
        else:
            known |= _learned(operand, names, outcome=undecided)
    before = None
    while before != known:
        before, waiting, unsure = known, unsure, []
        for operand, reads in waiting:  # each is looked into once: nested conditions would double the work at every level
            rest = [Read(read.node, lacking) for read in reads if (lacking := names.lacking(read.steps, known))]
            if rest:
                unsure.append((operand, rest))
            else:
                known |= _learned(operand, names, outcome=undecided)
    found += [read for _, reads in unsure for read in reads]


# -- which steps a part of an expression may be, or hold


def _itself(node: Expr, names: _Names) -> Facts:
    """The steps that a part may be."""
    return frozenset(name for name, depth in _carried(node, names) if depth == 0)


def _carried(node: Expr, names: _Names) -> Steps:
    """The steps that a part may be, or hold."""
    if isinstance(node, (Select, Index)):
        return _taken(node, names)
    if isinstance(node, ListExpr):
        return _within(_all(node.items, names))
    if isinstance(node, MapExpr):
        return _within(_all((value for _, value in node.entries), names))
    if isinstance(node, Conditional):
        return _chosen(node, names, outcome=True) | _chosen(node, names, outcome=False)
    if isinstance(node, Binary) and node.op == "+":
        return _all((node.left, node.right), names)
    if isinstance(node, Call) and node.function == "dyn":
        return _all(node.args, names)
    return _made(node, names) if isinstance(node, Macro) else names.of(node)


def _all(nodes: Iterable[Expr], names: _Names) -> Steps:
    return _NOTHING.union(*(_carried(node, names) for node in nodes))


def _within(steps: Steps) -> Steps:
    return frozenset((name, depth + 1) for name, depth in steps)


def _chosen(node: Conditional, names: _Names, *, outcome: bool) -> Steps:
    """Of one side of a choice those that its condition doesn't make sure of."""
    sure = _learned(node.test, names, outcome=outcome)
    return frozenset((name, depth) for name, depth in _carried(node.yes if outcome else node.no, names) if name not in sure)


def _taken(node: Select | Index, names: _Names) -> Steps:
    """What is taken out of a list or a map; where one is written out, its key says which of its parts that is."""
    key = _field(node)
    if isinstance(node.operand, MapExpr) and key is not None:
        return _all((value for at, value in node.operand.entries if not isinstance(at, Literal) or at.value == key), names)
    if isinstance(node.operand, ListExpr) and isinstance(key, int):
        return _all(node.operand.items[key : key + 1], names)
    return frozenset((name, depth - 1) for name, depth in _carried(node.operand, names) if depth)


def _made(node: Macro, names: _Names) -> Steps:
    """What is in the list that `map` or `filter` makes. A condition that tests the variable lets only steps through that ran."""
    if node.kind not in ("map", "filter"):
        return _NOTHING
    inner, variable, steps = _inside(node, names)
    condition, body = (node.body, Ident(node.start, node.start, node.var)) if node.kind == "filter" else (node.where, node.body)
    if condition is not None and variable in _learned(condition, inner, outcome=True):
        steps = _NONE
    made = _within(_carried(body, inner))
    return frozenset((step, depth) for name, depth in made for step in (steps if name == variable else (name,)))


def _inside(node: Macro, names: _Names) -> tuple[_Names, str, Facts]:
    """What names stand for in a macro; the step that its variable counts as; and the steps that the variable may be."""
    elements = frozenset((name, depth - 1) for name, depth in _carried(node.over, names) if depth)
    variable = f"{node.var} at {node.start}"
    steps = frozenset(name for name, depth in elements if depth == 0)
    means = frozenset((name, depth) for name, depth in elements if depth) | (frozenset({(variable, 0)}) if steps else _NOTHING)
    return _Names({**names.means, node.var: means}, {**names.variables, variable: steps}), variable, steps


# -- what a condition tells


def learned(node: Expr, maybe: Facts, *, outcome: bool) -> Facts:
    """The steps of `maybe` that surely ran when the condition has that outcome."""
    return _learned(node, _names(maybe), outcome=outcome)


def _learned(node: Expr, names: _Names, *, outcome: bool) -> Facts:
    return _outcomes(node, names)[outcome]


def _outcomes(node: Expr, names: _Names) -> tuple[Facts, Facts]:
    """What is learned when the condition is false, and when it is true. Both at once: a condition within a condition is asked for both."""
    if isinstance(node, Unary) and node.op == "!":
        false, true = _outcomes(node.operand, names)
        return true, false
    if isinstance(node, Logic):
        falses, trues = zip(*(_outcomes(operand, names) for operand in node.operands), strict=True)
        if node.op == "&&":
            return falses[0].intersection(*falses[1:]), _NONE.union(*trues)
        return _NONE.union(*falses), trues[0].intersection(*trues[1:])
    if isinstance(node, Conditional):
        otherwise, if_so = _outcomes(node.test, names)
        sides = zip(_outcomes(node.yes, names), _outcomes(node.no, names), strict=True)
        false, true = ((if_so | yes) & (otherwise | no) for yes, no in sides)
        return false, true
    return _tested(node, names, outcome=False), _tested(node, names, outcome=True)


def _step(node: Expr, names: _Names) -> Facts:
    """The step that a name stands for."""
    return frozenset(name for name, depth in names.of(node) if depth == 0)


def _tested(node: Expr, names: _Names, *, outcome: bool) -> Facts:
    if isinstance(node, Has) and outcome:
        inner = node.operand
        while isinstance(inner, Select):
            if isinstance(inner.operand, Ident):
                return _step(inner.operand, names)
            inner = inner.operand
        return _step(inner, names) if node.field not in ALWAYS_THERE else _NONE
    if isinstance(node, Select) and outcome and node.field == "ok":
        return _step(node.operand, names)
    if isinstance(node, Binary) and node.op in ("==", "!=") and (node.op == "==") is outcome:
        return _compared(node.left, node.right, names) or _compared(node.right, node.left, names)
    return _NONE


def _compared(side: Expr, other: Expr, names: _Names) -> Facts:
    if not isinstance(side, Select) or not isinstance(other, Literal):
        return _NONE
    if (side.field == "state" and other.value in RAN) or (side.field == "ok" and other.value is True):
        return _step(side.operand, names)
    return _NONE
