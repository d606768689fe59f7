"""What a SQL text does, without a server: its effect, whether it may run in a transaction, which rows it yields.

Sound, not complete: what isn't surely a read counts as a change, and what the text shows to lose data counts as
`destroy` (DO, CALL and functions can do anything; they count as a change). The list of statements that refuse a
transaction block is PostgreSQL's.
"""

from __future__ import annotations

from itertools import pairwise

from ..base.pattern import lazy
from ..base.record import Record
from ..base.suggest import did_you_mean
from .sql_columns import columns as columns_of
from .sql_grammar import with_list
from .sql_lexer import BACKSLASH, COMMENT, DOLLAR, LETTER_OR_DIGIT, NUMBER, PARAM, QUOTED, STRING, VARIABLE
from .sql_read import QUERY_WORDS, explained, outside_call, why_no_read
from .sql_statements import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sql_lexer import Token
    from .sql_statements import Statement


class SqlProblem(Record):
    """What is wrong with a text, between two offsets of it."""

    code: str
    message: str
    start: int
    end: int
    help: str = ""
    warning: bool = False


class Piece(Record):
    """One statement of the text. `counts`: its row count is a number of changed rows."""

    start: int
    end: int
    counts: bool


class SqlFacts(Record):
    """What a text does.

    `rows` says how the last statement yields rows: 'query' (as a subquery), 'returning' (as a CTE), 'text' (as
    psql prints them: SHOW, EXPLAIN), '' for none. `main` is the offset behind the last statement's own WITH list.
    `rehearsable`: run and rolled back, it leaves nothing behind but used sequence numbers. `counted`: psql tells how many rows
    are changed, as it doesn't for a change in a WITH list. `columns` are the result's
    columns with their types, as `sql_columns.columns` gives them; None when they can't be seen.
    """

    effect: str
    why: str
    pieces: tuple[Piece, ...]
    transactional: bool
    rows: str
    main: int
    repeatable: bool
    rehearsable: bool
    columns: tuple[tuple[str, str], ...] | None
    problems: tuple[SqlProblem, ...] = ()
    counted: bool = True


_DML = ("insert", "update", "delete", "merge")
_CONTROL = ("begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release")
ROLLED_BACK = (*QUERY_WORDS, *_DML, "create", "alter", "drop", "truncate", "grant", "revoke", "comment")
OUTSIDE = ("subscription", "server", "foreign", "extension", "language")
"""Objects that reach out of the database."""
STATEMENTS = frozenset(
    "abort alter analyse analyze begin call checkpoint close cluster comment commit copy create deallocate declare delete discard do drop "
    "end execute explain fetch grant import insert listen load lock merge move notify prepare reassign refresh reindex release reset "
    "revoke rollback savepoint security select set show start table truncate unlisten update vacuum values with".split()
)
"""The words that a statement of PostgreSQL 17 may begin with."""
_TOUCHES = lazy(rf"{LETTER_OR_DIGIT}|['\"$]")
_LINE_END = lazy(r"[\n\r]")
_ORDER = ("read", "change", "destroy")


def classify(text: str, holes: frozenset[int] = frozenset()) -> SqlFacts:
    """Facts of a text. `holes` are the offsets at which bound values stand as `:'name'`. Total: never raises."""
    statements, found = split(text)
    problems = [
        *_token_problems(found, holes),
        *_read_otherwise(text, found, holes),
        *(item for statement in statements for item in _statement_problems(statement)),
    ]
    if not statements:
        problems.append(SqlProblem("RB570", "the SQL text holds no statement", 0, len(text)))
        return SqlFacts(
            "change",
            "it is empty",
            (),
            transactional=True,
            rows="",
            main=0,
            repeatable=False,
            rehearsable=False,
            columns=(),
            problems=tuple(problems),
        )
    free = [statement for statement in statements if not _transactional(statement)]
    if free and len(statements) > 1:
        first = free[0]
        message = f"{' '.join(first.words(2)).strip().upper()} can't run in a transaction, so it must stand alone"
        problems.append(SqlProblem("RB576", message, first.start, first.end, "Put it in a step of its own."))
    effect, why = _effect(statements)
    last = statements[-1]
    rows, main = _rows(last)
    pieces = tuple(Piece(item.start, item.end, counts=_main_word(item)[0] in _DML) for item in statements)
    columns = columns_of(last, main) if rows in ("query", "returning") else None
    repeatable = effect == "read" or (len(statements) == 1 and _repeatable(last))
    rehearsable = not free and all(map(_rehearsable, statements))
    counted = not any(map(_changes_in_with, statements))
    return SqlFacts(effect, why, pieces, not free, rows, main, repeatable, rehearsable, columns, tuple(problems), counted)


def _effect(statements: tuple[Statement, ...]) -> tuple[str, str]:
    if len(statements) == 1:
        reason = why_no_read(statements[0])
        if not reason:
            return "read", f"one {_main_word(statements[0])[0].upper()} that only reads"
        worst = _worst(statements[0])
        return (worst[0], worst[1]) if worst[0] == "destroy" else ("change", f"not surely a read: {reason}")
    changing = [statement for statement in statements if why_no_read(statement)]
    if not changing:
        return "read", f"{len(statements)} statements that only read"
    worst = max((_worst(statement) for statement in changing), key=lambda pair: _ORDER.index(pair[0]))
    return worst if worst[0] == "destroy" else ("change", f"one of the statements is not surely a read: {why_no_read(changing[0])}")


def _worst(statement: Statement) -> tuple[str, str]:
    """'destroy' for what loses data for good, else 'change'."""
    first = statement.word(0)
    if first in ("drop", "truncate"):
        return "destroy", f"{first.upper()} can't be taken back"
    if first == "alter" and any(statement.word(index) == "drop" for index in range(len(statement.tokens))):
        return "destroy", "ALTER … DROP can't be taken back"
    if first in ("delete", "merge", "with", "explain", "prepare") and _deletes(statement):
        return "destroy", "DELETE can't be taken back"
    return "change", f"{first.upper() or 'it'} changes something"


def _deletes(statement: Statement) -> bool:
    return any(statement.word(index) in ("delete", "truncate") for index in range(len(statement.tokens)))


def _main_word(statement: Statement) -> tuple[str, int]:
    """The statement's own verb and the index at which it begins, maybe by a parenthesis: for WITH behind the list of queries."""
    begin = max(0, with_list(statement, 0)[1]) if statement.word(0) == "with" else 0
    first = next((index for index in range(begin, len(statement.tokens)) if statement.tokens[index].text != "("), begin)
    return statement.word(first), begin


def _rows(statement: Statement) -> tuple[str, int]:
    verb, index = _main_word(statement)
    start = statement.tokens[index].start
    if verb in ("show", "explain"):
        return "text", start
    if verb in QUERY_WORDS and not any(statement.word(at) == "into" and depth == 0 for at, depth in enumerate(statement.depths)):
        return "query", start
    if verb in _DML and statement.has_top("returning"):
        return "returning", start
    return "", start


def _token_problems(found: tuple[Token, ...], holes: frozenset[int]) -> Iterator[SqlProblem]:
    names = {STRING: "a literal", QUOTED: "a quoted name", DOLLAR: "a dollar-quoted text", COMMENT: "a comment"}
    for token in found:
        if not token.closed:
            yield SqlProblem("RB570", f"{names.get(token.kind, 'a part of the SQL')} isn't closed", token.start, token.end)
        elif token.kind == COMMENT:
            continue
        elif token.kind == BACKSLASH:
            yield SqlProblem(
                "RB571",
                "psql's own commands aren't run here",
                token.start,
                token.end,
                "Only SQL; what psql commands print is in the system catalogues.",
            )
        elif (
            token.kind == VARIABLE and token.start not in holes and not token.text[1:].isdecimal()
        ):  # `a[1:2]`: no variable has such a name
            yield SqlProblem(
                "RB572",
                f"{token.text} is a variable of psql, which has none here",
                token.start,
                token.end,
                "Write ${…} for a value, and spaces around ':' in an array slice.",
            )
        elif "\0" in token.text:
            yield SqlProblem("RB570", "SQL can't hold a NUL character", token.start, token.end)


def _read_otherwise(text: str, found: tuple[Token, ...], holes: frozenset[int]) -> Iterator[SqlProblem]:
    """What psql and the server, or two versions of them, cut into tokens differently: what is a literal to one is SQL to the other.

    psql reads line by line, so to it no literal goes on in the next line; to the server one does, with the escapes that it began
    with. Where it ends they decide only for `E'…'`; psql writes a bound value in that form when a backslash is in it. A number with
    letters right behind it is one broken token to some versions, and to others a number and a name, or a number and `E'…'`.
    """
    for token, after in pairwise(token for token in found if token.kind != COMMENT):
        shown = token.text[:40]
        if token.kind in (NUMBER, PARAM) and token.end == after.start and _TOUCHES.match(after.text):
            yield SqlProblem("RB570", f"trailing junk behind {shown}", token.start, after.end, f"Write a space behind {shown}.")
        if not after.text.startswith("'") or not _LINE_END.search(text, token.end, after.start):
            continue
        if token.kind == STRING and token.text[0] in "eE":
            yield SqlProblem("RB570", "a literal E'…' goes on in another line", token.start, after.end, "Write the literal in one piece.")
        elif token.start in holes:
            message = "a literal in a line below a bound value is a part of that value to PostgreSQL"
            yield SqlProblem("RB570", message, after.start, after.end, "Join texts with ||.")


def _statement_problems(statement: Statement) -> Iterator[SqlProblem]:
    first, second = statement.words(2)
    place = statement.start, statement.end
    yield from _misread(statement, first)
    if first in _CONTROL or (first, second) in (("prepare", "transaction"),):
        yield SqlProblem(
            "RB574",
            f"{first.upper()}: the executor opens and closes the transaction itself",
            *place,
            "Leave it out: all statements of a step are one transaction.",
        )
    if first == "copy" and any(statement.word(index) in ("stdin", "stdout", "program") for index in range(len(statement.tokens))):
        yield SqlProblem(
            "RB573", "COPY from or to the client, or with PROGRAM, isn't run here", *place, "Read rows with SELECT; write them with INSERT."
        )
    for start, end in _every_row(statement):
        yield SqlProblem(
            "RB575",
            f"this {statement.word(start).upper()} has no WHERE: it takes every row of the table",
            statement.tokens[start].start,
            statement.tokens[end - 1].end,
            "Write WHERE true when that is meant.",
            warning=True,
        )


def _misread(statement: Statement, first: str) -> Iterator[SqlProblem]:
    """What PostgreSQL surely doesn't read: a word that begins no statement, parentheses that don't fit. The server may be another one."""
    server = "The server decides: `runbook run --dry-run` asks it, and runs nothing."
    token = statement.tokens[0]
    if token.kind not in (BACKSLASH, VARIABLE) and token.text != "(" and first not in STATEMENTS:
        help = did_you_mean(first, STATEMENTS) or server
        yield SqlProblem("RB578", f"no statement of PostgreSQL begins with {token.text[:40]}", token.start, token.end, help, warning=True)
    depth = 0
    for token in statement.tokens:
        depth += (token.text == "(") - (token.text == ")")
        if depth < 0:
            yield SqlProblem("RB578", "this parenthesis closes none", token.start, token.end, server, warning=True)
            return
    if depth:
        yield SqlProblem("RB578", "a parenthesis isn't closed", statement.start, statement.end, server, warning=True)


def _every_row(statement: Statement) -> Iterator[tuple[int, int]]:
    """The UPDATEs and DELETEs without a WHERE of their own, as ranges of tokens: the statement itself, and those in its WITH list."""
    first = statement.word(0)
    if first not in (*_DML, "with", "explain"):
        return
    executed = first != "explain" or explained(statement)[1]
    for index in range(len(statement.tokens)) if executed else ():
        if statement.word(index) not in ("update", "delete") or not _begins(statement, index):
            continue
        depth = statement.depths[index]
        end = next((at for at in range(index, len(statement.tokens)) if statement.depths[at] < depth), len(statement.tokens))
        if not any(statement.word(at) == "where" and statement.depths[at] == depth for at in range(index, end)):
            yield index, end


def _changes_in_with(statement: Statement) -> bool:
    return any(statement.word(at) in _DML and depth and _begins(statement, at) for at, depth in enumerate(statement.depths))


def _begins(statement: Statement, index: int) -> bool:
    """Whether a statement begins here: the whole one, one behind EXPLAIN or a WITH list, or one of that list."""
    before = statement.tokens[index - 1].text.lower() if index else ""
    if before == "(":
        return statement.word(index - 2) in ("as", "materialized")
    return before in ("", ")", "explain", "analyze", "analyse", "verbose")


def _transactional(statement: Statement) -> bool:
    """Whether PostgreSQL runs the statement inside a transaction block."""
    first, second, third = statement.words(3)
    if first == "vacuum" or (first, second) in (("alter", "system"), ("discard", "all")):
        return False
    if first in ("create", "drop") and second in ("database", "tablespace", "subscription"):
        return False
    if first in ("create", "drop", "reindex", "alter") and statement.has_top("concurrently"):
        return False
    if first == "reindex":
        return not any(word in ("database", "system", "schema") for _, word in statement.top()) and not _option(statement, "concurrently")
    if (first, second) == ("alter", "database") and statement.has_top("tablespace"):
        return False
    return not (first == "cluster" and (second == "" or (second == "verbose" and third == "")))


def _rehearsable(statement: Statement) -> bool:
    """Whether a rollback undoes the statement: nothing that reaches out of the database, no function that might."""
    verb = statement.word(0)
    return (verb in ROLLED_BACK or statement.tokens[0].text == "(") and not statement.has_top(*OUTSIDE) and not outside_call(statement)


def _option(statement: Statement, name: str) -> bool:
    """Whether a word stands in a list of options in parentheses."""
    return any(depth > 0 and statement.word(index) == name for index, depth in enumerate(statement.depths))


def _repeatable(statement: Statement) -> bool:
    """Whether doing it twice is doing it once."""
    first = statement.word(0)
    if first in ("vacuum", "analyze", "reindex", "refresh"):
        return True
    words = [word for _, word in statement.top()][:8]
    pairs = list(pairwise(words))
    if first == "create":
        return ("if", "not") in pairs or (("or", "replace") in pairs)
    return first == "drop" and ("if", "exists") in pairs
