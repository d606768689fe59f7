"""Timestamps of events: UTC with microseconds, as text and as integer microseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def micros_of(text: str) -> int | None:
    """Microseconds of `2026-01-02T03:04:05.678901Z`; None for anything else."""
    fraction = text[20:26]
    if len(text) != 27 or text[19] != "." or text[26] != "Z" or not (fraction.isascii() and fraction.isdigit()):
        return None
    second = _second_of(text[:19])
    return None if second is None else second * 1_000_000 + int(fraction)


def stamp_of(micros: int) -> str:
    """The text of a moment between the years 1 and 9999."""
    second, fraction = divmod(micros, 1_000_000)
    return f"{_text_of(second)}.{fraction:06d}Z"


# Neighbouring events share their second: the calendar is asked once for all of them.


@lru_cache(maxsize=8)
def _second_of(text: str) -> int | None:
    if text[10] != "T":
        return None
    try:
        return (datetime.fromisoformat(text + "+00:00") - EPOCH) // SECOND
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _text_of(second: int) -> str:
    return (EPOCH + timedelta(seconds=second)).isoformat()[:19]
