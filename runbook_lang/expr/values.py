"""What an expression evaluates to.

Null, bools, ints (64-bit), doubles, strings, lists and maps are Python's own None, bool, int,
float, str, list and dict; the classes here are the rest. In a dict a bool key is held
as a `BoolKey`, because for Python `True` and `1` are one key and for CEL they are two.
"""

from __future__ import annotations

from ..base.record import Record
from .types import DYN, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Final, TypeAlias

    Value: TypeAlias = Any
    Now: TypeAlias = "Timestamp | Moment | None"
else:
    Value = object


class _Missing:
    """The type of MISSING."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""What `Names.get` answers for a name that has no value."""


class BoolKey(Record):
    """A bool as the key of a map; there are only TRUE_KEY and FALSE_KEY."""

    value: bool

    def __hash__(self) -> int:
        return 0x0B001 + self.value


TRUE_KEY = BoolKey(value=True)
FALSE_KEY = BoolKey(value=False)


class Timestamp(Record):
    """A moment: nanoseconds since 1970-01-01T00:00:00Z, within the years 0001 to 9999."""

    ns: int


class Moment:
    """What an evaluation takes for now, and which further functions it has at that moment: `window(name)` where a policy has windows."""

    __slots__ = ("at", "functions")

    def __init__(self, at: Timestamp | Unknown, functions: Mapping[str, Callable[..., Value]]) -> None:
        self.at = at
        self.functions = functions


class Duration(Record):
    """A length of time in nanoseconds, within 64 bits (about 292 years) either way."""

    ns: int


class TypeValue(Record):
    """A type as a value: what `type(1)` and the name `int` are."""

    name: str


class SecretRef(Record):
    """A secret by its handle. Whoever evaluates never sees the text behind it."""

    handle: str


class SecretText(Record):
    """Text with secrets in it, as a template in mixed text makes it."""

    parts: tuple[str | SecretRef, ...]


class Unknown(Record):
    """What only a run can know. `text` is the expression that will yield it; shown as ⟨text⟩."""

    text: str
    type: Type = DYN

    def __str__(self) -> str:
        return f"⟨{self.text}⟩"


class EvalError(Exception):
    """An evaluation failed. `start` and `end` are offsets in the expression's text (-1: not known yet)."""

    def __init__(self, code: str, message: str, start: int = -1, end: int = -1) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end


class SyntaxProblem(Exception):
    """A text is no expression of the subset. Offsets count characters of the text."""

    def __init__(self, code: str, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.start = start
        self.end = end
        self.help = help


_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    float: "double",
    str: "string",
    list: "list",
    dict: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    TypeValue: "type",
    SecretRef: "secret",
    SecretText: "secret",
    Unknown: "unknown",
}


def type_name(value: Value) -> str:
    """CEL's name of a value's run-time type."""
    found = _NAMES.get(type(value))
    if found is None:
        found = "map" if isinstance(value, dict) else "list" if isinstance(value, list) else "unsupported"
    return found


def as_key(value: Value) -> Value:
    """A map key as a dict holds it; MISSING for a value that can't be a key (a double that is a whole number can)."""
    kind = type(value)
    if kind is str or kind is int:
        return value
    if kind is bool:
        return TRUE_KEY if value else FALSE_KEY
    if kind is float and value.is_integer() and -(2.0**63) <= value < 2.0**63:
        return int(value)
    return MISSING


def from_key(key: Value) -> Value:
    """The CEL value of a key of a dict."""
    return key.value if type(key) is BoolKey else key


def keys_of(mapping: dict[Any, Value]) -> list[Value]:
    """The keys of a map as CEL values, in the map's order."""
    return [key.value if type(key) is BoolKey else key for key in mapping]
