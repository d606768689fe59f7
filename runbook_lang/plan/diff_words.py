"""Two commands word by word."""

from __future__ import annotations

from difflib import SequenceMatcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT, REMOVED, ADDED = " ", "-", "+"
_MOST = 2_000
"""Words beyond which they aren't laid side by side: that takes the square of their number."""


def diff_words(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(KEPT | REMOVED | ADDED, word) in the order of the new command, what was removed before what came in its place."""
    if len(old) + len(new) > _MOST:
        return (*((REMOVED, word) for word in old), *((ADDED, word) for word in new))
    found: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, list(old), list(new), autojunk=False).get_opcodes():
        if tag == "equal":
            found += ((KEPT, word) for word in new[j1:j2])
        else:
            found += ((REMOVED, word) for word in old[i1:i2])
            found += ((ADDED, word) for word in new[j1:j2])
    return tuple(found)


def in_order(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Of items that both have, a largest set that stands in the same order in both: the others were moved.

    The longest increasing subsequence (Knuth 1973, patience sorting), n log n.
    """
    from bisect import bisect_left

    place = {item: at for at, item in enumerate(old)}
    items = [item for item in new if item in place]
    tails: list[int] = []
    tops: list[str] = []
    before: dict[str, str | None] = {}
    for item in items:
        at = bisect_left(tails, place[item])
        before[item] = tops[at - 1] if at else None
        tails[at : at + 1] = [place[item]]
        tops[at : at + 1] = [item]
    kept: set[str] = set()
    last = tops[-1] if tops else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return kept
