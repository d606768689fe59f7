"""Hours of the week on the line of UTC: open or not, from when, until when, and time that counts only while open.

Moments are integer microseconds since the epoch, UTC. Hours are what a clock on the wall shows: an hour that is shown
twice (summer time ends) is open twice, one that is never shown (it begins) is never open. The line of UTC is cut where
the zone's offset changes; between two cuts local time is UTC plus a constant, so no minute is looked at by itself.
"""

from __future__ import annotations

from functools import lru_cache

from ..base.record import Record
from ..model.hours import DAY, Hours, parse_hours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
DAY_S = 86_400
DAY_US = DAY_S * SECOND_US
EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()
THURSDAY = 3  # the weekday of that date; Monday is 0
FAR_DAYS = 3 * 366
"""How far ahead an opening is looked for."""
_CHUNK_S = 35 * DAY_S
_LAST_S = 253_400_000_000  # some days before the end of the year 9999


class Shift(Record):
    """Hours in a zone, but for the dates on which they don't hold: `closed` days and `ranges` (first, last) of days."""

    hours: Hours
    zone: str
    closed: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()

    @property
    def always(self) -> bool:
        return self.hours.always and not self.closed and not self.ranges

    def open_at(self, moment: int) -> bool:
        """Whether the clock on the wall shows a time of these hours."""
        if self.always:
            return True
        local = moment // SECOND_US + offset_at(self.zone, moment // SECOND_US)
        day, second = divmod(local, DAY_S)
        return self._day_holds(day) and self.hours.open_at((day + THURSDAY) % 7, second // 60)

    def next_open(self, moment: int) -> int | None:
        """The first moment from then on at which it is open; None when there is none within three years."""
        if self.always:
            return moment
        for start, end in self.spans(moment // SECOND_US, moment // SECOND_US + FAR_DAYS * DAY_S):
            if end * SECOND_US > moment:
                return max(moment, start * SECOND_US)
        return None

    def closes(self, moment: int) -> int | None:
        """Of a moment at which it is open: when it is so no longer; None when that isn't within three years."""
        if self.always:
            return None
        for start, end in self.spans(moment // SECOND_US, moment // SECOND_US + FAR_DAYS * DAY_S):
            if start * SECOND_US <= moment < end * SECOND_US:
                return end * SECOND_US if end < moment // SECOND_US + FAR_DAYS * DAY_S else None
        return moment

    def after(self, moment: int, open_us: int) -> int | None:
        """The moment at which `open_us` of open time have passed; None when that isn't within three years."""
        if self.always:
            return moment + open_us
        left = open_us
        for start, end in self.spans(moment // SECOND_US, moment // SECOND_US + FAR_DAYS * DAY_S):
            begin = max(moment, start * SECOND_US)
            if end * SECOND_US - begin >= left:
                return begin + left
            left -= max(0, end * SECOND_US - begin)
        return None

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Open spans (seconds of UTC, half open) that lie in [start, end) at least in part, in order, joined where they touch."""
        pending: tuple[int, int] | None = None
        for begin, finish in self._pieces(start, min(end, _LAST_S)):
            if pending is None:
                pending = (begin, finish)
            elif begin <= pending[1]:
                pending = (pending[0], max(pending[1], finish))
            else:
                yield pending
                pending = (begin, finish)
        if pending is not None:
            yield pending

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        for begin, finish, offset in segments(self.zone, start, end):
            local, stop = begin + offset, finish + offset
            for day in range(local // DAY_S, (stop - 1) // DAY_S + 1):
                for first, last in self._of_day(day):
                    piece = (max(local, day * DAY_S + first), min(stop, day * DAY_S + last))
                    if piece[0] < piece[1]:
                        yield piece[0] - offset, piece[1] - offset

    def _of_day(self, day: int) -> Iterator[tuple[int, int]]:
        """Seconds of a local day (counted from the epoch) at which it is open."""
        if not self._day_holds(day):
            return
        base = (day + THURSDAY) % 7 * DAY
        for start, end in self.hours.ranges:
            first, last = max(start, base), min(end, base + DAY)
            if first < last:
                yield (first - base) * 60, (last - base) * 60

    def _day_holds(self, day: int) -> bool:
        if not self.closed and not self.ranges:
            return True
        text = date_text(day)
        return text not in self.closed and not any(first <= text <= last for first, last in self.ranges)


def date_text(day: int) -> str:
    """`2026-01-31` of a day counted from the epoch."""
    from datetime import date

    return date.fromordinal(day + EPOCH_ORDINAL).isoformat()


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name. Raises what ZoneInfo raises: names are judged when a policy is read."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def offset_at(zone: str, second: int) -> int:
    """Seconds that the zone's clocks are ahead of UTC at a moment."""
    from datetime import UTC, datetime

    away = datetime.fromtimestamp(second, UTC).astimezone(zone_of(zone)).utcoffset()
    return 0 if away is None else away.days * DAY_S + away.seconds


def segments(zone: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """[start, end) cut where the zone's offset changes: (first second, end, offset), in order."""
    while start < end:
        stop = min(end, start + _CHUNK_S)
        cut = _change(zone, start, stop)
        yield start, cut, offset_at(zone, start)
        start = cut


def _change(zone: str, start: int, stop: int) -> int:
    """The first second in (start, stop] at which the offset is another than at `start`; `stop` when none is.

    Changes are looked for day by day: no zone has had two within one day that make good for each other.
    """
    before = offset_at(zone, start)
    low = start
    while low < stop:
        high = min(stop, low + DAY_S)
        if offset_at(zone, high - 1) != before:
            high -= 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset_at(zone, middle) == before else (low, middle)
            return high
        low = high
    return stop


def local_stamp(zone: str, moment: int) -> str:
    """`2026-12-25 03:00 Fri` of a moment, as the zone's clocks show it."""
    from datetime import UTC, datetime

    local = datetime.fromtimestamp(moment // SECOND_US, UTC).astimezone(zone_of(zone))
    return local.strftime("%Y-%m-%d %H:%M %a")


def moment_of(zone: str, text: str) -> int | None:
    """The moment of `2026-12-25 03:00` (in the zone; of an hour shown twice the first, of one never shown the one after the
    change), or of an RFC 3339 stamp with its offset. None for anything else."""
    from datetime import datetime

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone_of(zone))
    try:
        return int(found.timestamp()) * SECOND_US + found.microsecond
    except (OverflowError, ValueError):
        return None


@lru_cache(maxsize=1024)
def hours_of(text: str) -> Hours:
    """Hours that were read once already."""
    return parse_hours(text)
