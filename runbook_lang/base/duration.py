"""Durations as authors write them (`10s`, `5m`, `1h30m`), in integer microseconds everywhere inside."""

from __future__ import annotations

from .pattern import lazy

_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
_PART = lazy(r"(\d{1,12})(ms|us|d|h|m|s)")
_WHOLE = lazy(r"(?:\d{1,12}d)?(?:\d{1,12}h)?(?:\d{1,12}m)?(?:\d{1,12}s)?(?:\d{1,12}ms)?(?:\d{1,12}us)?")
LONGEST = 366 * _UNITS["d"]


def parse_duration(text: str) -> int | None:
    """Microseconds of `1h30m`; None when it isn't a duration (units in falling order, each once) or is over a year."""
    if not text or not text.isascii() or not _WHOLE.fullmatch(text):
        return None
    total = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    return total if total <= LONGEST else None


def format_duration(micros: int) -> str:
    """The canonical spelling; `parse_duration(format_duration(n)) == n` for 0 <= n <= a year."""
    if micros == 0:
        return "0s"
    out = []
    for unit, size in _UNITS.items():
        count, micros = divmod(micros, size)
        if count:
            out.append(f"{count}{unit}")
    return "".join(out)


def human_duration(micros: int) -> str:
    """Two significant units at most, for people: `420ms`, `1.2s`, `3m 05s`, `2h 10m`, `3d 4h`."""
    if micros < 1_000_000:
        return f"{micros // 1000}ms"
    seconds = micros / 1_000_000
    if seconds < 60:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600}h"
