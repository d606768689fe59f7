"""A world in memory for the live driver: attempts end as the test says, people and other processes answer from lists."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.memory import MemoryJournal
from runbook_lang.expr.tagged import dumps
from runbook_lang.machine.control import State
from runbook_lang.machine.events import RULES, Event, RunOpened, RunPaused
from runbook_lang.runtime.live import LiveDriver
from runbook_lang.runtime.ports import Outcome
from runbook_lang.runtime.recorder import Recorder
from tests.machine.play import program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from runbook_lang.machine.core import Program
    from runbook_lang.machine.moves import Await, OpenIncident, Refill, Start

OK = Outcome(True, value={"exit": 0, "stdout": "", "lines": []})
FAILED = Outcome(False, "unknown", "exit", "it ended with exit 1", {"exit": 1})


class Clock:
    """Real enough: it goes on a millisecond each time that it is looked at, and leaps where a test says so."""

    def __init__(self) -> None:
        self.time = 1_000_000_000

    def now(self) -> int:
        self.time += 1000
        return self.time

    def monotonic(self) -> int:
        return self.now()


class Switch:
    """An attempt's cancel."""

    def __init__(self) -> None:
        self.level = 0
        self.raised = threading.Event()

    def ask(self, level: int) -> None:
        self.level = max(self.level, level)
        self.raised.set()


class Attempt:
    def __init__(self, move: Start) -> None:
        self.id = move.id
        self.path = move.path
        self.cancel = Switch()
        self.output = self

    def close(self) -> list[Any]:
        return []


class World:
    """`ends`: by path an Outcome, a function of the attempt, or an exception that making the attempt raises."""

    def __init__(self, ends: Mapping[str, Any]) -> None:
        self.ends = dict(ends)
        self.locks = self
        self.inbox = self
        self.mail: list[dict[str, Any]] = []
        self.gone: list[dict[str, Any]] = []
        self.stray: list[Mapping[str, Any]] = []
        self.answers: list[dict[str, Any] | None] = []
        self.questions: list[str] = []
        self.orphans: dict[str, int] = {}
        self.reachable = True
        self.told: list[str] = []
        self.ran: list[str] = []
        self.name = "fake"

    def take(self, key: str = "") -> Any:
        return self._mail() if not key else None

    def _mail(self) -> Iterator[dict[str, Any]]:
        for message in list(self.mail):
            yield message
            self.mail.remove(message)
            self.gone.append(message)

    def free(self, key: str) -> None:
        """Nobody else wants it."""

    def attempt(self, move: Start) -> Attempt:
        end = self.ends.get(move.path)
        if isinstance(end, OSError):
            raise end
        return Attempt(move)

    def executor(self, name: str) -> World:
        return self

    def run(self, attempt: Attempt) -> Outcome:
        self.ran.append(attempt.id)
        end = self.ends.get(attempt.path, OK)
        outcome: Outcome = end(attempt) if callable(end) else end
        return outcome

    def refusal(self, move: Start) -> Outcome | None:
        return None

    def sealed(self, move: Start, outcome: Outcome) -> tuple[str, list[str], Outcome | None]:
        return dumps(dict(outcome.value)), [], None

    def locate(self, id_: str) -> int | None:
        return self.orphans.get(id_)

    def await_orphan(self, id_: str, pid: int, end: bool, interrupted: Callable[[], int]) -> bool:
        self.told.append(f"{'ended' if end else 'awaited'} {id_}")
        return True

    def see_out(self, id_: str, host: str, end: bool, interrupted: Callable[[], int]) -> bool:
        self.told.append(f"{'ended' if end else 'awaited'} {id_} on {host}")
        return self.reachable

    def refill(self, move: Refill, state: State) -> str:
        return ""

    def keep(self, snapshot: str) -> tuple[str, int] | None:
        return None

    def raise_incident(self, move: OpenIncident) -> None:
        self.told.append(move.message)

    def ask(self, wait: Await) -> Mapping[str, Any] | None:
        self.questions.append(f"{wait.path}: {wait.what}")
        return self.answers.pop(0) if self.answers else None

    def unfit(self, message: Mapping[str, Any]) -> None:
        self.stray.append(message)

    def saw(self, event: Event) -> None:
        """Nobody looks."""

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Nobody looks."""


class Table:
    """A program, its world, and the driver between them."""

    def __init__(self, text: str, ends: Mapping[str, Any] | None = None, **more: Any) -> None:
        self.program: Program = program_of(text)
        self.world = World(ends or {})
        self.journal = MemoryJournal(Masker({}))
        self.recorder = Recorder(self.program, State(), self.journal, Clock(), self.world)
        self.recorder.record(
            RunOpened,
            run="r",
            rules=RULES,
            mode="live",
            runbook="x",
            program=self.program.digest,
            plan="",
            inputs="{}",
            secret_names=[],
            operator="ana",
            host="here",
        )
        self.driver = LiveDriver(self.recorder, self.world, **more)

    def run(self) -> State:
        return self.driver.run()

    def again(self, **more: Any) -> State:
        """Another driver for the same run, as in a new process."""
        self.driver = LiveDriver(self.recorder, self.world, **more)
        return self.driver.run()

    @property
    def pause(self) -> RunPaused:
        last = self.journal.events[-1]
        assert isinstance(last, RunPaused)
        return last

    @property
    def exit(self) -> Any:
        assert self.recorder.state.closed is not None
        return self.recorder.state.closed["exit"]
