"""Record, then fold: the one way in which an event gets into the journal and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.diagnostics import fail
from ..machine.advance import advance
from ..machine.control import Refused, State
from ..machine.events import (
    UNMOVING,
    AbortAsked,
    Checkpoint,
    DoubtSettled,
    Event,
    IncidentOpened,
    NeedMet,
    Note,
    RunClosed,
    RunOpened,
    RunPaused,
    RunResumed,
    StepWaived,
)
from ..machine.stamps import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.core import Program
    from .ports import Clock, Journal, Outcome, Watcher, Witness

SIGNED = (RunOpened, RunResumed, RunPaused, RunClosed, NeedMet, DoubtSettled, StepWaived, AbortAsked, IncidentOpened)
"""Always followed by a checkpoint where there is a key: what begins and ends a run, and what people decided."""


def end_of(id_: str, outcome: Outcome, value: str, taint: Iterable[str], elapsed_us: int, out: Iterable[Any] = ()) -> dict[str, Any]:
    """The fields of the `act.ended` that an outcome is. `value`, `taint`: its result as the journal may hold it, as `World.sealed` gives
    it; `out`: the entries of its evidence."""
    return {
        "id": id_,
        "ok": outcome.ok,
        "applied": outcome.applied,
        "kind": outcome.kind,
        "message": outcome.message,
        "value": value,
        "taint": list(taint),
        "out": list(out),
        "elapsed_us": elapsed_us if elapsed_us > 0 else 0,
    }


class Recorder:
    """Holds the current state. `record` is called by one thread only."""

    def __init__(
        self, program: Program, state: State, journal: Journal, clock: Clock, watcher: Watcher, witness: Witness | None = None
    ) -> None:
        self.program = program
        self.state = state
        self.journal = journal
        self.clock = clock
        self.watcher = watcher
        self.witness = witness

    def record(self, kind: type[Event], /, *, flush: bool = True, sign: bool = False, **fields: Any) -> State:
        """Append an event and fold what a reader of the journal will see. `sign`: a checkpoint follows where there is a key; the
        flush waits for it, so that both become durable at once.

        An event that the rules refuse is a bug of the driver: it is found before anything is written.
        Raises RunbookError (RB510 for that, RB6xx when the journal can't be written).
        """
        signs = self.witness is not None and (sign or kind in SIGNED)
        self._one(kind, flush and not signs, fields)
        # An unmoving event leaves the notes of an earlier one in the state, and those are written.
        if kind not in UNMOVING:
            for text in self.state.notes:
                self._one(Note, False, {"path": text.path, "what": text.what, "text": text.text})
        if signs and self.witness is not None:
            self._one(Checkpoint, True, {"body": self.witness.checkpoint()})
        return self.state

    def allows(self, kind: type[Event], /, **fields: Any) -> bool:
        """Whether the rules would take such an event now: for what comes from outside and may be stale."""
        event = kind(seq=self.state.seq + 1, at=stamp_of(max(self.clock.now(), self.state.now)), **fields)
        return not isinstance(advance(self.program, self.state, event), Refused)

    def _one(self, kind: type[Event], flush: bool, fields: dict[str, Any]) -> None:
        state = self.state
        now = max(self.clock.now(), state.now)
        make: Any = kind.__new__  # not by a call of the class, which packs and unpacks what it is given
        event: Event = make(kind, seq=state.seq + 1, at=stamp_of(now), **fields)
        after = advance(self.program, state, event)
        if not isinstance(after, State):
            raise fail(
                "RB511",
                f"the rules refuse what the run was about to record: {after.why}",
                help="This is a defect of the program; nothing was done.",
            )
        seen = self.journal.append(event, flush=flush)
        if seen is not event and seen != event:
            masked = advance(self.program, self.state, seen)
            if isinstance(masked, Refused):
                raise fail("RB511", f"the rules refuse the masked form of what was recorded: {masked.why}")
            after = masked
        self.state = after
        self.watcher.saw(seen)

    def owed_notes(self, recorded: int) -> None:
        """After a crash: the notes of the last event that did not get into the journal."""
        for text in self.state.notes[recorded:]:
            self._one(Note, False, {"path": text.path, "what": text.what, "text": text.text})
