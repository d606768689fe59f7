"""What the server says of SQL that isn't run: psql's `\\gdesc` has it parse each statement and look its names up.

Nothing is executed. Utility statements (CREATE, DROP, …) are only parsed: whether their tables are there isn't asked.
A value that is a secret or not known yet is NULL in the question, which takes any type.
"""

from __future__ import annotations

import re

from ..base.diagnostics import ERROR, WARNING, Diagnostic
from ..base.pattern import lazy
from ..base.record import Record
from ..expr.values import SecretRef, SecretText, Unknown
from .psql import bound_sql, from_data
from .psql_script import bind_values, literal
from .sql_effect import classify
from .sql_lexer import tokens
from .sql_read import why_no_read
from .sql_statements import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .kinds import Call, Request
    from .psql_script import Binding
    from .sql_lexer import Token
    from .sql_statements import Statement

SYNTAX = "42601"
_ASKED = ("42", "22", "0A", "3F")
"""Classes of SQLSTATE that parsing a statement and looking up its names end in."""
_DATA = ("insert", "update", "delete", "merge")
# With VERBOSITY verbose: the line of the script, a severity in the server's language, two spaces, SQLSTATE.
_ERROR = lazy(r"^psql:<stdin>:(\d+): \S+:  ([0-9A-Z]{5}): (.*)$", re.MULTILINE)
_LINE = lazy(r"^\S+ (\d+): (.*)\n( *)\^", re.MULTILINE)
_GUARD = (
    "BEGIN READ ONLY;",
    "SET LOCAL standard_conforming_strings = on;",
    "SET LOCAL lock_timeout = '3s';",
    "SET LOCAL statement_timeout = '10s';",
)


def question(request: Request) -> Request:
    """The request that asks. Its values hold no secret and no hole."""
    values = [None if any(_unsayable(value)) else value for value in request.data["values"]]
    return request.replace(data={**request.data, "values": values, "inquire": True})


def _unsayable(value: object) -> Iterator[bool]:
    if isinstance(value, (Unknown, SecretRef, SecretText)):
        yield True
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _unsayable(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _unsayable(item)


def inquiry_script(binding: Binding) -> str:
    """The standard input: each statement described in a transaction of its own, so that one error hides no other."""
    lines = ["\\set ON_ERROR_STOP off", "\\set VERBOSITY verbose", "\\o /dev/null", *binding.sets]
    for piece in classify(binding.sql, binding.holes).pieces:
        lines += [*_GUARD, binding.sql[piece.start : piece.end], "\\gdesc", "ROLLBACK;"]
    return "\n".join(lines) + "\n"


def read_answers(request: Request, stderr: str) -> list[dict[str, Any]]:
    """What the server complained of: `state`, `message`, `statement` (from 0), and `at`: an offset of the bound SQL, or -1."""
    binding = bind_values(from_data(request.data))
    asked = _asked_lines(binding)
    found = []
    matches = list(_ERROR.finditer(stderr))
    for index, match in enumerate(matches):
        number, state, message = int(match.group(1)), match.group(2), match.group(3)
        if state[:2] not in _ASKED or number not in asked:
            continue
        statement, start, end = asked[number]
        rest = stderr[match.end() + 1 : matches[index + 1].start() if index + 1 < len(matches) else None]
        offset = _offset(_sent(request, start, end), rest)
        at = -1 if offset < 0 else _unsent(request, start, offset)
        found.append({"state": state, "message": message, "statement": statement, "at": at})
    return found


def _asked_lines(binding: Binding) -> Mapping[int, tuple[int, int, int]]:
    """The script's line of each `\\gdesc` → (statement, start, end of it in the bound SQL)."""
    lines: dict[int, tuple[int, int, int]] = {}
    at = 3 + len(binding.sets)
    for index, piece in enumerate(classify(binding.sql, binding.holes).pieces):
        at += len(_GUARD) + binding.sql.count("\n", piece.start, piece.end) + 2
        lines[at] = (index, piece.start, piece.end)
        at += 1
    return lines


class _Part(Record):
    """A part of the SQL: as it stands in the bound SQL, as psql sends it, and how wide it is in what `bound_sql` places."""

    bound: str
    sent: str
    width: int
    value: bool


def _parts(request: Request) -> Iterator[_Part]:
    number = 0
    for part in from_data(request.data).parts:
        if isinstance(part, str):
            yield _Part(part, part, len(part), False)
            continue
        number += 1
        bound, held = literal(part.value, f"p{number}")
        yield _Part(bound, _quoted(held) if isinstance(held, str) else bound, len(f":'p{number}'"), True)


def _quoted(text: str) -> str:
    """A literal as psql puts it in place of `:'name'`, by libpq's PQescapeLiteral."""
    escaped = text.replace("'", "''").replace("\\", "\\\\")
    return f" E'{escaped}'" if "\\" in text else f"'{escaped}'"


def _sent(request: Request, start: int, end: int) -> str:
    """What is sent of the bound SQL between two offsets."""
    out, at = [], 0
    for part in _parts(request):
        first, last = max(start - at, 0), min(end - at, len(part.bound))
        if first < last:
            out.append(part.sent if part.value else part.sent[first:last])
        at += len(part.bound)
    return "".join(out)


def _unsent(request: Request, start: int, offset: int) -> int:
    """An offset of a statement as sent as one of the bound SQL; that of a value is where the value begins."""
    at = 0
    for part in _parts(request):
        first = max(start - at, 0)
        if first < len(part.bound):
            size = len(part.sent) - (0 if part.value else first)
            if offset < size:
                return at + (0 if part.value else first + offset)
            offset -= size
        at += len(part.bound)
    return at


def _offset(sent: str, said: str) -> int:
    """The place that psql shows by an excerpt of the statement with a caret below, as an offset; -1 for none."""
    match = _LINE.search(said)
    if match is None:
        return -1
    number, excerpt = int(match.group(1)), match.group(2)
    lines = sent.split("\n")
    if number > len(lines):
        return -1
    column = len(match.group(3)) - (match.start(2) - match.start(0))
    line = lines[number - 1].replace("\t", " ")
    if not line.startswith(excerpt):
        body = excerpt.removeprefix("...").removesuffix("...")
        column += line.find(body) - (3 if excerpt.startswith("...") else 0)
    before = sum(len(text) + 1 for text in lines[: number - 1])
    return before + max(0, min(column, len(line)))


def heard(call: Call, request: Request, answers: list[dict[str, Any]], changed: bool) -> tuple[Diagnostic, ...]:
    """The complaints as findings at their places in the file.

    `changed`: something before the step, that was only assumed, may have changed the tables; so may a statement of
    the step itself. What is missing now may be there then: such a finding is a warning.
    """
    binding = bind_values(from_data(request.data))
    statements = split(binding.sql)[0]
    _, _, place = bound_sql(call)
    found = []
    for item in answers:
        at = item["at"] if item["at"] >= 0 else statements[item["statement"]].start
        token = _token_at(binding.sql, at)
        if _is_doubtful(request, token, item["state"]):
            continue
        unsure = item["state"] != SYNTAX and (changed or any(map(reshapes, statements[: item["statement"]])))
        begin = _in_file(request, at)
        end = max(begin + 1, _in_file(request, token.end) if token is not None else begin)
        help = "Correct the SQL, or the server's tables, before the run."
        if unsure:
            help = "Something before it may change the tables first; it was not run, so this needn't be wrong."
        message = f"PostgreSQL: {item['message']} (SQLSTATE {item['state']})"
        found.append(Diagnostic("RB579", message, place(begin, end), help, WARNING if unsure else ERROR))
    return tuple(found)


def _token_at(sql: str, at: int) -> Token | None:
    return next((token for token in tokens(sql) if token.end > at), None)


def _is_doubtful(request: Request, token: Token | None, state: str) -> bool:
    """Whether the NULL in place of a value may be what the server stumbled over: `interval NULL` can't be read."""
    return state == SYNTAX and token is not None and token.text == "NULL" and None in request.data["values"]


def _in_file(request: Request, offset: int) -> int:
    """An offset of the bound SQL as one of the SQL with `:'p1'` for every value, which `bound_sql` places."""
    at = written = 0
    for part in _parts(request):
        if offset < at + len(part.bound):
            return written + (0 if part.value else offset - at)
        at += len(part.bound)
        written += part.width
    return written


def reshapes(statement: Statement) -> bool:
    """Whether a statement may change which tables, columns and functions there are."""
    if not why_no_read(statement):
        return False
    words = [word for _, word in statement.top()]
    return not (words[:1] and (words[0] in _DATA or (words[0] == "with" and any(word in _DATA for word in words))))


def request_reshapes(request: Request) -> bool:
    """The same of a whole request."""
    return any(map(reshapes, split(bind_values(from_data(request.data)).sql)[0]))
