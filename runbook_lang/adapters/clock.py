"""The system's clocks, in integer microseconds."""

from __future__ import annotations

import time


class SystemClock:
    """`ports.Clock`. `now` never falls within one clock's life, nor below `not_before` (the `at` of the last event of a
    resumed run): a journal's moments never fall, even if the host's clock is set back."""

    __slots__ = ("_last",)

    def __init__(self, not_before: int = 0) -> None:
        self._last = not_before

    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last

    def monotonic(self) -> int:
        """Microseconds of a clock that never goes back and knows nothing of dates."""
        return time.monotonic_ns() // 1000
