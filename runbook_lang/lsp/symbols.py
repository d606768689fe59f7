"""What a name is in an editor: where it is declared, and one place where it is used."""

from __future__ import annotations

import os

from ..base.diagnostics import Problems
from ..base.record import Record
from ..base.source import Source, Span
from .analysis import Snapshot

MOST_FILES = 400


class Symbol(Record):
    """A declared name. `kind`: input, secret, step, loop variable, field; person, tier, severity, window, role. `within` bounds where a
    loop variable is known."""

    name: str
    kind: str
    span: Span
    snapshot: Snapshot
    within: Span | None = None
    made: bool = False  # nobody wrote it


class Use(Record):
    """One place of a name. `path` is the file's."""

    path: str
    source: Source
    start: int
    end: int
    declares: bool = False


def bare(span: Span, name: str) -> Span:
    """The place of a name without the quotes around it."""
    at = span.text.find(name)
    return span if at < 0 else span.replace(start=span.start + at, end=span.start + at + len(name))


def text_of(snapshot: Snapshot, path: str) -> str | None:
    """The text of another file of the library, as it stands in the editor."""
    library = snapshot.library
    if os.path.commonpath([path, library.root]) != library.root:
        return None
    source = library.text(os.path.relpath(path, library.root), None, Problems())
    return None if source is None else source.text
