"""`psql`: one transaction on standard input, rows as JSON, and how far a failure got."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..runtime.ports import VALUE_LIMIT, Outcome
from ..surfaces.psql import PASSFILE_FIELDS, from_data
from ..surfaces.psql_inquiry import inquiry_script, read_answers
from ..surfaces.psql_script import COUNT_MARK, DONE_MARK, ROWS_MARK, bind_values, script
from ..surfaces.sql_effect import classify
from .json_value import BadJson, json_value
from .process import Command, Finished, run_command
from .program import argv_fault, broken_off, decode, encode, wanted
from .psql_output import Unmarked
from .tool_errors import first_line, network_kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runtime.ports import Attempt
    from ..surfaces.kinds import Request
    from ..surfaces.psql_script import Binding
    from ..surfaces.sql_effect import SqlFacts

# With VERBOSITY verbose, whatever the language of the server's messages: a severity, two spaces, SQLSTATE. psql's own have none.
_MESSAGE = re.compile(r"^psql:<stdin>:\d+: (?:\S+:  ([0-9A-Z]{5}): )?(.*)$", re.MULTILINE)
_BEFORE = re.compile(r"^psql: error: (.*(?:\n(?!psql:).+)*)", re.MULTILINE)
_LOST = re.compile(r"connection to server was lost|server closed the connection|SSL SYSCALL error|terminating connection", re.IGNORECASE)
_NO_LOGIN = (
    r"password authentication failed|no password supplied|role \"[^\"]*\" (does not exist|is not permitted)"
    r"|no pg_hba\.conf entry|authentication failed"
)
_DENIED = (("auth", re.compile(_NO_LOGIN)),)
_DENIED_STATES = ("28000", "28P01", "42501")
_CANCELLED = "57014"
_COUNT = re.compile(rf"^{COUNT_MARK} (\d+)$", re.MULTILINE)
_LAST_COUNT = re.compile(rf"^{COUNT_MARK} (\d+)\n\Z", re.MULTILINE)
_ENDING_STATES = ("08", "57P", "25P03")  # what the server says when it ends a connection
# Outside a transaction these classes are found before anything is done: syntax and names, a wrong transaction state, no right.
_NOTICES = ("00", "01", "02")
_EARLY_CLASSES = ("42", "25", "28", "0A", "3D", "3F")


class Printed(Record):
    """Standard output taken apart. `rows` is None when it can't be read; `text` is how they were printed."""

    rows: list[Any] | None
    affected: int
    done: bool
    text: str


class PsqlExecutor:
    """ok: exit 0 and the script's last line was reached, so the transaction was committed."""

    name = "psql"

    def run(self, attempt: Attempt) -> Outcome:
        finished = _run(attempt)
        if finished.how == "exit":
            return judge(finished, attempt)
        early = broken_off(finished, "psql")
        assert early is not None
        if finished.stdout.endswith(f"{DONE_MARK}\n".encode()):
            return early.replace(applied="yes")
        # Cancelled by SIGINT, the server itself says that it stopped; the transaction is gone with that.
        cancelled = messages(finished)[-1][0] == _CANCELLED and attempt.request.data["transactional"]
        if attempt.effect == "read" or cancelled:
            return early.replace(applied="no")
        return early


def _run(attempt: Attempt) -> Finished:
    """As `run_program`, with the password escaped for its file once its value is known, and SIGINT first: it cancels on the server."""
    request = attempt.request
    fault = argv_fault(request.argv)
    if fault:
        return Finished("spawn", kind="refused", message=fault, started=False)
    binding, known = _sql(request)
    data = request.data
    text = inquiry_script(binding) if "inquire" in data else script(binding, known, attempt.effect, rehearse=data["rehearse"])
    own = {name: attempt.reveal(word) for name, word in (*request.env, *binding.env)}
    env = {**_surroundings(attempt.env, own, bool(request.files)), **own}
    program = request.argv[0] if request.on else real_psql(str(request.argv[0]), env)
    command = Command(
        (program, *request.argv[1:]),
        env,
        request.cwd if request.on else os.path.join(attempt.library, request.cwd),
        attempt.limit_us,
        stdin=encode(text),
        stop=("INT", "TERM"),
        host=request.on,
        files=tuple((name, encode(password_line(attempt.reveal(word)))) for name, word in request.files),
        own=own,
    )
    seen = Unmarked(attempt)
    try:
        return run_command(command, seen)
    finally:
        seen.close()


def _surroundings(env: Mapping[str, str], own: Mapping[str, str], password: bool) -> dict[str, str]:
    """The operator's environment without what libpq would follow rather than what the step says.

    It takes PGPASSWORD before any password file, connects to PGHOSTADDR whatever PGHOST is, and what a service's file says
    goes before all variables.
    """
    beaten = {"PGPASSWORD"} if password or "PGPASSFILE" in own else set()
    if "PGHOST" in own or "PGSERVICE" in own:
        beaten |= {"PGHOSTADDR", "PGSERVICE"}
    return {name: value for name, value in env.items() if name not in beaten}


def _sql(request: Request) -> tuple[Binding, SqlFacts]:
    binding = bind_values(from_data(request.data))
    return binding, classify(binding.sql, binding.holes)


def password_line(line: str) -> str:
    """A line of a password file with the password escaped: libpq ends even the last field at a bare colon."""
    password = line.removeprefix(PASSFILE_FIELDS)
    return PASSFILE_FIELDS + password.replace("\\", "\\\\").replace(":", "\\:") + "\n"


def real_psql(program: str, env: Mapping[str, str]) -> str:
    """The newest real psql where the one on PATH is Debian's wrapper, which takes twice as long to start."""
    import shutil

    found = shutil.which(program, path=env.get("PATH"))
    if found is None or not os.path.realpath(found).endswith("pg_wrapper") or "PGCLUSTER" in env:
        return program
    folder = "/usr/lib/postgresql"
    versions = sorted((name for name in os.listdir(folder) if name.isdigit()), key=int, reverse=True) if os.path.isdir(folder) else []
    paths = [os.path.join(folder, version, "bin", "psql") for version in versions]
    return next((path for path in paths if os.access(path, os.X_OK)), program)


def messages(finished: Finished) -> list[tuple[str, str]]:
    """What the server and psql said while the script ran, each as (SQLSTATE, text), with an empty one before the first.

    The last is what ended the script; before it there may be any number of notices and warnings, which have states of their own.
    """
    return [("", ""), *_MESSAGE.findall(decode(finished.last_stderr))]


def judge(finished: Finished, attempt: Attempt) -> Outcome:
    """The outcome of a psql that came to its own end."""
    stderr = decode(finished.stderr)
    known = _sql(attempt.request)[1]
    value: dict[str, Any] = {"exit": finished.exit, "stderr": stderr, **({"affected": 0} if known.counted else {})}
    if finished.exit != 0:
        return _failed(finished, attempt, value)
    if finished.stdout_size > VALUE_LIMIT:
        return _too_big(finished, attempt, value)
    if "inquire" in attempt.request.data:
        return Outcome(ok=True, value={**value, "heard": read_answers(attempt.request, stderr)})
    text = decode(finished.stdout)
    printed = read_output(text, known)
    value |= {"stdout": printed.text, **({"affected": printed.affected} if known.counted else {})}
    if not printed.done:
        applied = "no" if attempt.effect == "read" else "unknown"
        return Outcome(ok=False, applied=applied, kind="exit", message="psql ended before the end of its script", value=value)
    if printed.rows is None:
        return Outcome(ok=False, kind="not_json", message="the rows can't be read", value=value)
    value["columns"] = list(printed.rows[0]) if printed.rows else []
    value["rows"] = _without_nulls(printed.rows, known)
    return Outcome(ok=True, value=value)


def _without_nulls(rows: list[Any], known: SqlFacts) -> list[Any]:
    """A NULL in a column whose type the query tells is a field that isn't there, so that `has()` asks for it."""
    typed = {name for name, kind in known.columns or () if kind.endswith("?")}
    return [{name: item for name, item in row.items() if item is not None or name not in typed} for row in rows] if typed else rows


def _too_big(finished: Finished, attempt: Attempt, value: dict[str, Any]) -> Outcome:
    if not wanted(attempt.wants, frozenset({"rows", "columns", "stdout", "affected"})):
        return Outcome(ok=True, value=value)
    message = f"the rows have {finished.stdout_size} bytes; a result holds {VALUE_LIMIT} at most. Select fewer columns, or use LIMIT"
    return Outcome(ok=False, kind="too_big", message=message, value=value)


def read_output(text: str, known: SqlFacts) -> Printed:
    """Rows, changed rows, and whether the end was reached. What looks like a mark may stand in a row too.

    Before the mark of the rows there are only counts, and behind the rows the last statement's own count, if it has one.
    """
    body, done, _ = text.rpartition(f"{DONE_MARK}\n")
    before, _, last = (body if done else text).partition(f"{ROWS_MARK}\n")
    counts = _COUNT.findall(before)
    own = _LAST_COUNT.search(last) if known.pieces[-1].counts else None
    if own is not None:
        counts.append(own.group(1))
        last = last[: own.start()]
    affected = sum(map(int, counts))
    how = known.rows
    try:
        rows = _csv_rows(last) if how == "text" else _json_rows(last) if how else []
    except (BadJson, ValueError):
        rows = None
    return Printed(rows, affected, bool(done), last)


def _json_rows(text: str) -> list[Any]:
    """One object a row; a value of type json may bring line breaks of its own, so lines don't count."""
    decoder = json.JSONDecoder()
    rows: list[Any] = []
    at = 0
    while text[at:].strip():
        while text[at].isspace():
            at += 1
        _, end = decoder.raw_decode(text, at)
        rows.append(json_value(text[at:end]))
        at = end
    return rows


def _csv_rows(text: str) -> list[Any]:
    import csv
    import io

    return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def _failed(finished: Finished, attempt: Attempt, value: dict[str, Any]) -> Outcome:
    stderr = decode(finished.last_stderr)
    said_last = messages(finished)
    state, said = said_last[-1]
    if finished.exit == 2 and (_LOST.search(stderr) or said):
        why = next((text for code, text in reversed(said_last) if code.startswith(_ENDING_STATES)), "")
        why = why or said.removeprefix("error: ") or first_line(stderr)
        applied = "no" if attempt.effect == "read" else "unknown"
        return Outcome(ok=False, applied=applied, kind="killed", message=f"the connection was lost: {why}", value=value)
    if state:
        kind = "auth" if state in _DENIED_STATES else "exit"
        message = f"{said} (SQLSTATE {state})"
        states = [code for code, _ in said_last if code]
        return Outcome(ok=False, applied=_applied(attempt, states), kind=kind, message=message, value=value)
    before = _BEFORE.search(stderr)
    if before is not None:
        said = " ".join(before.group(1).split())
        return Outcome(ok=False, applied="no", kind=network_kind(said, _DENIED) or "exit", message=said, value=value)
    message = f"psql ended with exit {finished.exit}: {said or first_line(stderr) or 'it said nothing'}"
    if "\\getenv" in stderr:
        message = "a secret in SQL needs psql 15 or later (its command \\getenv)"
    applied = "no" if attempt.effect == "read" or attempt.request.data["transactional"] else "unknown"
    return Outcome(ok=False, applied=applied, kind="exit", message=message, value=value)


def _applied(attempt: Attempt, states: list[str]) -> str:
    """An error inside the transaction leaves nothing; outside of one only an early error is sure to.

    A line in the text of an error (a value of a row) may look like a message of its own, so none of them may speak against it.
    """
    if attempt.effect == "read" or attempt.request.data["transactional"]:
        return "no"
    early = states[-1].startswith(_EARLY_CLASSES) and all(state.startswith((*_EARLY_CLASSES, *_NOTICES)) for state in states)
    return "no" if early else "unknown"


EXECUTOR_CLASS = PsqlExecutor
