"""Codes of the file of a run's escalations."""

from . import Entry

CODES: dict[str, Entry] = {
    "RB640": Entry(
        "The escalations are held by another process",
        "One process at a time writes to a run's `incident.jsonl`; it may be sending messages just now. Try again in a moment.",
    ),
    "RB641": Entry(
        "The file of escalations was changed",
        "Each line of `incident.jsonl` names the digest of the line before and its own, and has to follow the rules. This one doesn't. Nothing "
        "is sent from such a file. Restore it from a backup.",
    ),
    "RB642": Entry(
        "The run has no escalations",
        "No step of this run has told people anything through a policy, so there is nothing to acknowledge. `runbook escalations list` shows "
        "the runs that have.",
    ),
    "RB643": Entry(
        "The file of escalations can't be written",
        "The system refused to write `incident.jsonl`. What can't be written down isn't sent. The run itself goes on: the person at the terminal is "
        "told. Make the store writable; the next tick sends what is owed.",
    ),
    "RB644": Entry(
        "The rules refuse an event of an escalation",
        "Something else happened to the escalation meanwhile, and what was about to be recorded no longer fits. Nothing was recorded. Look at "
        "it again with `runbook escalations list`.",
    ),
}
