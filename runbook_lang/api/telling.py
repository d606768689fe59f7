"""Tells people while a run goes on: what a step raises is on the disk at once, and goes out beside the run, never in its way.

What a step `notify` says goes the same way; the step waits for the first attempt, and tells what came of it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..adapters.clock import SystemClock
from ..adapters.incident import glance, read_incident
from ..base.diagnostics import RunbookError
from .escalations import Raise, Ticker, is_ticked, raise_escalation, say_message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..adapters.store import RunFolder, Store
    from ..machine.moves import OpenIncident
    from ..model.policy import Policy
    from ..people.escalation import Message

LOOK_S = 5.0
GLANCE_S = 0.02
PATIENCE_S = 20.0
"""How long the end of a run waits for messages that are on their way."""


class Teller:
    """Of one run. `place` gives the journal's place, to which an escalation is bound."""

    def __init__(
        self,
        run: RunFolder,
        store: Store,
        policy: Policy | None,
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
        if self.policy is None:
            return
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

    def say_to(
        self, id_: str, severity: str, message: str, ways: tuple[tuple[str, str], ...], over: Callable[[], bool]
    ) -> dict[tuple[str, str], Message]:
        """What a step says: owed from now on, sent at once, and again later where that fails. Waits for the first attempts, but not
        longer than until `over`. The message of each way. Raises RunbookError RB64x when it can't be written down."""
        wanted = Raise(id_, severity, "", self.mask(message), self.who[0], self.who[1])
        say_message(self.run, self.policy, wanted, ways, self.library, self.now())
        done = threading.Event()

        def send() -> None:
            self.ticker.one(self.run)
            done.set()

        threading.Thread(target=send, name="messenger", daemon=True).start()
        while not done.wait(GLANCE_S) and not over():
            pass
        self._start()
        incident = read_incident(self.run.path)
        found = incident.all[id_].messages.values() if incident is not None else ()
        return {(item.channel, item.to): item for item in found}

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
        if found is None or not any(found):
            return "", False
        short = self.run.id[-8:]
        if not found[1]:
            tended = is_ticked(self.store, self.now())
            later = "whatever ticks does so" if tended else "Nothing ticks here: runbook escalations tick, or: runbook escalations watch"
            return f"A message isn't out yet, and is sent again later: {later}.", not tended
        if not found[0] or is_ticked(self.store, self.now()):
            return f"It stays open until somebody acknowledges: runbook ack {short}", False
        text = "Nothing ticks the escalations here: whoever has to be told next won't be. Leave this running: runbook escalations watch"
        return text, True
