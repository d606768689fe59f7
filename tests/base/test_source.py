"""Places in a text: lines and columns from 1, offsets in characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.source import Source, Span

TEXT = "é: 1\r\n\nb: 😀x\n"


@pytest.mark.parametrize(
    ("offset", "place"),
    [(0, (1, 1)), (3, (1, 4)), (5, (1, 6)), (6, (2, 1)), (7, (3, 1)), (10, (3, 4)), (11, (3, 5)), (13, (4, 1)), (99, (4, 1)), (-1, (1, 1))],
)
def test_an_offset_has_a_line_and_a_column(offset: int, place: tuple[int, int]) -> None:
    assert Source("file", TEXT).position(offset) == place


def test_lines_come_without_their_breaks() -> None:
    source = Source("file", TEXT)
    assert [source.line(number) for number in range(6)] == ["", "é: 1", "", "b: 😀x", "", ""]


def test_an_empty_text_has_one_empty_line() -> None:
    source = Source("file", "")
    assert source.position(0) == (1, 1)
    assert source.line(1) == ""
    assert source.line(2) == ""


def test_a_span_knows_its_text_and_place() -> None:
    span = Span(Source("file", TEXT), 10, 12)
    assert (span.line, span.column, span.text, repr(span)) == (3, 4, "😀x", "file:3:4")


@given(st.text(st.sampled_from("ab\n\r"), max_size=30))
def test_a_position_leads_back_to_its_offset(text: str) -> None:
    source = Source("file", text)
    for offset in range(len(text) + 1):
        line, column = source.position(offset)
        assert source.starts[line - 1] + column - 1 == offset
        assert text.count("\n", 0, offset) == line - 1
