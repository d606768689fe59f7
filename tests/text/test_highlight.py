"""The lexer for Pygments: it loses no character, finds no error, and is found by its entry point."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Error, Keyword, Name, String

from runbook_lang.reports.highlight import RunbookLexer
from tests.text.test_reading import STEPS, TOPS
from tests.text.test_writing import TEXT

ROOT = Path(__file__).resolve().parents[2]
LEXER = RunbookLexer(stripnl=False, ensurenl=False)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        *(f"runbook x {{\n{text}\n}}\n" for text, _ in TOPS),
        *(f"runbook x {{\n  step {{\n    {text}\n  }}\n}}\n" for text, _ in STEPS),
    ],
)
def test_no_character_is_lost_or_wrong(text: str) -> None:
    tokens = list(LEXER.get_tokens(text))
    assert "".join(part for _, part in tokens) == text
    assert [part for kind, part in tokens if kind is Error] == []


@given(st.text(alphabet='ab ${}"\n;|#=step whn', max_size=60))
def test_any_text_ends(text: str) -> None:
    assert "".join(part for _, part in LEXER.get_tokens(text)) == text


def test_words_have_their_colours() -> None:
    tokens = {
        part: kind
        for kind, part in LEXER.get_tokens(
            'runbook x "T" {\n  step a "T" {\n    doctl apps get ${id} -o json\n    guard size(b) > 0\n  }\n}\n'
        )
    }
    assert tokens["guard"] is Keyword
    assert tokens["doctl"] is Name.Builtin
    assert tokens["${id}"] is String.Interpol
    assert tokens["a"] is Name.Function
    assert tokens["size"] is Name.Function


def test_the_package_names_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pygments.lexers"] == {"runbook": f"{RunbookLexer.__module__}:{RunbookLexer.__name__}"}
