"""Holes: what only a run can know, as a plan holds and shows it.

A hole is an `Unknown`; it prints as `⟨expression⟩`. A text with holes in it is an Unknown too, whose own text
is the mixed text: `https://host/⟨app.id⟩`.
"""

from __future__ import annotations

from ..expr.tagged import dumps as json_text
from ..expr.types import BOOL, DOUBLE, DURATION, DYN, INT, NULL, SECRET, STRING, TIMESTAMP, ListType, RecordType
from ..expr.values import Duration, Moment, SecretRef, SecretText, Timestamp, Unknown
from ..surfaces.kinds import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..expr.types import Type
    from ..expr.values import Value

OPEN, CLOSE = "⟨", "⟩"
NOW = Moment(Unknown("now()", TIMESTAMP), {"window": lambda name: Unknown(f"window({json_text(name)})", BOOL)})
"""What `now()` is before anything runs, and whether a window is open then."""

_SIMPLE: dict[type, Type] = {
    type(None): NULL,
    bool: BOOL,
    int: INT,
    float: DOUBLE,
    str: STRING,
    Timestamp: TIMESTAMP,
    Duration: DURATION,
    SecretRef: SECRET,
    SecretText: SECRET,
}


def type_of(value: Value) -> Type:
    """The narrowest type that a value tells."""
    if isinstance(value, Unknown):
        return value.type
    if isinstance(value, dict):
        return RecordType("", {key: type_of(item) for key, item in value.items() if isinstance(key, str)}, open=True)
    if isinstance(value, list):
        types = [type_of(item) for item in value]
        return ListType(types[0] if types and all(item == types[0] for item in types) else DYN)
    return _SIMPLE.get(type(value), DYN)


def unsure(name: str, value: Value) -> Unknown:
    """A step of which it isn't known whether it ran, or how it ended."""
    return Unknown(name, type_of(value))


def named(name: str, value: Value) -> Value:
    """A hole under the name by which the author reads it: `⟨target.stable⟩` instead of the whole expression."""
    return Unknown(name, value.type) if isinstance(value, Unknown) else value


_LEAVES = frozenset((str, int, float, bool, type(None), bytes))


def holes_in(value: object) -> Iterator[Unknown]:
    """The Unknowns in a value or a request, in order."""
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) in _LEAVES:
            continue
        if isinstance(item, Unknown):
            yield item
        elif isinstance(item, Request):
            stack += (item.on, item.cwd, item.files, item.stdin, item.data, item.env, item.argv)
        elif isinstance(item, dict):
            stack.extend(reversed(item.values()))
        elif isinstance(item, (list, tuple)):
            stack.extend(reversed(item))


def pieces(text: str) -> list[tuple[bool, str]]:
    """A mixed text as (is a hole, text) in turn. Brackets nest; one without its partner reaches to the text's end."""
    found: list[tuple[bool, str]] = []
    start = depth = 0
    for at, sign in enumerate(text):
        if sign == OPEN:
            if depth == 0:
                found.append((False, text[start:at]))
                start = at + 1
            depth += 1
        elif sign == CLOSE:
            if depth == 0:  # its partner was cut off: all before it belongs to the hole
                found, start = [(True, text[:at])], at + 1
                continue
            depth -= 1
            if depth == 0:
                found.append((True, text[start:at]))
                start = at + 1
    found.append((depth > 0, text[start:]))
    return [piece for piece in found if piece[0] or piece[1]]


def is_mixed(text: str) -> bool:
    return OPEN in text or CLOSE in text


def hole_names(value: object) -> Iterator[tuple[str, Type]]:
    """Each hole by its expression, those inside of mixed texts too, with the type where it is known."""
    for hole in holes_in(value):
        if not is_mixed(hole.text):
            if "\n" not in hole.text:  # a script with holes: they are named where the values stand
                yield hole.text, hole.type
        else:
            yield from ((text, DYN) for inside, text in pieces(hole.text) if inside)
