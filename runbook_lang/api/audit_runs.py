"""The list of runs, held against its own signature and against the runs that are there."""

from __future__ import annotations

import os
import time

from ..adapters.runs_head import Listed, read_list
from ..adapters.runslog import RunsLog
from ..adapters.scan import open_journal
from ..adapters.witness import names_key
from ..base.diagnostics import RunbookError
from .verdicts import FAIL, NONE, PASS, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.keys import KeyRing
    from ..adapters.store import Store

TRIES = 4
PAUSE_S = 0.05


def check_log(log: RunsLog, ring: KeyRing) -> Listed:
    """The list and what is wrong with it. Another process may be adding to it just now: what is wrong for a moment isn't told.
    Raises RunbookError RB630 when it can't be read."""
    listed = read_list(log, ring)
    for _ in range(TRIES):
        if not listed.fault and not listed.loose:
            break
        time.sleep(PAUSE_S)
        again = read_list(log, ring)
        if len(again.entries) == len(listed.entries) and again.signed == listed.signed:
            break
        listed = again
    return listed


def verify_store(store: Store, ring: KeyRing) -> Verdict:
    """Whether the list of a store is whole, every run that it knows is there or was pruned by somebody who said so, and every signed
    run that is there is known to it."""
    log = RunsLog(store.root)
    listed = check_log(log, ring)
    if listed.fault:
        line, offset = (log.broken.line, log.broken.offset) if log.broken else (0, -1)
        return Verdict("runs", FAIL, listed.fault.why, listed.fault.exit, line, offset)
    words: dict[str, set[str]] = {}
    for entry in listed.entries:
        if entry.run and entry not in listed.loose:
            words.setdefault(entry.run, set()).add(entry.word)
    gone = [run for run, seen in words.items() if "pruned" not in seen and not os.path.isdir(os.path.join(store.runs, run))]
    if gone:
        return Verdict("runs", FAIL, f"{len(gone)} of {len(words)} runs are gone, and nothing says by whom: {', '.join(gone[:5])}", 21)
    unknown = _unknown(store, {entry.run for entry in listed.entries if entry.note})
    if unknown:
        what = "the list of runs doesn't know them as signed" if log.exists else "the store's runs.log is gone"
        return Verdict("runs", FAIL, f"{len(unknown)} signed runs are there, and {what}: {', '.join(unknown[:5])}", 21)
    return _told(log, listed, words, bool(ring.keys))


def _told(log: RunsLog, listed: Listed, words: dict[str, set[str]], keys: bool) -> Verdict:
    if not log.exists:
        return Verdict("runs", NONE, "there is no list of runs: none was signed here")
    pruned = sum("pruned" in seen for seen in words.values())
    signed = "signed" if listed.head and keys else "of which no signature could be verified"
    reason = f"{log.lines} lines, {signed}; {len(words)} runs, {pruned} of them pruned"
    for entry in listed.loose:
        reason += f"; line {entry.line} ({entry.word}) isn't signed yet: its process died before that, or another hand added it"
    return Verdict("runs", PASS if listed.head else NONE, reason)


def _unknown(store: Store, known: set[str]) -> list[str]:
    """The runs whose first line names a key, and of which the list holds no signed word."""
    there = sorted(os.listdir(store.runs)) if os.path.isdir(store.runs) else []
    return [run for run in there if run not in known and _names_key(os.path.join(store.runs, run))]


def _names_key(folder: str) -> bool:
    try:
        with open_journal(folder) as stream:
            return names_key(stream.readline(1024 * 1024).rstrip(b"\n"))
    except RunbookError:
        return False
