"""Codes of what concerns people: policies that are asked, escalations, notices, what comes after an incident."""

from . import Entry

CODES: dict[str, Entry] = {
    "RB760": Entry(
        "Not a moment",
        "A moment is written as a date and a time of day. Without an offset it is meant in the policy's zone.",
        bad='runbook policy who P1 --at "tomorrow"',
        good='runbook policy who P1 --at "2026-12-25 03:00"',
    ),
    "RB761": Entry(
        "A severity that the policy doesn't have",
        "The severity asked for isn't under `severities` of the policy. The message lists those that are.",
    ),
}
