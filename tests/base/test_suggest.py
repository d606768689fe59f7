"""`did you mean`: near words, and none where nothing is near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.suggest import did_you_mean, distance, nearest

KEYS = ["expect", "retry", "timeout", "title", "guard", "when", "effect", "approve"]
WORDS = st.text(st.sampled_from("abc"), max_size=7)


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ("", "", 0),
        ("abc", "abc", 0),
        ("abc", "acb", 1),
        ("abc", "ab", 1),
        ("abc", "abxc", 1),
        ("kitten", "sitting", 3),
        ("ab", "ba", 1),
        ("", "ab", 2),
    ],
)
def test_edits_are_counted(left: str, right: str, edits: int) -> None:
    assert distance(left, right, 9) == edits


def test_a_large_distance_stops_at_the_limit() -> None:
    assert distance("aaaa", "bbbb", 2) == 3
    assert distance("a", "aaaaaaaa", 2) == 3


@given(WORDS, WORDS, st.integers(0, 8))
def test_distance_is_symmetric_and_bounded(left: str, right: str, limit: int) -> None:
    found = distance(left, right, limit)
    assert found == distance(right, left, limit)
    assert found == min(distance(left, right, 99), limit + 1)
    assert (found == 0) == (left == right)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("expct", "expect"),
        ("titel", "title"),
        ("timeuot", "timeout"),
        ("Guard", "guard"),
        ("wehn", "when"),
        ("xyz", None),
        ("", None),
        ("q" * 100, None),
    ],
)
def test_the_nearest_known_word_is_found(word: str, meant: str | None) -> None:
    assert nearest(word, KEYS) == meant


def test_of_two_equally_near_words_the_first_by_alphabet_is_taken() -> None:
    assert nearest("cat", ["rat", "bat"]) == "bat"


def test_the_help_is_a_sentence_or_nothing() -> None:
    assert did_you_mean("retyr", KEYS) == "Did you mean 'retry'?"
    assert did_you_mean("zzz", KEYS) == ""
    assert nearest("retyr", ["x" * 80]) is None
