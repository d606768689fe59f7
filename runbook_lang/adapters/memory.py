"""A journal that lives in memory: for runs that leave nothing behind, such as those of case files."""

from __future__ import annotations

from .lines import FIRST_PREV, decode, encode_body
from .masked_event import mask_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.events import Event
    from .mask import Masker


class MemoryJournal:
    """`ports.Journal`. What comes back is masked, encoded and decoded as it would be through a file; `lines` are the bytes."""

    __slots__ = ("_masker", "events", "lines", "prev", "tight")

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self.events: list[Event] = []
        self.lines: list[bytes] = []
        self.prev = FIRST_PREV
        self.tight = False

    def append(self, event: Event, *, flush: bool = True) -> Event:
        """Never fails for the disk. Raises BadLine for an event that no line can hold."""
        from ..machine.events import to_wire

        raw, digest = encode_body(mask_body(to_wire(event), self._masker), self.prev)
        seen, _ = decode(raw, self.prev)
        self.prev = digest
        self.lines.append(raw)
        self.events.append(seen)
        return seen

    def close(self) -> None:
        """Nothing to give up."""
