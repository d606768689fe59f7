"""JSON text as an expression value."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 100
_INT64 = range(-(2**63), 2**63)
_LONE = re.compile("[\ud800-\udfff]")


class BadJson(ValueError):
    """The text isn't JSON (or is nested too deep); args[0] says where and why."""


def json_value(text: str, *, doubles: bool = False, distinct: bool = False) -> Any:
    """Null, bools, ints, doubles, strings, lists, maps. Raises BadJson.

    A whole number beyond 64 bits becomes a double; half of a surrogate pair, which no UTF-8 can hold, becomes U+FFFD;
    of two equal keys the last one counts, unless they have to be `distinct`. NaN and Infinity aren't JSON; with `doubles` they are read.
    A byte order mark before it is passed over (RFC 8259, 8.1).
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise BadJson("the text is empty")
    try:
        value = json.loads(text, parse_constant=float if doubles else _no_constant, object_pairs_hook=_distinct if distinct else None)
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at line {error.lineno}, column {error.colno}") from error
    except RecursionError:
        raise BadJson(f"it is nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:  # a number of more digits than Python converts, or a constant
        raise BadJson(str(error)) from error
    return _clean(value, 0)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two of its fields have the name {twice!r}")
    return found


def _clean(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise BadJson(f"it is nested more than {MAX_DEPTH} deep")
    kind = type(value)
    if kind is dict:
        return {_text(key): _clean(item, depth + 1) for key, item in value.items()}
    if kind is list:
        return [_clean(item, depth + 1) for item in value]
    if kind is str:
        return _text(value)
    if kind is int and value not in _INT64:
        return _double(value)
    return value


def _text(text: str) -> str:
    return text if text.isascii() else _LONE.sub("�", text)


def _double(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")
