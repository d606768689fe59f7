"""What the parser would take behind a text that isn't finished: for whoever proposes how it could go on."""

from __future__ import annotations

from lark.exceptions import UnexpectedToken

from ...base.diagnostics import Problems
from ...base.source import Source
from .reader import Driver
from .tables import tables

OPEN = ("EXPRESSION", "COMMAND")
"""Pieces that go on to the end of their line."""


def expected(text: str) -> tuple[frozenset[str], str]:
    """What may come next, by the names of the grammar, and the piece of OPEN that the text ends in, '' when it ends in none.

    Nothing for a text that the parser doesn't take.
    """
    driver = Driver(Source("", text), text, Problems())
    last = ""
    while True:
        accepts = driver.states[driver.parser.state_stack[-1]]
        token = driver.scanner.next(accepts)
        if token.type == "$END":
            inside = last in OPEN and not text.endswith("\n")
            return frozenset(name for name in accepts if driver.takes(name)), last if inside else ""
        last = token.type
        try:
            driver.parser.feed_token(token, False)
        except UnexpectedToken:
            return frozenset(), ""


def words_of(names: frozenset[str]) -> list[str]:
    """The keywords among names of the grammar, as they are written."""
    words = tables().words
    return [words[name] for name in names if words.get(name, "").isalpha()]
