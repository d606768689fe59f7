"""The string functions of CEL's `strings` extension library, with cel-go's meaning. Positions count code points."""

from __future__ import annotations

from .limits import MAX_STRING
from .operators import Misfit, spend
from .values import EvalError, SecretRef, SecretText, Unknown, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .operators import Frame

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_LOWER = {code: code + 32 for code in range(65, 91)}
_UPPER = {code: code - 32 for code in range(97, 123)}


def _want(name: str, values: tuple[Value, ...], *kinds: type) -> None:
    if any(type(value) is not kind for value, kind in zip(values, kinds, strict=True)):
        raise Misfit(name, *values)


def _outside(name: str, index: int, size: int) -> EvalError:
    return EvalError("RB241", f"{name}: position {index} is outside a string of {size} characters")


def _char_at(_: Frame, text: Value, index: Value) -> Value:
    _want("charAt()", (text, index), str, int)
    if not 0 <= index <= len(text):
        raise _outside("charAt()", index, len(text))
    return text[index : index + 1]


def _index_of(frame: Frame, text: Value, part: Value, start: Value = None) -> Value:
    _want("indexOf()", (text, part, 0 if start is None else start), str, str, int)
    spend(frame, (len(text) + len(part)) >> 5)
    if start is None:
        return text.find(part)
    if start < 0 or start > len(text):
        raise _outside("indexOf()", start, len(text))
    return text.find(part, start)


def _last_index_of(frame: Frame, text: Value, part: Value, last: Value = None) -> Value:
    _want("lastIndexOf()", (text, part, 0 if last is None else last), str, str, int)
    spend(frame, (len(text) + len(part)) >> 5)
    if last is None:
        return text.rfind(part)
    if last < 0 or last > len(text) or (part and last == len(text)):
        raise _outside("lastIndexOf()", last, len(text))
    return text.rfind(part, 0, last + len(part))


def _lower_ascii(frame: Frame, text: Value) -> Value:
    _want("lowerAscii()", (text,), str)
    spend(frame, len(text) >> 3)
    return text.translate(_LOWER)


def _upper_ascii(frame: Frame, text: Value) -> Value:
    _want("upperAscii()", (text,), str)
    spend(frame, len(text) >> 3)
    return text.translate(_UPPER)


def _replace(frame: Frame, text: Value, old: Value, new: Value, limit: Value = -1) -> Value:
    _want("replace()", (text, old, new, limit), str, str, str, int)
    count = text.count(old)
    if limit >= 0:
        count = min(count, limit)
    size = len(text) + count * max(0, len(new) - len(old))
    if size > MAX_STRING:
        raise EvalError("RB246", f"the string would be longer than {MAX_STRING} characters")
    spend(frame, size >> 3)
    return text.replace(old, new, count)


def _split(frame: Frame, text: Value, separator: Value, limit: Value = -1) -> Value:
    _want("split()", (text, separator, limit), str, str, int)
    spend(frame, len(text) >> (3 if separator else 0))
    if limit == 0:
        return []
    if not separator:
        if limit < 0 or limit >= len(text):
            return list(text)
        return [*text[: limit - 1], text[limit - 1 :]]
    spend(frame, text.count(separator))
    return text.split(separator, limit - 1) if limit > 0 else text.split(separator)


def _substring(frame: Frame, text: Value, start: Value, end: Value = None) -> Value:
    _want("substring()", (text, start, 0 if end is None else end), str, int, int)
    stop = len(text) if end is None else end
    for index in (start, stop):
        if not 0 <= index <= len(text):
            raise _outside("substring()", index, len(text))
    if start > stop:
        raise EvalError("RB241", f"substring(): the start {start} is behind the end {stop}")
    spend(frame, (stop - start) >> 3)
    return text[start:stop]


def _trim(frame: Frame, text: Value) -> Value:
    _want("trim()", (text,), str)
    spend(frame, len(text) >> 3)
    return text.strip(_SPACE)


def _join(frame: Frame, items: Value, separator: Value = "") -> Value:
    if not isinstance(items, list) or type(separator) is not str:
        raise Misfit("join()", items, separator)
    spend(frame, len(items))
    size = 0
    for item in items:
        if type(item) is not str:
            raise Misfit("join()", item if isinstance(item, (Unknown, SecretRef, SecretText)) else items)
        size += len(item) + len(separator)
    if size > MAX_STRING:
        raise EvalError("RB246", f"the string would be longer than {MAX_STRING} characters")
    spend(frame, size >> 3)
    return separator.join(items)


STRINGS: dict[tuple[str, bool, int], Callable[..., Value]] = {
    ("charAt", True, 2): _char_at,
    ("indexOf", True, 2): _index_of,
    ("indexOf", True, 3): _index_of,
    ("lastIndexOf", True, 2): _last_index_of,
    ("lastIndexOf", True, 3): _last_index_of,
    ("lowerAscii", True, 1): _lower_ascii,
    ("upperAscii", True, 1): _upper_ascii,
    ("replace", True, 3): _replace,
    ("replace", True, 4): _replace,
    ("split", True, 2): _split,
    ("split", True, 3): _split,
    ("substring", True, 2): _substring,
    ("substring", True, 3): _substring,
    ("trim", True, 1): _trim,
    ("join", True, 1): _join,
    ("join", True, 2): _join,
}
