"""The system's clocks, in integer microseconds."""

from __future__ import annotations

import time


class SystemClock:
    """`ports.Clock`. `now` never falls within one clock's life, nor below `not_before` (the `at` of the last event of a
    resumed run): a journal's moments never fall, even if the host's clock is set back.

    Nor does it stand still then: until the host's clock has caught up, time passes as the monotonic clock says. A wait of a
    second would otherwise take as long as the host's clock was set back.
    """

    __slots__ = ("_read",)

    def __init__(self, not_before: int = 0) -> None:
        self._read = (not_before, self.monotonic())  # one pair, so that two threads can't count the same time twice

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        last, then = self._read
        seen = time.monotonic_ns() // 1000
        now = max(last + seen - then, time.time_ns() // 1000)
        self._read = (now, seen)
        return now

    def monotonic(self) -> int:
        """Microseconds of a clock that never goes back and knows nothing of dates."""
        return time.monotonic_ns() // 1000
