"""Timestamps of events: UTC with microseconds, as text and as integer microseconds since the epoch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)


def micros_of(text: str) -> int | None:
    """Microseconds of `2026-01-02T03:04:05.678901Z`; None for anything else."""
    if len(text) != 27 or text[-1] != "Z" or text[10] != "T":
        return None
    try:
        return (datetime.fromisoformat(text) - EPOCH) // MICRO
    except ValueError:
        return None


def stamp_of(micros: int) -> str:
    """The text of a moment between the years 1 and 9999."""
    return (EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds")[:26] + "Z"
