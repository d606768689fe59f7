"""Reads of steps that may not have run, unless a test makes sure of it.

A fact is the name of a step that surely ran. `has(x.f)`, `x.ok` and `x.state == "done"` being true
are such tests. Facts flow as the operators decide: the operands of `&&` count for each other in
both directions, because `&&` absorbs the error of one side when the other is false.

A step gets another name where it is put into a list or a map, given to `dyn()` or chosen: in `[a, b].all(s, s.exit == 0)`
the variable is one of both. So a macro's variable counts as a step of its own in the macro: a test of it protects it, and it
ran if all ran that it may be.

A fact of its own is that a step has an `error`: it has one only after a failure (`error_of`). `x.ok` being false shows it, unless the
step may never have been tried (`skip_of`).
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
_ERROR = ".error"
_SKIP = ".skip"


def error_of(name: str) -> str:
    """The fact that a step has an `error`; among the names that may be missing, that it may have none."""
    return f"{name}{_ERROR}"


def skip_of(name: str) -> str:
    """Among the names that may be missing: that the step may not even have been tried."""
    return f"{name}{_SKIP}"


def step_of(fact: str) -> str:
    """The step that a fact is of."""
    return fact.removesuffix(_ERROR).removesuffix(_SKIP)


class Read(Record):
    """A selection `x.field` or `x[…]`, and the facts without which it is unsure, of the steps that `x` may be."""

    node: Select | Index
    lacking: Facts


class _Names(Record):
    """What names stand for, as they are written: a leading dot looks past the variables of macros. `variables`: the steps that
    each of those may be. `maybe`: the facts that aren't known.
    """

    means: Mapping[str, Steps]
    variables: Mapping[str, Facts]
    maybe: Facts

    def of(self, node: Expr) -> Steps:
        return self.means.get(f".{node.name}" if node.root else node.name, _NOTHING) if isinstance(node, Ident) else _NOTHING

    def lacking(self, needed: Facts, facts: Facts) -> Facts:
        """Those of the facts that aren't known; one of a macro's variable is when it is of all steps that the variable may be."""
        return frozenset(fact for fact in needed - facts if self._is_open(fact, facts))

    def _is_open(self, fact: str, facts: Facts) -> bool:
        name = fact.removesuffix(_ERROR)
        if name in self.variables:
            return bool(self.lacking(_needed(self.variables[name], name != fact), facts))
        return fact in self.maybe

    def may_be_skipped(self, step: str) -> bool:
        if step in self.variables:
            return any(map(self.may_be_skipped, self.variables[step]))
        return skip_of(step) in self.maybe


def _needed(steps: Iterable[str], error: bool) -> Facts:
    """The facts without which a field of the steps is unsure: their `error`, or any other."""
    return frozenset(map(error_of, steps)) if error else frozenset(steps)


def _names(maybe: Facts) -> _Names:
    steps = set(map(step_of, maybe))
    return _Names({written: frozenset({(name, 0)}) for name in steps for written in (name, f".{name}")}, {}, maybe)


def unsure_reads(tree: Expr, maybe: Facts) -> list[Read]:
    """The selections on a step of which `maybe` says that it may not have run, or may have no `error`, and that no test protects, in
    the order of the text."""
    found: list[Read] = []
    _visit(tree, _names(maybe), _NONE, found)
    return sorted(found, key=lambda read: read.node.end)


def _field(node: Select | Index) -> Value:
    """The field that is read; None when only the run can tell."""
    if isinstance(node, Select):
        return node.field
    return node.index.value if isinstance(node.index, Literal) else None


def _visit(node: Expr, names: _Names, facts: Facts, found: list[Read]) -> None:
    if isinstance(node, (Select, Index)) and (field := _field(node)) not in ALWAYS_THERE:
        lacking = names.lacking(_needed(_itself(node.operand, names), field == "error"), facts)
        if lacking:
            found.append(Read(node, lacking))
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
        own = read.lacking & {variable, error_of(variable)}
        behind = [names.lacking(_needed(steps, fact != variable), facts) for fact in own]
        found.append(Read(read.node, (read.lacking - own).union(*behind)))


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
            rest = [Read(read.node, lacking) for read in reads if (lacking := names.lacking(read.lacking, known))]
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
    return _Names({**names.means, node.var: means}, {**names.variables, variable: steps}, names.maybe), variable, steps


# -- what a condition tells


def learned(node: Expr, maybe: Facts, *, outcome: bool) -> Facts:
    """The facts of `maybe` that are known when the condition has that outcome: which steps surely ran, which have an `error`."""
    return maybe & _learned(node, _names(maybe), outcome=outcome)


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
        return _had(node, names)
    if isinstance(node, Select) and node.field == "ok":
        return _ended(node.operand, names, well=outcome)
    if isinstance(node, Binary) and node.op in ("==", "!=") and (node.op == "==") is outcome:
        return _compared(node.left, node.right, names) or _compared(node.right, node.left, names)
    return _NONE


def _had(node: Has, names: _Names) -> Facts:
    field, inner = node.field, node.operand
    while isinstance(inner, Select):
        field, inner = inner.field, inner.operand
    steps = _step(inner, names) if field not in ALWAYS_THERE else _NONE
    return steps | _needed(steps, True) if field == "error" else steps


def _ended(step: Expr, names: _Names, *, well: bool) -> Facts:
    """What is known of a step that is ok, or isn't."""
    steps = _step(step, names)
    return steps if well else _needed((name for name in steps if not names.may_be_skipped(name)), True)


def _compared(side: Expr, other: Expr, names: _Names) -> Facts:
    if not isinstance(side, Select) or not isinstance(other, Literal):
        return _NONE
    if side.field == "ok" and isinstance(other.value, bool):
        return _ended(side.operand, names, well=other.value)
    if side.field == "state" and (other.value in RAN or other.value == "failed"):
        return _needed(_step(side.operand, names), other.value == "failed")
    return _NONE
