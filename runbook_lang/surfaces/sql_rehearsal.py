"""What a rehearsal of SQL (a transaction that is rolled back) leaves behind, and why some statements can't be rehearsed."""

from __future__ import annotations

from .sql_effect import OUTSIDE, ROLLED_BACK
from .sql_read import outside_call
from .sql_statements import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sql_statements import Statement

NUMBERED = ("insert", "merge", "with")
"""Statements that may take numbers from sequences: of serial and identity columns, whose default isn't seen from here."""


def left_behind(text: str) -> str:
    """A sentence for people on SQL that can be rehearsed."""
    statements, _ = split(text)
    if any(statement.word(0) in NUMBERED for statement in statements):
        return "rolled back; numbers taken from sequences aren't given back"
    return "rolled back; nothing is left of it"


def why_not(text: str) -> str:
    """Why it can't be rehearsed: the first reason; '' when none is found."""
    statements, _ = split(text)
    return next((why for why in map(_why_not, statements) if why), "")


def _why_not(statement: Statement) -> str:
    verb = statement.word(0)
    if verb not in ROLLED_BACK and statement.tokens[0].text != "(":
        return f"{verb.upper() or 'it'} can't be rolled back"
    beyond = next((word for word in OUTSIDE if statement.has_top(word)), "")
    if beyond:
        return f"{verb.upper()} {beyond.upper()} reaches out of the database"
    if outside_call(statement):
        return f"it calls {outside_call(statement)}, which may leave something behind"
    return ""
