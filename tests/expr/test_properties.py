"""What holds for every text and every expression."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.record import Record
from runbook_lang.expr import tagged
from runbook_lang.expr.ast import Expr, children, free_names
from runbook_lang.expr.check import Env, check
from runbook_lang.expr.compile import compile_expr, equal_values
from runbook_lang.expr.parse import parse
from runbook_lang.expr.regex import compile_regex
from runbook_lang.expr.template import parse_template, split_words
from runbook_lang.expr.types import SECRET
from runbook_lang.expr.unparse import unparse
from runbook_lang.expr.values import EvalError, SecretRef, SyntaxProblem, Timestamp, type_name
from tests.expr.trees import NAMES, TYPES, expressions, noise

NOW = Timestamp(0)
MANY = settings(max_examples=300, deadline=None)


def bare(node: Any) -> Any:
    """A tree without its places."""
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    if isinstance(node, Record):
        return (type(node).__name__, *(bare(getattr(node, field)) for field in node.__fields__ if field not in ("start", "end", "at")))
    return type(node), repr(node)


def within(node: Expr, low: int, high: int) -> bool:
    return low <= node.start < node.end <= high and all(within(part, node.start, node.end) for part in children(node))


@MANY
@given(st.one_of(noise, st.text(max_size=40)))
def test_any_text_parses_or_is_a_syntax_problem_with_a_place(text: str) -> None:
    try:
        tree = parse(text)
    except SyntaxProblem as problem:
        assert problem.code.startswith("RB2")
        assert 0 <= problem.start <= problem.end
        assert problem.start <= len(text)
    else:
        assert within(tree, 0, len(text))


@MANY
@given(expressions)
def test_every_evaluation_ends_in_a_value_or_an_error_with_a_place(text: str) -> None:
    tree = parse(text)
    try:
        value = compile_expr(tree)(NAMES, NOW)
    except EvalError as error:
        assert error.code.startswith("RB2")
        assert 0 <= error.start < error.end <= len(text)
    else:
        assert type_name(value) != "unsupported"


@MANY
@given(expressions)
def test_what_the_checker_says_of_the_type_is_true(text: str) -> None:
    tree = parse(text)
    checked = check(tree, Env(TYPES))
    for problem in checked.problems:
        assert 0 <= problem.start < problem.end <= len(text)
    try:
        value = compile_expr(tree)(NAMES, NOW)
    except EvalError as error:
        assert error.code != "RB248" or checked.problems
        return
    name = str(checked.type).partition("(")[0]
    if not checked.problems and name != "dyn":
        assert type_name(value) in (name, "unknown")
    if isinstance(value, SecretRef) and not checked.problems:
        assert checked.type == SECRET


@MANY
@given(expressions)
def test_a_tree_survives_being_written_and_read_again(text: str) -> None:
    tree = parse(text)
    assert bare(parse(unparse(tree))) == bare(tree)


@MANY
@given(expressions)
def test_an_evaluation_depends_on_its_free_names_only(text: str) -> None:
    tree = parse(text)
    needed = {name: NAMES[name] for name in free_names(tree) if name in NAMES}

    def run(names: dict[str, Any]) -> object:
        try:
            return tagged.dumps(compile_expr(tree)(names, NOW))
        except EvalError as error:
            return error.code, error.message

    assert run(needed) == run(NAMES)


@MANY
@given(st.one_of(noise, st.text(max_size=40)))
def test_any_text_is_a_template_and_a_command_or_has_a_diagnostic(text: str) -> None:
    for read in (parse_template, split_words):
        problems = Problems()
        found = read(text, None, problems)
        assert (found is None) is problems.failed
        if found is not None:
            try:
                found.evaluate(NAMES, NOW)
            except EvalError as error:
                assert error.code.startswith("RB2")


scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=8))
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=4)), max_leaves=12
)


@MANY
@given(values)
def test_a_value_survives_the_tagged_form(value: Any) -> None:
    text = tagged.dumps(value)
    again = tagged.loads(text)
    assert tagged.dumps(again) == text
    assert "\n" not in text


@MANY
@given(values, values)
def test_equality_is_symmetric_and_knows_no_bool_as_number(left: Any, right: Any) -> None:
    assert equal_values(left, right) == equal_values(right, left)
    if isinstance(left, bool) is not isinstance(right, bool):
        assert not equal_values(left, right)


@MANY
@given(st.text(alphabet="ab", max_size=12), st.text(alphabet="ab.*+?()|", max_size=10))
def test_matches_agrees_with_backtracking_where_both_know_the_pattern(text: str, pattern: str) -> None:
    import re

    try:
        ours = compile_regex(pattern).search(text)
    except EvalError as error:
        assert error.code == "RB220"
        return
    try:
        theirs = re.search(pattern, text) is not None
    except re.error:  # RE2 knows some that Python doesn't, such as the flags that set nothing: `(?)`
        return
    assert ours is theirs
