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
    """Has a snapshot kept whenever the journal has grown by EVERY events; `keep` gives its SHA-256 and size, or None."""

    def __init__(self, recorder: Recorder, keep: Callable[[str], tuple[str, int] | None]) -> None:
        self._recorder = recorder
        self._keep = keep
        self._times = recorder.state.seq // EVERY

    def keep_when_due(self) -> None:
        """One that can't be made or kept is no loss: it is an index and never the truth."""
        times = self._recorder.state.seq // EVERY
        if times == self._times:
            return
        self._times = times
        try:
            found = self._keep(pack(self._recorder.program, self._recorder.state))
        except Unpackable:
            return
        if found is not None:
            self._recorder.record(StateKept, flush=False, snapshot=found[0], size=found[1], format=FORMAT)
