"""The verdicts of an audit, and their exit codes."""

from __future__ import annotations

from ..base.record import Record

PASS, FAIL, OPEN, NONE = "pass", "fail", "open", "none"
"""`open`: the run isn't over. `none`: there is nothing to judge by, which fails only where it is required."""

EXITS = {
    20: "integrity: a line was changed, cut out, put in or moved",
    21: "completeness: the run isn't over, or something is missing",
    22: "signature: lines aren't covered, or a signature is false",
    23: "anchored: an anchor says something else, or is gone",
    24: "conformance: an event that the runbook didn't allow",
    25: "signature: it isn't signed, and should be",
    26: "signature: by a key that isn't known",
    27: "signature: by a key that was expired",
    28: "signature: by a key that was revoked",
    29: "conformance: written by another version's rules",
    30: "place: others can write the journal",
    31: "place: a network file system",
    32: "integrity: two processes wrote at once",
}
NEWER = 29
MIXED = 32


class Verdict(Record):
    """`status`: pass | fail | open | none. `line` (from 1), `offset` and `step` are those of the first bad line; 0, -1, '' without one."""

    name: str
    status: str
    reason: str
    exit: int = 0
    line: int = 0
    offset: int = -1
    step: str = ""
