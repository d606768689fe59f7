"""The tree: against the definition of RFC 6962 word for word, and the published test vectors of Certificate Transparency."""

from __future__ import annotations

from hashlib import sha256

import pytest

from runbook_lang.adapters.merkle import EMPTY, Tree, inclusion_path, leaf_hash, root_from_path

# The leaves and roots that implementations of Certificate Transparency test with.
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1."""
    if len(leaves) <= 1:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256(b"").digest()
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\1" + defined(leaves[:middle]) + defined(leaves[middle:])).digest()


def test_the_roots_are_the_published_ones() -> None:
    tree = Tree()
    assert tree.root() == EMPTY == defined([])
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.add(leaf)
        assert tree.root().hex() == root


def test_roots_and_paths_follow_the_definition_at_every_size() -> None:
    leaves = [str(number).encode() for number in range(40)]
    tree = Tree()
    for size in range(1, len(leaves) + 1):
        tree.add(leaves[size - 1])
        root = defined(leaves[:size])
        assert tree.root() == root
        for index in range(size):
            path = inclusion_path(leaves, index, size)
            assert root_from_path(leaf_hash(leaves[index]), index, size, path) == root
            assert root_from_path(leaf_hash(b"other"), index, size, path) != root
            assert root_from_path(leaf_hash(leaves[index]), index, size, [*path, root]) is None
            assert not path or root_from_path(leaf_hash(leaves[index]), index, size, path[:-1]) != root


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    with pytest.raises(ValueError, match="leaf 3"):
        inclusion_path([b"a"] * 3, 3, 3)
    with pytest.raises(ValueError, match="2 lines"):
        inclusion_path([b"a"] * 2, 0, 3)
