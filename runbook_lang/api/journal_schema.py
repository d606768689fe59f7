"""The JSON Schema of a line of the journal, made from the events that the machine knows.

What a schema can't say: that keys are sorted, that the digests fit, that a line follows the one before it.
"""

from __future__ import annotations

from ..adapters.lines import INT_LIMIT
from ..machine.events import RULES, TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..machine.events import Event

    Schema = dict[str, Any]

_HEX: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_WHOLE: Schema = {"type": "integer", "minimum": -INT_LIMIT + 1, "maximum": INT_LIMIT - 1}
_KINDS: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": _WHOLE,
    "bool": {"type": "boolean"},
    "list[str]": {"type": "array"},
    "list[Any]": {"type": "array"},
    "dict[str, Any]": {"type": "object"},
}
"""As the reader of the journal takes them: it looks at what a list or an object is, not into it."""

TITLES = {
    "run.opened": "The first event: what the run was decided on",
    "run.resumed": "A process takes the run up again",
    "run.paused": "The process ends, the run waits",
    "run.closed": "The end of the run",
    "lock.taken": "A lock is held from here",
    "lock.busy": "A lock is held by somebody else",
    "lock.freed": "A lock is given back",
    "act.started": "The intent of an attempt, on the disk before it begins",
    "act.ended": "What came of an attempt",
    "act.barred": "A start that the run's plan doesn't hold; nothing was started",
    "act.found": "After a crash: the program of an attempt still runs",
    "act.lost": "After a crash: nothing is left of an attempt",
    "need.met": "A person answered, approved or refused",
    "need.expired": "A person was waited for too long",
    "timer.fired": "A wait is over",
    "refill.done": "A secret of an earlier process is there again",
    "doubt.settled": "It is known whether an attempt took place",
    "cancel.asked": "Somebody wants the run to stop",
    "abort.asked": "Somebody wants the run to end",
    "step.retried": "A person has a failed step tried again",
    "step.waived": "A person goes on without a step",
    "incident.opened": "People are told: the incident has a file of its own",
    "journal.repaired": "An unfinished last line was moved aside",
    "note": "A line for people; nothing is decided by it",
    "checkpoint": "A signed statement over all lines before",
    "state.kept": "A snapshot of the state lies beside the journal",
    "act.assumed": "In a rehearsal: the result of a change is taken as unknown",
    "pick.taken": "In a rehearsal: the arm that this walk takes",
}
FIELDS = {
    "seq": "1 in the first line, one more in each.",
    "at": "UTC with microseconds; never before the line above.",
    "run": "The run's id, a UUID of version 7.",
    "rules": f"The number of the machine's rules; this program plays by {RULES}.",
    "mode": "live, dry-run or rehearse.",
    "runbook": "The runbook's name.",
    "program": "The digest of what the runbook's files say.",
    "plan": "The digest of the program and its inputs.",
    "inputs": "The inputs, as JSON with tags, in one string.",
    "secret_names": "The names of the secrets, never their values.",
    "four_eyes": "Whether whoever operates the run can't approve what it does.",
    "operator": "Who began or goes on: the user of the operating system.",
    "host": "The host's name.",
    "tz": "The time zone of the policy.",
    "policy": "The policy's file.",
    "tools": "The versions of runbook and Python; for each program where it lies, and the SHA-256 of what lies there.",
    "bound": "The id of the plan file that the run may not depart from.",
    "down_us": "How long no process played the run, in microseconds.",
    "tools_changed": "Programs that are no longer the same.",
    "why": "The reason.",
    "needs": "What is waited for: paths with a word each.",
    "outcome": "How it ended: the result, what was undone, whether people are told.",
    "key": "The text of the lock.",
    "holder": "Who holds it.",
    "id": "An attempt: path#number/role. Of an incident: its id.",
    "argv": "The words of the request as people read them, secrets by name.",
    "argv_digest": "The digest of the whole request.",
    "ok": "Whether the executor calls it a success.",
    "applied": "Whether it took effect: yes, no or unknown.",
    "kind": "The kind of the failure.",
    "message": "The failure in a sentence.",
    "value": "The result's fields, or an answer, as JSON with tags, in one string.",
    "taint": "Handles of secrets in the value.",
    "out": "Output that is kept as evidence: digest, size, head of each stream.",
    "elapsed_us": "How long it took, in microseconds.",
    "pid": "The number of the process.",
    "path": "The step, with the steps around it.",
    "by": "Who it was.",
    "grade": "How sure it is who it was: claimed or proven.",
    "verdict": "approved, refused or waived.",
    "proof": "A signed note over the approval, by a key of the policy's.",
    "bind": "The digest of what was approved.",
    "note": "What they wrote.",
    "handle": "The name of a secret.",
    "level": "1 asks, 2 insists, 3 kills.",
    "undo": "Whether what was done is to be taken back.",
    "bytes": "How many bytes.",
    "moved_to": "The file that has them now.",
    "what": "skipped, judged, refused, bound and so on.",
    "text": "The sentence.",
    "digest": 'The SHA-256 of the bytes of this line before `,"digest":`.',
    "snapshot": "The SHA-256 of the snapshot's file.",
    "size": "How many bytes.",
    "format": "The number of the snapshot's format.",
    "body": "What was signed, and the signature.",
    "arm": "Whether the condition is taken as true.",
    "prev": "The SHA-256 of the whole line above, without its newline; 64 zeros in the first line.",
    "type": "The kind of event.",
}


def journal_schema() -> Schema:
    """The schema of one line, without its dialect."""
    defs = {name: _event(name, cls) for name, cls in TYPES.items()}
    return {
        "$id": "journal.schema.json",
        "title": "A line of the journal",
        "description": "One event. The fields that a type has stand in its own definition; those at their default are left out.",
        "type": "object",
        "required": ["type", "seq", "at", "prev", "digest"],
        "properties": {"type": {"enum": list(TYPES), "description": FIELDS["type"]}},
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in defs],
        "$defs": defs,
    }


def _event(name: str, cls: type[Event]) -> Schema:
    defaults = cls.__field_defaults__  # type: ignore[attr-defined]  # set by the Record metaclass
    kinds = {field: kind for base in reversed(cls.__mro__) for field, kind in vars(base).get("__annotations__", {}).items()}
    properties: Schema = {"type": {"const": name, "description": FIELDS["type"]}}
    for field in cls.__fields__:
        schema = {"description": FIELDS[field], **_KINDS[kinds[field]]}
        if field in defaults:
            schema["default"] = defaults[field]
        properties[field] = schema
    properties["at"]["pattern"] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
    properties["at"]["examples"] = ["2026-01-02T03:04:05.678901Z"]
    properties["seq"]["minimum"] = 1
    properties["prev"] = {"description": FIELDS["prev"], **_HEX}
    properties["digest"] = {"description": FIELDS["digest"], **_HEX}
    needed = [field for field in cls.__fields__ if field not in defaults]
    return {
        "title": TITLES[name],
        "type": "object",
        "properties": properties,
        "required": ["type", *needed, "prev", "digest"],
        "additionalProperties": False,
    }
