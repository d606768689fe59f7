"""A reply as `redis-cli --json` prints it: JSON, but for doubles that JSON doesn't have, and for errors inside of other replies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..expr.types import MapType
from ..surfaces.redis_command import find
from ..surfaces.redis_replies import reply_type
from .json_value import BadJson, json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BadJson", "ErrorInside", "reply_value"]

_TEXT = r'"(?:[^"\\]|\\.)*"'
_ODD = re.compile(rf"(?P<error>error:(?P<said>{_TEXT}))|{_TEXT}|(?P<double>-?(?:inf|nan))")
_DOUBLES = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN", "-nan": "NaN"}


class ErrorInside(ValueError):
    """An error reply stands in an array, a set or a map; args[0] is its text."""


def reply_value(text: str, words: Sequence[str] = ()) -> Any:
    """The value of a reply. Raises BadJson, also where fields became one since their names aren't UTF-8, and ErrorInside.

    `words`: the command, where the server speaks the older protocol, which has no maps: a list of names and values is made one.
    """
    try:
        value = json_value(text, distinct=True)
    except BadJson:
        value = json_value(_ODD.sub(_as_json, text), doubles=True, distinct=True)
    if words and isinstance(value, list) and isinstance(reply_type(find(words).name), MapType):
        return _paired(value)
    return value


def _paired(items: list[Any]) -> dict[str, Any]:
    found = dict(zip(items[::2], items[1::2], strict=False))
    if len(found) * 2 != len(items):
        raise BadJson("its fields don't all have names of their own")
    return found


def _as_json(found: re.Match[str]) -> str:
    if found["error"]:
        raise ErrorInside(json_value(found["said"]))
    return _DOUBLES[found["double"]] if found["double"] else found[0]
