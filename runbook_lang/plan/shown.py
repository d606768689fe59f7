"""A request as people read it: words with holes as `⟨…⟩` and secrets as `${name}`, never a secret's value."""

from __future__ import annotations

from ..expr.plain import plain as data
from ..expr.values import SecretRef, SecretText, Unknown
from .holes import is_mixed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..surfaces.kinds import Request

_SAYING = ("method", "url", "address", "host", "template", "to", "channel", "message")


def word(value: object) -> str:
    """One word of a command, an address, a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, SecretRef):
        return f"${{{value.handle}}}"
    if isinstance(value, SecretText):
        return "".join(word(part) for part in value.parts)
    if isinstance(value, Unknown):
        return value.text if is_mixed(value.text) else str(value)
    if isinstance(value, list):  # whom a message is for
        return ", ".join(" ".join(map(word, part)) if isinstance(part, list) else word(part) for part in value)
    return str(plain(value))


def plain(value: object) -> Any:
    """Any value as JSON-like data."""
    return data(value, word)


def words(request: Request) -> list[str]:
    """What is run or sent, in words; other executors than programs by the parts that say most."""
    if request.argv:
        return [word(item) for item in request.argv]
    said = request.data if isinstance(request.data, dict) else {}
    parts = [request.executor, *(word(said[key]) for key in _SAYING if key in said)]
    return [part for part in parts if part]


def stdin(request: Request) -> dict[str, Any] | None:
    """The text a program reads, how long it is, and its digest when it is known."""
    import hashlib

    if request.stdin is None:
        return None
    text = request.stdin.text if isinstance(request.stdin, Unknown) else word(request.stdin)
    shape: dict[str, Any] = {"lines": text.count("\n") + 1, "text": text}
    if isinstance(request.stdin, str):
        shape["sha256"] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return shape
