"""The standard functions of CEL on values, and `now()`.

Each entry is keyed by (name, called on a receiver, number of values with the receiver first) and takes
the frame and those values. Raises EvalError without a place.
"""

from __future__ import annotations

from .limits import INT_MAX, INT_MIN
from .numbers import format_double, parse_double, parse_int
from .operators import Misfit, in_range, spend
from .strings import STRINGS
from .times import (
    SECOND,
    calendar_field,
    duration_field,
    format_duration,
    format_timestamp,
    parse_duration,
    parse_timestamp,
    timestamp_of,
    zone_offset,
)
from .values import Duration, EvalError, SecretRef, SecretText, Timestamp, TypeValue, Unknown, Value, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from .operators import Frame

    Function: TypeAlias = Callable[..., Value]

_BOOLS = dict.fromkeys(("1", "t", "true", "TRUE", "True"), True) | dict.fromkeys(("0", "f", "false", "FALSE", "False"), False)
TYPE_NAMES = frozenset({"bool", "double", "int", "list", "map", "null_type", "string", "type"})
"""Names that stand for types as values; with them go google.protobuf.Timestamp and .Duration."""
TIME_TYPES = frozenset({"google.protobuf.Timestamp", "google.protobuf.Duration"})


def _unreadable(value: str, wanted: str) -> EvalError:
    shown = repr(value if len(value) <= 40 else value[:37] + "…")
    return EvalError("RB245", f"{shown} is not {wanted}")


def _size(_: Frame, value: Value) -> Value:
    if isinstance(value, (str, list, dict)):
        return len(value)
    raise Misfit("size()", value)


def _string(_: Frame, value: Value) -> Value:
    kind = type(value)
    if kind is str:
        return value
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    if kind is float:
        return format_double(value)
    if kind is Timestamp:
        return format_timestamp(value)
    if kind is Duration:
        return format_duration(value)
    raise Misfit("string()", value)


def _int(_: Frame, value: Value) -> Value:
    kind = type(value)
    if kind is int:
        return value
    if kind is float:
        # Both ends are left out, as in cel-go: there the nearest double may stand for an integer out of range.
        if float(INT_MIN) < value < float(INT_MAX):
            return int(value)
        raise EvalError("RB244", f"{format_double(value)} is outside the range of int")
    if kind is str:
        found = parse_int(value)
        if found is None:
            raise _unreadable(value, "a 64-bit integer")
        return found
    if kind is Timestamp:
        return value.ns // SECOND
    raise Misfit("int()", value)


def _double(_: Frame, value: Value) -> Value:
    kind = type(value)
    if kind is float:
        return value
    if kind is int:
        return float(in_range(value))
    if kind is str:
        found = parse_double(value)
        if found is None:
            raise _unreadable(value, "a double")
        return found
    raise Misfit("double()", value)


def _bool(_: Frame, value: Value) -> Value:
    if type(value) is bool:
        return value
    if type(value) is str:
        found = _BOOLS.get(value)
        if found is None:
            raise _unreadable(value, "a bool")
        return found
    raise Misfit("bool()", value)


def _timestamp(_: Frame, value: Value) -> Value:
    if type(value) is Timestamp:
        return value
    if type(value) is str:
        return parse_timestamp(value)
    if type(value) is int:
        return timestamp_of(value * SECOND)
    raise Misfit("timestamp()", value)


def _duration(_: Frame, value: Value) -> Value:
    if type(value) is Duration:
        return value
    if type(value) is str:
        return parse_duration(value)
    raise Misfit("duration()", value)


def _dyn(_: Frame, value: Value) -> Value:
    if isinstance(value, (SecretRef, SecretText)):
        raise Misfit("dyn()", value)
    return value


def _type(_: Frame, value: Value) -> Value:
    if isinstance(value, (Unknown, SecretRef, SecretText)):
        raise Misfit("type()", value)
    return TypeValue(type_name(value))


def _now(frame: Frame) -> Value:
    return frame[1]


def _starts_with(_: Frame, text: Value, part: Value) -> Value:
    if type(text) is str and type(part) is str:
        return text.startswith(part)
    raise Misfit("startsWith()", text, part)


def _ends_with(_: Frame, text: Value, part: Value) -> Value:
    if type(text) is str and type(part) is str:
        return text.endswith(part)
    raise Misfit("endsWith()", text, part)


def _contains(frame: Frame, text: Value, part: Value) -> Value:
    if type(text) is str and type(part) is str:
        spend(frame, (len(text) + len(part)) >> 5)
        return part in text
    raise Misfit("contains()", text, part)


def _matches(frame: Frame, text: Value, pattern: Value) -> Value:
    if type(text) is not str or type(pattern) is not str:
        raise Misfit("matches()", text, pattern)
    from .regex import compile_regex

    spend(frame, len(pattern))
    return compile_regex(pattern).search(text, frame)


def _calendar(name: str) -> Function:
    def plain(_: Frame, value: Value) -> Value:
        if type(value) is Timestamp:
            return calendar_field(name, value, 0)
        raise Misfit(f"{name}()", value)

    return plain


def _calendar_or_duration(name: str) -> Function:
    def plain(_: Frame, value: Value) -> Value:
        if type(value) is Timestamp:
            return calendar_field(name, value, 0)
        if type(value) is Duration:
            return duration_field(name, value)
        raise Misfit(f"{name}()", value)

    return plain


def _calendar_in_zone(name: str) -> Function:
    def zoned(_: Frame, value: Value, zone: Value) -> Value:
        if type(value) is Timestamp and type(zone) is str:
            return calendar_field(name, value, zone_offset(zone, value))
        raise Misfit(f"{name}()", value, zone)

    return zoned


_CALENDAR = ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear")
_CLOCK = ("getHours", "getMinutes", "getSeconds", "getMilliseconds")

FUNCTIONS: dict[tuple[str, bool, int], Function] = {
    ("size", False, 1): _size,
    ("size", True, 1): _size,
    ("string", False, 1): _string,
    ("int", False, 1): _int,
    ("double", False, 1): _double,
    ("bool", False, 1): _bool,
    ("timestamp", False, 1): _timestamp,
    ("duration", False, 1): _duration,
    ("dyn", False, 1): _dyn,
    ("type", False, 1): _type,
    ("now", False, 0): _now,
    ("startsWith", True, 2): _starts_with,
    ("endsWith", True, 2): _ends_with,
    ("contains", True, 2): _contains,
    ("matches", True, 2): _matches,
    ("matches", False, 2): _matches,
    **{(name, True, 1): _calendar(name) for name in _CALENDAR},
    **{(name, True, 1): _calendar_or_duration(name) for name in _CLOCK},
    **{(name, True, 2): _calendar_in_zone(name) for name in _CALENDAR + _CLOCK},
    **STRINGS,
}


def to_text(value: Value) -> str:
    """`string(value)`; raises EvalError (RB242) for values without a text form."""
    text: str = _string([], value)
    return text
