"""Folding a run's journal: all of it, or on from the last state that the run left beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..adapters.kept import kept
from ..base.diagnostics import fail
from ..machine.snapshot import FORMAT, unpack
from ..runtime.replay import Replayed, replay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..machine.control import State
    from ..machine.core import Program
    from ..machine.events import Event, StateKept


class KeptState:
    """The last state that a run left; `state` is None while there is none that can be used."""

    def __init__(self, folder: str, program: Program) -> None:
        self.state: State | None = None
        self._folder = folder
        self._program = program

    def take(self, event: StateKept) -> bool:
        """Whether the snapshot that the event names is there, whole, of this version's format, and of the state before the event."""
        text = kept(self._folder, event.snapshot) if event.format == FORMAT else None
        if text is None:
            return False
        try:
            state = unpack(self._program, text)
        except ValueError:
            return False
        self.state = state if state.seq == event.seq - 1 else None
        return self.state is not None


def folded(run: str, program: Program, events: Sequence[Event], state: State | None = None) -> Replayed:
    """The state after the events; with a kept `state`, the first event and those from that state on. Raises RunbookError RB513."""
    replayed = replay(program, events if state is None else events[:1])
    if state is not None and replayed.finding is None:
        replayed = replay(program, events[1:], state)
    if replayed.finding is not None:
        found = replayed.finding
        message = f"The journal of {run} doesn't follow the rules at event {found.seq}: {found.refused.why}."
        raise fail("RB513", message, help="Nothing was changed.")
    return replayed
