"""Tells people while a run goes on: what a step raises is on the disk at once, and goes out beside the run, never in its way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..adapters.clock import SystemClock
from ..adapters.incident import glance
from ..base.diagnostics import RunbookError
from .escalations import Raise, Ticker, is_ticked, raise_escalation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..adapters.store import RunFolder, Store
    from ..machine.moves import OpenIncident
    from ..model.policy import Policy

LOOK_S = 5.0
PATIENCE_S = 20.0
"""How long the end of a run waits for messages that are on their way."""


class Teller:
    """Of one run. `place` gives the journal's place, to which an escalation is bound."""

    def __init__(
        self,
        run: RunFolder,
        store: Store,
        policy: Policy,
        library: str,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        who: tuple[str, str],
        place: Callable[[], tuple[Any, ...]],
        mask: Callable[[str], str],
    ) -> None:
        """`who`: (the runbook's name, the operator)."""
        self.run = run
        self.store = store
        self.policy = policy
        self.library = library
        self.say = say
        self.who = who
        self.place = place
        self.mask = mask
        self.now = SystemClock().now
        self.ticker = Ticker(environ, say)
        self._wake = threading.Event()
        self._over = False
        self._thread: threading.Thread | None = None
        if glance(run.path) is not None:
            self._start()

    def tell(self, move: OpenIncident) -> None:
        """What a step raises. A problem is said, and stops nothing: the rollback goes on."""
        wanted = Raise(
            move.path, move.severity, move.tier, self.mask(move.message), self.who[0], self.who[1], bind=self.place()
        )  # fmt: skip
        try:
            fresh = raise_escalation(self.run, self.policy, wanted, self.library, self.now())
        except RunbookError as error:
            self.say(f"The escalation can't be written down, so nobody but you is told: {error}")
            return
        if fresh:
            self._start()
            self._wake.set()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="teller", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            _, problem, _ = self.ticker.one(self.run)
            if problem:
                self.say(problem)
            if self._over and not self._wake.is_set():
                return
            self._wake.clear()
            if not self._over:
                self._wake.wait(LOOK_S)

    def close(self) -> tuple[str, bool]:
        """Waits for what is on its way. (What the person here should know about the rest, '' for nothing; whether nothing will do it.)"""
        if self._thread is None:
            return "", False
        self._over = True
        self._wake.set()
        self._thread.join(PATIENCE_S)
        found = glance(self.run.path)
        if found is None or not found[1]:
            return "", False
        short = self.run.id[-8:]
        if not found[0] or is_ticked(self.store, self.now()):
            return f"It stays open until somebody acknowledges: runbook ack {short}", False
        text = "Nothing ticks the escalations here: whoever has to be told next won't be. Leave this running: runbook escalations watch"
        return text, True
