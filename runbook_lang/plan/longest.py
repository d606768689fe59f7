"""How long things may take at most. None stands for a time that nothing bounds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.core import Act

_MOST_PAUSES = 10_000
DAY_US = 86_400_000_000


def total(*times: int | None) -> int | None:
    """One after the other."""
    known = [time for time in times if time is not None]
    return sum(known) if len(known) == len(times) else None


def either(*times: int | None) -> int | None:
    """Whichever of them happens."""
    return None if any(time is None for time in times) else max((time for time in times if time is not None), default=0)


def side_by_side(times: Iterable[int | None], limit: int | None) -> int | None:
    """Several at once, at most `limit` at a time, started in order (Graham's bound for list scheduling)."""
    known = list(times)
    whole, longest = total(*known), either(*known)
    if whole is None or longest is None:
        return None
    if limit is None or limit >= len(known):
        return longest
    return (whole - longest) // max(limit, 1) + longest


def turns(body: int | None, count: int | None, limit: int | None) -> int | None:
    """A loop: rounds of at most `limit` turns."""
    if count == 0 or body == 0:
        return 0
    if body is None or count is None:
        return None
    return body * -(-count // max(limit or count, 1))


def act_time(act: Act) -> int | None:
    """All attempts of an act with the pauses between them, and the questions asked when one is in doubt."""
    one = act.limit_us
    if act.applied is not None:
        one += act_time(act.applied) or 0
    retry = act.retry
    if retry is None:
        return one
    by_count = by_time = None
    if retry.times is not None:
        by_count = one * retry.times + _pauses(retry.every, retry.factor, retry.longest, retry.times - 1)
    if retry.limit is not None:
        by_time = retry.limit + one  # the last attempt may begin just before the time is over
    times = [time for time in (by_count, by_time) if time is not None]
    return min(times) if times else None


def _pauses(every: int, factor: float, longest: int | None, count: int) -> int:
    if factor == 1.0 or count > _MOST_PAUSES:
        return min(every, longest if longest is not None else DAY_US) * count if factor == 1.0 else (longest or DAY_US) * count
    most = float(longest if longest is not None else DAY_US)
    return int(sum(min(every * factor ** min(number, 64), most) for number in range(count)))
