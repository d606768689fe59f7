"""When a window is next open: hours of a week in a zone, on the line of UTC.

Works minute by minute of local time through `zoneinfo`, so both changes of summer time, midnight and the
week's end come out as a clock on the wall shows them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .hours import Hours

MINUTE_US = 60_000_000
WEEK_MINUTES = 7 * 24 * 60


def next_open(hours: Hours, zone: str) -> Callable[[int], int]:
    """A function from a moment (microseconds, UTC) to the first moment from then on at which the hours are open.

    Within eight days; the moment itself when it is open now, or when the hours are never open.
    """

    def opening(now: int) -> int:
        if _is_open(hours, zone, now):
            return now
        start = now - now % MINUTE_US
        for minute in range(1, WEEK_MINUTES + 24 * 60):
            moment = start + minute * MINUTE_US
            if _is_open(hours, zone, moment):
                return moment
        return now

    return opening


def _is_open(hours: Hours, zone: str, micros: int) -> bool:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    local = datetime.fromtimestamp(micros // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return hours.open_at(local.weekday(), local.hour * 60 + local.minute)
