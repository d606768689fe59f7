"""What the live driver needs of the world, in one port."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..machine.control import State
    from ..machine.moves import Await, OpenIncident, Refill, Start
    from .ports import Executor, Inbox, Locks, Outcome


class World(Protocol):
    """Implemented by `adapters.world` for real runs, and by the scripted world of case files."""

    locks: Locks
    inbox: Inbox

    def attempt(self, move: Start) -> Any:
        """The Attempt for an open start move; its `output.close()` gives the evidence entries."""
        ...

    def executor(self, name: str) -> Executor: ...

    def refusal(self, move: Start) -> Outcome | None:
        """An outcome instead of an attempt: a secret that isn't meant for this host, an executor that isn't there."""
        ...

    def sealed(self, move: Start, outcome: Outcome) -> tuple[str, list[str], Outcome | None]:
        """(tagged value with secrets as handles, their handles, another outcome when the value can't be kept)."""
        ...

    def locate(self, id_: str) -> int | None:
        """The process of an attempt that outlived the last process of the run."""
        ...

    def await_orphan(self, id_: str, pid: int, end: bool, interrupted: Callable[[], int]) -> bool:
        """Wait for it, or end it: `interrupted` gives the level of `CancelAsked` by now. False when it can't be ended."""
        ...

    def see_out(self, id_: str, host: str, end: bool, interrupted: Callable[[], int]) -> bool:
        """The same for what runs on another host, whether its process here lives or not. False also when the host can't be asked."""
        ...

    def refill(self, move: Refill, state: State) -> str:
        """Read a secret again; empty when it is back, else why not."""
        ...

    def keep(self, snapshot: str) -> tuple[str, int] | None:
        """Put a snapshot of the state where a resume finds it; its SHA-256 and size in bytes, None when it can't be kept."""
        ...

    def raise_incident(self, move: OpenIncident) -> None: ...

    def ask(self, wait: Await) -> Mapping[str, Any] | None:
        """Ask the person at the terminal; None when nobody can answer here."""
        ...

    def unfit(self, message: Mapping[str, Any]) -> None:
        """An answer that fits nothing; said, not lost."""
        ...
