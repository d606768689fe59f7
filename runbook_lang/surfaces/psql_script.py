"""The script that psql gets on its standard input: settings, bound values, one transaction, the statements.

Values never become SQL text: strings are set as psql variables and stand in the SQL as `:'p1'`, which psql
quotes itself. A value that is a secret comes from an environment variable by `\\getenv` (psql 15 and
later). Numbers, booleans and null are literals, as nothing in them can be misread.

Text, lists and data are literals without a type, so they take the type of the place where they stand
(`id = any(${ids})` works for integer, text and uuid). Moments and durations carry their type.
"""

from __future__ import annotations

from math import isfinite

from ..base.record import Record
from ..expr.tagged import dumps
from ..expr.values import Duration, SecretRef, SecretText, Timestamp, Unknown
from .kinds import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..expr.values import Value
    from .kinds import Word
    from .sql_effect import SqlFacts
    from .sql_text import SqlValue

ROW = "_runbook_row"
ROWS_MARK = "#rows"
COUNT_MARK = "#count"
DONE_MARK = "#done"

# Ends the query on the server soon after psql is gone; servers before 14, and pools, don't know the setting.
_WATCH_CLIENT = (
    "select pg_catalog.set_config(name, '500', {local}) from pg_catalog.pg_settings "
    "where name = 'client_connection_check_interval' and version() ilike '%linux%' \\g /dev/null"
)


class Binding(Record):
    """A SQL text with its values taken out. `sql` has `:'p1'` for text, `holes` are the offsets of those."""

    sql: str
    holes: frozenset[int]
    sets: tuple[str, ...]  # psql's `\\set` lines
    env: tuple[tuple[str, Word], ...]  # values that are secrets
    shown: str  # the SQL for people
    unknown: bool  # some value is only known to the run


def bind_values(value: SqlValue) -> Binding:
    """Put the values of a text's holes in place. Raises ArgumentError for a value that SQL has no form for."""
    sql: list[str] = []
    shown: list[str] = []
    holes: set[int] = set()
    sets: list[str] = []
    env: list[tuple[str, Word]] = []
    unknown = False
    length = 0
    for part in value.parts:
        if isinstance(part, str):
            piece = text = part
        else:
            name = f"p{len(holes) + 1}"
            piece, text, held = _literal(part.value, name)
            unknown = unknown or isinstance(part.value, Unknown)
            if piece.startswith(":'"):
                holes.add(length)
            if isinstance(held, str):
                sets.append(f"\\set {name} {quote(held)}")
            elif held is not None:
                env.append((f"RUNBOOK_{name.upper()}", held))
                sets.append(f"\\getenv {name} RUNBOOK_{name.upper()}")
        sql.append(piece)
        shown.append(text)
        length += len(piece)
    return Binding("".join(sql), frozenset(holes), tuple(sets), tuple(env), "".join(shown), unknown)


def _literal(value: Value, name: str) -> tuple[str, str, Word | None]:
    """(SQL, SQL for people, the value to set for `:'name'`). Numbers stand in parentheses: `-${x}` must not become a comment."""
    variable = f":'{name}'"
    if isinstance(value, Unknown):
        return variable, str(value), None
    if isinstance(value, (SecretRef, SecretText)):
        return variable, f"⟨{getattr(value, 'handle', 'secret')}⟩", value
    if value is None:
        return "NULL", "NULL", None
    if isinstance(value, bool):
        return ("TRUE", "TRUE", None) if value else ("FALSE", "FALSE", None)
    if isinstance(value, int):
        return f"({value})", str(value), None
    if isinstance(value, float):
        text = f"({value!r})" if isfinite(value) else f"('{value}'::double precision)"
        return text, text, None
    if isinstance(value, (Timestamp, Duration)):
        text = _moment(value)
        return text, text, None
    text = value if isinstance(value, str) else array(value) if _is_plain_list(value) else dumps(value)
    if "\0" in text:
        raise ArgumentError("a value for SQL holds a NUL character, which PostgreSQL can't store")
    return variable, "'" + text.replace("'", "''") + "'", text


def _moment(value: Timestamp | Duration) -> str:
    """A moment or a duration as typed SQL, to the microsecond, which is PostgreSQL's own resolution."""
    if isinstance(value, Duration):
        return f"('{value.ns // 1000} microseconds'::interval)"
    seconds, rest = divmod(value.ns // 1000, 1_000_000)
    return f"('epoch'::timestamptz + '{seconds} seconds'::interval + '{rest} microseconds'::interval)"


def _is_plain_list(value: Value) -> bool:
    return isinstance(value, list) and all(item is None or isinstance(item, (str, int, float)) for item in value)


def array(items: Sequence[Value]) -> str:
    """PostgreSQL's text form of an array, after "Array Input and Output Syntax" of its manual."""
    out = []
    for item in items:
        if item is None:
            out.append("NULL")
        elif isinstance(item, bool):
            out.append("t" if item else "f")
        elif isinstance(item, str):
            out.append('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"')
        else:
            out.append(repr(item))
    return "{" + ",".join(out) + "}"


def quote(text: str) -> str:
    """A text as one argument of a psql command: single quotes, C-like escapes, no line break inside."""
    for raw, escaped in (("\\", "\\\\"), ("'", "\\'"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(raw, escaped)
    return f"'{text}'"


# A rehearsal may neither wait for the locks of others nor hold its own for long.
_REHEARSAL = ("SET LOCAL lock_timeout = '3s';", "SET LOCAL statement_timeout = '30s';")


def rehearsed(text: str) -> str:
    """The script of a change, so that it is undone at its end; deferred constraints are checked before that."""
    head, begin, rest = text.partition("\nBEGIN;\n")
    body, commit, tail = rest.rpartition("\nCOMMIT;\n")
    assert begin and commit
    limits = "\n".join(_REHEARSAL)
    return f"{head}{begin}{limits}\n{body}\nSET CONSTRAINTS ALL IMMEDIATE;\nROLLBACK;\n{tail}"


def script(binding: Binding, facts: SqlFacts) -> str:
    """The whole standard input. A read runs in a read-only transaction that is rolled back."""
    begin, end = ("BEGIN READ ONLY;", "ROLLBACK;") if facts.effect == "read" else ("BEGIN;", "COMMIT;")
    if not facts.transactional:
        begin = end = ""
    lines = ["\\set VERBOSITY verbose", *binding.sets, begin, _WATCH_CLIENT.format(local="true" if facts.transactional else "false")]
    for index, piece in enumerate(facts.pieces):
        text = binding.sql[piece.start : piece.end]
        last = index == len(facts.pieces) - 1
        if last:
            lines.append(f"\\echo '{ROWS_MARK}'")
            text = _yielding(text, facts.rows, facts.main - piece.start)
            if facts.rows == "text":
                lines += ["\\pset format csv", "\\pset tuples_only off"]
        lines.append(f"{text}\n;")
        if piece.counts:
            lines.append(f"\\echo '{COUNT_MARK}' :ROW_COUNT")
    lines += [end, f"\\echo '{DONE_MARK}'"]
    return "\n".join(line for line in lines if line) + "\n"


def _yielding(text: str, rows: str, main: int) -> str:
    """The statement so that each row comes as one JSON object: integers whole, NULL told from ''."""
    head, body = text[:main], text[main:]
    if rows == "query":
        return f"{head}select row_to_json({ROW}) from (\n{body}\n) {ROW}"  # noqa: S608 - the author's statement; values are bound
    if rows == "returning":
        opening = f"{head.rstrip()}, {ROW} as (" if head.strip() else f"with {ROW} as ("
        return f"{opening}\n{body}\n) select row_to_json({ROW}) from {ROW}"  # noqa: S608 - the same
    return text
