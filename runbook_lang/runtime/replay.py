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


class Replay:
    """A fold that stops at what the rules don't allow. `notes` counts the recorded notes behind the last event that moves, `missing`
    the numbers of events before which notes are missing that the rules derive."""

    def __init__(self, program: Program, state: State | None = None) -> None:
        """`state`: a kept one to go on from, whose notes are all recorded."""
        self.program = program
        self.state = State() if state is None else state
        self.notes = len(self.state.notes)
        self.missing: list[int] = []

    def take(self, event: Event) -> Finding | None:
        """Fold one event; the finding when it isn't allowed, and then the state stays as it was."""
        state = self.state
        if isinstance(event, Note):
            if self.notes >= len(state.notes) or state.notes[self.notes] != NoteText(event.path, event.what, event.text):
                return Finding(event.seq, event, Refused("RB512", "the note is not what the rules derive"))
            self.notes += 1
        elif type(event) not in UNMOVING:
            if self.notes < len(state.notes):
                self.missing.append(event.seq)
            self.notes = 0
        after = advance(self.program, state, event)
        if isinstance(after, Refused):
            return Finding(event.seq, event, after)
        self.state = after
        return None


def replay(program: Program, events: Iterable[Event], state: State | None = None) -> Replayed:
    """Fold until the end or the first finding. Notes have to be the ones that the rules derive. `state`: where to go on from."""
    fold = Replay(program, state)
    finding: Finding | None = None
    for event in events:
        finding = fold.take(event)
        if finding is not None:
            break
    return Replayed(fold.state, fold.notes, finding, tuple(fold.missing))
