"""The surface of psql: the effect by reading the SQL, values bound, passwords in a private file."""

from __future__ import annotations

from ..base.suggest import did_you_mean
from ..expr.types import BOOL, DYN, INT, STRING, ListType, MapType, RecordType
from ..expr.values import Duration, SecretText, Timestamp, Unknown
from .cmdline import given_word, open_text, plain_word, text_constant
from .kinds import Arg, ArgumentError, Facts, Request, Surface
from .psql_script import bind_values, readable
from .sql_effect import classify
from .sql_text import Bound, SqlValue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..base.diagnostics import Diagnostic, Problems
    from ..base.source import Span
    from ..expr.types import Type
    from ..expr.values import Value
    from .kinds import BoundArg, Call, Word
    from .sql_effect import SqlFacts

_ENVIRONMENT = (
    ("host", "PGHOST"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("database", "PGDATABASE"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("service", "PGSERVICE"),
    ("passfile", "PGPASSFILE"),
)
_ARGV = ("psql", "-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-")
PASSFILE_FIELDS = "*:*:*:*:"  # any host, port, database, user
_TYPES: Mapping[str, Type] = {"int": INT, "string": STRING, "bool": BOOL}
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class PsqlSurface(Surface):
    """SQL through `psql`, in one transaction."""

    name = "psql"
    program = "psql"
    shorthand = "sql"
    args: Mapping[str, Arg] = {
        "sql": Arg("sql", "The SQL. `${…}` becomes a bound value. Several statements are one transaction.", required=True),
        "host": Arg("text", "The server; by default PGHOST of the environment, then the local socket."),
        "port": Arg("text", "The port; by default PGPORT, then 5432."),
        "user": Arg("text", "The role; by default PGUSER, then the operating system's user."),
        "database": Arg("text", "The database; by default PGDATABASE, then the role's name."),
        "password": Arg("text", "The password; by default PGPASSWORD or PGPASSFILE of the environment.", secret_ok=True),
        "passfile": Arg("text", "A password file of your own, readable by nobody else; instead of `password`."),
        "sslmode": Arg("text", f"One of {', '.join(_SSL_MODES)}; by default PGSSLMODE. `verify-full` checks the server's name."),
        "sslrootcert": Arg("text", "A file with the certificates to trust, or `system`; by default PGSSLROOTCERT."),
        "service": Arg("text", "A name in the connection service file; by default PGSERVICE."),
    }
    secrets_from = ("PGPASSWORD",)
    env_from = (
        *(name for _, name in _ENVIRONMENT),
        "PGPASSFILE",
        "PGHOSTADDR",
        "PGSERVICEFILE",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGOPTIONS",
        "HOME",
    )

    def facts(self, call: Call, problems: Problems) -> Facts:
        sql, holes, place = bound_sql(call)
        known = classify(sql, holes)
        for item in known.problems:
            add = problems.warning if item.warning else problems.error
            add(item.code, item.message, place(item.start, item.end), item.help)
        mode = text_constant(call, "sslmode")
        if mode and mode not in _SSL_MODES:
            help = did_you_mean(mode, _SSL_MODES) or f"One of: {', '.join(_SSL_MODES)}."
            problems.error("RB577", f"{mode!r} is no sslmode", call.args["sslmode"].span, help)
        targets = [f"{label} {text}" for label, name in (("host", "host"), ("database", "database")) if (text := text_constant(call, name))]
        return Facts(known.effect, known.why, _result_type(known), repeatable=known.repeatable, targets=tuple(targets))

    def request(self, args: Mapping[str, Value]) -> Request:
        value = args.get("sql")
        if value is None:
            raise ArgumentError("there is no SQL")
        if args.get("password") is not None and args.get("passfile") is not None:
            raise ArgumentError("give a password or a passfile, not both")
        sql = SqlValue((value,)) if isinstance(value, str) else value
        binding = bind_values(sql)
        known = classify(binding.sql, binding.holes)
        wrong = next((problem for problem in known.problems if not problem.warning), None)
        if wrong is not None:
            raise ArgumentError(wrong.message)
        env: list[tuple[str, Word]] = [("PGCLIENTENCODING", "UTF8"), ("PGCONNECT_TIMEOUT", "10"), ("PGAPPNAME", "runbook")]
        for name, variable in _ENVIRONMENT:
            word = plain_word(args, name, "psql")
            if word is not None:
                env.append((variable, word))
        return Request(
            "psql",
            argv=_ARGV,
            env=tuple(env),
            stdin=readable(sql),
            files=_password_file(args),
            data={
                "parts": [part if isinstance(part, str) else None for part in sql.parts],
                "values": [as_data(part.value) for part in sql.parts if not isinstance(part, str)],
                "effect": known.effect,
                "transactional": known.transactional,
                "rehearsable": known.rehearsable,
                "rehearse": False,
            },
        )

    def rehearsal(self, request: Request) -> Request | None:
        """The same transaction, rolled back. What doesn't roll back: numbers taken from sequences, what triggers do outside."""
        if not request.data["rehearsable"] or request.data["effect"] == "read":
            return None
        return request.replace(data={**request.data, "rehearse": True})

    def rehearsed(self, request: Request) -> str:
        from .sql_rehearsal import left_behind, why_not

        text = request.stdin if isinstance(request.stdin, str) else ""
        return left_behind(text) if request.data["rehearsable"] else why_not(text)

    def inquiry(self, request: Request) -> Request | None:
        from .psql_inquiry import question

        return question(request)

    def heard(self, call: Call, request: Request, answers: Any, changed: bool) -> tuple[Diagnostic, ...]:
        from .psql_inquiry import heard

        return heard(call, request, answers, changed)

    def reshapes(self, request: Request) -> bool:
        from .psql_inquiry import request_reshapes

        return request_reshapes(request)


def bound_sql(call: Call) -> tuple[str, frozenset[int], Callable[[int, int], Span | None]]:
    """The SQL of a call with `:'p1'` for each value, the offsets of those, and what places a range of it in the file."""
    bound = call.args.get("sql")
    parts = tuple(getattr(bound.value, "parts", (bound.value,))) if bound is not None else ()
    binding = bind_values(SqlValue(tuple(part if isinstance(part, str) else Bound(Unknown(part.text)) for part in parts)))
    return binding.sql, binding.holes, lambda start, end: _place(bound, parts, start, end)


def as_data(value: Value) -> Value:
    """A bound value as JSON-like data; moments and durations in nanoseconds under a name."""
    if isinstance(value, Timestamp):
        return {"$moment": value.ns}
    if isinstance(value, Duration):
        return {"$length": value.ns}
    return value


def from_data(data: Mapping[str, Any]) -> SqlValue:
    """The SQL of a request's data: the inverse of what `request` puts there."""
    values = iter(data["values"])
    return SqlValue(tuple(Bound(_from_data(next(values))) if part is None else part for part in data["parts"]))


def _from_data(value: Value) -> Value:
    if isinstance(value, dict) and len(value) == 1:
        if "$moment" in value:
            return Timestamp(value["$moment"])
        if "$length" in value:
            return Duration(value["$length"])
    return value


def _password_file(args: Mapping[str, Value]) -> tuple[tuple[str, Word], ...]:
    """One line of a password file that holds for this attempt's connection only, wherever that goes.

    The password is the last field; the part that runs escapes it once the secret's value is known.
    """
    word = given_word(args, "password")
    if word is None:
        return ()
    if isinstance(word, Unknown):
        return (("PGPASSFILE", Unknown(PASSFILE_FIELDS + open_text(word), word.type)),)
    if isinstance(word, str):
        return (("PGPASSFILE", PASSFILE_FIELDS + word),)
    parts = word.parts if isinstance(word, SecretText) else (word,)
    return (("PGPASSFILE", SecretText((PASSFILE_FIELDS, *parts))),)


def _result_type(known: SqlFacts) -> RecordType:
    row: Type = MapType(STRING, DYN)
    if known.rows == "text":
        row = MapType(STRING, STRING)
    elif known.columns is not None:
        types = {name: _TYPES.get(kind.rstrip("?"), DYN) for name, kind in known.columns}
        row = RecordType("row", types, frozenset(name for name, kind in known.columns if kind.endswith("?")))
    counted = {"affected": INT} if known.counted else {}
    fields = {"exit": INT, "rows": ListType(row), **counted, "columns": ListType(STRING), "stdout": STRING, "stderr": STRING}
    return RecordType("psql result", fields)


def _place(bound: BoundArg | None, parts: tuple[object, ...], start: int, end: int) -> Span | None:
    """Offsets of the bound SQL back in the file: a hole there is `:'p1'`, in the file `${…}`."""
    if bound is None:
        return None
    locate = getattr(getattr(bound.value, "where", None), "locate", None)
    if locate is None:
        return bound.span
    at = written = count = 0
    first = last = None
    text = str(getattr(bound.value, "text", ""))
    for part in parts:
        if isinstance(part, str):
            size, width = len(part), _written_width(text, written, part)
        else:
            count += 1
            size, width = len(f":'p{count}'"), len(getattr(part, "text", "")) + 3
        if first is None and start < at + size:
            first = written + (min(start - at, width) if isinstance(part, str) else 0)
        if last is None and end <= at + size:
            last = written + (min(end - at, width) if isinstance(part, str) else width)
        at += size
        written += width
    found: Span = locate(first if first is not None else 0, last if last is not None else written)
    return found


def _written_width(text: str, start: int, part: str) -> int:
    """How long a piece of text is in the file's value, where `$${` stands for `${`."""
    width = 0
    for char in part:
        escaped = text.startswith("$${", start + width) and char == "$"
        width += 2 if escaped else 1
    return width


SURFACE = PsqlSurface()
