"""Seals that are owed: of runs that were closed and signed, and whose process died before it could seal them.

Whoever touches the store next makes them good, if the journal ends with a checkpoint of a key that counts: that one covers
the end already, so that nothing is vouched for that nobody has signed. Any other is shown by `runbook runs`.
"""

from __future__ import annotations

from ..adapters.runslog import RunsLog, known_heads
from ..adapters.store import RunFolder, summarise
from ..base.diagnostics import RunbookError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..adapters.keys import KeyRing, Signer
    from ..adapters.store import Store

    Ask = Callable[[str], str | None]

WHY = "its process died before it could be sealed"


def unsealed(store: Store) -> list[RunFolder]:
    """The runs that the list knows as signed, that have ended, and of whose end it doesn't know. Empty without a list."""
    begun: dict[str, bool] = {}
    for entry in RunsLog(store.root).entries():
        if entry.word in ("opened", "paused") and entry.note:
            begun.setdefault(entry.run, True)
        elif entry.word in ("closed", "sealed", "pruned"):
            begun[entry.run] = False
    there = set(store.ids()) if any(begun.values()) else set()
    found = [store.open_run(run) for run, owed in begun.items() if owed and run in there]
    return [run for run in found if summarise(run).state == "closed"]


def owes_seal(store: Store, run: RunFolder) -> bool:
    """The same of one closed run, also of one that the list doesn't know: it died before it got into it."""
    from ..adapters.scan import open_journal
    from ..adapters.witness import names_key

    found = [entry for entry in RunsLog(store.root).entries() if entry.run == run.id]
    if any(entry.word in ("closed", "sealed", "pruned") for entry in found):
        return False
    with open_journal(run.path) as stream:
        return any(entry.note for entry in found) or names_key(stream.readline().rstrip(b"\n"))


def seal_owed(store: Store, ring: KeyRing, signer: Signer, operator: str) -> list[str]:
    """Seals what can be sealed without anybody looking at it; the ids. Raises RunbookError RB630 when the list can't be written."""
    done = []
    for run in unsealed(store):
        try:
            if _seal(store, run, ring, signer, operator):
                done.append(run.id)
        except RunbookError as error:
            if error.diagnostics[0].code == "RB630":
                raise
    return done


def seal_owed_by(environ: Mapping[str, str], store: Store, operator: str, ask: Ask | None = None) -> list[str]:
    """The same with the active key of an environment; nothing without one."""
    from ..adapters.keys import KeyRing

    ring = KeyRing.locate(environ)
    signer = ring.signer(environ, ask) if ring.keys else None
    return [] if signer is None else seal_owed(store, ring, signer, operator)


def _seal(store: Store, run: RunFolder, ring: KeyRing, signer: Signer, operator: str) -> bool:
    from ..adapters.witness import Witness, write_seal

    witness = Witness(signer, run.id)
    witness.take_up(run.path, ring, known_heads(store.root, run.id))
    if not witness.covered:
        return False
    note = witness.checkpoint()
    write_seal(run.path, note)
    RunsLog(store.root).append("sealed", run.id, signer, note=note, by=operator, why=WHY)
    return True
