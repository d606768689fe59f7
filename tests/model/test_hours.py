"""Hours of the week."""

from __future__ import annotations

import pytest

from runbook_lang.model.hours import DAYS, WEEK, BadHours, parse_hours

INSIDE = [
    ("mon-fri 09:00-18:00", "mon 09:00", True),
    ("mon-fri 09:00-18:00", "fri 17:59", True),
    ("mon-fri 09:00-18:00", "fri 18:00", False),
    ("mon-fri 09:00-18:00", "mon 08:59", False),
    ("mon-fri 09:00-18:00", "sat 12:00", False),
    ("fri 22:00-02:00", "fri 22:00", True),
    ("fri 22:00-02:00", "sat 01:59", True),
    ("fri 22:00-02:00", "sat 02:00", False),
    ("fri 22:00-02:00", "fri 01:00", False),
    ("sun 22:00-02:00", "mon 01:00", True),
    ("sat-mon", "sun 12:00", True),
    ("sat-mon", "mon 23:59", True),
    ("sat-mon", "fri 23:59", False),
    ("22:00-06:00", "wed 03:00", True),
    ("22:00-06:00", "wed 06:00", False),
    ("tue 02:00-04:00, thu, sat 00:00-24:00", "thu 13:00", True),
    ("tue 02:00-04:00, thu, sat 00:00-24:00", "sat 23:59", True),
    ("tue 02:00-04:00, thu, sat 00:00-24:00", "tue 04:00", False),
    ("24x7", "sun 03:00", True),
    ("MON 9:00-10:00", "mon 09:30", True),
]


def moment(text: str) -> tuple[int, int]:
    day, time = text.split()
    return DAYS.index(day), int(time[:2]) * 60 + int(time[3:])


@pytest.mark.parametrize(("hours", "when", "inside"), INSIDE)
def test_whether_hours_hold(hours: str, when: str, inside: bool) -> None:
    assert parse_hours(hours).open_at(*moment(when)) is inside


@pytest.mark.parametrize(
    ("hours", "when", "minutes"),
    [
        ("mon-fri 09:00-18:00", "mon 08:00", 60),
        ("mon-fri 09:00-18:00", "mon 09:00", 540),
        ("mon-fri 09:00-18:00", "fri 18:00", 63 * 60),
        ("sun 22:00-02:00", "sun 23:00", 180),
        ("sat-sun, mon 00:00-01:00", "sun 23:00", 120),
        ("24x7", "mon 00:00", None),
    ],
)
def test_minutes_until_hours_open_or_close(hours: str, when: str, minutes: int | None) -> None:
    assert parse_hours(hours).until_change(*moment(when)) == minutes


@pytest.mark.parametrize("text", ["mon-fri 09:00-18:00", "fri 22:00-02:00, sun", "sat-mon 23:00-01:00, mon 00:30-05:00"])
def test_the_next_change_is_one_and_the_first(text: str) -> None:
    """Walked minute by minute over a week."""
    hours = parse_hours(text)
    for start in range(0, WEEK, 97):
        step = hours.until_change(start // 1440, start % 1440)
        assert step is not None
        held = hours.open_at(start // 1440, start % 1440)
        following = [(start + more) % WEEK for more in range(1, step + 1)]
        states = [hours.open_at(at // 1440, at % 1440) for at in following]
        assert states == [held] * (step - 1) + [not held]


def test_ranges_are_apart_and_in_one_week() -> None:
    assert parse_hours("sun 22:00-02:00, mon 01:00-03:00, mon 03:00-04:00").ranges == ((0, 240), (WEEK - 120, WEEK))
    assert parse_hours("mon-sun").always
    assert parse_hours("24x7").always


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' is no days and times"),
        ("mon,", "'' is no days and times"),
        ("monn 09:00-10:00", "'monn' is no day; days are mon tue wed thu fri sat sun"),
        ("9-18", "'9-18' is no range of times"),
        ("mon 09:00", "'09:00' is no range of times"),
        ("mon 25:00-26:00", "'25:00-26:00' has a time that no clock shows"),
        ("mon 09:60-10:00", "'09:60-10:00' has a time that no clock shows"),
        ("mon 24:00-01:00", "'24:00-01:00' has a time that no clock shows"),
        ("mon 09:00-09:00", "'09:00-09:00' is no time at all"),
        ("mon to fri", "'mon to fri' is no days and times"),
    ],
)
def test_what_is_no_hours(text: str, why: str) -> None:
    with pytest.raises(BadHours) as error:
        parse_hours(text)
    assert error.value.args[0] == why
