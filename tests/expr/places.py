"""A stand-in for a scalar of a file: the text starts at an offset of a source."""

from __future__ import annotations

from runbook_lang.base.source import Source, Span


class Place:
    """Locates offsets of a text that begins `offset` characters into a file."""

    def __init__(self, text: str, offset: int = 7) -> None:
        self.source = Source("ops.yml", "x" * offset + text)
        self.offset = offset

    def locate(self, start: int, end: int) -> Span:
        return Span(self.source, self.offset + start, self.offset + end)
