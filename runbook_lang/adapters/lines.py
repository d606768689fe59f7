"""One journal line: an event, its link to the line before, and its own digest.

The bytes are the truth. A line is a JSON object whose last 78 bytes, its newline counted, are always
`,"digest":"<64 hex>"}`. The digest is the SHA-256 of the bytes before them; `prev` is the SHA-256 of the
whole line before, without its newline (64 zeros in the first line). The rest has sorted keys, no floats,
and integers below 2^53, so that a reader in any language gets the same values. A chain of `prev` alone
would leave the last line unprotected; that is why each line holds its own digest as well.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256

from ..base.json_text import encoder
from ..machine.events import BadEvent, Event, from_wire, to_wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FIRST_PREV = "0" * 64
"""What `prev` is in the first line."""
TAIL = 77
"""Length of `,"digest":"<64 hex>"}`; 78 with the newline."""
LINE_LIMIT = 4 * 1024 * 1024
"""Bytes of the longest line that is written or read."""
INT_LIMIT = 2**53

_TAIL_START = b',"digest":"'
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_write = encoder()
_write_ascii = encoder(ascii=True)


class BadLine(Exception):
    """The bytes are no valid line; `args[0]` says why, without repeating what the line holds."""


def encode(event: Event, prev: str) -> bytes:
    """The line of an event, without its newline. Raises BadLine for what no line can hold (a float, a huge integer)."""
    return encode_body(to_wire(event), prev)[0]


def encode_body(body: dict[str, Any], prev: str) -> tuple[bytes, str]:
    """The line of a wire body, and the digest that the next line names as `prev`. The body gets its `prev`."""
    body["prev"] = prev
    for value in body.values():
        kind = type(value)
        if kind is not str and (kind is not int or not -INT_LIMIT < value < INT_LIMIT):  # nearly all are texts
            _check(value, 0)
    text = _write(body)
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # lone surrogates, from arguments that were no UTF-8; an escape keeps them
        raw = _write_ascii(body).encode()
    head = raw[:-1]
    state = sha256(head)
    tail = b',"digest":"%s"}' % state.hexdigest().encode()
    if len(head) + TAIL > LINE_LIMIT:
        raise BadLine(f"the line would have more than {LINE_LIMIT} bytes")
    state.update(tail)
    return head + tail, state.hexdigest()


def _check(value: Any, depth: int) -> None:
    """Floats, integers of 2^53 or more, other objects than JSON's, and nesting over 32 can't be in a line."""
    kind = type(value)
    if kind is int:
        if not -INT_LIMIT < value < INT_LIMIT:
            raise BadLine("an integer of 2^53 or more can't be written")
    elif kind is dict or kind is list:
        if depth > 32:
            raise BadLine("a value is nested deeper than 32 levels")
        if kind is dict and not all(type(key) is str for key in value):
            raise BadLine("a key that is no string can't be written")
        for item in value.values() if kind is dict else value:
            _check(item, depth + 1)
    elif kind is not str and kind is not bool and value is not None:
        raise BadLine(f"a value of type {kind.__name__} can't be written")


def _whole(text: str) -> int:
    value = int(text) if len(text) < 18 else INT_LIMIT
    if not -INT_LIMIT < value < INT_LIMIT or text == "-0":
        raise BadLine("it holds an integer that no line may hold")
    return value


def _no_float(_text: str) -> float:
    raise BadLine("it holds a number that is no integer")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with rising keys. Of two equal keys one reader would take the first, another the last."""
    found = dict(pairs)
    if len(found) != len(pairs) or list(found) != sorted(found):
        raise BadLine("its keys aren't sorted, or one is there twice")
    return found


_read = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_whole, parse_float=_no_float, parse_constant=_no_float
).raw_decode  # fmt: skip


def _object(head: bytes) -> dict[str, Any]:
    """The JSON object whose bytes but for the last brace are `head`."""
    try:
        text = head.decode() + "}"
        body, end = _read(text)
    except BadLine:
        raise
    except (ValueError, RecursionError):
        raise BadLine("it isn't a JSON object in UTF-8") from None
    if end != len(text) or type(body) is not dict:
        raise BadLine("it isn't one JSON object")
    return body


def split(raw: bytes) -> tuple[bytes, str]:
    """(the bytes that the digest covers, the digest as the line states it). Raises BadLine."""
    if len(raw) <= TAIL or raw[-TAIL : 11 - TAIL] != _TAIL_START or raw[-2:] != b'"}':
        raise BadLine("it doesn't end with a digest")
    return raw[:-TAIL], raw[11 - TAIL : -2].decode("latin-1")


def decode_body(raw: bytes, prev: str | None = None) -> tuple[dict[str, Any], str]:
    """(wire body without `prev`, SHA-256 of the whole line) of a line without its newline.

    Checks the digest, the link to the line before (unless `prev` is None) and the JSON form. Raises BadLine.
    """
    head, stated = split(raw)
    state = sha256(head)
    if state.hexdigest() != stated:
        raise BadLine("its digest doesn't fit its bytes")
    state.update(raw[-TAIL:])
    body = _object(head)
    linked = body.pop("prev", None)
    if prev is not None and linked != prev:
        raise BadLine("it doesn't follow the line before it (`prev` differs)")
    if type(body.get("at")) is not str or not _AT.fullmatch(body["at"]):
        raise BadLine("its `at` isn't a moment in UTC with microseconds")
    return body, state.hexdigest()


def decode(raw: bytes, prev: str | None = None) -> tuple[Event, str]:
    """(event, SHA-256 of the whole line) of a line without its newline.

    Checks the digest, the link to the line before (unless `prev` is None), the JSON form and the event's
    fields. Raises BadLine.
    """
    body, digest = decode_body(raw, prev)
    try:
        return from_wire(body), digest
    except BadEvent as bad:
        raise BadLine(f"it is no event of these rules: {bad.args[0]}") from None


def link(raw: bytes, prev: str) -> str:
    """Checks only a line's digest and its link to the line before, several times faster than `decode`.

    Returns the SHA-256 of the whole line. That a `prev` with this value stands in the line is looked for in its bytes: quotes inside
    of strings are escaped, so no text can pass for it. Raises BadLine.
    """
    head, stated = split(raw)
    state = sha256(head)
    if state.hexdigest() != stated:
        raise BadLine("its digest doesn't fit its bytes")
    if b'"prev":"%b"' % prev.encode() not in head:
        raise BadLine("it doesn't follow the line before it (`prev` differs)")
    state.update(raw[-TAIL:])
    return state.hexdigest()
