"""The types of functions and operators: name -> overloads. What the checker knows and the reference documents."""

from __future__ import annotations

from ..base.record import Record
from .types import (
    BOOL,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    TYPE,
    ListType,
    MapType,
    Type,
    TypeVar,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class Signature(Record):
    """One overload. With `member` the first parameter is the receiver: `string.size()`."""

    params: tuple[Type, ...]
    result: Type
    member: bool = False
    _generic: bool | None = None

    @property
    def generic(self) -> bool:
        """Whether type variables stand in it."""
        if self._generic is None:
            object.__setattr__(self, "_generic", any(map(_varies, (*self.params, self.result))))
        return self._generic is True

    def written(self, name: str) -> str:
        """A call of it with types in place of its arguments."""
        params = [str(param) for param in self.params]
        return f"{params[0]}.{name}({', '.join(params[1:])})" if self.member else f"{name}({', '.join(params)})"

    def __str__(self) -> str:
        return f"{self.written('')} -> {self.result}"


def _varies(type_: Type) -> bool:
    if isinstance(type_, ListType):
        return _varies(type_.elem)
    if isinstance(type_, MapType):
        return _varies(type_.key) or _varies(type_.value)
    return isinstance(type_, TypeVar)


A = TypeVar("A")
B = TypeVar("B")
_LIST = ListType(A)
_MAP = MapType(A, B)
_STRINGS = ListType(STRING)


def _of(result: Type, *params: Type) -> Signature:
    return Signature(params, result)


def _member(result: Type, *params: Type) -> Signature:
    return Signature(params, result, member=True)


def _ordered() -> tuple[Signature, ...]:
    same = tuple(_of(BOOL, kind, kind) for kind in (BOOL, INT, DOUBLE, STRING, TIMESTAMP, DURATION))
    return (*same, _of(BOOL, INT, DOUBLE), _of(BOOL, DOUBLE, INT))


def _calendar(*, clock: bool) -> tuple[Signature, ...]:
    out = (_member(INT, TIMESTAMP), _member(INT, TIMESTAMP, STRING))
    return (*out, _member(INT, DURATION)) if clock else out


OPERATORS: Mapping[str, tuple[Signature, ...]] = {
    "!": (_of(BOOL, BOOL),),
    "neg": (_of(INT, INT), _of(DOUBLE, DOUBLE)),
    "+": (
        _of(INT, INT, INT),
        _of(DOUBLE, DOUBLE, DOUBLE),
        _of(STRING, STRING, STRING),
        _of(_LIST, _LIST, _LIST),
        _of(TIMESTAMP, TIMESTAMP, DURATION),
        _of(TIMESTAMP, DURATION, TIMESTAMP),
        _of(DURATION, DURATION, DURATION),
    ),
    "-": (
        _of(INT, INT, INT),
        _of(DOUBLE, DOUBLE, DOUBLE),
        _of(DURATION, TIMESTAMP, TIMESTAMP),
        _of(TIMESTAMP, TIMESTAMP, DURATION),
        _of(DURATION, DURATION, DURATION),
    ),
    "*": (_of(INT, INT, INT), _of(DOUBLE, DOUBLE, DOUBLE)),
    "/": (_of(INT, INT, INT), _of(DOUBLE, DOUBLE, DOUBLE)),
    "%": (_of(INT, INT, INT),),
    "==": (_of(BOOL, A, A), _of(BOOL, INT, DOUBLE), _of(BOOL, DOUBLE, INT)),
    "!=": (_of(BOOL, A, A), _of(BOOL, INT, DOUBLE), _of(BOOL, DOUBLE, INT)),
    "<": _ordered(),
    "<=": _ordered(),
    ">": _ordered(),
    ">=": _ordered(),
    "in": (
        _of(BOOL, A, _LIST),
        _of(BOOL, A, _MAP),
        *(_of(BOOL, left, holder) for left, right in ((INT, DOUBLE), (DOUBLE, INT)) for holder in (ListType(right), MapType(right, B))),
    ),
}

_SIZED = (STRING, _LIST, _MAP)

SIGNATURES: Mapping[str, tuple[Signature, ...]] = {
    "size": tuple(_of(INT, kind) for kind in _SIZED) + tuple(_member(INT, kind) for kind in _SIZED),
    "string": tuple(_of(STRING, kind) for kind in (STRING, BOOL, INT, DOUBLE, TIMESTAMP, DURATION)),
    "int": tuple(_of(INT, kind) for kind in (INT, DOUBLE, STRING, TIMESTAMP)),
    "double": tuple(_of(DOUBLE, kind) for kind in (DOUBLE, INT, STRING)),
    "bool": (_of(BOOL, BOOL), _of(BOOL, STRING)),
    "timestamp": tuple(_of(TIMESTAMP, kind) for kind in (TIMESTAMP, STRING, INT)),
    "duration": (_of(DURATION, DURATION), _of(DURATION, STRING)),
    "dyn": (_of(DYN, A),),
    "type": (_of(TYPE, A),),
    "now": (_of(TIMESTAMP),),
    "startsWith": (_member(BOOL, STRING, STRING),),
    "endsWith": (_member(BOOL, STRING, STRING),),
    "contains": (_member(BOOL, STRING, STRING),),
    "matches": (_member(BOOL, STRING, STRING), _of(BOOL, STRING, STRING)),
    **{name: _calendar(clock=False) for name in ("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear")},
    **{name: _calendar(clock=True) for name in ("getHours", "getMinutes", "getSeconds", "getMilliseconds")},
    "charAt": (_member(STRING, STRING, INT),),
    "indexOf": (_member(INT, STRING, STRING), _member(INT, STRING, STRING, INT)),
    "lastIndexOf": (_member(INT, STRING, STRING), _member(INT, STRING, STRING, INT)),
    "lowerAscii": (_member(STRING, STRING),),
    "upperAscii": (_member(STRING, STRING),),
    "replace": (_member(STRING, STRING, STRING, STRING), _member(STRING, STRING, STRING, STRING, INT)),
    "split": (_member(_STRINGS, STRING, STRING), _member(_STRINGS, STRING, STRING, INT)),
    "substring": (_member(STRING, STRING, INT), _member(STRING, STRING, INT, INT)),
    "trim": (_member(STRING, STRING),),
    "join": (_member(STRING, _STRINGS), _member(STRING, _STRINGS, STRING)),
}

WINDOW = Signature((STRING,), BOOL)
"""`window(name)`: whether a window of the policy is open at the moment of `now()`; whoever evaluates brings it."""

TYPE_IDENTS: Mapping[str, Type] = dict.fromkeys(
    (*("bool", "double", "int", "list", "map", "null_type", "string", "type"), *("google.protobuf.Timestamp", "google.protobuf.Duration")),
    TYPE,
)

LEFT_OUT = {
    "uint": ("RB206", "unsigned integers are not part of the language", "Use int."),
    "bytes": ("RB207", "bytes are not part of the language", "Work with strings."),
}
