"""Merkle trees as in RFC 6962, section 2.1, over the raw lines of a file.

A leaf's hash is SHA-256(0x00 || line), an inner node's SHA-256(0x01 || left || right); the empty tree's root is the
SHA-256 of nothing. Everything here takes memory that grows with the logarithm of the tree, not with its leaves.
"""

from __future__ import annotations

from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EMPTY = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Tree:
    """Takes leaves one after the other; knows the root at every size.

    Kept are the roots of the full subtrees that the leaves so far fall into, the largest first: one for each bit
    that is set in the size.
    """

    __slots__ = ("_full", "size")

    def __init__(self) -> None:
        self._full: list[bytes] = []
        self.size = 0

    def add(self, data: bytes) -> None:
        """Appends a leaf."""
        self.add_hash(sha256(b"\0" + data).digest())

    def add_hash(self, leaf: bytes) -> None:
        """Appends a leaf of which only the hash is at hand."""
        full = self._full
        size = self.size
        self.size = size + 1
        while size & 1:  # each set bit at the low end is a subtree of the same height as the one in hand
            leaf = sha256(b"\1" + full.pop() + leaf).digest()
            size >>= 1
        full.append(leaf)

    def copy(self) -> Tree:
        """The tree as it is now."""
        other = Tree.__new__(Tree)
        other._full = self._full.copy()
        other.size = self.size
        return other

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._full:
            return EMPTY
        found = self._full[-1]
        for left in self._full[-2::-1]:
            found = _node(left, found)
        return found


def siblings(index: int, size: int) -> list[tuple[int, int]]:
    """The leaf ranges (begin, end) whose roots are the inclusion path of leaf `index` in a tree of `size`, the lowest first.

    Raises ValueError for an index that the tree hasn't got.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} of a tree of {size}")
    found: list[tuple[int, int]] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + (1 << (end - begin - 1).bit_length() - 1)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((begin, middle))
            begin = middle
    return found[::-1]


def inclusion_path(lines: Iterable[bytes], index: int, size: int) -> list[bytes]:
    """The inclusion path of leaf `index` in the tree of the first `size` lines (RFC 6962, 2.1.1), in one pass over them.

    Raises ValueError when there are fewer lines.
    """
    ranges = siblings(index, size)
    trees = [Tree() for _ in ranges]
    order = sorted(range(len(ranges)), key=lambda one: ranges[one])
    place = 0
    count = 0
    for number, line in enumerate(lines):
        if number >= size:
            break
        count += 1
        if number == index:
            continue
        while number >= ranges[order[place]][1]:
            place += 1
        trees[order[place]].add(line)
    if count < size:
        raise ValueError(f"{count} lines instead of {size}")
    return [tree.root() for tree in trees]


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that an inclusion path leads to from a leaf's hash (RFC 9162, 2.1.3.2); None for a path of another length."""
    if not 0 <= index < size:
        return None
    node, last = index, size - 1
    found = leaf
    for other in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = _node(other, found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = _node(found, other)
        node >>= 1
        last >>= 1
    return found if last == 0 else None
