"""No expression can hold up a run, exhaust the memory or the stack, whoever wrote it."""

from __future__ import annotations

import pytest

from runbook_lang.expr.check import Env, check
from runbook_lang.expr.compile import compile_expr
from runbook_lang.expr.limits import MAX_LENGTH
from runbook_lang.expr.parse import parse
from runbook_lang.expr.values import EvalError, SyntaxProblem


def chain(count: int, body: str) -> str:
    return '["a", "b"]' + f".map(x, {body})" * count


TOO_DEEP = [
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 5000,
    "!" * 5000 + "true",
    "-" * 5000 + "1",
    "a" + ".a" * 5000,
    "a" + "[0]" * 5000,
    "1" + "+1" * 3000,
    "f(" * 5000,
    "{1:" * 3000,
    "true?1:" * 2000 + "1",
    "[" + "1," * 9000 + "1]",
    "a" * (MAX_LENGTH + 1),
    "a.all(x," * 2000,
]
TOO_MUCH_WORK = [
    chain(60, "[x + x, x + x]"),
    chain(120, "[x, x]"),
    chain(100, '{"a": x, "b": x}'),
    f"({chain(90, '[x, x]')}) == ({chain(90, '[x, x]')})",
    f"{chain(90, '[x, x]')} in [{chain(90, '[x, x]')}]",
    "[0, 1].all(x, " * 40 + "true" + ")" * 40,
    "'x'.replace('', 'yyyyyyyy')" + ".replace('', 'zzzzzzzz')" * 20,
    "[['" + "x" * 5000 + "'].join(',')]" + ".map(x, x + x)" * 30,
]


@pytest.mark.parametrize("text", TOO_DEEP, ids=lambda text: text[:12])
def test_a_text_over_a_bound_is_refused(text: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse(text)
    assert caught.value.code == "RB205"


@pytest.mark.parametrize("text", TOO_MUCH_WORK, ids=lambda text: text[:24])
def test_work_over_the_budget_is_an_error(text: str) -> None:
    with pytest.raises(EvalError) as caught:
        compile_expr(parse(text))({}, None)
    assert caught.value.code == "RB246"


def test_the_budget_error_is_not_absorbed_by_or() -> None:
    with pytest.raises(EvalError) as caught:
        compile_expr(parse(f"({chain(90, '[x, x]')}) == ({chain(90, '[x, x]')}) || true"))({}, None)
    assert caught.value.code == "RB246"


@pytest.mark.parametrize(
    "text", ["(" * 120 + "1" + ")" * 120, "1" + " + 1" * 120, " && ".join(["true"] * 1000), "-" * 120 + "1", "[" * 110 + "]" * 110]
)
def test_what_is_within_the_bounds_works(text: str) -> None:
    tree = parse(text)
    assert check(tree, Env({})).problems == ()
    compile_expr(tree)({}, None)


def test_values_nested_too_deep_are_an_error() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(EvalError) as caught:
        compile_expr(parse("a == b"))({"a": deep, "b": [deep[0]]}, None)
    assert caught.value.code == "RB246"
