"""Values as JSON text without loss: the form of the journal, plans and approvals.

Bare JSON for null, bools, ints, strings, lists and maps with string keys; a double always has a point or an
exponent. Everything else is an object with one key that starts with `$`.
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring as _quote
from math import isnan

from ..base.json_text import encoder
from .times import format_timestamp, parse_timestamp
from .types import DYN
from .values import Duration, EvalError, SecretRef, SecretText, Timestamp, TypeValue, Unknown, Value, as_key, from_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BARE = frozenset((str, int, bool, type(None)))
_write_flat = encoder()
_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def dumps(value: Value) -> str:
    """One line without spaces, keys sorted. Raises TypeError for what is no value, ValueError for one nested too deep."""
    if type(value) is dict and _is_flat(value):
        return _write_flat(value)
    out: list[str] = []
    try:
        _write(value, out.append)
    except RecursionError:
        raise ValueError("the value is nested too deep") from None
    return "".join(out)


def _is_flat(value: dict[Value, Value]) -> bool:
    """Whether it is JSON as it stands, with nothing inside of anything: most results of programs are."""
    for key, item in value.items():  # noqa: SIM110 - a generator costs more than the few fields
        if type(key) is not str or key[:1] == "$" or type(item) not in _BARE:
            return False
    return True


def _write(value: Value, put: Callable[[str], None]) -> None:
    kind = type(value)
    if kind is str:
        put(_quote(value))
    elif value is None:
        put("null")
    elif kind is bool:
        put("true" if value else "false")
    elif kind is int:
        put(str(value))
    elif kind is float:
        put(_double(value))
    elif isinstance(value, dict):
        _write_map(value, put)
    elif isinstance(value, list):
        put("[")
        for at, item in enumerate(value):
            if at:
                put(",")
            _write(item, put)
        put("]")
    else:
        _write_tagged(value, put)


def _double(value: float) -> str:
    if isnan(value):
        return '{"$double":"NaN"}'
    if value in (float("inf"), float("-inf")):
        return '{"$double":"Infinity"}' if value > 0 else '{"$double":"-Infinity"}'
    return repr(value)


def _write_map(value: dict[Value, Value], put: Callable[[str], None]) -> None:
    if any(type(key) is not str or key[:1] == "$" for key in value):
        pairs = sorted(([from_key(key), item] for key, item in value.items()), key=lambda pair: _rank(pair[0]))
        put('{"$map":')
        _write(pairs, put)
        put("}")
        return
    put("{")
    for at, key in enumerate(sorted(value)):
        put(f"{',' if at else ''}{_quote(key)}:")
        _write(value[key], put)
    put("}")


def _rank(key: Value) -> tuple[int, Value]:
    return (0 if type(key) is bool else 1 if type(key) is int else 2, key)


def _write_tagged(value: Value, put: Callable[[str], None]) -> None:
    if type(value) is Timestamp:
        put('{"$timestamp":"' + format_timestamp(value) + '"}')
    elif type(value) is Duration:
        put('{"$duration":"' + f"{value.ns}ns" + '"}')
    elif type(value) is SecretRef:
        put('{"$secret":' + _quote(value.handle) + "}")
    elif type(value) is SecretText:
        put('{"$text":')
        _write(list(value.parts), put)
        put("}")
    elif type(value) is Unknown:
        put('{"$unknown":' + _quote(value.text) + "}")
    elif type(value) is TypeValue:
        put('{"$type":' + _quote(value.name) + "}")
    else:
        raise TypeError(f"{kind_name(value)} is no value of an expression")


def kind_name(value: object) -> str:
    """How a Python type is called in an error."""
    return f"a {type(value).__name__}"


def loads(text: str) -> Value:
    """The value that `dumps` wrote; raises ValueError for anything else. The static type of an unknown is not kept."""
    try:
        value, end = _READER.raw_decode(text)
        return value if end == len(text) else _READER.decode(text)
    except RecursionError:
        raise ValueError("the text is nested too deep") from None


def _no_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Value]]) -> Value:
    if len(pairs) == 1 and pairs[0][0][:1] == "$":
        return _tagged(*pairs[0])
    result: dict[str, Value] = {}
    for key, value in pairs:
        if key in result or key[:1] == "$":
            raise ValueError(f"the key {key!r} is not allowed here")
        result[key] = value
    return result


def _tagged(tag: str, value: Value) -> Value:
    if tag == "$map" and isinstance(value, list):
        return _map(value)
    if tag == "$text" and isinstance(value, list) and all(isinstance(part, (str, SecretRef)) for part in value):
        return SecretText(tuple(value))
    if not isinstance(value, str):
        raise ValueError(f"{tag} wants a string")  # noqa: TRY004 - a text that is wrong, not a caller
    if tag == "$double" and value in _SPECIAL:
        return _SPECIAL[value]
    if tag == "$duration" and value.endswith("ns"):
        return Duration(int(value[:-2]))
    if tag == "$timestamp":
        try:
            return parse_timestamp(value)
        except EvalError as error:
            raise ValueError(error.message) from None
    simple = {"$secret": SecretRef, "$unknown": _unknown, "$type": TypeValue}.get(tag)
    if simple is None:
        raise ValueError(f"{tag} with {value!r} is no tagged value")
    return simple(value)


def _unknown(text: str) -> Unknown:
    return Unknown(text, DYN)


def _map(pairs: list[Value]) -> dict[Value, Value]:
    result: dict[Value, Value] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], (str, int)):
            raise ValueError("$map wants pairs of a key and a value")
        result[as_key(pair[0])] = pair[1]
    return result


# Made once: `json.loads` with a hook makes a decoder at every call, which costs more than a small text.
_READER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
