"""A second opinion on SQL: where sqlglot is installed, its grammar of PostgreSQL reads what the steps of psql say.

Only its complaints count, as warnings: it knows less than the server. What a statement does is judged by the surface
alone. Importing it takes longer than most checks, so it is asked for only in a thorough check.
"""

from __future__ import annotations

from ..machine.core import Act
from ..surfaces.psql import bound_sql
from ..surfaces.sql_effect import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..base.diagnostics import Problems
    from ..machine.core import Program

MAX_SQL = 100_000


def check_sql(program: Program, problems: Problems) -> None:
    """Add the parser's complaints about the SQL of a program's steps (RB578); does nothing without psql steps or sqlglot."""
    acts = [act for act in program.acts if act.call is not None and act.call.surface.name == "psql"]
    if not acts:
        return
    try:
        import sqlglot
    except ImportError:
        return
    sqlglot.logger.setLevel("ERROR")  # it tells there what it can't read closely, which is no complaint
    for act in acts:
        assert act.call is not None
        _complain(sqlglot, act, problems)


def _complain(sqlglot: Any, act: Act, problems: Problems) -> None:
    assert act.call is not None
    sql, holes, place = bound_sql(act.call)
    if len(sql) > MAX_SQL or any(item.code == "RB578" for item in classify(sql, holes).problems):
        return  # a complaint is enough
    # A bound value stands as :'p1'. Without its colon it is a literal of the same place and, with a space, of the same length.
    text = "".join(" " if index in holes else char for index, char in enumerate(sql))
    try:
        sqlglot.parse(text, read="postgres")
    except sqlglot.errors.ParseError as error:
        first = error.errors[0] if error.errors else {}
        start, end = _offsets(text, first)
        near = f" near {first['highlight']!r}" if first.get("highlight") else ""
        _warn(problems, place(start, end), near)
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        _warn(problems, place(0, len(text)), "")


def _warn(problems: Problems, span: Any, near: str) -> None:
    help = "The server decides: `runbook run --dry-run` asks it, and runs nothing."
    problems.warning("RB578", f"This may be no SQL that PostgreSQL reads{near}", span, help)


def _offsets(text: str, error: dict[str, Any]) -> tuple[int, int]:
    """The range of the token that is complained of: `line` from 1, `col` that of its last character."""
    line, column = error.get("line"), error.get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return 0, len(text)
    before = sum(len(part) for part in text.splitlines(keepends=True)[: line - 1])
    end = min(before + column, len(text))
    return max(0, end - len(error.get("highlight") or "x")), end
