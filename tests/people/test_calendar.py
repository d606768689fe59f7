"""Hours on the line of UTC, held against a model that looks at every minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.model.hours import DAYS, parse_hours
from runbook_lang.people.calendar import MINUTE_US, Shift, local_stamp, moment_of, segments

SANTIAGO = "America/Santiago"
# Days around which hours are hardest: both changes of the clocks in Santiago (a Saturday's midnight), midnights of years, a leap day.
HARD = ("2026-04-04", "2026-09-05", "2027-04-03", "2027-09-04", "2026-12-31", "2028-02-28", "2026-11-24", "2026-09-17")
CLOSED = ("2026-09-18", "2026-12-25", "2027-01-01", "2028-02-29", "2026-04-05", "2026-09-06")


def slow_open(shift: Shift, moment: int) -> bool:
    """What a person does: look at the clock on the wall, then at the list."""
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(ZoneInfo(shift.zone))
    if wall.date().isoformat() in shift.closed:
        return False
    return shift.hours.open_at(wall.weekday(), wall.hour * 60 + wall.minute)


def slow_next(shift: Shift, moment: int, minutes: int) -> int | None:
    if slow_open(shift, moment):
        return moment
    start = moment - moment % MINUTE_US
    return next((start + n * MINUTE_US for n in range(1, minutes) if slow_open(shift, start + n * MINUTE_US)), None)


def slow_after(shift: Shift, moment: int, minutes: int, within: int) -> int | None:
    """`moment` is on a full minute."""
    left = minutes
    for number in range(within):
        if slow_open(shift, moment + number * MINUTE_US):
            left -= 1
            if not left:
                return moment + (number + 1) * MINUTE_US
    return None


times = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.sampled_from((0, 1, 30, 59)))
parts = st.builds(
    lambda first, last, start, end: f"{first}-{last} {start}-{end}", st.sampled_from(DAYS), st.sampled_from(DAYS), times, times
).filter(lambda text: text.split()[1].split("-")[0] != text.split()[1].split("-")[1])
hours = st.lists(parts, min_size=1, max_size=2).map(", ".join) | st.just("24x7")
shifts = st.builds(
    lambda text, zone, closed: Shift(parse_hours(text), zone, frozenset(closed)),
    hours,
    st.sampled_from((SANTIAGO, SANTIAGO, "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")),
    st.sets(st.sampled_from(CLOSED)),
)
moments = st.builds(
    lambda day, minutes: int((datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minutes)).timestamp()) * 1_000_000,
    st.sampled_from(HARD),
    st.integers(0, 3 * 24 * 60),
)


@settings(max_examples=300, deadline=None)
@given(shifts, moments, st.integers(0, 59_999_999))
def test_open_is_what_the_clock_on_the_wall_says(shift: Shift, moment: int, rest: int) -> None:
    assert shift.open_at(moment + rest) == slow_open(shift, moment + rest)


@settings(max_examples=150, deadline=None)
@given(shifts, moments, st.integers(0, 59_999_999))
def test_the_next_opening_is_the_first_open_minute(shift: Shift, moment: int, rest: int) -> None:
    found = shift.next_open(moment + rest)
    slow = slow_next(shift, moment + rest, 11 * 24 * 60)
    if slow is not None:
        assert found == slow
    else:
        assert found is None or found > moment + 10 * 24 * 60 * MINUTE_US


@settings(max_examples=120, deadline=None)
@given(shifts, moments, st.integers(1, 2000))
def test_time_that_counts_only_while_open(shift: Shift, moment: int, minutes: int) -> None:
    slow = slow_after(shift, moment, minutes, 11 * 24 * 60)
    if slow is not None:
        assert shift.after(moment, minutes * MINUTE_US) == slow


@settings(max_examples=120, deadline=None)
@given(shifts, moments)
def test_an_opening_ends_at_the_first_closed_minute(shift: Shift, moment: int) -> None:
    opening = shift.next_open(moment)
    if opening is None or shift.always:
        return
    end = shift.closes(opening)
    slow = next((n for n in range(11 * 24 * 60) if not slow_open(shift, opening + n * MINUTE_US)), None)
    assert slow is None or end == opening + slow * MINUTE_US


@pytest.mark.parametrize(
    ("zone", "first", "last", "offsets"),
    [
        (SANTIAGO, "2026-04-01", "2026-04-10", [-3, -4]),
        (SANTIAGO, "2026-09-01", "2026-09-10", [-4, -3]),
        (SANTIAGO, "2026-01-01", "2027-01-01", [-3, -4, -3]),
        ("UTC", "2026-01-01", "2028-01-01", [0]),
    ],
)
def test_the_line_is_cut_where_the_offset_changes(zone: str, first: str, last: str, offsets: list[int]) -> None:
    start, end = (int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) for text in (first, last))
    found: list[int] = []
    for _, _, offset in segments(zone, start, end):
        if not found or found[-1] != offset // 3600:
            found.append(offset // 3600)
    assert found == offsets


def test_an_hour_that_is_shown_twice_is_open_twice() -> None:
    shift = Shift(parse_hours("sat 23:00-24:00"), SANTIAGO)
    start = moment_of(SANTIAGO, "2026-04-04 12:00")
    assert start is not None
    opening = shift.next_open(start)
    assert opening is not None
    assert shift.closes(opening) == opening + 120 * MINUTE_US


def test_an_hour_that_is_never_shown_is_never_open() -> None:
    shift = Shift(parse_hours("sun 00:00-01:00"), SANTIAGO)
    start = moment_of(SANTIAGO, "2026-09-05 12:00")
    assert start is not None
    opening = shift.next_open(start)
    assert opening is not None
    assert local_stamp(SANTIAGO, opening) == "2026-09-13 00:00 Sun"


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("2026-12-25 03:00", "2026-12-25T06:00:00"),
        ("2026-12-25T03:00", "2026-12-25T06:00:00"),
        ("2026-07-01 03:00", "2026-07-01T07:00:00"),
        ("2026-12-25T03:00:00Z", "2026-12-25T03:00:00"),
        ("2026-12-25T03:00+02:00", "2026-12-25T01:00:00"),
        ("2026-12-25", "2026-12-25T03:00:00"),
    ],
)
def test_moments_are_read_in_the_zone(text: str, stamp: str) -> None:
    wanted = int(datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp()) * 1_000_000
    assert moment_of(SANTIAGO, text) == wanted


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01 00:00", "25:00", "2026-02-30 10:00"])
def test_what_is_no_moment(text: str) -> None:
    assert moment_of(SANTIAGO, text) is None
