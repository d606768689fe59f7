"""A persistent map of names in which appends are shared.

Names are assigned once, in order. So a map and the ones made from it by adding names can share
one dict: each sees only the entries that were there when it was made. Adding is O(1), and an
older map never sees a later name; replacing a value, which is rare, copies.
"""

from __future__ import annotations

from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..expr.values import Value


class Names:
    """Immutable: `with_` gives another map."""

    __slots__ = ("_cells", "_size")

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self._cells: dict[str, tuple[int, Value]] = {}
        for index, (name, value) in enumerate((values or {}).items()):
            self._cells[name] = (index, value)
        self._size = len(self._cells)

    def find(self, name: str) -> tuple[int, Value] | None:
        """(position, value), or None."""
        cell = self._cells.get(name)
        return cell if cell is not None and cell[0] < self._size else None

    def get(self, name: str) -> Value:
        """The value, or None."""
        cell = self.find(name)
        return None if cell is None else cell[1]

    def __contains__(self, name: str) -> bool:
        return self.find(name) is not None

    def __len__(self) -> int:
        return self._size

    def items(self) -> Iterator[tuple[str, Value]]:
        for name, (index, value) in list(self._cells.items()):
            if index < self._size:
                yield name, value

    @property
    def lineage(self) -> int:
        """The same number for maps that grew from one another, as long as they live."""
        return id(self._cells)

    def since(self, position: int) -> Iterator[tuple[str, Value]]:
        """The names from a position on, in the order in which they were added."""
        for name, (_, value) in islice(self._cells.items(), position, self._size):
            yield name, value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Names) and dict(self.items()) == dict(other.items())

    def __hash__(self) -> int:
        return hash(frozenset(name for name, _ in self.items()))

    def with_(self, name: str, value: Value) -> Names:
        """A map that also has `name`."""
        new = Names.__new__(Names)
        cells, size = self._cells, self._size
        if len(cells) == size and name not in cells:
            cells[name] = (size, value)
            new._cells = cells
            new._size = size + 1
            return new
        known = self.find(name)
        cells = {key: cell for key, cell in self._cells.items() if cell[0] < self._size}
        cells[name] = (known[0] if known else self._size, value)
        new._cells = cells
        new._size = len(cells)
        return new
