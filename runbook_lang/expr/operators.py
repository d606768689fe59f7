"""Equality, order and arithmetic on values, with CEL's rules instead of Python's.

Every function takes the running frame first (for the work budget) and raises EvalError
without a place; the closure that called adds the place.
"""

from __future__ import annotations

from math import isnan

from .limits import INT_MAX, INT_MIN, MAX_STRING
from .times import duration_of, timestamp_of
from .values import Duration, EvalError, SecretRef, SecretText, Timestamp, TypeValue, Unknown, Value, as_key, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    Frame: TypeAlias = list[Any]

BUDGET_SLOT = 2
"""Where a frame keeps what is left of the work budget."""

_SAME = frozenset({str, int, bool, type(None), Timestamp, Duration, TypeValue})
_NUMBERS = (int, float)


class Misfit(EvalError):
    """No overload of an operator or function takes these values."""

    def __init__(self, name: str, *values: Value) -> None:
        super().__init__("RB242", _misfit_text(name, values))
        self.values = values


def _misfit_text(name: str, values: tuple[Value, ...]) -> str:
    kinds = ", ".join(type_name(value) for value in values)
    return f"{name} does not work on ({kinds})"


def spend(frame: Frame, units: int) -> None:
    """Take work from the evaluation's budget; raises EvalError (RB246) when nothing is left."""
    frame[2] -= units
    if frame[2] < 0:
        raise EvalError("RB246", "the expression needs more work than one evaluation may do")


def pay_for(frame: Frame, value: Value) -> None:
    """Take a value's full size from the budget, parts that it shares counted each time: what it costs to write it down."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            spend(frame, len(item) >> 3)
        elif isinstance(item, list):
            spend(frame, len(item))
            stack.extend(item)
        elif isinstance(item, dict):
            spend(frame, len(item))
            stack.extend(item.values())


def equal(frame: Frame, a: Value, b: Value) -> Value:
    """`a == b`: bool, or None when only the run can know. Values of different types are unequal, numbers compare by value."""
    kind, other = type(a), type(b)
    if kind is other:
        if kind in _SAME or kind is float:
            return a == b
        if kind is list:
            return _equal_lists(frame, a, b)
        if kind is dict:
            return _equal_maps(frame, a, b)
    if (kind is int or kind is float) and (other is int or other is float):
        return compare_numbers(a, b) == 0
    return _equal_rest(frame, a, b)


def _equal_rest(frame: Frame, a: Value, b: Value) -> Value:
    for value in (a, b):
        if isinstance(value, (SecretRef, SecretText)):
            raise EvalError("RB248", "a secret can't be compared")
    if type(a) is Unknown or type(b) is Unknown:
        return None
    if isinstance(a, dict) and isinstance(b, dict):
        return _equal_maps(frame, a, b)
    if isinstance(a, list) and isinstance(b, list):
        return _equal_lists(frame, a, b)
    return False


def _equal_lists(frame: Frame, a: list[Value], b: list[Value]) -> Value:
    if len(a) != len(b):
        return False
    spend(frame, len(a))
    result: Value = True
    for left, right in zip(a, b, strict=True):
        same = equal(frame, left, right)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_maps(frame: Frame, a: dict[Any, Value], b: dict[Any, Value]) -> Value:
    if len(a) != len(b):
        return False
    spend(frame, len(a))
    result: Value = True
    for key, left in a.items():
        if key not in b:
            return False
        same = equal(frame, left, b[key])
        if same is False:
            return False
        if same is None:
            result = None
    return result


def compare_numbers(a: Value, b: Value) -> int | None:
    """-1, 0, 1, or None with NaN. An int beside a double is compared as a double, as CEL's implementations do."""
    if type(a) is not type(b):
        try:
            a, b = float(a), float(b)
        except OverflowError:
            return -1 if float("-inf") < b and (a if type(a) is int else -b) < 0 else 1
    return -1 if a < b else 0 if a == b else 1 if a > b else None


def order(a: Value, b: Value) -> int | None:
    """-1, 0, 1, or None when NaN is involved. Raises Misfit for values without an order."""
    kind, other = type(a), type(b)
    if kind in _NUMBERS and other in _NUMBERS:
        return compare_numbers(a, b)
    if kind is other:
        if kind is str or kind is bool:
            return -1 if a < b else 0 if a == b else 1
        if kind is Timestamp or kind is Duration:
            return -1 if a.ns < b.ns else 0 if a.ns == b.ns else 1
    raise Misfit("the comparison", a, b)


def less(_: Frame, a: Value, b: Value) -> Value:
    return order(a, b) == -1


def less_equal(_: Frame, a: Value, b: Value) -> Value:
    return order(a, b) in (-1, 0)


def greater(_: Frame, a: Value, b: Value) -> Value:
    return order(a, b) == 1


def greater_equal(_: Frame, a: Value, b: Value) -> Value:
    return order(a, b) in (0, 1)


def in_range(value: int) -> int:
    """The value, when it fits 64 bits; raises EvalError (RB244) otherwise."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise EvalError("RB244", "the result does not fit a 64-bit integer")


def add(frame: Frame, a: Value, b: Value) -> Value:
    kind, other = type(a), type(b)
    if kind is other:
        if kind is int:
            return in_range(a + b)
        if kind is str:
            return made(frame, a, b)
        if kind is float:
            return a + b
        if kind is list:
            spend(frame, len(a) + len(b))
            return a + b
        if kind is Duration:
            return duration_of(a.ns + b.ns)
    if (kind is Timestamp and other is Duration) or (kind is Duration and other is Timestamp):
        return timestamp_of(a.ns + b.ns)
    raise Misfit("'+'", a, b)


def made(frame: Frame, a: str, b: str) -> str:
    """Two strings joined, paid for."""
    size = len(a) + len(b)
    if size > MAX_STRING:
        raise EvalError("RB246", f"the string would be longer than {MAX_STRING} characters")
    spend(frame, size >> 3)
    return a + b


def subtract(_: Frame, a: Value, b: Value) -> Value:
    kind, other = type(a), type(b)
    if kind is other:
        if kind is int:
            return in_range(a - b)
        if kind is float:
            return a - b
        if kind is Timestamp or kind is Duration:
            return duration_of(a.ns - b.ns)
    if kind is Timestamp and other is Duration:
        return timestamp_of(a.ns - b.ns)
    raise Misfit("'-'", a, b)


def multiply(_: Frame, a: Value, b: Value) -> Value:
    if type(a) is int and type(b) is int:
        return in_range(a * b)
    if type(a) is float and type(b) is float:
        return a * b
    raise Misfit("'*'", a, b)


def divide(_: Frame, a: Value, b: Value) -> Value:
    if type(a) is int and type(b) is int:
        if b == 0:
            raise EvalError("RB243", "division by zero")
        quotient = abs(a) // abs(b)
        return in_range(quotient if (a < 0) == (b < 0) else -quotient)
    if type(a) is float and type(b) is float:
        return _divide_doubles(a, b)
    raise Misfit("'/'", a, b)


def _divide_doubles(a: float, b: float) -> float:
    """IEEE 754: division by zero gives an infinity or NaN, signed zeros included."""
    if b != 0:
        return a / b
    if a == 0 or isnan(a):
        return float("nan")
    negative = (a < 0) != (str(b)[0] == "-")
    return float("-inf") if negative else float("inf")


def modulo(_: Frame, a: Value, b: Value) -> Value:
    """The remainder has the sign of the dividend. Where the quotient does not fit 64 bits, CEL's implementations have none."""
    if type(a) is int and type(b) is int:
        if b == 0:
            raise EvalError("RB243", "modulus by zero")
        if b == -1:
            in_range(-a)
        rest = abs(a) % abs(b)
        return -rest if a < 0 else rest
    raise Misfit("'%'", a, b)


def negate(_: Frame, a: Value) -> Value:
    if type(a) is int:
        return in_range(-a)
    if type(a) is float:
        return -a
    raise Misfit("'-'", a)


def contains(frame: Frame, item: Value, holder: Value) -> Value:
    """`item in holder`: bool, or None when only the run can know."""
    if isinstance(holder, list):
        spend(frame, len(holder) >> 2)
        result: Value = False
        for element in holder:
            same = equal(frame, item, element)
            if same is True:
                return True
            if same is None:
                result = None
        return result
    if isinstance(holder, dict):
        if isinstance(item, (Unknown, SecretRef, SecretText)):
            raise Misfit("'in'", item, holder)
        return as_key(item) in holder
    raise Misfit("'in'", item, holder)


BINARY: dict[str, Callable[[Frame, Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "<": less,
    "<=": less_equal,
    ">": greater,
    ">=": greater_equal,
    "in": contains,
}
