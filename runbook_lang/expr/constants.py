"""Calls with literal arguments that can only fail are found before anything runs."""

from __future__ import annotations

from .ast import Call, Expr, Literal
from .values import EvalError


def constant_fault(node: Call) -> tuple[str, str, Expr] | None:
    """(code, message, place) of a literal that its function can't read: a duration, a timestamp, a zone, a pattern."""
    last = node.args[-1] if node.args else None
    if not isinstance(last, Literal) or not isinstance(last.value, str):
        return None
    try:
        _read(node.function, last.value)
    except EvalError as error:
        return ("RB220" if error.code == "RB220" else "RB222"), error.message, last
    return None


def _read(function: str, text: str) -> None:
    if function == "matches":
        from .regex import compile_regex

        compile_regex(text)
    elif function == "duration":
        from .times import parse_duration

        parse_duration(text)
    elif function == "timestamp":
        from .times import parse_timestamp

        parse_timestamp(text)
    elif function.startswith("get"):
        from .times import zone_offset
        from .values import Timestamp

        zone_offset(text, Timestamp(0))
