"""Where a plan's pass is, and what a body comes to."""

from __future__ import annotations

from ..base.record import Record
from .entry import RANK, YES


class Place(Record):
    """Where the pass is: how deep, and how that is reached."""

    depth: int = 0
    reached: str = YES

    def inside(self, reached: str = YES) -> Place:
        return Place(self.depth + 1, self.but(reached).reached)

    def but(self, reached: str) -> Place:
        """Here, if it is reached less surely."""
        return Place(self.depth, max(self.reached, reached, key=RANK.__getitem__))


class Way(Record):
    """What a body comes to: whether anything can follow it, and how long it may take."""

    goes_on: bool
    time_us: int | None
