"""Places of the protocol and offsets: the same place, whatever characters stand before it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.lsp.documents import Change, Document, Shift
from runbook_lang.lsp.positions import UNITS, UTF16, Lines

TEXTS = st.text(alphabet="ab\n\r é🌍\u2028\x0c", max_size=40)


@pytest.mark.parametrize(
    ("encoding", "columns"),
    [("utf-8", [0, 1, 5, 6, 8]), ("utf-16", [0, 1, 3, 4, 5]), ("utf-32", [0, 1, 2, 3, 4])],
)
def test_columns_count_the_units_that_were_agreed_on(encoding: str, columns: list[int]) -> None:
    lines = Lines("x\na🌍bé", encoding)
    assert [lines.position(2 + at) for at in range(5)] == [(1, column) for column in columns]
    assert [lines.offset(1, column) for column in columns] == [2, 3, 4, 5, 6]


def test_a_place_inside_of_a_character_is_its_begin() -> None:
    assert Lines("a🌍b").offset(0, 2) == 1


@pytest.mark.parametrize(("line", "column", "offset"), [(0, 99, 1), (9, 0, 5), (1, 99, 5), (-1, 0, 0), (0, -5, 0)])
def test_a_place_outside_of_the_text_is_its_nearest_end(line: int, column: int, offset: int) -> None:
    assert Lines("a\r\nbc").offset(line, column) == offset


@given(TEXTS, st.sampled_from(sorted(UNITS)))
def test_places_and_offsets_are_inverse(text: str, encoding: str) -> None:
    lines = Lines(text, encoding)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":
            assert lines.offset(*lines.position(offset)) == offset


@given(TEXTS, TEXTS, st.data())
def test_a_change_replaces_what_it_says(text: str, new: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    document = Document("file:///x", "x", text, 0, UTF16)
    places = document.lines.position(start), document.lines.position(end)
    start, end = document.lines.offset(*places[0]), document.lines.offset(*places[1])
    document.change([Change(new, *places)], 1)
    assert document.text == text[:start] + new + text[end:]
    assert document.lines.text == document.text


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_what_was_not_changed_keeps_its_place(head: str, old: str, new: str, tail: str) -> None:
    before, after = head + old + tail, head + new + tail
    shift = Shift(before, after)
    for start in range(len(before)):
        moved = shift.to_new(start, start + 1)
        if moved is not None:
            assert after[moved[0] : moved[1]] == before[start : start + 1]
    for offset in range(len(after)):
        place = shift.to_old(offset)
        assert place is None or 0 <= place <= len(before)
        assert 0 <= shift.near_old(offset) <= len(before)
    for start in range(len(before)):
        first, last = shift.about(start, start + 1)
        assert 0 <= first <= last <= len(after)
    assert shift.to_new(0, len(head)) is not None
