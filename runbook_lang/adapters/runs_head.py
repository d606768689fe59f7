"""Whether a list of runs is the one that its checkpoint signs, and how far that reaches."""

from __future__ import annotations

import os

from ..base.record import Record
from .checkpoints import BadNote, read_head, read_note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .checkpoints import Head
    from .keys import KeyRing
    from .merkle import Tree
    from .runslog import Entry, RunsLog


class LogFault(Record):
    """Why a list of runs can't be relied on. `exit` 21: it isn't what it was; 22, 26 to 28: what its signature lacks."""

    why: str
    exit: int = 21

    def __bool__(self) -> bool:
        return bool(self.why)


class Listed(Record):
    """What a list of runs says. `signed`: the lines that its checkpoint covers; 0 without one. `head`: whether there is one."""

    entries: tuple[Entry, ...]
    fault: LogFault
    signed: int = 0
    head: bool = False

    @property
    def loose(self) -> tuple[Entry, ...]:
        """The entries behind the end that is signed. A process that dies between a line and its signature leaves one."""
        return tuple(entry for entry in self.entries if entry.line > self.signed) if self.head else ()


def read_list(log: RunsLog, ring: KeyRing) -> Listed:
    """The whole list, held against its checkpoint. Raises RunbookError RB630 when it can't be read."""
    note = log.head()
    try:
        head = read_head(read_note(note).text) if note else None
    except BadNote as bad:
        return Listed((), LogFault(f"runs.checkpoint holds no checkpoint: {bad.args[0]}"))
    if not log.exists:
        return Listed((), LogFault("the store's runs.log is gone, and its checkpoint is still there" if note else ""))
    roots: dict[int, bytes] = {}

    def at_size(size: int, tree: Tree) -> None:
        if head is not None and size == head.size:
            roots[size] = tree.root()

    entries = tuple(log.entries(at_size))
    if log.broken is not None:
        return Listed(entries, LogFault(f"line {log.broken.line} of runs.log (at byte {log.broken.offset}) is bad: {log.broken.why}"))
    if head is None:
        signed = any(entry.note for entry in entries)
        return Listed(entries, LogFault("runs.log holds signed entries, and its own checkpoint is gone" if signed else ""))
    listed = Listed(entries, LogFault(""), head.size, head=True)
    return listed.replace(fault=_against(log, head, note, roots, ring, entries[-1].at if entries else "") or _loose(listed.loose))


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


def _loose(entries: tuple[Entry, ...]) -> LogFault:
    if len(entries) < 2:
        return LogFault("")
    return LogFault(f"from line {entries[0].line} on, up to line {entries[-1].line}, nothing in runs.log is signed", 22)


def why_not_signed_on(listed: Listed, runs: str) -> str:
    """Why nothing may be added to a list and signed: a signature would make true what another hand wrote. '' where it may.

    A key that is expired or revoked by now is none: what it signed is still there. `runs`: the folder of the runs."""
    if listed.fault and listed.fault.exit not in (27, 28) and not _begun(listed):
        return listed.fault.why
    for entry in listed.loose:
        if entry.word == "pruned" and not os.path.isdir(os.path.join(runs, entry.run)):
            return f"line {entry.line} says that run {entry.run} was pruned, which is gone, and nobody signed that"
    return ""


def _begun(listed: Listed) -> bool:
    """Whether its very first process may have died before it signed."""
    return not listed.head and [entry.line for entry in listed.entries] in ([1], [1, 2])
