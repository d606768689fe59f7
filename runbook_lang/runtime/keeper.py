"""Leaving the state of a long run beside its journal, so that a resume needn't fold everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..machine.events import StateKept
from ..machine.snapshot import FORMAT, Unpackable, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from .recorder import Recorder

EVERY = 10_000
"""Events from one snapshot to the next: what a resume may have to fold takes well under a second."""


class Keeper:
    """Has a snapshot kept. `due`: the number of the event by which the next one is.

    What it is given stores a snapshot, and returns its SHA-256 and size, or None.
    """

    def __init__(self, recorder: Recorder, keep: Callable[[str], tuple[str, int] | None]) -> None:
        self._recorder = recorder
        self._store = keep
        self.due = _after(recorder.state.seq)

    def keep(self) -> None:
        """One that can't be made or kept is no loss: it is an index and never the truth."""
        self.due = _after(self._recorder.state.seq)
        try:
            found = self._store(pack(self._recorder.program, self._recorder.state))
        except Unpackable:
            return
        if found is not None:
            self._recorder.record(StateKept, flush=False, snapshot=found[0], size=found[1], format=FORMAT)


def _after(seq: int) -> int:
    """The number of the event by which the next one is due."""
    return (seq // EVERY + 1) * EVERY
