"""Which single statements are surely reads. An allow-list: whatever isn't recognised is no read.

Sound for what the text shows: data-modifying CTEs, INTO, row locks and functions outside the list of
built-in readers are found at any depth. What a view or an operator of the database itself calls isn't
in the text; against that the statement also runs in a read-only transaction.
"""

from __future__ import annotations

from functools import cache

from .facts_files import facts_file
from .sql_lexer import IDENT, QUOTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sql_statements import Statement

QUERY_WORDS = ("select", "values", "table", "with")
_CHANGING = frozenset({"insert", "update", "delete", "merge", "into", "copy", "call", "execute", "lock"})
_LOCKS = frozenset({"update", "share", "no", "key"})
_EXPLAINED = (*QUERY_WORDS, "insert", "update", "delete", "merge")

# Words that stand before `(` without calling anything: grammar, and types with a length.
_NO_CALL_WORDS = """
 all and any array as asc between bit by case char character check columns conflict cross cube dec decimal default desc distinct
 double else escape except exclude exists false fetch filter first float following for from full group having ilike in inner interval
 intersect is isnull join last lateral left like limit materialized national natural nchar next not notnull null nulls numeric of offset on
 only or order
 ordinality others outer over partition preceding precision range recursive returning right rollup rows select set sets similar
 some symmetric tablesample then ties time timestamp to true unbounded union unique using values varbit varchar varying when where window
 with within without xmlnamespaces zone
"""
_NO_CALL = frozenset(_NO_CALL_WORDS.split())
_DEFINING = ("create", "alter", "drop")
_NAMES_FOLLOW = ("table", "exists", "on", "references", "key", "index", "view", "column", "constraint", "unique", "primary")
_SAMPLERS = ("bernoulli", "system")


def why_no_read(statement: Statement) -> str:
    """'' when the statement is surely a read, else the reason why it isn't."""
    word = _first_word(statement)
    if word == "show":
        return ""
    if word == "explain":
        return _explain(statement)
    if word not in QUERY_WORDS:
        return f"{word.upper() or 'this'} isn't on the list of reads"
    return _query(statement, 0)


def _first_word(statement: Statement) -> str:
    index = 0
    while index < len(statement.tokens) and statement.tokens[index].text == "(":
        index += 1
    return statement.word(index)


def _query(statement: Statement, start: int) -> str:
    for index in range(start, len(statement.tokens)):
        word = statement.word(index)
        if word in _CHANGING:
            return f"{word.upper()} stands in it"
        if word == "for" and statement.word(index + 1) in _LOCKS:
            return f"FOR {statement.word(index + 1).upper()} locks rows"
        call = _call(statement, index)
        if call:
            return f"the function {call}() isn't on the list of built-in functions that only read"
    return ""


def _call(statement: Statement, index: int) -> str:
    """The name of a function called at a token, when it isn't known to be a reader; '' otherwise."""
    tokens = statement.tokens
    token = tokens[index]
    if token.kind not in (IDENT, QUOTED) or index + 1 >= len(tokens) or tokens[index + 1].text != "(":
        return ""
    qualified = index > 0 and tokens[index - 1].text == "."
    name = token.text.lower() if token.kind == IDENT else token.text.strip('"')
    if qualified:
        schema = tokens[index - 2].text.lower() if index > 1 else ""
        return "" if schema in ("pg_catalog", '"pg_catalog"') and name in _readers() else f"{schema}.{name}"
    if token.kind == IDENT and name in _NO_CALL:
        return ""
    before = statement.word(index - 1)
    # `from f(…) as x(a, b)` and `with x(a, b) as (…)` name columns.
    if before == "as" or _is_cte(statement, index) or (before == "tablesample" and name in _SAMPLERS):
        return ""
    return "" if name in _readers() else name


def _is_cte(statement: Statement, index: int) -> bool:
    """Whether `name (a, b) AS [NOT] [MATERIALIZED] (` begins here."""
    depth = statement.depths[index]
    close = next(
        (i for i in range(index + 2, len(statement.tokens)) if statement.depths[i] == depth and statement.tokens[i].text == ")"), None
    )
    if close is None or statement.word(close + 1) != "as":
        return False
    at = close + 2
    while statement.word(at) in ("not", "materialized"):
        at += 1
    return at < len(statement.tokens) and statement.tokens[at].text == "("


def _explain(statement: Statement) -> str:
    """EXPLAIN runs nothing; with ANALYZE it runs the statement, so that must be a read itself."""
    at = 1
    analyze = False
    if at < len(statement.tokens) and statement.tokens[at].text == "(":
        while at < len(statement.tokens) and not (statement.tokens[at].text == ")" and statement.depths[at] == 0):
            analyze = analyze or statement.word(at) in ("analyze", "analyse")
            at += 1
        at += 1
    while statement.word(at) in ("analyze", "analyse", "verbose"):
        analyze = analyze or statement.word(at) != "verbose"
        at += 1
    inner = next((statement.word(i) for i in range(at, len(statement.tokens)) if statement.tokens[i].text != "("), "")
    if inner not in _EXPLAINED:
        return f"EXPLAIN of {inner.upper() or 'this'} isn't on the list of reads"
    if analyze or inner in QUERY_WORDS:
        why = _query(statement, at)
        return f"EXPLAIN ANALYZE runs the statement, and {why}" if why and analyze else why
    return next(
        (f"the planner may call {call}()" for i in range(at, len(statement.tokens)) if (call := _planned_call(statement, i, inner))), ""
    )


def outside_call(statement: Statement) -> str:
    """A function in the statement that isn't known to be a reader, '' for none: what it does may outlast a rollback."""
    verb = statement.word(0)
    for index in range(len(statement.tokens)):
        if verb in _DEFINING and statement.word(index - 1) in _NAMES_FOLLOW:
            continue
        call = _planned_call(statement, index, "insert" if verb in ("insert", "with") else verb)
        if call:
            return call
    return ""


def _planned_call(statement: Statement, index: int, inner: str) -> str:
    """As `_call`, but `insert into t (a, b)` names columns."""
    if inner == "insert" and any(statement.word(back) == "into" for back in range(max(0, index - 3), index)):
        return ""
    return _call(statement, index)


@cache
def _readers() -> frozenset[str]:
    return frozenset(facts_file("sql_functions")["functions"].split())
