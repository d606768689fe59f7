"""Hours of the week as a policy writes them: `mon-fri 09:00-18:00`, `fri 22:00-02:00, sun`, `24x7`.

Everything here is local time without a date; what a zone makes of it is the caller's business. Minutes
count from Monday 00:00, so a week is the range 0 <= minute < 10080.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record
from ..base.suggest import meant, nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 24 * 60
WEEK = 7 * DAY
ALWAYS = "24x7"
HELP = "Write for example 'mon-fri 09:00-18:00', 'fri 22:00-02:00, sun' or '24x7'."

_PART = lazy(r"(?:(?P<days>[A-Za-z]+(?:\s*-\s*[A-Za-z]+)?)(?:\s+|$))?(?P<times>[0-9].*)?")
_TIMES = lazy(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")


class Hours(Record):
    """`ranges` are half-open, sorted, apart, within one week; `text` is what the author wrote."""

    text: str
    ranges: tuple[tuple[int, int], ...]

    def open_at(self, weekday: int, minute: int) -> bool:
        """Whether the hours hold at a local time: weekday 0 is Monday, `minute` counts from midnight."""
        moment = weekday * DAY + minute
        return any(start <= moment < end for start, end in self.ranges)

    def until_change(self, weekday: int, minute: int) -> int | None:
        """Minutes of local time until the hours next open or close; None when they never do."""
        moment = weekday * DAY + minute
        edges = {edge % WEEK for bounds in self.ranges for edge in bounds}
        real = [edge for edge in edges if self._holds(edge) != self._holds(edge - 1)]
        return min(((edge - moment - 1) % WEEK + 1 for edge in real), default=None)

    def _holds(self, moment: int) -> bool:
        return any(start <= moment % WEEK < end for start, end in self.ranges)

    @property
    def always(self) -> bool:
        return self.ranges == ((0, WEEK),)


class BadHours(Exception):
    """A text is no hours; `args[0]` says why, `args[1]` what may be meant."""


def parse_hours(text: str) -> Hours:
    """The hours of a text; raises BadHours."""
    if text.strip() == ALWAYS:
        return Hours(text, ((0, WEEK),))
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        found.extend(_part(part.strip()))
    return Hours(text, _merged(found))


def _part(part: str) -> list[tuple[int, int]]:
    match = _PART.fullmatch(part)
    if not match or not part:
        raise BadHours(f"{part!r} is no days and times", HELP)
    days = _days(match["days"]) if match["days"] else range(7)
    start, end = _times(match["times"]) if match["times"] else (0, DAY)
    if end <= start:
        end += DAY
    return [(day * DAY + start, day * DAY + end) for day in days]


def _days(text: str) -> list[int]:
    """The days of `mon` or `fri-mon` (which goes over the end of the week)."""
    names = [name.strip().lower() for name in text.split("-")]
    for name in names:
        if name not in DAYS:
            near = nearest(name[:3], DAYS) if len(name) >= 3 else None
            raise BadHours(f"{name!r} is no day; days are {' '.join(DAYS)}", meant(name, near) if near else HELP)
    first, last = DAYS.index(names[0]), DAYS.index(names[-1])
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _times(text: str) -> tuple[int, int]:
    """Minutes of `09:00-18:00`; `24:00` is the end of the day."""
    match = _TIMES.fullmatch(text.strip())
    if not match:
        raise BadHours(f"{text!r} is no range of times", HELP)
    hours = [int(match[1]), int(match[3])]
    minutes = [int(match[2]), int(match[4])]
    start, end = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    if max(minutes) > 59 or start >= DAY or end > DAY:
        raise BadHours(f"{text!r} has a time that no clock shows", "Times go from 00:00 to 23:59; a range may end at 24:00.")
    if start == end:
        raise BadHours(f"{text!r} is no time at all", "For the whole day leave the times out, or write 00:00-24:00.")
    return start, end


def _merged(ranges: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Sorted, with what goes over the end of the week at its beginning, and with neighbours joined."""
    cut: list[tuple[int, int]] = []
    for start, end in ranges:
        cut.append((start, min(end, WEEK)))
        if end > WEEK:
            cut.append((0, end - WEEK))
    out: list[tuple[int, int]] = []
    for start, end in sorted(cut):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return tuple(out)
