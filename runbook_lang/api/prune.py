"""Removing old runs, in a way that the list of runs tells of and that no legal hold forbids."""

from __future__ import annotations

import os
import shutil

from ..adapters.journal import is_held
from ..adapters.keys import KeyRing
from ..adapters.runslog import RunsLog, held
from ..adapters.store import summarise
from ..adapters.witness import read_seal
from ..base.record import Record
from ..machine.stamps import micros_of
from .sealing import seal_owed, unsealed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..adapters.store import Store

    Ask = Callable[[str], str | None]


GOING = ".going-"
"""How the name of a run's folder begins that is being removed: no run's id does."""


class Candidate(Record):
    """A run that is old enough. `kept`: why it stays all the same; ''  when it may go."""

    id: str
    last_at: str
    size: int
    kept: str = ""


def candidates(store: Store, before: int) -> list[Candidate]:
    """The runs whose last event is before a moment (microseconds, UTC), the oldest first. Only closed ones may go."""
    found = []
    for summary in store.list_runs():
        last = micros_of(summary.last_at)
        if last is None or last >= before:
            continue
        hold = held(store.root, summary.id)
        kept = "" if summary.state == "closed" else f"it is {summary.state}, not closed"
        if hold is not None:
            kept = f"it is on hold, by {hold.by}: {hold.why}"
        found.append(Candidate(summary.id, summary.last_at, _size(summary.folder), kept))
    return found[::-1]


def prune(store: Store, runs: list[Candidate], environ: Mapping[str, str], operator: str, why: str, ask: Ask | None = None) -> list[str]:
    """Removes runs: the line in runs.log first, with the run's seal, so that an archived copy can still be told from a forged one.
    Seals that are owed are made before. Runs that were taken up or held meanwhile stay, and those that can't be sealed without
    somebody looking at them. Returns the ids that are gone. Raises RunbookError RB630."""
    _sweep(store)
    ring = KeyRing.locate(environ)
    signer = ring.signer(environ, ask)
    if signer is not None:
        seal_owed(store, ring, signer, operator)
    owed = {run.id for run in unsealed(store)}
    gone = []
    for one in runs:
        folder = os.path.join(store.runs, one.id)
        if (
            one.kept
            or one.id in owed
            or is_held(folder)
            or held(store.root, one.id) is not None
            or summarise(store.open_run(one.id)).state != "closed"
        ):
            continue
        RunsLog(store.root).append("pruned", one.id, signer, note=read_seal(folder), by=operator, why=why)
        os.rename(folder, os.path.join(store.runs, GOING + one.id))  # at once: half a run would look like one that was damaged
        _sweep(store)
        gone.append(one.id)
    return gone


def _sweep(store: Store) -> None:
    """Removes what is going, also what a process left that died while it removed."""
    for name in os.listdir(store.runs) if os.path.isdir(store.runs) else ():
        if name.startswith(GOING):
            shutil.rmtree(os.path.join(store.runs, name))


def _size(folder: str) -> int:
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)
