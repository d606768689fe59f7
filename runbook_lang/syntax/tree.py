"""The tree that every reader of files yields: scalars, sequences and mappings, each with its span."""

from __future__ import annotations

from ..base.record import Record
from ..base.source import Span
from .layout import layout
from .scalars import scalar_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .layout import Layout

PLAIN = "plain"
SINGLE = "single"
DOUBLE = "double"
LITERAL = "literal"
FOLDED = "folded"


class Node(Record):
    """Anything in the tree. `span` covers the node as written, quotes and block header included."""

    span: Span


class Scalar(Node):
    """One value. `value` is the text after YAML decoding; `kind` says what a plain one stands for."""

    value: str
    style: str = PLAIN
    kind: str = "string"
    _layout: Layout | None = None

    @property
    def data(self) -> None | bool | int | float | str:
        """The value as Python data, by `kind`."""
        return scalar_data(self.value, self.kind)

    def locate(self, start: int, end: int) -> Span:
        """The place in the file of `value[start:end]`.

        An escape, a folded line break or a doubled quote is covered whole. Offsets outside the value
        are clamped; an empty range is the place before the character at `start`.
        """
        source = self.span.source
        found = self._layout
        if found is None:
            raw = source.text[self.span.start : self.span.end]
            found = layout(raw, self.style, self.value)
            object.__setattr__(self, "_layout", found)
        first, last = found.range(max(0, start), max(start, end))
        return Span(source, self.span.start + first, self.span.start + last)


class Sequence(Node):
    """A list of nodes in the order of the file."""

    items: tuple[Node, ...]


class Entry(Record):
    """One `key: value` of a mapping."""

    key: Scalar
    value: Node

    @property
    def span(self) -> Span:
        """From the key to the end of the value."""
        return Span(self.key.span.source, self.key.span.start, max(self.key.span.end, self.value.span.end))


class Mapping(Node):
    """Entries in the order of the file, with unequal keys."""

    entries: tuple[Entry, ...]
    _index: dict[str, Entry] | None = None

    def _by_key(self) -> dict[str, Entry]:
        index = self._index
        if index is None:
            index = {}
            for entry in self.entries:
                index.setdefault(entry.key.value, entry)
            object.__setattr__(self, "_index", index)
        return index

    def get(self, key: str) -> Node | None:
        """The value of a key, or None when it isn't there (a null value is a Scalar of kind null)."""
        entry = self._by_key().get(key)
        return None if entry is None else entry.value

    def entry(self, key: str) -> Entry | None:
        """The entry of a key, for the place of the key itself."""
        return self._by_key().get(key)

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(entry.key.value for entry in self.entries)


def children(node: Node) -> tuple[Entry | Node, ...]:
    """The entries of a mapping, the items of a list, nothing of a scalar."""
    if isinstance(node, Mapping):
        return node.entries
    return node.items if isinstance(node, Sequence) else ()
