"""JSON encoders that are made once. `json.JSONEncoder.encode` makes a new one of C at every call, which costs more than a short text."""

from __future__ import annotations

import json
from json import encoder as _encoder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def encoder(*, ascii: bool = False, nan: bool = False) -> Callable[[Any], str]:
    """Writes plain data as one line without spaces and with sorted keys.

    Raises ValueError for a float that JSON doesn't have (unless `nan`), TypeError for what is no JSON, RecursionError for what is nested
    too deep. `ascii`: everything else is escaped.
    """
    slow = json.JSONEncoder(ensure_ascii=ascii, allow_nan=nan, sort_keys=True, separators=(",", ":"), check_circular=False)
    make = getattr(_encoder, "c_make_encoder", None)  # None where Python was built without it
    if make is None:
        return slow.encode
    quote = _encoder.encode_basestring_ascii if ascii else _encoder.encode_basestring
    write = make(None, slow.default, quote, None, ":", ",", True, False, nan)
    return lambda body: "".join(write(body, 0))


def indented(value: Any, line: str = "\n") -> str:
    """What `json.dumps(value, ensure_ascii=False, indent=2)` gives, in a third of its time. `line` begins each line.

    For plain data whose keys are texts; raises TypeError for anything else.
    """
    kind = type(value)
    if kind is str:
        return _quote(value)
    if kind is dict:
        inner = f"{line}  "
        parts = [f"{_quote(key)}: {indented(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{line}}}" if parts else "{}"
    if kind is list or kind is tuple:
        inner = f"{line}  "
        return f"[{inner}{f',{inner}'.join([indented(item, inner) for item in value])}{line}]" if value else "[]"
    return json.dumps(value, ensure_ascii=False)


_quote = _encoder.encode_basestring
