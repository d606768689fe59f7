"""The script that psql gets on its standard input: settings, bound values, one transaction, the statements.

Values never become SQL text: strings are set as psql variables and stand in the SQL as `:'p1'`, which psql
quotes itself. A value that is a secret comes from an environment variable by `\\getenv` (psql 15 and
later). Numbers, booleans and null are literals.

Text, lists and data are literals without a type, so they take the type of the place where they stand
(`id = any(${ids})` works for integer, text and uuid). Moments and durations carry their type.
"""

from __future__ import annotations

from math import isfinite

from ..base.record import Record
from ..expr.tagged import dumps
from ..expr.times import format_timestamp
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

# A backslash in a plain literal is a backslash, as the SQL was read here, whatever the role's or the database's setting. And the
# query ends on the server soon after psql is gone; servers before 14, and pools, don't know that setting.
_SETTINGS = (
    "select pg_catalog.set_config(name, case name when 'standard_conforming_strings' then 'on' else '500' end, {local}) "
    "from pg_catalog.pg_settings where name = 'standard_conforming_strings' "
    "or name = 'client_connection_check_interval' and version() ilike '%linux%' \\g /dev/null"
)


class Binding(Record):
    """A SQL text with its values taken out. `sql` has `:'p1'` for text, `holes` are the offsets of those."""

    sql: str
    holes: frozenset[int]
    sets: tuple[str, ...]  # psql's `\\set` lines
    env: tuple[tuple[str, Word], ...]  # values that are secrets


def bind_values(value: SqlValue) -> Binding:
    """Put the values of a text's holes in place. Raises ArgumentError for a value that SQL has no form for."""
    sql: list[str] = []
    holes: set[int] = set()
    sets: list[str] = []
    env: list[tuple[str, Word]] = []
    length = count = 0
    for part in value.parts:
        piece = part if isinstance(part, str) else ""
        if not isinstance(part, str):
            count += 1
            name = f"p{count}"
            piece, held = literal(part.value, name)
            if piece.startswith(":'"):
                holes.add(length)
            if isinstance(held, str):
                sets.append(f"\\set {name} {quote(held)}")
            elif held is not None:
                env.append((f"RUNBOOK_{name.upper()}", held))
                sets.append(f"\\getenv {name} RUNBOOK_{name.upper()}")
        sql.append(piece)
        length += len(piece)
    return Binding("".join(sql), frozenset(holes), tuple(sets), tuple(env))


def readable(value: SqlValue) -> str:
    """The SQL with `:p1`, `:p2`, … where values stand: the same in a plan and in a run."""
    count = 0
    out: list[str] = []
    for part in value.parts:
        if isinstance(part, str):
            out.append(part)
        else:
            count += 1
            out.append(f":p{count}")
    return "".join(out)


def literal(value: Value, name: str) -> tuple[str, Word | None]:
    """(SQL, the value to set for `:'name'`). A number stands in CAST: after a name, `(5)` would be the call of a function."""
    variable = f":'{name}'"
    if isinstance(value, Unknown):
        return variable, None
    if isinstance(value, (SecretRef, SecretText)):
        return variable, value
    if value is None:
        return "NULL", None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), None
    if isinstance(value, int):
        return f"CAST({value} AS {'integer' if -(2**31) <= value < 2**31 else 'bigint'})", None
    if isinstance(value, float):
        return (f"CAST({value!r} AS numeric)" if isfinite(value) else f"CAST('{value}' AS double precision)"), None
    if isinstance(value, (Timestamp, Duration)):
        return _moment(value), None
    text = value if isinstance(value, str) else array(value) if _is_plain_list(value) else dumps(value)
    if "\0" in text:
        raise ArgumentError("a value for SQL holds a NUL character, which PostgreSQL can't store")
    return variable, text


def _moment(value: Timestamp | Duration) -> str:
    """A moment or a duration as typed SQL, to the microsecond, which is PostgreSQL's own resolution."""
    if isinstance(value, Duration):
        return f"CAST('{value.ns // 1000} microseconds' AS interval)"
    text = format_timestamp(Timestamp(value.ns // 1000 * 1000))
    return f"CAST('{text}' AS timestamptz)"


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


def script(binding: Binding, facts: SqlFacts, effect: str, *, rehearse: bool = False) -> str:
    """The whole standard input. A read runs in a read-only transaction that is rolled back; so does, with what it
    does, a rehearsal, after its deferred constraints were checked."""
    begin, end = ["BEGIN;"], ["COMMIT;"]
    if not facts.transactional:
        begin, end = [], []
    elif rehearse:
        begin, end = ["BEGIN;", *_REHEARSAL], ["SET CONSTRAINTS ALL IMMEDIATE;", "ROLLBACK;"]
    elif effect == "read":
        begin, end = ["BEGIN READ ONLY;"], ["ROLLBACK;"]
    lines = ["\\set VERBOSITY verbose", *binding.sets, *begin, _SETTINGS.format(local="true" if facts.transactional else "false")]
    if len(facts.pieces) > 1:
        lines.append("\\o /dev/null")
    for index, piece in enumerate(facts.pieces):
        text = binding.sql[piece.start : piece.end]
        if index == len(facts.pieces) - 1:
            lines += ["\\o", f"\\echo '{ROWS_MARK}'"]
            text = _yielding(text, facts.rows, facts.main - piece.start)
            if facts.rows == "text":
                lines += ["\\pset format csv", "\\pset tuples_only off"]
        lines.append(f"{text}\n;")
        if piece.counts:
            lines.append(f"\\echo '{COUNT_MARK}' :ROW_COUNT")
    return "\n".join([*lines, *end, f"\\echo '{DONE_MARK}'"]) + "\n"


def _yielding(text: str, rows: str, main: int) -> str:
    """The statement so that each row comes as one JSON object: integers whole, NULL told from ''."""
    head, body = text[:main], text[main:]
    if rows == "query":
        return f"{head}select row_to_json({ROW}) from (\n{body}\n) {ROW}"  # noqa: S608 - the author's statement; values are bound
    if rows == "returning":
        opening = f"{head.rstrip()}, {ROW} as (" if head.strip() else f"with {ROW} as ("
        return f"{opening}\n{body}\n) select row_to_json({ROW}) from {ROW}"  # noqa: S608 - the same
    return text
