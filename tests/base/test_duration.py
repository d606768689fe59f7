"""Durations: `1h30m` and back, in whole microseconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.duration import LONGEST, format_duration, human_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("0s", 0),
        ("10s", 10_000_000),
        ("5m", 300_000_000),
        ("1h30m", 5_400_000_000),
        ("90m", 5_400_000_000),
        ("2d", 172_800_000_000),
        ("250ms", 250_000),
        ("1us", 1),
        ("1s500ms", 1_500_000),
        ("366d", LONGEST),
    ],
)
def test_a_duration_is_read(text: str, micros: int) -> None:
    assert parse_duration(text) == micros


@pytest.mark.parametrize(
    "text",
    ["", "10", "s", "10 s", "10S", "30m1h", "1h1h", "1.5h", "-1s", "+1s", "1h ", "١s", "1w", "1m1ms1s", "367d", "9999999999999s", "10s\n"],
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, LONGEST))
def test_the_canonical_spelling_reads_back(micros: int) -> None:
    assert parse_duration(format_duration(micros)) == micros


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    found = parse_duration(text)
    assert found is None or 0 <= found <= LONGEST


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "0ms"),
        (420_000, "420ms"),
        (1_200_000, "1.2s"),
        (185_000_000, "3m 05s"),
        (7_800_000_000, "2h 10m"),
        (273_600_000_000, "3d 4h"),
    ],
)
def test_people_see_two_units_at_most(micros: int, text: str) -> None:
    assert human_duration(micros) == text
