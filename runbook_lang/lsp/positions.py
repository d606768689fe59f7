"""Places of the editor's protocol: lines from 0, columns in the units that were agreed on, usually those of UTF-16."""

from __future__ import annotations

import re
from bisect import bisect_right

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_END = re.compile(r"\r\n|\n|\r")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"


def _units_8(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _units_16(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_ASTRAL.findall(text))


UNITS: dict[str, Callable[[str], int]] = {UTF8: _units_8, UTF16: _units_16, UTF32: len}
"""How many units of an encoding a text takes."""


class Lines:
    """A text as the protocol counts it. Offsets count characters from 0; a place outside of the text is taken to its nearest end."""

    __slots__ = ("_units", "starts", "text")

    def __init__(self, text: str, encoding: str = UTF16) -> None:
        self.text = text
        self._units = UNITS[encoding]
        self.starts = [0, *(match.end() for match in _END.finditer(text))]

    def bounds(self, line: int) -> tuple[int, int]:
        """The offsets of a line's begin and end, without its line break."""
        start = self.starts[line]
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        while end > start and self.text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        start, end = self.bounds(line)
        return line, self._units(self.text[start : min(offset, end)])

    def offset(self, line: int, column: int) -> int:
        """The offset of a place; a column inside of a character is that of the character's begin."""
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.bounds(line)
        text = self.text[start:end]
        if self._units is len or text.isascii():
            return start + max(0, min(column, len(text)))
        at = 0
        for index, char in enumerate(text):
            at += self._units(char)
            if at > column:
                return start + index
        return end
