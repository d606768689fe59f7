"""Whether a run is signed, and what is done for it: the checkpoints, the list of runs, the seal."""

from __future__ import annotations

from ..adapters.keys import KeyRing
from ..base.diagnostics import RunbookError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..adapters.journal import FileJournal
    from ..adapters.keys import Signer
    from ..adapters.store import RunFolder, Store
    from ..adapters.witness import Witness


class Unsigned:
    """A run without a key: nothing is written, and nothing of cryptography imported."""

    witness: Witness | None = None

    @property
    def opening(self) -> dict[str, Any]:
        """What the first event says of the key."""
        return {}

    def attach(self, journal: FileJournal) -> None:
        """From now on the lines of a new journal are seen."""

    def take_up(self, journal: FileJournal, folder: str) -> None:
        """The same for a journal that is gone on with. Raises RunbookError RB626 when it mustn't be signed on."""

    def opened(self, operator: str, store: Store) -> None:
        """The run is in the list of runs before it does anything; the seals of others that are owed are made. Raises RunbookError
        RB630."""

    def resumed(self, operator: str) -> None:
        """A run that died before it got into the list of runs is in it from now on. Raises RunbookError RB630."""

    def owes_seal(self, store: Store, run: RunFolder) -> bool:
        """Whether a run that has ended was signed, and its process died before it was sealed."""
        return False

    def seal_late(self, journal: FileJournal, run: RunFolder, operator: str) -> bool:
        """Makes that good. Raises RunbookError RB626 where the journal was changed meanwhile."""
        return False

    def seal(self, folder: str, word: str, operator: str) -> str:
        """The run is over or paused. Returns why that couldn't be sealed; nothing is raised, since the run itself is through."""
        return ""


class Signed(Unsigned):
    """A run that the active key signs."""

    def __init__(self, ring: KeyRing, signer: Signer, root: str, run: str) -> None:
        from ..adapters.witness import Witness

        self.ring = ring
        self.signer = signer
        self.root = root
        self.run = run
        self.witness: Witness = Witness(signer, run)

    @property
    def opening(self) -> dict[str, Any]:
        return {"tools": {"key": self.signer.key.vkey}}

    def attach(self, journal: FileJournal) -> None:
        journal.each_line = self.witness.saw

    def take_up(self, journal: FileJournal, folder: str) -> None:
        from ..adapters.runslog import known_heads

        self.witness.take_up(folder, self.ring, known_heads(self.root, self.run))
        journal.each_line = self.witness.saw

    def opened(self, operator: str, store: Store) -> None:
        from .sealing import seal_owed

        self._log("opened", operator, self.witness.checkpoint())
        seal_owed(store, self.ring, self.signer, operator)

    def resumed(self, operator: str) -> None:
        from ..adapters.runslog import RunsLog

        if not any(entry.run == self.run for entry in RunsLog(self.root).entries()):
            self._log("opened", operator, self.witness.checkpoint())

    def owes_seal(self, store: Store, run: RunFolder) -> bool:
        from .sealing import owes_seal

        return owes_seal(store, run)

    def seal_late(self, journal: FileJournal, run: RunFolder, operator: str) -> bool:
        self.take_up(journal, run.path)
        return not self.seal(run.path, "sealed", operator)

    def seal(self, folder: str, word: str, operator: str) -> str:
        from ..adapters.witness import write_seal

        try:
            note = self.witness.checkpoint()
            write_seal(folder, note)
            self._log(word, operator, note)
        except RunbookError as error:
            return f"The run isn't sealed: {error}"
        return ""

    def _log(self, word: str, operator: str, note: str) -> None:
        from ..adapters.runslog import RunsLog

        RunsLog(self.root).append(word, self.run, self.signer, note=note, by=operator)


def signing_for(environ: Mapping[str, str], root: str, run: str, ask: Callable[[str], str | None] | None) -> Unsigned:
    """What signs the run `run` of the store at `root`. Raises RunbookError RB62x for a key that is there and can't be used: a run
    that should be signed doesn't start unsigned."""
    ring = KeyRing.locate(environ)
    signer = ring.signer(environ, ask)
    return Unsigned() if signer is None else Signed(ring, signer, root, run)
