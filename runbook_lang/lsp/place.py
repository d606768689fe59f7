"""Where the cursor is, in the terms of the language. The two forms have one reader each (`yaml_place`, `text_place`)."""

from __future__ import annotations

from ..base.record import Record
from .slots import NOTHING, Slot

KEY, VALUE, NONE = "key", "value", "none"


class Place(Record):
    """`what`: a key is written, a value, or neither (a comment).

    `start` is where the word or value begins that is being written. For a key, `slot` is the mapping it is to stand in and `there` its
    other keys; for a value, `slot` is the value's own place. `owner` is the step around it, by the offset at which that step begins, or -1.
    `outer` are the keys that lead to the slot. `keywords` are the words that the text form would take here.
    """

    what: str
    start: int
    slot: Slot = NOTHING
    there: frozenset[str] = frozenset()
    owner: int = -1
    outer: tuple[str, ...] = ()
    keywords: frozenset[str] = frozenset()
    new_item: bool = False  # a list's element is to begin here, and its `- ` isn't there yet


NOWHERE = Place(NONE, 0)
