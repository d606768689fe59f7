"""Closures of what has many parts: lists, maps, calls and macros."""

from __future__ import annotations

from .access import placed, put, settle
from .ast import Call, ListExpr, Literal, Macro, MapExpr
from .functions import FUNCTIONS
from .limits import INT_MAX, INT_MIN
from .macros import MACROS
from .operators import Misfit, spend
from .types import BOOL, DYN, ListType
from .unparse import unparse
from .values import EvalError, SecretRef, SecretText, Unknown, Value, keys_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .compile import Compiler, Step
    from .operators import Frame

FIRST_LOCAL = 4
"""The slot of a frame where the variables of macros begin."""


def failing(error: EvalError) -> Step:
    """A step that always fails, as late as any other error."""

    def fail(_: Frame) -> Value:
        raise EvalError(error.code, error.message, error.start, error.end)

    return fail


def list_step(compiler: Compiler, node: ListExpr, scope: dict[str, int]) -> Step:
    """`[a, b]`."""
    steps = tuple(compiler.step(item, scope) for item in node.items)

    def build(frame: Frame) -> Value:
        items = [step(frame) for step in steps]
        for item in items:
            if type(item) is Unknown or type(item) is SecretRef or type(item) is SecretText:
                return settle(Misfit("a list", *items), node)
        frame[2] -= len(items)
        return items

    return build


def map_step(compiler: Compiler, node: MapExpr, scope: dict[str, int]) -> Step:
    """`{k: v}`."""
    steps = tuple((compiler.step(key, scope), compiler.step(value, scope)) for key, value in node.entries)

    def build(frame: Frame) -> Value:
        result: dict[Any, Value] = {}
        holes: list[Value] = []
        for (key_step, value_step), entry in zip(steps, node.entries, strict=True):
            key = key_step(frame)
            value = value_step(frame)
            if isinstance(key, (Unknown, SecretRef, SecretText)) or isinstance(value, (Unknown, SecretRef, SecretText)):
                holes.extend((key, value))
                continue
            put(result, key, value, entry[0])
        if holes:
            return settle(Misfit("a map", *holes), node)
        frame[2] -= len(result)
        return result

    return build


def call_step(compiler: Compiler, node: Call, scope: dict[str, int]) -> Step:
    """A function, standard or brought by the caller."""
    parts = node.args if node.target is None else (node.target, *node.args)
    steps = tuple(compiler.step(part, scope) for part in parts)
    function = FUNCTIONS.get((node.function, node.target is not None, len(parts)))
    if function is None:
        return _foreign_call(node, steps)
    if node.function == "matches" and isinstance(parts[1], Literal) and isinstance(parts[1].value, str):
        return _constant_matches(node, steps[0], parts[1].value)

    def call(frame: Frame) -> Value:
        values = [step(frame) for step in steps]
        try:
            return function(frame, *values)
        except EvalError as error:
            return settle(error, node)

    return call


def macro_step(compiler: Compiler, node: Macro, scope: dict[str, int]) -> Step:
    """A loop over a list, or over the keys of a map."""
    over = compiler.step(node.over, scope)
    # The innermost enclosing variable is always in sight and has the highest slot so far.
    slot = max(scope.values(), default=FIRST_LOCAL - 1) + 1
    compiler.slots = max(compiler.slots, slot - FIRST_LOCAL + 1)
    inner = dict(scope)
    inner[node.var] = slot
    body = compiler.step(node.body, inner)
    where = compiler.step(node.where, inner) if node.where is not None else None
    fold = MACROS[node.kind]

    def run(frame: Frame) -> Value:
        items = over(frame)
        if type(items) is not list:
            if isinstance(items, dict):
                items = keys_of(items)
            elif type(items) is Unknown:
                return Unknown(unparse(node), BOOL if node.kind.startswith(("all", "exists")) else ListType(DYN))
            else:
                return settle(Misfit(f"{node.kind}()", items), node)
        try:
            spend(frame, len(items))
        except EvalError as error:
            raise placed(error, node) from None
        return fold(frame, items, slot, body, where, node)

    return run


def _constant_matches(node: Call, text: Step, pattern: str) -> Step:
    """`matches` with a pattern that is known now is compiled once."""
    from .regex import compile_regex

    try:
        regex = compile_regex(pattern)
    except EvalError as error:
        # As late as any other argument's error, so that && and || can still do without it.
        return failing(placed(error, node.args[-1]))

    def match(frame: Frame) -> Value:
        value = text(frame)
        try:
            if type(value) is not str:
                raise Misfit("matches()", value)
            return regex.search(value, frame)
        except EvalError as error:
            return settle(error, node, BOOL)

    return match


def _foreign_call(node: Call, steps: tuple[Step, ...]) -> Step:
    """A function that the caller of the evaluation may bring; global ones only."""
    name = node.function

    def call(frame: Frame) -> Value:
        function = frame[3].get(name) if node.target is None else None
        if function is None:
            raise EvalError("RB251", f"there is no function {name}() for {len(node.args)} arguments", node.at, node.at + len(name))
        values = [step(frame) for step in steps]
        for value in values:
            if type(value) is Unknown or type(value) is SecretRef or type(value) is SecretText:
                return settle(Misfit(f"{name}()", *values), node)
        try:
            result = function(*values)
        except EvalError as error:
            raise placed(error, node) from None
        if type(result) is int and not INT_MIN <= result <= INT_MAX:
            raise EvalError("RB244", f"{name}() answered an integer outside 64 bits", node.start, node.end)
        return result

    return call
