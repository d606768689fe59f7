"""Values as data that JSON can hold: what documents show, and what is sent to others."""

from __future__ import annotations

from math import isfinite

from .functions import to_text
from .values import Duration, SecretRef, SecretText, Timestamp, TypeValue, Unknown, from_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Word = Callable[[Any], Any]

_BARE = frozenset((str, int, bool, type(None)))


class KeyClash(ValueError):
    """Two keys of a map are one text; args[0] says which."""


def plain(value: Any, word: Word, *, exact: bool = False) -> Any:
    """Moments, durations and keys as `string()` writes them, types by their names, secrets and holes as `word` has them.

    JSON has neither NaN nor infinities, and only texts as keys. A document shows those numbers as text, and a map in which keys would
    fall together as `{"$map": [[key, value], …]}`. With `exact`, for what is sent, such a map raises KeyClash, and a double stays one.
    """
    kind = type(value)
    if kind in _BARE:
        return value
    if kind is float:
        return value if exact or isfinite(value) else to_text(value)
    if isinstance(value, dict):
        return _map(value, word, exact)
    if isinstance(value, (list, tuple)):
        return [plain(item, word, exact=exact) for item in value]
    if isinstance(value, (SecretRef, SecretText, Unknown)):
        return word(value)
    if isinstance(value, (Timestamp, Duration)):
        return to_text(value)
    return value.name if isinstance(value, TypeValue) else str(value)


def _map(value: dict[Any, Any], word: Word, exact: bool) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        text = key if type(key) is str else to_text(from_key(key))
        if text in result:
            if exact:
                raise KeyClash(f"a map holds the key {text!r} twice once its keys are texts")
            return {"$map": [[from_key(key), plain(item, word)] for key, item in value.items()]}
        result[text] = plain(item, word, exact=exact)
    return result
