"""Frozen value classes without `dataclasses`."""

from __future__ import annotations

import pytest

from runbook_lang.base.record import Record, changer


class Point(Record):
    x: int
    y: int = 0


class Named(Point):
    name: str = ""
    _cache: str | None = None


class Wide(Record):
    a: int
    b: int
    c: str = ""
    d: str = ""
    _kept: int = 0


class Empty(Record):
    pass


def test_fields_come_by_position_by_name_and_by_default() -> None:
    assert (Point(1).x, Point(1).y) == (1, 0)
    assert Point(y=2, x=1) == Point(1, 2)
    assert Named(1, 2, "a").name == "a"


@pytest.mark.parametrize(("arguments", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"z": 2}), ((1,), {"x": 1})])
def test_wrong_arguments_are_refused(arguments: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(*arguments, **named)


def test_a_record_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(AttributeError):
        point.x = 2
    with pytest.raises(AttributeError):
        del point.x
    with pytest.raises(AttributeError):
        point.z = 2
    assert not hasattr(point, "__dict__")


def test_records_are_equal_by_class_and_fields() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Named(1, 2)
    assert Point(1) != 1
    assert Empty() == Empty()
    assert len({Point(1), Point(1), Named(1), Empty(), Empty()}) == 3


def test_a_cache_slot_takes_no_part() -> None:
    one, other = Named(1, name="a"), Named(1, name="a")
    object.__setattr__(one, "_cache", "filled")
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one) == "Named(x=1, y=0, name='a')"
    assert one.replace()._cache is None
    with pytest.raises(TypeError):
        Named(1, _cache="x")


def test_a_copy_differs_where_it_was_told_to() -> None:
    assert Named(1, 2, "a").replace(y=3, name="b") == Named(1, 3, "b")
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        Point(1).replace(z=1)


def test_records_match_by_position() -> None:
    match Named(1, 2, "a"):
        case Named(x, y, name):
            assert (x, y, name) == (1, 2, "a")
        case _:
            pytest.fail("no match")


def test_a_class_may_bring_its_own_construction() -> None:
    class Doubled(Record):
        x: int

        def __init__(self, x: int) -> None:
            object.__setattr__(self, "x", 2 * x)

    assert Doubled(2).x == 4
    assert Doubled(2) == Doubled(2)


def test_a_changer_changes_its_fields_and_keeps_the_others() -> None:
    change = changer(Wide, "b", "d")
    before = Wide(1, 2, c="x")
    object.__setattr__(before, "_kept", 7)  # a cache holds for its own record only
    after = change(before, 20, "y")
    assert (after, type(after)) == (Wide(1, 20, "x", "y"), Wide)
    assert (before, before._kept, after._kept) == (Wide(1, 2, c="x"), 7, 0)
    with pytest.raises(AttributeError, match="immutable"):
        after.a = 5


def test_a_changer_of_a_field_that_is_not_there_can_not_be_made() -> None:
    with pytest.raises(TypeError, match="Wide has no field e"):
        changer(Wide, "a", "e")
