"""Whatever the input: a tree or findings, never an exception, and spans that lie inside the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.base.catalogue.rb1xx import CODES
from runbook_lang.syntax.text.words import HEADS, OTHER_WORDS
from runbook_lang.syntax.tree import Mapping, Sequence
from tests.examples import many
from tests.syntax.reading import scalars
from tests.text.reading import read

WORDS = [
    *sorted(HEADS),
    *sorted(OTHER_WORDS),
    "from",
    "of",
    "one",
    "with",
    "each",
    "in",
    "all",
    "every",
    "times",
    "failure",
    "repeatable",
    "a",
    "b1",
    "5m",
    "P1",
]
PIECES = st.sampled_from(
    [*WORDS, "{", "}", "[", "]", "(", ")", ",", ";", ":", "=", "|", "|-", "|2", "\n", "\n  ", "\n    ", "\t", "\r\n", '"', '"x"', '"\\n"', '"\\q"', "'", "`", "#", "# c",
     "${a}", "${", "&&", "==", "1.5", "-", "--", "//", "runbook x {\n", "step a {\n", "http get ${u}", "doctl apps list", "psql |\n    SELECT 1\n", "\x00", "\u2028", "é", "😀", "\ud800", "“"]
)  # fmt: skip
LIKE_IT = st.lists(PIECES, max_size=50).map(" ".join)


def check(text: str) -> None:
    node, problems = read(text)
    assert node is not None or problems.failed
    for item in problems:
        assert item.code in CODES
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end <= len(text)
        assert all(0 <= other.span.start <= other.span.end <= len(text) for other in item.related)
    for scalar in scalars(node):
        assert 0 <= scalar.span.start <= scalar.span.end <= len(text)
        for at in range(len(scalar.value)):
            span = scalar.locate(at, at + 1)
            assert scalar.span.start <= span.start <= span.end <= scalar.span.end
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            assert len(set(one.keys())) == len(one.entries)
            waiting += [entry.value for entry in one.entries]
        elif isinstance(one, Sequence):
            waiting += one.items


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    check(text)


@given(LIKE_IT)
def test_anything_that_looks_like_a_runbook(text: str) -> None:
    check(text)
    check("runbook x {\n" + text + "\n}\n")
    check("runbook x {\nstep a {\n" + text + "\n}\n}\n")


@pytest.mark.slow
@settings(max_examples=many(3000, 300), deadline=None)
@given(LIKE_IT)
def test_anything_that_looks_like_a_runbook_long(text: str) -> None:
    check("runbook x {\nstep a {\n" + text + "\n}\n" + text + "}\n")


@pytest.mark.parametrize(
    "text",
    [
        "runbook x {\n" + "{" * 100_000,
        "runbook x {\n set a = " + "(" * 100_000,
        "runbook x {\n set a = " + "a\n&& " * 20_000 + "\n}",
        "runbook x {\n" + "shell a\n" * 20_000 + "}",
        "runbook x {\n" + "retry\n" * 20_000 + "}",
        "runbook x {\n shell " + "${" * 50_000,
        "runbook x {\n input a: list = [" + "[" * 50_000,
        '"' * 100_000,
        "|\n" * 50_000,
        "runbook x {\n psql |\n" + "\n" * 100_000 + "}",
        "step {" * 20_000,
        "runbook x {\n" + "step a {\n" * 2_000,
    ],
    ids=range(12),
)
@pytest.mark.timeout(20)
def test_a_large_text_ends_soon(text: str) -> None:
    read(text)
