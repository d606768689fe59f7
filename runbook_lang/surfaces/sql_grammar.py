"""Which words before a `(` are grammar, so that nothing is called there.

Most of PostgreSQL's key words may name a function too, so each is grammar only in its own place; what isn't surely that is a
call. One rule carries much of it: in SQL no expression stands right behind the end of another, so a word behind an operand
isn't a function. Only DISTINCT ON (…) ends in a parenthesis that an expression follows.
"""

from __future__ import annotations

from .sql_keywords import KEYWORDS, NEVER_CALLED
from .sql_lexer import DOLLAR, IDENT, NUMBER, PARAM, QUOTED, STRING, VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .sql_statements import Statement

_BEHIND = {
    "by": ("group", "order", "partition"),
    "first": ("fetch",),
    "next": ("fetch",),
    "sets": ("grouping",),
    "zone": ("time",),
    "varying": ("bit", "char", "character", "nchar"),
    "set": ("update",),
    "join": ("left", "right", "full", "outer", "inner", "cross", "natural"),
}
_INFIX = ("like", "ilike", "escape", "columns", "join", "set")
_OPERANDS = (STRING, DOLLAR, NUMBER, PARAM, VARIABLE, QUOTED)
_LEFT_OF_A_LIST = ("select", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for")
_QUERIES = ("select", "values", "table", "with", "insert", "update", "delete", "merge")


def is_grammar(statement: Statement, index: int) -> bool:
    """Whether the word at a token, which stands before a `(`, calls nothing there."""
    word = statement.word(index)
    if word in NEVER_CALLED or statement.word(index - 1) in _BEHIND.get(word, ()):
        return True
    if word in _INFIX and _ends_operand(statement, index - 2 if statement.word(index - 1) == "not" else index - 1):
        return True
    place = _PLACES.get(word)
    return place is not None and place(statement, index)


def _ends_operand(statement: Statement, index: int) -> bool:
    if index < 0:
        return False
    token = statement.tokens[index]
    if token.text == ")":
        return _ends_list(statement, index)
    if token.kind == IDENT:
        return statement.word(index) not in KEYWORDS or (index > 0 and statement.tokens[index - 1].text == ".")
    return token.kind in _OPERANDS or token.text == "]"


def _ends_list(statement: Statement, index: int) -> bool:
    """Whether a `)` stands at a token, and not the one of DISTINCT ON (…)."""
    if index < 0 or statement.tokens[index].text != ")":
        return False
    opening = next((at for at in range(index - 1, -1, -1) if statement.depths[at] == statement.depths[index]), 0)
    return (statement.word(opening - 2), statement.word(opening - 1)) != ("distinct", "on")


def _filter(statement: Statement, index: int) -> bool:
    """`f(…) filter (where …)`, `f(…) over (…)`."""
    return _ends_list(statement, index - 1)


def _materialized(statement: Statement, index: int) -> bool:
    before = statement.word(index - 1)
    return before == "as" or (before == "not" and statement.word(index - 2) == "as")


def _conflict(statement: Statement, index: int) -> bool:
    """`on conflict (…) do`; without that DO it might be the condition of a join or of MERGE."""
    if statement.word(index - 1) != "on":
        return False
    joins = any(statement.word(at) in ("join", "merge") for at in range(index))
    return not joins or statement.word(closing(statement, index + 1) + 1) == "do"


def _grouping(statement: Statement, index: int) -> bool:
    """An item of GROUP BY or GROUPING SETS as a whole: anywhere else `cube(…)` is a call."""
    before = statement.tokens[index - 1].text.lower() if index else ""
    if before not in ("by", "all", "distinct", ",", "("):
        return False
    for at in range(index - 1, 0, -1):
        if statement.depths[at] < statement.depths[index]:
            return (statement.word(at - 2), statement.word(at - 1)) == ("grouping", "sets")
        if statement.depths[at] == statement.depths[index]:
            if (statement.word(at - 1), statement.word(at)) == ("group", "by"):
                return True
            if statement.word(at) in (*_LEFT_OF_A_LIST, "by"):
                return False
    return False


def _partitioned(statement: Statement, index: int) -> bool:
    """`create table t (…) partition by range (…)`: in a window the same words stand in parentheses, and `range(…)` is a call."""
    return statement.depths[index] == 0 and (statement.word(index - 2), statement.word(index - 1)) == ("partition", "by")


_PLACES: Mapping[str, Callable[[Statement, int], bool]] = {
    "filter": _filter,
    "over": _filter,
    "materialized": _materialized,
    "conflict": _conflict,
    "cube": _grouping,
    "rollup": _grouping,
    "range": _partitioned,
}


def closing(statement: Statement, opening: int) -> int:
    """The index of the `)` for the `(` at a token; past the end when there is none."""
    tokens, depth = statement.tokens, statement.depths[opening] if opening < len(statement.depths) else 0
    return next((at for at in range(opening + 1, len(tokens)) if statement.depths[at] == depth and tokens[at].text == ")"), len(tokens))


def with_list(statement: Statement, index: int) -> tuple[tuple[int, ...], int]:
    """The names that a WITH at a token gives to queries, as far as they can be followed, and the first token behind the list; -1 when
    it doesn't end."""
    names: list[int] = []
    at = index + (2 if statement.word(index + 1) == "recursive" else 1)
    while True:
        body = _body(statement, at)
        if body < 0:
            return tuple(names), -1
        names.append(at)
        at = _behind_search_and_cycle(statement, closing(statement, body) + 1)
        if at >= len(statement.tokens):
            return tuple(names), -1
        if statement.tokens[at].text != ",":
            return tuple(names), at
        at += 1


def _body(statement: Statement, at: int) -> int:
    """The `(` of the query in `name [(a, b)] AS [[NOT] MATERIALIZED] (query)`; -1 when no such thing begins at a token."""
    tokens = statement.tokens
    if at >= len(tokens) or tokens[at].kind not in (IDENT, QUOTED) or statement.word(at) == "ordinality":
        return -1  # WITH ORDINALITY belongs to a function in FROM
    at += 1
    if at < len(tokens) and tokens[at].text == "(":
        at = closing(statement, at) + 1
    if statement.word(at) != "as":
        return -1
    at += 1
    if (statement.word(at), statement.word(at + 1)) == ("not", "materialized"):
        at += 1
    if statement.word(at) == "materialized":
        at += 1
    first = next((index for index in range(at, len(tokens)) if tokens[index].text != "("), at)
    return at if first > at and statement.word(first) in _QUERIES else -1


def _behind_search_and_cycle(statement: Statement, at: int) -> int:
    """Behind `SEARCH … SET name` and `CYCLE … SET name [TO x DEFAULT y] USING name`."""
    while statement.word(at) in ("search", "cycle"):
        last = "set" if statement.word(at) == "search" else "using"
        at = next((index for index in range(at, len(statement.tokens)) if statement.word(index) == last), len(statement.tokens)) + 2
    return at


def names_query(statement: Statement, index: int) -> bool:
    """Whether the name at a token is one that a WITH list gives to a query, so that the `(` behind it holds names of columns."""
    depth = statement.depths[index]
    for at in range(index - 1, -1, -1):
        if statement.depths[at] < depth:
            return False
        if statement.depths[at] == depth and statement.word(at) == "with":
            return index in with_list(statement, at)[0]
    return False
