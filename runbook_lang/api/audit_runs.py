"""The list of runs, held against its own signature and against the runs that are there."""

from __future__ import annotations

import os

from ..adapters.checkpoints import BadNote, Head, read_head, read_note
from ..adapters.runslog import RunsLog
from ..base.record import Record
from .verdicts import FAIL, NONE, PASS, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.keys import KeyRing
    from ..adapters.merkle import Tree
    from ..adapters.runslog import Entry
    from ..adapters.store import Store


class LogFault(Record):
    """Why a list of runs can't be relied on. `exit` 21: it isn't what it was; 22, 26 to 28: what its signature lacks."""

    why: str
    exit: int = 21

    def __bool__(self) -> bool:
        return bool(self.why)


def check_log(log: RunsLog, ring: KeyRing, run: str = "") -> tuple[list[Entry], LogFault]:
    """(the entries of a run, or all; what is wrong with the list). Raises RunbookError RB630 when it can't be read."""
    note = log.head()
    head = None
    try:
        head = read_head(read_note(note).text) if note else None
    except BadNote as bad:
        return [], LogFault(f"runs.checkpoint holds no checkpoint: {bad.args[0]}")
    roots: dict[int, bytes] = {}

    def at_size(size: int, tree: Tree) -> None:
        if head is not None and size == head.size:
            roots[size] = tree.root()

    found = []
    last_at, signed = "", False
    for entry in log.entries(at_size):
        last_at = entry.at
        signed = signed or bool(entry.note)
        if not run or entry.run == run:
            found.append(entry)
    if log.broken is not None:
        return found, LogFault(f"line {log.broken.line} of runs.log (at byte {log.broken.offset}) is bad: {log.broken.why}")
    if head is None:
        return found, LogFault("runs.log holds signed entries, and its own checkpoint is gone" if signed else "")
    return found, _against(log, head, note, roots, ring, last_at)


def _against(log: RunsLog, head: Head, note: str, roots: dict[int, bytes], ring: KeyRing, at: str) -> LogFault:
    if head.origin != log.origin:
        return LogFault("runs.checkpoint is of another store")
    if head.size > log.lines:
        return LogFault(f"runs.checkpoint knows {head.size} lines, runs.log has {log.lines}: its end is missing")
    if roots.get(head.size) != head.root:
        return LogFault(f"runs.checkpoint holds another history of lines 1 to {head.size} of runs.log: they were rewritten")
    if not ring.keys:
        return LogFault("")
    parts = read_note(note)
    for signature in parts.signatures:
        key = ring.signed_by(signature)
        if key is not None:
            if not key.verify(parts.text.encode(), signature.data):
                return LogFault(f"the signature of runs.checkpoint by {key.name} is false", 22)
            fault = key.fault(at)
            why = f"runs.checkpoint is signed by {key.name}, which is {fault}" if fault else ""
            return LogFault(why, 28 if fault == "revoked" else 27)
    return LogFault("runs.checkpoint is signed by a key that isn't known here", 26)


def verify_store(store: Store, ring: KeyRing) -> Verdict:
    """Whether the list of a store is whole, and every run that it knows is there or was pruned by somebody who said so."""
    log = RunsLog(store.root)
    if not log.exists:
        return Verdict("runs", NONE, "there is no list of runs: none was signed here, or it was taken away")
    entries, fault = check_log(log, ring)
    if fault:
        return Verdict("runs", FAIL, fault.why, fault.exit, log.broken.line if log.broken else 0, log.broken.offset if log.broken else -1)
    words: dict[str, set[str]] = {}
    for entry in entries:
        if entry.run:
            words.setdefault(entry.run, set()).add(entry.word)
    gone = [run for run, seen in words.items() if "pruned" not in seen and not os.path.isdir(os.path.join(store.runs, run))]
    if gone:
        return Verdict("runs", FAIL, f"{len(gone)} of {len(words)} runs are gone, and nothing says by whom: {', '.join(gone[:5])}", 21)
    pruned = sum("pruned" in seen for seen in words.values())
    head = log.head()
    signed = "signed" if head and ring.keys else "of which no signature could be verified"
    return Verdict("runs", PASS, f"{log.lines} lines, {signed}; {len(words)} runs, {pruned} of them pruned")
