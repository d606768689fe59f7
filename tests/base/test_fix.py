"""What a finding proposes as its correction is data, not only a sentence."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source, Span
from runbook_lang.base.suggest import did_you_mean, meant


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("titel", "title"),
        ('"titel"', '"title"'),  # the quotes stay
        ("a titel here", "a title here"),
    ],
)
def test_the_word_is_replaced_where_it_stands(text: str, fixed: str) -> None:
    source = Source("x", text)
    problems = Problems()
    problems.error("RB302", "There is no such key.", Span(source, 0, len(text)), did_you_mean("titel", ["title", "steps"]))
    fix = problems.items[0].fix
    assert fix is not None
    assert text[: fix.span.start] + fix.text + text[fix.span.end :] == fixed


@pytest.mark.parametrize("text", ["titel titel", "nothing", ""])
def test_no_correction_where_the_word_does_not_stand_exactly_once(text: str) -> None:
    problems = Problems()
    problems.error("RB302", "There is no such key.", Span(Source("x", text), 0, len(text)), did_you_mean("titel", ["title"]))
    problems.warning("RB302", "There is no such key.", None, did_you_mean("titel", ["title"]))
    assert [item.fix for item in problems] == [None, None]


def test_a_plain_sentence_proposes_nothing() -> None:
    problems = Problems()
    problems.error("RB302", "There is no such key.", Span(Source("x", "titel"), 0, 5), "Did you mean 'title'?")
    assert problems.items[0].fix is None


def test_the_sentence_is_text() -> None:
    assert meant("stp", "step", "`") == "Did you mean `step`?"
    assert did_you_mean("zzzz", ["step"]) == ""
