"""Moments and lengths of time: text, calendar fields, time zones. Integer arithmetic in nanoseconds throughout.

The calendar is the proleptic Gregorian one; days <-> dates after Howard Hinnant's
`days_from_civil` and `civil_from_days` (public domain).
"""

from __future__ import annotations

import re

from ..base.pattern import lazy
from .limits import INT_MAX, INT_MIN
from .values import Duration, EvalError, Timestamp

SECOND = 1_000_000_000
_DAY = 86_400
TIMESTAMP_MIN = -62_135_596_800 * SECOND
"""0001-01-01T00:00:00Z"""
TIMESTAMP_MAX = 253_402_300_800 * SECOND - 1
"""9999-12-31T23:59:59.999999999Z"""

_RFC3339 = lazy(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,60}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))")
_DURATION_PART = lazy(r"([0-9]{0,40})(?:\.([0-9]{0,40}))?(ns|us|µs|μs|ms|s|m|h)")
_UNITS = {"ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_FIXED_ZONE = lazy(r"([+-]?)([0-9]{2}):([0-9]{2})")


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil_from_days(days: int) -> tuple[int, int, int]:
    """(year, month, day) of a number of days since 1970-01-01."""
    days += 719_468
    era, of_era = divmod(days, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def timestamp_of(ns: int) -> Timestamp:
    """A timestamp in range; raises EvalError (RB244) otherwise."""
    if TIMESTAMP_MIN <= ns <= TIMESTAMP_MAX:
        return Timestamp(ns)
    raise EvalError("RB244", "the timestamp is outside the years 0001 to 9999")


def duration_of(ns: int) -> Duration:
    """A duration in range; raises EvalError (RB244) otherwise."""
    if INT_MIN <= ns <= INT_MAX:
        return Duration(ns)
    raise EvalError("RB244", "the duration is longer than about 292 years (64 bits of nanoseconds)")


def parse_timestamp(text: str) -> Timestamp:
    """RFC 3339, as in 2024-05-01T12:00:00.5-04:00. Raises EvalError (RB245, RB244)."""
    found = _RFC3339.fullmatch(text)
    if found is None:
        code = "RB244" if re.match(r"[0-9]{5,}-", text) else "RB245"
        raise EvalError(code, f"{_short(text)} is not a timestamp; expected RFC 3339, like 2024-05-01T12:00:00Z")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= days_in_month(year, month) and hour < 24 and minute < 60 and second < 60):
        raise EvalError("RB245", f"{_short(text)} names no real date and time")
    nanos = int((found[7] or "")[:9].ljust(9, "0"))
    offset = _offset(found[8] or "+", found[9] or "00", found[10] or "00")
    if offset is None:
        raise EvalError("RB245", f"{_short(text)} has no valid offset from UTC")
    seconds = days_from_civil(year, month, day) * _DAY + hour * 3600 + minute * 60 + second - offset
    return timestamp_of(seconds * SECOND + nanos)


def format_timestamp(moment: Timestamp) -> str:
    """RFC 3339 in UTC with as many digits of a second as are needed."""
    seconds, nanos = divmod(moment.ns, SECOND)
    days, of_day = divmod(seconds, _DAY)
    year, month, day = civil_from_days(days)
    return f"{year:04d}-{month:02d}-{day:02d}T{of_day // 3600:02d}:{of_day // 60 % 60:02d}:{of_day % 60:02d}{_fraction(nanos)}Z"


def parse_duration(text: str) -> Duration:
    """Go's notation: signed parts with units h, m, s, ms, us, ns, as in 1h30m or -1.5s. Raises EvalError (RB245, RB244)."""
    body = text[1:] if text[:1] in ("+", "-") else text
    if body == "0":
        return Duration(0)
    total = at = 0
    while at < len(body) or not body:
        found = _DURATION_PART.match(body, at)
        if found is None or not (found[1] or found[2]):
            raise EvalError("RB245", f"{_short(text)} is not a duration; expected numbers with units, like 90s or 1h30m")
        scale = _UNITS[found[3]]
        part = found[2] or ""
        total += int(found[1] or 0) * scale + (int(part) * scale // 10 ** len(part) if part else 0)
        at = found.end()
    return duration_of(-total if text[0] == "-" else total)


def format_duration(length: Duration) -> str:
    """Decimal seconds, as CEL's string(duration): 1.5s."""
    seconds, nanos = divmod(abs(length.ns), SECOND)
    return f"{'-' if length.ns < 0 else ''}{seconds}{_fraction(nanos)}s"


def _fraction(nanos: int) -> str:
    return "." + f"{nanos:09d}".rstrip("0") if nanos else ""


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "…")


def _offset(sign: str, hours: str, minutes: str) -> int | None:
    """Seconds east of UTC; None when out of range."""
    if int(hours) > 23 or int(minutes) > 59:
        return None
    seconds = int(hours) * 3600 + int(minutes) * 60
    return -seconds if sign == "-" else seconds


def zone_offset(zone: str, moment: Timestamp) -> int:
    """Seconds east of UTC of a zone at a moment: `UTC`, `+05:30` or an IANA name. Raises EvalError (RB252)."""
    if zone == "UTC":
        return 0
    fixed = _FIXED_ZONE.fullmatch(zone)
    if fixed:
        offset = _offset(fixed[1], fixed[2], fixed[3])
        if offset is not None:
            return offset
    elif is_zone(zone):
        return _iana_offset(zone, moment)
    wanted = "UTC, an offset like +05:30 or an IANA name like America/Santiago"
    raise EvalError("RB252", f"{_short(zone)} is not a time zone; expected {wanted}")


def is_zone(zone: str) -> bool:
    """Whether a name stands for an IANA zone that this machine knows."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*", zone) or zone in ("Local", "localtime", "posixrules"):
        return False
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _iana_offset(zone: str, moment: Timestamp) -> int:
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    # Two days inside datetime's own range, so that no offset leads out of it; zones don't change there.
    seconds = min(max(moment.ns // SECOND, TIMESTAMP_MIN // SECOND + 2 * _DAY), TIMESTAMP_MAX // SECOND - 2 * _DAY)
    moved = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    offset = moved.astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def calendar_field(name: str, moment: Timestamp, offset: int) -> int:
    """What `getFullYear` and its kin answer; `offset` is in seconds east of UTC."""
    seconds, nanos = divmod(moment.ns, SECOND)
    days, of_day = divmod(seconds + offset, _DAY)
    if name == "getHours":
        return of_day // 3600
    if name == "getMinutes":
        return of_day // 60 % 60
    if name == "getSeconds":
        return of_day % 60
    if name == "getMilliseconds":
        return nanos // 1_000_000
    if name == "getDayOfWeek":
        return (days + 4) % 7
    year, month, day = civil_from_days(days)
    if name == "getDayOfYear":
        return days - days_from_civil(year, 1, 1)
    return {"getFullYear": year, "getMonth": month - 1, "getDate": day, "getDayOfMonth": day - 1}[name]


def duration_field(name: str, length: Duration) -> int:
    """Whole hours, minutes or seconds of the entire duration; the milliseconds within its last second. Towards zero."""
    size = abs(length.ns)
    if name == "getMilliseconds":
        found = size // 1_000_000 % 1000
    else:
        found = size // {"getHours": 3600 * SECOND, "getMinutes": 60 * SECOND, "getSeconds": SECOND}[name]
    return -found if length.ns < 0 else found
