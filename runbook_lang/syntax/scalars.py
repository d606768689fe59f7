"""Which plain scalars are more than text. Narrower than any YAML schema: nothing that only looks like a number is one."""

from __future__ import annotations

from ..base.pattern import lazy

NULL = "null"
BOOL = "bool"
INT = "int"
FLOAT = "float"
STRING = "string"

_WORDS = {"": NULL, "~": NULL, "null": NULL, "true": BOOL, "false": BOOL}
_INT = lazy(r"-?(?:0|[1-9][0-9]{0,18})")
_FLOAT = lazy(r"-?(?:0|[1-9][0-9]{0,308})(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,4})?")
_FIRST = frozenset("-0123456789")


def plain_kind(value: str) -> str:
    """The kind of an unquoted scalar.

    Only `true` and `false` are bool; only `null`, `~` and nothing are null. An int is decimal, without
    a plus, a leading zero or an underscore, and fits 64 bits; a float has a point between digits or an
    exponent, and is finite. All else is text: `on`, `1.10.3`, `12:30`, `007`, `+56912345678`.
    """
    word = _WORDS.get(value)
    if word is not None:
        return word
    if value[0] not in _FIRST:
        return STRING
    if _INT.fullmatch(value):
        return INT if -(2**63) <= int(value) < 2**63 else STRING
    if _FLOAT.fullmatch(value) and not value.lstrip("-").isdigit() and abs(float(value)) != float("inf"):
        return FLOAT
    return STRING


def scalar_data(value: str, kind: str) -> None | bool | int | float | str:
    """The Python value of a scalar of that kind."""
    if kind == STRING:
        return value
    if kind == NULL:
        return None
    if kind == BOOL:
        return value == "true"
    return int(value) if kind == INT else float(value)
