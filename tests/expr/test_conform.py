"""Cases in the format of CEL's conformance tests: what holds, what doesn't, what is no case."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.expr.check import Env, check
from runbook_lang.expr.conform import BadCase, read_value, run_case, run_cases
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


def value(kind: Any, it: Any) -> dict[str, Any]:
    return {"type": kind, "value": it}


NO_VALUES = [
    value("timestamp", "bad"),
    value("duration", 3),
    value("double", "x"),
    value("double", True),
    value("int", "abc"),
    value("int", 1.0),
    value("int", True),
    value("int", 2**63),
    value("bool", 1),
    value("string", 1),
    value("null", 0),
    value("list", 3),
    value("list", [3]),
    value("map", {}),
    value("map", [[value("int", 1)]]),
    value("map", [[value("double", 1.5), value("int", 1)]]),
    value("map", [[value("null", None), value("int", 1)]]),
    value(["int"], 1),
    {"type": "int"},
    1,
]


@pytest.mark.parametrize("tagged", NO_VALUES, ids=str)
def test_what_is_no_tagged_value_is_neither_bound_nor_expected(tagged: Any) -> None:
    with pytest.raises(BadCase):
        read_value(tagged)
    for wrong in (case("x", ERROR, bindings={"x": tagged}), case("1 / 0", {"value": tagged}), case("'abc'", {"value": tagged})):
        with pytest.raises(BadCase):
            run_case(wrong)


@pytest.mark.parametrize(
    ("expect", "more"),
    [
        ({}, {}),
        ({"error": False}, {}),
        ({"message": "x"}, {"check_only": True}),
        (TRUE, {"bindings": [1]}),
        (TRUE, {"decls": 3}),
        (TRUE, {"decls": [{"name": "x"}]}),
        ({"deduced_type": 3}, {}),
    ],
)
def test_what_expects_nothing_or_is_of_another_form_is_no_case(expect: dict[str, Any], more: dict[str, Any]) -> None:
    with pytest.raises(BadCase):
        run_case(case("true", expect, **more))


def test_what_is_no_case_fails_alone() -> None:
    found = run_cases({"cases": [case("true", {}), case("true", TRUE), case("1u", TRUE)]})
    assert (found["passed"], len(found["left_out"])) == (1, 1)
    assert [one["why"] for one in found["failed"]] == ["this is no case: it expects neither a value, nor a type, nor an error"]


def test_the_type_of_a_type_may_be_spelt_with_its_parameter() -> None:
    assert run_case(case("int", {"deduced_type": "type(int)"})) is None
    assert run_case(case("1", {"deduced_type": "type(int)"})) is not None
