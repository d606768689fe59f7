"""The texts that an editor has open, as it changes them."""

from __future__ import annotations

from ..base.record import Record
from .positions import UTF16, Lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    Place = tuple[int, int]


class Change(Record):
    """New text in place of what lies between two places (line, column); in place of everything when there are none."""

    text: str
    start: Place | None = None
    end: Place | None = None


class Document:
    """One open text. `path` is the file it will be saved to, '' for one that has none yet."""

    __slots__ = ("encoding", "lines", "path", "text", "uri", "version")

    def __init__(self, uri: str, path: str, text: str, version: int, encoding: str = UTF16) -> None:
        self.uri = uri
        self.path = path
        self.version = version
        self.encoding = encoding
        self.text = text
        self.lines = Lines(text, encoding)

    def change(self, changes: Iterable[Change], version: int) -> None:
        """Take changes over, each of which counts on the ones before it."""
        for item in changes:
            text = item.text
            if item.start is not None and item.end is not None:
                start, end = self.lines.offset(*item.start), self.lines.offset(*item.end)
                text = self.text[:start] + item.text + self.text[max(start, end) :]
            self.text = text
            self.lines = Lines(text, self.encoding)
        self.version = version


class Shift:
    """Where the places of an older text are in a newer one: what lies before and behind the part that was changed keeps its place."""

    __slots__ = ("_head", "_moved", "_new_tail", "_old_tail")

    def __init__(self, old: str, new: str) -> None:
        if old == new:
            head = len(old)
            tail = 0
        else:
            head = _common(old, new)
            rest = min(len(old), len(new)) - head
            tail = _common(old[len(old) - rest :][::-1], new[len(new) - rest :][::-1])
        self._head = head
        self._old_tail = len(old) - tail
        self._new_tail = len(new) - tail
        self._moved = len(new) - len(old)

    def to_old(self, offset: int) -> int | None:
        """The offset in the older text; None in what was added."""
        if offset <= self._head:
            return offset
        return offset - self._moved if offset >= self._new_tail else None

    def near_old(self, offset: int) -> int:
        """The same; inside of what was added the place where it was added."""
        found = self.to_old(offset)
        return self._head if found is None else found

    def to_new(self, start: int, end: int) -> tuple[int, int] | None:
        """A range of the older text in the newer one; None when it was touched."""
        if end <= self._head:
            return start, end
        return (start + self._moved, end + self._moved) if start >= self._old_tail else None

    def about(self, start: int, end: int) -> tuple[int, int]:
        """A range of the older text as it is now, as far as that can be told: ends that lie in what was changed go to its ends."""
        first = start if start <= self._head else max(start, self._old_tail) + self._moved
        last = end + self._moved if end >= self._old_tail else min(end, self._head)
        return first, max(first, last)


def _common(left: str, right: str) -> int:
    """How many characters two texts have in common at their begin."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left.startswith(right[:middle]):
            low = middle
        else:
            high = middle - 1
    return low
