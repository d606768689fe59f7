"""What the rules refuse, and what stands in the way of a run."""

from __future__ import annotations

from . import Entry

_TAMPERED = (
    " In a run this can't happen; in a journal it means that the file was changed, or written by another program. "
    "Nothing is done with such a journal."
)

CODES: dict[str, Entry] = {
    "RB501": Entry(
        "An event without a time", "The time of an event must be UTC with microseconds, as in 2026-01-02T03:04:05.678901Z." + _TAMPERED
    ),
    "RB502": Entry("Time runs backwards", "The time of an event lies before the one before it." + _TAMPERED),
    "RB503": Entry("Events out of order", "Events are numbered without a gap, and this one has another number." + _TAMPERED),
    "RB504": Entry("Something happens after the end", "The run is closed, and an event follows that would change it." + _TAMPERED),
    "RB505": Entry("A run opens once", "The first event opens the run, and no later one does." + _TAMPERED),
    "RB506": Entry(
        "An assumption in a live run",
        "Only a rehearsal may take a change as made, or choose an arm of a condition that can't be known." + _TAMPERED,
    ),
    "RB507": Entry(
        "Not allowed in this state",
        "The rules don't allow this event where the run stands: a step that isn't ready starts, an answer comes to nothing "
        "that was asked, an approval is for other words." + _TAMPERED,
    ),
    "RB508": Entry("An event that can't be read", "The event's fields don't hold what they must." + _TAMPERED),
    "RB509": Entry(
        "Other rules",
        "A run is resumed by the rules it was started with. This version plays by others: install the version that "
        "started it, or end the run by hand and start a new one.",
    ),
    "RB510": Entry("Another outcome", "The recorded outcome isn't the one that the events lead to." + _TAMPERED),
    "RB511": Entry(
        "The run was about to break its own rules",
        "Before anything is written, every event is held against the rules. This one doesn't fit, so nothing was written "
        "and nothing done. It is a defect of the program: please report it, with the journal if you can.",
    ),
    "RB512": Entry("A note that doesn't follow", "Notes are derived from the events, and this one isn't what they lead to." + _TAMPERED),
    "RB513": Entry(
        "The journal doesn't follow the rules",
        "Every line is intact, but an event isn't one that the runbook allows where the run stood. Nothing was changed. "
        "Look at the run with `runbook show`, and find out who wrote that line.",
    ),
    "RB514": Entry(
        "The runbook changed since the run started",
        "A run goes on with the files it started with, which it keeps. Those in the library now say something else, so it "
        "is asked whether that is what you want. Comments and layout don't count.",
        bad="runbook resume last",
        good="runbook resume last --as-recorded",
    ),
    "RB515": Entry(
        "The run is closed",
        "A closed run has an outcome, and nothing can be added to it. Start a new one; steps that must not be made twice "
        "are best protected by a guard.",
    ),
    "RB516": Entry(
        "Another run holds the lock",
        "Runs with the same lock don't run side by side, and a run that waits for a person or was cut off is still in the "
        "middle of something. `runbook status` shows what it waits for. Resume that run, or end it: `runbook abort RUN`.",
    ),
    "RB517": Entry(
        "A rehearsal can't be resumed",
        "Its journal says that changes were assumed or rehearsed, not made. Start a run instead.",
        bad="runbook resume last    (after a dry run)",
        good="runbook run rollback.yml",
    ),
    "RB518": Entry(
        "Another program",
        "The run was opened with other files than the ones that its events are held against." + _TAMPERED,
    ),
    "RB519": Entry(
        "A run that has not begun",
        "A run begins with the first line of its journal. The process of this one died before that line was on the disk, so nothing of it was "
        "carried out, and there is nothing to go on with. Start the runbook anew. A process that starts just now looks the same for a moment.",
    ),
}
