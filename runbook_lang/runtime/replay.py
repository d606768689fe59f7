"""Replay: the journal answers. Resume folds it to go on; an audit folds it to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.record import Record
from ..machine.advance import advance
from ..machine.control import NoteText, Refused, State
from ..machine.events import UNMOVING, Event, Note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.core import Program


class Finding(Record):
    """An event that the rules don't allow in the state before it."""

    seq: int
    event: Event
    refused: Refused


class Replayed(Record):
    """`state` is the one after the last good event; `notes` counts the recorded notes behind the last event that moves."""

    state: State
    notes: int = 0
    finding: Finding | None = None
    missing_notes: tuple[int, ...] = ()


def replay(program: Program, events: Iterable[Event]) -> Replayed:
    """Fold until the end or the first finding. Notes have to be the ones that the rules derive."""
    state = State()
    notes = 0
    missing: list[int] = []
    for event in events:
        if isinstance(event, Note):
            if notes >= len(state.notes) or state.notes[notes] != NoteText(event.path, event.what, event.text):
                return Replayed(
                    state, notes, Finding(event.seq, event, Refused("RB512", "the note is not what the rules derive")), tuple(missing)
                )
            notes += 1
        elif not isinstance(event, UNMOVING):
            if notes < len(state.notes):
                missing.append(event.seq)
            notes = 0
        after = advance(program, state, event)
        if isinstance(after, Refused):
            return Replayed(state, notes, Finding(event.seq, event, after), tuple(missing))
        state = after
    return Replayed(state, notes, None, tuple(missing))
