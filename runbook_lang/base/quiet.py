"""What isn't said about a file with syntax errors: findings that may come from those errors alone."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .diagnostics import Diagnostic
    from .source import Source

    Range = tuple[int, int]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_MISSING = frozenset("RB303 RB304 RB307 RB313 RB316 RB320 RB321 RB332 RB406 RB410 RB412 RB416 RB424 RB426 RB427 RB429 RB430".split())
"""Findings about something that isn't there, or that would be otherwise with it: nothing inside of a block that has lost something."""
_ANYWHERE = frozenset(("RB403", "RB414"))
"""Findings about steps that may stand in what was lost."""
_OF_POLICY = frozenset("RB420 RB422 RB425".split())
"""Findings without meaning when the line that names the policy is lost."""


class Quiet:
    """The places of one file that weren't understood.

    `places`: of the errors. `lost`: what was left out of the tree. `blocks`: blocks of which something was left out. `unknown` are those
    among them that lost what they do; `steps` are the ids of steps about whose results nothing is known.
    """

    __slots__ = ("blocks", "places", "source", "starts", "steps", "unknown", "words")

    def __init__(self, source: Source, places: Iterable[Range], lost: Iterable[Range] = (), blocks: Iterable[Range] = ()) -> None:
        self.source = source
        self.places = tuple(places)
        self.blocks = tuple(blocks)
        self.starts = frozenset(start for start, _ in self.blocks)
        self.words = frozenset(word for start, end in lost for word in _NAME.findall(source.text[start:end]))
        self.steps: frozenset[str] = frozenset()
        self.unknown: tuple[Range, ...] = ()

    def hides(self, item: Diagnostic) -> bool:
        """Whether a later finding may be a consequence of the errors."""
        span = item.span
        if span is None or span.source is not self.source or item.code.startswith("RB1"):
            return False
        start, end = span.start, max(span.end, span.start + 1)
        if start in self.starts or any(start < last and first < end for first, last in self.places):
            return True
        if item.code in _ANYWHERE or (item.code in _OF_POLICY and "policy" in self.words):
            return True
        if item.code in _MISSING and _within(start, self.blocks):
            return True
        if not item.code.startswith("RB2") and _within(start, self.unknown):
            return True
        text = span.text.strip("\"'")
        if text in self.words or (item.code in ("RB210", "RB423") and self.words.intersection(_NAME.findall(text))):
            return True
        if item.code == "RB210":
            return False
        line = self.source.text.rfind("\n", 0, start) + 1
        near = _NAME.findall(self.source.text[line:end])
        return not self.steps.isdisjoint(near) or ("result" in near and _within(start, self.unknown))


def _within(place: int, ranges: Iterable[Range]) -> bool:
    return any(first <= place < last for first, last in ranges)
