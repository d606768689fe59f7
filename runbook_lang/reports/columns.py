"""Plain text in columns for a terminal: wrapped, aligned, coloured only where asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.text import clean, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 40
_STYLES = {"bold": "1", "dim": "2", "red": "31", "yellow": "33"}


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
        """Lines of at most `width` columns; what the terminal would obey is made visible."""
        return wrap(clean(text).replace("\t", "    "), max(width, 20), "  ").split("\n")

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n") + "\n"


def times(micros: int | None) -> str:
    """A duration for people, exact; None is no bound."""
    from ..base.duration import format_duration

    return "without bound" if micros is None else format_duration(micros)
