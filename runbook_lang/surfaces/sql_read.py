"""Which single statements are surely reads. An allow-list: whatever isn't recognised is no read.

Sound for what the text shows: data-modifying CTEs, INTO, row locks and functions outside the list of
built-in readers are found at any depth. What a view or an operator of the database itself calls isn't
in the text; against that the statement also runs in a read-only transaction.
"""

from __future__ import annotations

from functools import cache

from .facts_files import facts_file
from .sql_grammar import is_grammar, names_query
from .sql_lexer import IDENT, QUOTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sql_statements import Statement

QUERY_WORDS = ("select", "values", "table", "with")
_CHANGING = frozenset({"insert", "update", "delete", "merge", "into", "copy", "call", "execute", "lock"})
_LOCKS = frozenset({"update", "share", "no", "key"})
_EXPLAINED = (*QUERY_WORDS, "insert", "update", "delete", "merge")

_DEFINING = ("create", "alter", "drop")
_NAMES_FOLLOW = ("table", "exists", "references", "key", "index", "view", "column", "constraint", "unique", "primary")
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
    if token.kind == IDENT and is_grammar(statement, index):
        return ""
    before = statement.word(index - 1)
    # `from f(…) as x(a, b)` and `with x(a, b) as (…)` name columns, `x::f(1)` and `cast(x as f(1))` a type.
    if before == "as" or (index and tokens[index - 1].text == "::") or names_query(statement, index):
        return ""
    if before == "tablesample" and name in _SAMPLERS:
        return ""
    return "" if name in _readers() else name


def _explain(statement: Statement) -> str:
    """EXPLAIN runs nothing; with ANALYZE it runs the statement, so that must be a read itself."""
    at, analyze = explained(statement)
    inner = next((statement.word(i) for i in range(at, len(statement.tokens)) if statement.tokens[i].text != "("), "")
    if inner not in _EXPLAINED:
        return f"EXPLAIN of {inner.upper() or 'this'} isn't on the list of reads"
    if analyze or inner in QUERY_WORDS:
        why = _query(statement, at)
        return f"EXPLAIN ANALYZE runs the statement, and {why}" if why and analyze else why
    return next(
        (f"the planner may call {call}()" for i in range(at, len(statement.tokens)) if (call := _planned_call(statement, i, inner))), ""
    )


def explained(statement: Statement) -> tuple[int, bool]:
    """Where the statement that an EXPLAIN is about begins, and whether that is run. An option may be written as a quoted name."""
    at = 1
    analyze = False
    if at < len(statement.tokens) and statement.tokens[at].text == "(":
        while at < len(statement.tokens) and not (statement.tokens[at].text == ")" and statement.depths[at] == 0):
            analyze = analyze or statement.word(at) in ("analyze", "analyse") or statement.tokens[at].kind == QUOTED
            at += 1
        at += 1
    while statement.word(at) in ("analyze", "analyse", "verbose"):
        analyze = analyze or statement.word(at) != "verbose"
        at += 1
    return at, analyze


def outside_call(statement: Statement) -> str:
    """A function in the statement that isn't known to be a reader, '' for none: what it does may outlast a rollback."""
    verb = statement.word(0)
    for index in range(len(statement.tokens)):
        if verb in _DEFINING and _names(statement, index):
            continue
        call = _planned_call(statement, index, "insert" if verb in ("insert", "with") else verb)
        if call:
            return call
    return ""


def _names(statement: Statement, index: int) -> bool:
    """Whether what is made or changed has its name at a token, with columns behind it. ON is that of CREATE INDEX, or of a join."""
    before = statement.word(index - 1)
    return before in _NAMES_FOLLOW or (before == "on" and any(word in ("index", "unique") for word in statement.words(2)))


def _planned_call(statement: Statement, index: int, inner: str) -> str:
    """As `_call`, but `insert into s.t (a, b)` names columns."""
    first = index
    while first > 1 and statement.tokens[first - 1].text == ".":
        first -= 2
    return "" if inner == "insert" and statement.word(first - 1) == "into" else _call(statement, index)


@cache
def _readers() -> frozenset[str]:
    return frozenset(facts_file("sql_functions")["functions"].split())
