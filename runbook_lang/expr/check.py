"""The static check: the type of an expression, everything that is wrong with it, and what it reads.

The rules are those of CEL's reference checker, stricter by records with known fields, by
secrets (nothing can be done with one) and by steps that may not have run; one rule is looser: int and
double compare with each other.
"""

from __future__ import annotations

from ..base.record import Record
from .ast import (
    Binary,
    Call,
    Conditional,
    Expr,
    Has,
    Ident,
    Index,
    ListExpr,
    Literal,
    Logic,
    Macro,
    MapExpr,
    Select,
    Unary,
    qualified,
)
from .constants import constant_fault
from .dominance import step_of, unsure_reads
from .hints import operator_help
from .naming import Env, Naming
from .overloads import FOR_SECRETS, Problem, is_secret
from .paths import paths
from .signatures import OPERATORS, TYPE_IDENTS, Signature
from .types import BOOL, DOUBLE, DYN, INT, NULL, SECRET, STRING, ListType, MapType, RecordType, Type, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from .dominance import Read
    from .paths import Path

    Scope: TypeAlias = dict[str, Type]

__all__ = ["Checked", "Env", "check"]


class Checked(Record):
    """The result of `check`. `refs` are the field paths that are read, `tested` those that `has()` asks for."""

    type: Type
    problems: tuple[Problem, ...]
    refs: frozenset[Path]
    tested: frozenset[Path]


def check(tree: Expr, env: Env) -> Checked:
    """Check a tree against what it may use. Never raises; the type is dyn where nothing better is known."""
    checker = _Checker(env)
    try:
        type_ = checker.bindings.apply(checker.visit(tree, {}), final=True)
        for read in unsure_reads(tree, env.maybe) if env.maybe else ():
            checker.unsure(read)
        refs, tested = paths(tree)
    except RecursionError:
        checker.report("RB205", "the expression is nested too deep to be checked", tree, "Split it up with a 'set' step.")
        type_, refs, tested = DYN, frozenset(), frozenset()
    problems = sorted(checker.problems, key=lambda problem: (problem.start, problem.end))
    return Checked(type_, tuple(problems), refs, tested)


class _Checker(Naming):
    __slots__ = ()

    def visit(self, node: Expr, scope: Scope) -> Type:
        return _VISITORS[type(node)](self, node, scope)

    def known(self, node: Expr, scope: Scope) -> Type:
        """The node's type with all that is known filled in."""
        return self.bindings.apply(self.visit(node, scope))

    # -- names and selections

    def literal(self, node: Literal, _: Scope) -> Type:
        value = node.value
        if value is None:
            return NULL
        kind = type(value)
        return BOOL if kind is bool else INT if kind is int else DOUBLE if kind is float else STRING

    def ident(self, node: Ident, scope: Scope) -> Type:
        if not node.root and node.name in scope:
            return scope[node.name]
        found = self.env.names.get(node.name) or TYPE_IDENTS.get(node.name)
        return found if found is not None else self.unknown_name(node, scope)

    def whole_name(self, node: Select, scope: Scope) -> Type | None:
        """The type of a chain that is bound as a whole: a dotted name, or a type of the protobuf library."""
        name = qualified(node, scope)
        if name is None:
            return None
        found = self.env.names.get(name)
        return found or TYPE_IDENTS.get(name)

    def select(self, node: Select | Has, scope: Scope) -> Type:
        whole = self.whole_name(node, scope) if isinstance(node, Select) else None
        if whole is not None:
            return whole
        operand = self.known(node.operand, scope)
        if isinstance(operand, RecordType):
            return self.field(operand, node)
        if isinstance(operand, MapType):
            if not self.bindings.fits((operand.key,), (STRING,)):
                self.report("RB215", f"{operand} has no string keys, so no '.{node.field}'", node, "Use [key].", node.at, early=True)
            return operand.value
        if isinstance(operand, TypeVar):
            self.bindings.fits((operand,), (DYN,))
            return DYN
        if operand == DYN:
            return DYN
        if operand == SECRET:
            return self.report("RB217", "a secret has no fields", node, FOR_SECRETS)
        help = "Take one element first: [0], or a macro like .all(x, …)." if isinstance(operand, ListType) else ""
        return self.report("RB215", f"a value of type {operand} has no field {node.field!r}", node, help, node.at)

    def has(self, node: Has, scope: Scope) -> Type:
        self.select(node, scope)
        return BOOL

    def index(self, node: Index, scope: Scope) -> Type:
        operand = self.known(node.operand, scope)
        index = self.known(node.index, scope)
        if SECRET in (operand, index):
            return self.report("RB217", "a secret can't be indexed or be an index", node, FOR_SECRETS)
        if isinstance(operand, RecordType):
            return self.record_index(operand, node, index)
        if isinstance(operand, TypeVar):
            self.bindings.fits((operand,), (DYN,))
            return DYN
        if isinstance(operand, ListType):
            if isinstance(node.index, Literal) and type(node.index.value) is int and node.index.value < 0:
                self.report("RB216", "positions in a list start at 0", node.index, "For the last element: x[size(x) - 1].", early=True)
            return self.indexed(node, index, INT, operand.elem)
        if isinstance(operand, MapType):
            return self.indexed(node, index, operand.key, operand.value)
        if operand == DYN:
            return DYN
        return self.report("RB216", f"a value of type {operand} can't be indexed", node)

    def indexed(self, node: Index, index: Type, wanted: Type, result: Type) -> Type:
        if self.bindings.fits((wanted,), (index,)):
            return result
        self.report("RB216", f"the index must be {self.bindings.apply(wanted, final=True)}, not {index}", node.index)
        return result

    def record_index(self, record: RecordType, node: Index, index: Type) -> Type:
        key = node.index.value if isinstance(node.index, Literal) else None
        if isinstance(key, str):
            place = Select(node.index.start, node.index.end, node.operand, key, node.index.start)
            return self.field(record, place)
        if index not in (STRING, DYN):
            return self.report("RB216", f"a field of {record} is named by a string, not {index}", node.index)
        return DYN

    # -- calls and operators

    def unary(self, node: Unary, scope: Scope) -> Type:
        return self.operator(node, "neg" if node.op == "-" else "!", node.op, (self.visit(node.operand, scope),))

    def binary(self, node: Binary, scope: Scope) -> Type:
        return self.operator(node, node.op, node.op, (self.visit(node.left, scope), self.visit(node.right, scope)))

    def operator(self, node: Expr, key: str, shown: str, args: tuple[Type, ...]) -> Type:
        result_on_error = BOOL if key in _BOOLEAN else DYN
        known = tuple(self.bindings.apply(arg) for arg in args)
        if self.secret(known, f"'{shown}' can't be used on a secret", node, deep=key in ("==", "!=", "in")):
            return result_on_error
        found = self.resolve(OPERATORS[key], args)
        if found is not None:
            return found
        known = tuple(self.bindings.apply(arg, final=True) for arg in args)
        between = " and ".join(str(arg) for arg in known)
        self.report("RB213", f"'{shown}' does not work on {between}", node, operator_help(node, shown, known))
        return result_on_error

    def call(self, node: Call, scope: Scope) -> Type:
        parts = node.args if node.target is None else (node.target, *node.args)
        args = [self.visit(part, scope) for part in parts]
        overloads = self.functions.get(node.function)
        if overloads is None:
            return self.unknown_function(node)
        if self.secret([self.bindings.apply(arg) for arg in args], f"{node.function}() can't be used on a secret", node):
            return DYN
        member = node.target is not None
        candidates = [one for one in overloads if one.member is member and len(one.params) == len(args)]
        found = self.resolve(candidates, args)
        if found is None:
            return self.wrong_call(node, overloads, [self.bindings.apply(arg, final=True) for arg in args])
        fault = constant_fault(node)
        if fault is not None:
            code, message, place = fault
            self.report(code, message, place, early=True)
        return found

    def wrong_call(self, node: Call, overloads: Sequence[Signature], args: list[Type]) -> Type:
        if node.target is not None:
            given = f"{args[0]}.({', '.join(str(arg) for arg in args[1:])})"
        else:
            given = f"({', '.join(str(arg) for arg in args)})"
        takes = " or ".join(one.written(node.function) for one in overloads)
        return self.report("RB212", f"{node.function}() does not take {given}", node, f"It takes {takes}.", node.at)

    def logic(self, node: Logic, scope: Scope) -> Type:
        for operand in node.operands:
            self.condition(operand, scope, f"'{node.op}'")
        return BOOL

    def condition(self, node: Expr, scope: Scope, what: str) -> None:
        type_ = self.known(node, scope)
        if self.secret((type_,), f"{what} can't be used on a secret", node):
            return
        if not self.bindings.fits((BOOL,), (type_,)):
            self.report("RB213", f"{what} wants a bool, not {type_}", node, "Compare it with something.")

    def conditional(self, node: Conditional, scope: Scope) -> Type:
        self.condition(node.test, scope, "'? :'")
        yes = self.visit(node.yes, scope)
        no = self.visit(node.no, scope)
        result = self.bindings.fresh()
        if self.bindings.fits((result, result), (yes, no)):
            return self.bindings.apply(result)
        shown = " and ".join(str(self.bindings.apply(type_, final=True)) for type_ in (yes, no))
        help = "Convert one of them, or wrap both in dyn(…)."
        return self.report("RB213", f"both values of '? :' must have one type, not {shown}", node, help)

    # -- aggregates and macros

    def list(self, node: ListExpr, scope: Scope) -> Type:
        elem: Type | None = None
        for item in node.items:
            type_ = self.visit(item, scope)
            if not self.secret((self.bindings.apply(type_),), "a secret can't be an element of a list", item):
                elem = self.bindings.join(elem, type_)
        return ListType(self.bindings.fresh() if elem is None else elem)

    def map(self, node: MapExpr, scope: Scope) -> Type:
        key: Type | None = None
        value: Type | None = None
        for key_node, value_node in node.entries:
            key_type = self.known(key_node, scope)
            if key_type not in _KEYS and not isinstance(key_type, TypeVar):
                self.report("RB216", f"the key of a map can't be {key_type}", key_node, "Keys are int, bool or string.", early=True)
            value_type = self.visit(value_node, scope)
            if not self.secret((self.bindings.apply(value_type),), "a secret can't be a value of a map", value_node):
                value = self.bindings.join(value, value_type)
            key = self.bindings.join(key, key_type)
        fresh = self.bindings.fresh
        return MapType(fresh() if key is None else key, fresh() if value is None else value)

    def macro(self, node: Macro, scope: Scope) -> Type:
        over = self.known(node.over, scope)
        inner = {**scope, node.var: self.element(node, over)}
        if node.where is not None:
            self.condition(node.where, inner, "the condition of map()")
        if node.kind == "map":
            result = self.visit(node.body, inner)
            self.secret((self.bindings.apply(result),), "a secret can't be an element of a list", node.body)
            return ListType(result)
        self.condition(node.body, inner, f"the condition of {node.kind}()")
        return ListType(inner[node.var]) if node.kind == "filter" else BOOL

    def element(self, node: Macro, over: Type) -> Type:
        """The type of the variable: an element of a list, a key of a map."""
        if isinstance(over, ListType):
            if is_secret(over.elem):
                self.report("RB217", f"{node.kind}() can't be used on secrets", node, FOR_SECRETS)
            return over.elem
        if isinstance(over, MapType):
            return over.key
        if isinstance(over, RecordType):
            return STRING
        if isinstance(over, TypeVar):
            self.bindings.fits((over,), (DYN,))
        elif over == SECRET:
            self.report("RB217", f"{node.kind}() can't be used on a secret", node, FOR_SECRETS)
        elif over != DYN:
            self.report("RB223", f"{node.kind}() runs over a list or a map, not {over}", node.over)
        return DYN

    def unsure(self, read: Read) -> None:
        node = read.node
        name = node.operand.name if isinstance(node.operand, Ident) else step_of(min(read.lacking))
        if isinstance(node, Select) and node.field == "error":
            help = f"Test it first: has({name}.error) && …, or has({name}.error) ? … : …."
            self.report("RB218", f"{name!r} may not have failed here, and then it has no 'error'", node, help)
            return
        what = f"no {node.field!r}" if isinstance(node, Select) else "no fields but 'state' and 'ok'"
        field = node.field if isinstance(node, Select) else "json"
        help = f"Test it first: has({name}.{field}) && …, or {name}.ok ? … : …."
        self.report("RB218", f"{name!r} may not have run here, and then it has {what}", node, help)


_KEYS = frozenset({INT, BOOL, STRING, DYN})
_BOOLEAN = frozenset({"!", "==", "!=", "<", "<=", ">", ">=", "in"})

_VISITORS: dict[type[Expr], Callable[[_Checker, Any, Scope], Type]] = {
    Literal: _Checker.literal,
    Ident: _Checker.ident,
    Select: _Checker.select,
    Has: _Checker.has,
    Index: _Checker.index,
    Unary: _Checker.unary,
    Binary: _Checker.binary,
    Logic: _Checker.logic,
    Conditional: _Checker.conditional,
    ListExpr: _Checker.list,
    MapExpr: _Checker.map,
    Call: _Checker.call,
    Macro: _Checker.macro,
}
