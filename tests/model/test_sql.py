"""PostgreSQL tokens, and where a value may stand in SQL."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.base.diagnostics import Problems
from runbook_lang.expr.template import parse_template
from runbook_lang.surfaces.sql_holes import check_holes
from runbook_lang.surfaces.sql_lexer import tokens
from runbook_lang.syntax.tree import Scalar
from tests.model.reading import tree

CASES = [
    ("SELECT a.b", "ident:SELECT ident:a punct:. ident:b"),
    ("a$b _x é1", "ident:a$b ident:_x ident:é1"),
    ('"a ""b"" c" U&"d"', 'quoted:"a ""b"" c" quoted:U&"d"'),
    ("'it''s' E'a\\'b' e'\\\\' n'x' B'01' U&'d'", "string:'it''s' string:E'a\\'b' string:e'\\\\' string:n'x' string:B'01' string:U&'d'"),
    ("'a\\' b", "string:'a\\' ident:b"),
    ("$$a'b$$ $x$ $$ $x$ $1 $", "dollar:$$a'b$$ dollar:$x$ $$ $x$ param:$1 punct:$"),
    ("1 1.5 .5 1e-3 0xFF 1_000 1..2", "number:1 number:1.5 number:.5 number:1e-3 number:0xFF number:1_000 number:1 punct:.. number:2"),
    ("a -- b ' c\nd", "ident:a comment:-- b ' c ident:d"),
    ("/* a /* b */ ' */ c", "comment:/* a /* b */ ' */ ident:c"),
    ("a||b <= -1", "ident:a operator:|| ident:b operator:<= operator:- number:1"),
    ("a*-1", "ident:a operator:* operator:- number:1"),
    ("a @- b", "ident:a operator:@- ident:b"),
    ("a+--b\nc/*d*/*e", "ident:a operator:+ comment:--b ident:c comment:/*d*/ operator:* ident:e"),
    ("x::int[1:2] := ;", "ident:x punct::: ident:int punct:[ number:1 variable::2 punct:] punct::= punct:;"),
    (":a :'b' :\"c\" :{?d} a::b", "variable::a variable::'b' variable::\"c\" variable::{?d} ident:a punct::: ident:b"),
    ("\\set x 'y\nSELECT", "backslash:\\set x 'y ident:SELECT"),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_tokens(text: str, wanted: str) -> None:
    found = tokens(text)
    assert " ".join(f"{token.kind}:{token.text}" for token in found) == wanted
    assert all(token.closed for token in found)


@pytest.mark.parametrize("text", ["'abc", "'abc''", "E'a\\'", "E'a\\", '"a', "$$a", "$x$ $$", "/* a /* */", "/*"])
def test_a_token_that_the_text_ends_in_is_open_and_reaches_the_end(text: str) -> None:
    (token,) = tokens(text)
    assert (token.closed, token.end) == (False, len(text))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="aE$'\"\\-/*:1. \n;&Uué+|{?}", max_size=30))
def test_any_text_has_tokens_that_cover_all_but_white_space(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert token.end > token.start >= at
        assert text[at : token.start].strip(" \t\n\r\f\v") == ""
        assert token.text == text[token.start : token.end]
        at = token.end
    assert text[at:].strip(" \t\n\r\f\v") == ""


def problems_of(sql: str) -> list[str]:
    problems = Problems()
    node = tree("|-\n  " + sql.replace("\n", "\n  "))
    assert isinstance(node, Scalar)
    template = parse_template(node.value, node, problems)
    assert template is not None
    assert check_holes(template, problems) is not problems.failed
    return [f"{item.span.text if item.span else ''}: {item.help}" for item in problems]


GOOD = [
    "SELECT * FROM t WHERE a = ${x} AND b IN (${y}, ${z})",
    "SELECT ${x}::uuid, ARRAY[${y}], f(${z})",
    "SELECT 'a''b' || ${x} || $$c$$ -- d",
    "INSERT INTO t VALUES (${x},${y})",
    "SELECT a=${x}",
    "SELECT 'no $${hole} here'",
]


@pytest.mark.parametrize("sql", GOOD)
def test_a_hole_that_stands_alone_is_bound(sql: str) -> None:
    assert problems_of(sql) == []


BAD = [
    ("SELECT '${x}'", "Write ${x} without quotes around the value."),
    ("LIKE '%${x}%'", "Write '%' || ${x} || '%'"),
    ("LIKE 'a${x}'", "Write 'a' || ${x}"),
    ("SELECT '${x}-${y}'", "End the literal before each value and join with ||: '…' || ${x} || '…'."),
    ("SELECT E'a${x}'", "Write 'a' || ${x}"),
    ('SELECT "${x}"', "A name can't be filled in. Write it out, or choose between steps with `choose`."),
    (
        "DO $$ BEGIN ${x} END $$",
        "Inside dollar quotes nothing is filled in. Hand the value over outside of them, for example with set_config().",
    ),
    ("SELECT 1 -- ${x}", "Remove it from the comment."),
    ("/* ${x} */ SELECT 1", "Remove it from the comment."),
    ("\\set a ${x}", "A psql command can't be filled in. Use SQL."),
    ("SELECT t_${x}", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT ${x}t", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT ${x}'a'", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT a::${x}", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT E${x}", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT U&${x}", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT ${x}.${x}", "Put spaces around ${x}, or join texts with ||."),
    ("SELECT 'open ${x}", "Write 'open ' || ${x}"),
]


@pytest.mark.parametrize(("sql", "help"), BAD)
def test_a_hole_inside_of_text_shows_the_right_form(sql: str, help: str) -> None:
    assert problems_of(sql)[0] == f"x: {help}"


def test_holes_side_by_side_would_become_one_literal() -> None:
    assert len(problems_of("SELECT ${x}${y}")) == 2
