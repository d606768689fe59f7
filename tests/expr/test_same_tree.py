"""The parser and the written grammar make the same tree of a text, in both directions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.extra.lark import from_lark
from lark import Lark, Token, Tree

from runbook_lang.expr import ast
from runbook_lang.expr.parse import parse
from runbook_lang.expr.unparse import unparse
from runbook_lang.expr.values import SyntaxProblem
from tests.examples import many
from tests.expr.test_grammar import BEYOND, CASES, TERMINALS, by_grammar
from tests.expr.test_grammar import GRAMMAR as PLAIN
from tests.expr.trees import expressions

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path(__file__).resolve().parents[2] / "runbook_lang" / "expr" / "grammar.lark"
GRAMMAR = Lark(FILE.read_text(encoding="utf-8"), parser="lalr", keep_all_tokens=True, maybe_placeholders=False)
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def joined(op: str, parts: list[Any]) -> Any:
    """`a && (b && c)` is the same as `(a && b) && c`."""
    flat: list[Any] = []
    for part in parts:
        flat += part[1] if isinstance(part, tuple) and part[0] == op else [part]
    return (op, flat)


def negative(count: int, operand: Any, op: str) -> Any:
    for _ in range(count):
        operand = ("unary", op, operand)
    return operand


def by_lark(node: Any) -> Any:
    """The tree of the written grammar as nested tuples, without parentheses."""
    if isinstance(node, Token):
        return ("literal", str(node)) if node.type in ("INT", "FLOAT", "STRING", "CONSTANT") else ("name", str(node))
    kind, parts = node.data, node.children
    if kind == "start":
        return by_lark(parts[0])
    if kind == "expr":
        return ("if", by_lark(parts[0]), by_lark(parts[2]), by_lark(parts[4]))
    if kind in ("or_", "and_"):
        return joined(str(parts[1]), [by_lark(parts[0]), by_lark(parts[2])])
    if kind in ("relation", "addition", "multiplication"):
        return ("binary", str(parts[1]), by_lark(parts[0]), by_lark(parts[2]))
    if kind == "unary":
        signs = list(parts[0].scan_values(lambda _: True))
        inner = by_lark(parts[1])
        if signs[0] == "-" and _number_first(parts[1]):  # a minus before a number is a part of it, also where `.a` follows
            return negative(len(signs) - 1, _signed(inner), "-")
        return negative(len(signs), inner, str(signs[0]))
    if kind == "member":
        return _member(parts)
    return _primary(parts)


def _number_first(node: Any) -> bool:
    while isinstance(node, Tree) and node.data == "member":
        node = node.children[0]
    return isinstance(node, Token) and node.type in ("INT", "FLOAT")


def _signed(shape: Any) -> Any:
    if shape[0] == "literal":
        return ("unary", "-", shape)
    return (shape[0], _signed(shape[1]), *shape[2:])


def _member(parts: list[Any]) -> Any:
    target = by_lark(parts[0])
    if parts[1] == "[":
        return ("index", target, by_lark(parts[2]))
    field = str(parts[2]).strip("`")
    return ("select", target, field) if len(parts) == 3 else ("call", target, field, _items(parts[3]))


def _primary(parts: list[Any]) -> Any:
    first = parts[0]
    if first == "(":
        return by_lark(parts[1])
    if first == "[":
        return ("list", _several(parts[1]) if isinstance(parts[1], Tree) or parts[1] != "]" else [])
    if first == "{":
        return ("map", _entries(parts[1]) if isinstance(parts[1], Tree) else [])
    if first == ".":
        return ("root", str(parts[1])) if len(parts) == 2 else ("call", None, str(parts[1]), _items(parts[2]))
    return ("call", None, str(first), _items(parts[1])) if len(parts) == 2 else by_lark(first)


def _items(arguments: Tree[Any]) -> list[Any]:
    return _several(arguments.children[1]) if len(arguments.children) == 3 else []


def _several(node: Any) -> list[Any]:
    assert isinstance(node, Tree)
    assert node.data == "items"
    if len(node.children) == 1:
        return [by_lark(node.children[0])]
    return [*_several(node.children[0]), by_lark(node.children[2])]


def _entries(node: Tree[Any]) -> list[Any]:
    if node.data == "entry":
        return [(by_lark(node.children[0]), by_lark(node.children[2]))]
    return [entry for child in node.children if isinstance(child, Tree) for entry in _entries(child)]


def by_parser(node: ast.Expr, text: str) -> Any:
    """The tree of the parser in the same form."""

    def go(part: ast.Expr) -> Any:
        return by_parser(part, text)

    if isinstance(node, ast.Literal):
        raw = text[node.start : node.end]
        return ("unary", "-", ("literal", re.sub(r"//[^\r\n]*", "", raw[1:]).strip())) if raw.startswith("-") else ("literal", raw)
    if isinstance(node, ast.Ident):
        return ("root" if node.root else "name", node.name)
    if isinstance(node, ast.Select):
        return ("select", go(node.operand), node.field)
    if isinstance(node, ast.Has):
        return ("call", None, "has", [("select", go(node.operand), node.field)])
    if isinstance(node, ast.Index):
        return ("index", go(node.operand), go(node.index))
    if isinstance(node, ast.Call):
        return ("call", None if node.target is None else go(node.target), node.function, [go(item) for item in node.args])
    return _operation(node, go)


def _operation(node: ast.Expr, go: Callable[[ast.Expr], Any]) -> Any:
    if isinstance(node, ast.Unary):
        return ("unary", node.op, go(node.operand))
    if isinstance(node, ast.Binary):
        return ("binary", node.op, go(node.left), go(node.right))
    if isinstance(node, ast.Logic):
        return joined(node.op, [go(item) for item in node.operands])
    if isinstance(node, ast.Conditional):
        return ("if", go(node.test), go(node.yes), go(node.no))
    if isinstance(node, ast.ListExpr):
        return ("list", [go(item) for item in node.items])
    if isinstance(node, ast.MapExpr):
        return ("map", [(go(key), go(value)) for key, value in node.entries])
    assert isinstance(node, ast.Macro)
    more = [node.body] if node.where is None else [node.where, node.body]
    return ("call", go(node.over), node.kind, [("name", node.var), *map(go, more)])


def check(text: str) -> bool:
    """Compare the trees; False for what a grammar can't say no to (ranges, bounds, forms of macros, escapes of no character)."""
    try:
        tree = parse(text)
    except SyntaxProblem as problem:
        assert problem.code in {"RB202", *BEYOND} or not by_grammar(text)
        return False
    assert by_lark(GRAMMAR.parse(text)) == by_parser(tree, text)
    return True


@pytest.mark.parametrize("text", CASES)
def test_of_the_cases_both_make_the_same_tree(text: str) -> None:
    check(text)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_of_an_expression_both_make_the_same_tree(text: str) -> None:
    check(text)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=many(10_000, 200), deadline=None, suppress_health_check=QUIET)
@given(expressions)
def test_ten_thousand_expressions_have_the_same_tree(text: str) -> None:
    if check(text):
        shortest = unparse(parse(text))
        assert by_lark(GRAMMAR.parse(shortest)) == by_parser(parse(shortest), shortest)


# Several short searches: what a search finds grows longer and longer, and the time for a text with it.
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("start", ["expr", "relation", "unary", "member"])
def test_ten_thousand_texts_of_the_grammar_have_the_same_tree(start: str) -> None:
    @settings(max_examples=many(2_500, 50), deadline=None, suppress_health_check=QUIET)
    @given(from_lark(PLAIN, start=start, explicit=TERMINALS))
    def have_the_same_tree(text: str) -> None:
        check(text)

    have_the_same_tree()
