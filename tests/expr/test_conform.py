"""Cases in the format of CEL's conformance tests: what holds, what doesn't, what is no case."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.expr.check import Env, check
from runbook_lang.expr.conform import run_case
from runbook_lang.expr.parse import parse

TRUE = {"value": {"type": "bool", "value": True}}
ERROR = {"error": True}


def case(expr: str, expect: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"expr": expr, "expect": expect, **more}


STRICTER = [
    ("[1, 2][-1] == 1", "RB216"),
    ("dyn([1, 2][-1])", "RB216"),
    ("{1: 2}.a == 1", "RB215"),
    ("{1.5: 1} == {}", "RB216"),
    ("{null: 1} == {}", "RB216"),
    ("'a'.matches('(')", "RB220"),
    ("duration('1x') == duration('1s')", "RB222"),
]


@pytest.mark.parametrize(("expr", "code"), STRICTER)
def test_what_only_this_check_finds_counts_for_a_case_when_it_is_evaluated(expr: str, code: str) -> None:
    assert [problem.code for problem in check(parse(expr), Env({})).problems] == [code]
    assert run_case(case(f"dyn({expr}) || true", TRUE)) is None
    assert run_case(case(expr, ERROR)) is None


def test_a_field_of_a_map_with_other_keys_is_not_there() -> None:
    assert run_case(case("has({1: 2}.a)", {"value": {"type": "bool", "value": False}})) is None


@pytest.mark.parametrize("expr", ["{'a': 1}[1] == 1 || true", "[1]['a'] == 1 || true", "1.a == 1 || true", "nowhere || true"])
def test_what_cel_finds_before_it_evaluates_is_an_error_of_the_case(expr: str) -> None:
    assert run_case(case(expr, ERROR)) is None
    assert run_case(case(expr, TRUE)) is not None


@pytest.mark.parametrize(
    "expr", ["[0].map(a, .a.b)[0] == 7", "[0].map(b, a.b)[0] == 7", "[0].map(google, .google.protobuf.Duration == int)[0] == false"]
)
def test_a_leading_dot_looks_past_the_variables_of_macros(expr: str) -> None:
    assert run_case(case(expr, TRUE, bindings={"a.b": {"type": "int", "value": 7}})) is None
