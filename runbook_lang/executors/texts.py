"""Output of programs and servers as text: decoded, in lines, in one safe line for a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOLD = 400  # characters that a message quotes


def wanted(wants: frozenset[str], fields: Iterable[str]) -> bool:
    """Whether some expression reads one of these fields of the result."""
    return "*" in wants or not wants.isdisjoint(fields)


def decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def lines_of(text: str) -> list[str]:
    """The lines without their ends. Only a line feed, or CR LF, ends a line."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def last_words(data: bytes) -> str:
    """What a program said last, in one line for a message."""
    lines = [line.strip() for line in lines_of(decode(data)) if line.strip()]
    text = one_line(" / ".join(lines[-3:]))
    return text if len(text) <= _TOLD else "…" + text[-_TOLD:]


def one_line(text: str, most: int = 0) -> str:
    """Text from outside for a message: white space is one blank, and nothing in it can steer a terminal."""
    text = "".join(char if char.isprintable() else "�" for char in " ".join(text.split()))
    return text if not most or len(text) <= most else text[:most] + "…"
