"""Tree -> closures. A compiled expression is a Python function of the frame; no tree is walked when it runs.

A frame is a list: how to read a name, the moment of `now()`, what is left of the work budget, the
functions that the caller adds, and from then on the variables of macros, one slot for each
level of nesting.
"""

from __future__ import annotations

from .access import index_rest, no_fields, not_bool, placed, select_rest, settle
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
    walk,
)
from .compounds import call_step, failing, list_step, macro_step, map_step
from .functions import TIME_TYPES, TYPE_NAMES
from .limits import BUDGET
from .operators import BINARY, Misfit, equal, negate, pay_for
from .types import BOOL, DYN
from .unparse import field_text, unparse
from .values import MISSING, EvalError, Moment, TypeValue, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol, TypeAlias

    from .operators import Frame
    from .values import Now, Timestamp

    Step: TypeAlias = Callable[[Frame], Value]

    class Names(Protocol):
        """Where an evaluation finds the values of names."""

        def get(self, name: str, /) -> Value:
            """The value, or MISSING."""

    class Compiled(Protocol):
        """A compiled expression."""

        def __call__(self, names: Names | dict[str, Value], moment: Now, functions: Mapping[str, Any] | None = None, /) -> Value:
            """Raises EvalError."""


_UNBOUND = "RB247"


def compile_expr(tree: Expr, dotted: frozenset[str] = frozenset()) -> Compiled:
    """A function of (names, moment, functions) that evaluates the tree.

    `names` has `get(name)`, answering MISSING for what has no value (a dict does as well); `moment` is
    what `now()` yields, or a Moment, which brings functions of its own; `functions` maps further function names to Python callables.
    `dotted` holds names with dots in them that are bound as a whole. Raises EvalError with places.
    """
    compiler = Compiler(dotted)
    try:
        step = compiler.step(tree, {})
    except RecursionError:
        step = failing(EvalError("RB246", "the expression is nested too deep", tree.start, tree.end))
    empty: list[Value] = [None] * compiler.slots
    builds = any(isinstance(node, (ListExpr, MapExpr, Binary)) for node in walk(tree))

    def run(names: Any, moment: Now, functions: Mapping[str, Any] | None = None) -> Value:
        at: Timestamp | Unknown | Moment | None = moment
        if type(moment) is Moment:
            at, functions = moment.at, functions or moment.functions
        get = names.get if type(names) is not dict else lambda name: names.get(name, MISSING)
        frame = [get, at, BUDGET, functions or {}, *empty]
        try:
            value = step(frame)
            if builds and isinstance(value, (list, dict)):
                pay_for(frame, value)
        except RecursionError:
            raise EvalError("RB246", "the values are nested too deep", tree.start, tree.end) from None
        except EvalError as error:
            raise placed(error, tree) from None
        return value

    return run


class Compiler:
    """Turns nodes into steps; `scope` maps the variables of enclosing macros to their slots."""

    __slots__ = ("dotted", "slots")

    def __init__(self, dotted: frozenset[str]) -> None:
        self.dotted = dotted
        self.slots = 0

    def step(self, node: Expr, scope: dict[str, int]) -> Step:
        return _MAKERS[type(node)](self, node, scope)

    # -- leaves

    def literal(self, node: Literal, _: dict[str, int]) -> Step:
        value = node.value
        return lambda frame: value

    def ident(self, node: Ident, scope: dict[str, int]) -> Step:
        name = node.name
        if name in scope and not node.root:
            slot = scope[name]
            return lambda frame: frame[slot]
        if name in TYPE_NAMES:
            return self.type_name(node, name)

        def read(frame: Frame) -> Value:
            value = frame[0](name)
            if value is MISSING:
                raise EvalError(_UNBOUND, f"{name!r} has no value", node.start, node.end)
            return value

        return read

    def type_name(self, node: Expr, name: str) -> Step:
        """A name of a type stands for it unless something is bound to it."""
        denoted = TypeValue(name)

        def read(frame: Frame) -> Value:
            value = frame[0](name)
            return denoted if value is MISSING else value

        return read

    # -- selection

    def whole_name(self, node: Expr, scope: dict[str, int]) -> Step | None:
        """The step for a chain that is bound as a whole: a dotted name, or a type of the protobuf library."""
        name = qualified(node, scope)
        if name is None:
            return None
        if name in self.dotted:

            def read(frame: Frame) -> Value:
                value = frame[0](name)
                if value is MISSING:
                    raise EvalError(_UNBOUND, f"{name!r} has no value", node.start, node.end)
                return value

            return read
        return self.type_name(node, name) if name in TIME_TYPES else None

    def select(self, node: Select, scope: dict[str, int]) -> Step:
        whole = self.whole_name(node, scope)
        if whole is not None:
            return whole
        operand = self.step(node.operand, scope)
        field = node.field

        def select(frame: Frame) -> Value:
            holder = operand(frame)
            if type(holder) is dict:
                value = holder.get(field, MISSING)
                if value is not MISSING:
                    return value
            return select_rest(holder, node)

        return select

    def has(self, node: Has, scope: dict[str, int]) -> Step:
        operand = self.step(node.operand, scope)
        field = node.field

        def has(frame: Frame) -> Value:
            holder = operand(frame)
            if isinstance(holder, dict):
                return field in holder
            if type(holder) is Unknown:
                return Unknown(f"has({holder.text}{field_text(field)})", BOOL)
            return no_fields(holder, node)

        return has

    def index(self, node: Index, scope: dict[str, int]) -> Step:
        operand = self.step(node.operand, scope)
        index = self.step(node.index, scope)

        def at(frame: Frame) -> Value:
            holder = operand(frame)
            key = index(frame)
            if type(holder) is list and type(key) is int and 0 <= key < len(holder):
                return holder[key]
            return index_rest(holder, key, node)

        return at

    # -- operators

    def unary(self, node: Unary, scope: dict[str, int]) -> Step:
        operand = self.step(node.operand, scope)
        if node.op == "!":

            def invert(frame: Frame) -> Value:
                value = operand(frame)
                if value is True:
                    return False
                if value is False:
                    return True
                return settle(Misfit("'!'", value), node, BOOL)

            return invert

        def minus(frame: Frame) -> Value:
            value = operand(frame)
            try:
                return negate(frame, value)
            except EvalError as error:
                return settle(error, node)

        return minus

    def binary(self, node: Binary, scope: dict[str, int]) -> Step:
        if node.op in ("==", "!="):
            return self.equality(node, scope)
        left = self.step(node.left, scope)
        right = self.step(node.right, scope)
        operation = BINARY[node.op]
        type_ = BOOL if node.op in ("<", "<=", ">", ">=", "in") else DYN

        def apply(frame: Frame) -> Value:
            a = left(frame)
            b = right(frame)
            try:
                result = operation(frame, a, b)
            except EvalError as error:
                return settle(error, node, type_)
            return Unknown(unparse(node), BOOL) if result is None else result

        return apply

    def equality(self, node: Binary, scope: dict[str, int]) -> Step:
        left = self.step(node.left, scope)
        right = self.step(node.right, scope)
        wanted = node.op == "=="

        def compare(frame: Frame) -> Value:
            a = left(frame)
            b = right(frame)
            if type(a) is str and type(b) is str:
                return (a == b) is wanted
            try:
                same = equal(frame, a, b)
            except EvalError as error:
                raise placed(error, node) from None
            return Unknown(unparse(node), BOOL) if same is None else same is wanted

        return compare

    def logic(self, node: Logic, scope: dict[str, int]) -> Step:
        steps = tuple(self.step(operand, scope) for operand in node.operands)
        # The value that decides alone, whatever the others are: false for &&, true for ||.
        decisive = node.op == "||"

        def decide(frame: Frame) -> Value:
            error: EvalError | None = None
            unknown = False
            for step in steps:
                try:
                    value = step(frame)
                except EvalError as caught:
                    if caught.code == "RB246":
                        raise
                    error = error or caught
                    continue
                if value is decisive:
                    return decisive
                if type(value) is Unknown:
                    unknown = True
                elif type(value) is not bool:
                    error = error or not_bool(node.op, value, node)
            if unknown:
                return Unknown(unparse(node), BOOL)
            if error is not None:
                raise error
            return not decisive

        return decide

    def conditional(self, node: Conditional, scope: dict[str, int]) -> Step:
        test = self.step(node.test, scope)
        yes = self.step(node.yes, scope)
        no = self.step(node.no, scope)

        def choose(frame: Frame) -> Value:
            value = test(frame)
            if value is True:
                return yes(frame)
            if value is False:
                return no(frame)
            if type(value) is Unknown:
                return Unknown(unparse(node))
            raise not_bool("?:", value, node.test)

        return choose


_MAKERS: dict[type[Expr], Callable[[Compiler, Any, dict[str, int]], Step]] = {
    Literal: Compiler.literal,
    Ident: Compiler.ident,
    Select: Compiler.select,
    Has: Compiler.has,
    Index: Compiler.index,
    Unary: Compiler.unary,
    Binary: Compiler.binary,
    Logic: Compiler.logic,
    Conditional: Compiler.conditional,
    ListExpr: list_step,
    MapExpr: map_step,
    Call: call_step,
    Macro: macro_step,
}


def equal_values(a: Value, b: Value) -> bool:
    """CEL's equality outside an expression: `1 == 1.0`, never `1 == true`. Raises EvalError; holes are never equal."""
    return equal([None, None, BUDGET], a, b) is True
