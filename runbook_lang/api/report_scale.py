"""The time scale of a timeline on which a step of milliseconds and a wait of hours can both be seen."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from math import sqrt

from ..base.duration import human_duration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TICKS = 6


class Scale:
    """Maps moments (microseconds) to percent, never falling. Between two neighbouring borders (the beginnings and ends of bars) time runs
    evenly; a stretch between them is as wide as the root of its length says, so that long ones don't crush short ones."""

    def __init__(self, moments: list[int], begin: int, end: int) -> None:
        self.begin = begin
        self.end = max(end, begin + 1)
        inside = sorted({self.begin, self.end, *(one for one in moments if self.begin <= one <= self.end)})
        self._borders = inside
        self._places = [0.0]
        for before, after in pairwise(inside):
            self._places.append(self._places[-1] + sqrt(after - before))
        self._whole = self._places[-1]

    def at(self, moment: int) -> float:
        """Percent from the left."""
        moment = min(max(moment, self.begin), self.end)
        place = min(bisect_right(self._borders, moment), len(self._borders) - 1) - 1
        before, after = self._borders[place], self._borders[place + 1]
        part = (moment - before) / (after - before)
        return round(100 * (self._places[place] + part * (self._places[place + 1] - self._places[place])) / self._whole, 3)

    def ticks(self) -> list[dict[str, Any]]:
        """Labels spread over the width: the time since the beginning at each."""
        found: list[dict[str, Any]] = []
        for border in self._borders:
            left = self.at(border)
            if not found or left - found[-1]["left"] >= 100 / TICKS:
                found.append({"left": left, "text": f"+{human_duration(border - self.begin)}"})
        return found
