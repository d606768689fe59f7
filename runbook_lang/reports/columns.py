"""Plain text in columns for a terminal: wrapped, aligned, coloured only where asked."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 40
_STYLES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33", "green": "32", "": ""}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """A text without characters that would steer the terminal."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text.replace("\t", "    "))


class Page:
    """Collects lines of at most `width` columns (words that are longer than that stay whole)."""

    def __init__(self, width: int, colour: bool) -> None:
        self.width = max(width, LEAST)
        self.colour = colour
        self.lines: list[str] = []

    def style(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.colour and style and text else text

    def gap(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def put(self, text: str, indent: int = 0, style: str = "") -> None:
        """A paragraph."""
        for line in self.wrap(text, self.width - indent):
            self.lines.append(" " * indent + self.style(line, style))

    def labelled(self, label: str, items: Iterable[str], at: int, indent: int = 2, style: str = "") -> None:
        """`label   item`, further items and wrapped lines below the first."""
        head = label
        for item in items:
            for line in self.wrap(item, self.width - at):
                lead = " " * indent + self.style(head.ljust(at - indent), "dim")
                self.lines.append((lead + self.style(line, style)).rstrip())
                head = ""

    def wrap(self, text: str, width: int) -> list[str]:
        found: list[str] = []
        for line in clean(text).split("\n"):
            wrapped = textwrap.wrap(line, max(width, 20), break_long_words=False, break_on_hyphens=False, subsequent_indent="  ")
            found += wrapped or [""]
        return found

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n") + "\n"


def times(micros: int | None) -> str:
    """A duration for people, exact; None is no bound."""
    from ..base.duration import format_duration

    return "without bound" if micros is None else format_duration(micros)
