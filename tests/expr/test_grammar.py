"""The parser and the written grammar accept the same texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark
from lark.exceptions import UnexpectedInput

from runbook_lang.expr.parse import parse
from runbook_lang.expr.values import SyntaxProblem
from tests.expr.trees import expressions, noise

ROOT = Path(__file__).resolve().parents[2]
GRAMMAR = Lark((ROOT / "runbook_lang" / "expr" / "grammar.lark").read_text(encoding="utf-8"), parser="lalr")
BEYOND = {"RB203", "RB205", "RB209"}
"""Codes for what no grammar can say: ranges, bounds, the forms of macros."""

CASES = [
    case["expr"] for path in sorted((Path(__file__).parent / "cases").glob("*.json")) for case in json.loads(path.read_text())["cases"]
]
TERMINALS = {
    "IDENT": st.sampled_from(["a", "b1", "_c", "has", "size", "all"]),
    "SELECTOR": st.sampled_from(["a", "map", "for", "filter", "matches"]),
    "QUOTED": st.just("`a-b/c`"),
    "INT": st.sampled_from(["0", "12", "0xFf"]),
    "FLOAT": st.sampled_from(["1.5", ".5", "1e-3"]),
    "STRING": st.sampled_from(["'a'", '"\\n\\x41"', "r'\\'", "'''a'b'''", '""', '"""\n"""']),
    "IN": st.just(" in "),
    "CONSTANT": st.sampled_from(["true", "false", "null"]),
}


def by_grammar(text: str) -> bool:
    try:
        GRAMMAR.parse(text)
    except UnexpectedInput:
        return False
    return True


def by_parser(text: str) -> str | None:
    """None when the text is an expression, the code when it isn't."""
    try:
        parse(text)
    except SyntaxProblem as problem:
        return problem.code
    return None


def agree(text: str) -> bool:
    code = by_parser(text)
    return code in BEYOND or by_grammar(text) is (code is None)


@pytest.mark.parametrize("text", CASES)
def test_the_cases_are_read_alike(text: str) -> None:
    # The grammar can't tell the escape of a surrogate, or of what is beyond Unicode, from another.
    assert agree(text) or text in ("'\\ud800'", "'\\U00110000'")


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(from_lark(GRAMMAR, start="start", explicit=TERMINALS))
def test_what_the_grammar_makes_the_parser_reads(text: str) -> None:
    # A comment of the grammar may swallow what follows it; then both have to see that.
    assert agree(text)
    assert "//" in text or by_parser(text) in {None, *BEYOND}


@settings(max_examples=300, deadline=None)
@given(st.one_of(noise, expressions, st.text(alphabet="a1.e'\"\\rx (", max_size=12)))
def test_any_text_is_read_alike(text: str) -> None:
    assert agree(text)
