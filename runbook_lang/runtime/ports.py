"""Ports: what a driver needs of the world, and nothing more. Executors and adapters implement them.

An executor sees one `Attempt` and gives one `Outcome`. It never decides what runs next, and it
never raises for anything the world does: a refused connection is an outcome, not an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ..base.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..machine.events import Event
    from ..surfaces.kinds import Request

VALUE_LIMIT = 256 * 1024
"""Bytes of a result that are kept as a typed value; a larger one that is read later fails as `too_big`."""

ERROR_KINDS = (
    "not_found", "refused", "dns", "tls", "auth", "timeout", "killed", "not_json", "too_big", "exit", "status", "expect",
)  # fmt: skip
"""The closed list of `result.error.kind` that outcomes may carry ('cut' is the machine's own: the run died)."""


class Outcome(Record):
    """What became of one attempt.

    `ok` is the executor's own judgement. `applied` says whether the effect took place: 'no' only when that is
    known (nothing was started, refused, 4xx, an SQL error in a transaction). `kind` is one of ERROR_KINDS, '' when
    ok. `value` holds the executor's result fields (only those in `Attempt.wants` need be there beside the cheap
    ones); every value in it is an expression value. `message` is one sentence for people, already free of secrets.
    """

    ok: bool
    applied: str = "yes"  # yes | no | unknown
    kind: str = ""
    message: str = ""
    value: Mapping[str, Any] = {}


class Cancel(Protocol):
    """How a running attempt is told to end. `level`: 0 go on, 1 end politely (SIGTERM, or what the tool wants), 2 now (SIGKILL)."""

    @property
    def level(self) -> int: ...

    def fileno(self) -> int:
        """A descriptor that becomes readable when the level rises; for a selector."""
        ...


class Output(Protocol):
    """Where streamed output goes: masked once, then to the live view and to the evidence file."""

    def write(self, stream: str, data: bytes) -> None: ...


class Attempt(Protocol):
    """One attempt, as an executor sees it."""

    id: str  # path#attempt/role
    run: str
    request: Request
    limit_us: int
    wants: frozenset[str]  # result fields that some expression reads; '*' stands for all
    effect: str  # read | change | destroy
    folder: str  # the run's folder (for rendered files)
    library: str  # the folder of the runbook (for relative paths)
    kept: Mapping[str, bytes]  # the files that belong to the program, as they were when the run started, by path below `library`

    @property
    def env(self) -> Mapping[str, str]:
        """The base environment of child processes: allow-listed, with the run's markers."""
        ...

    @property
    def cancel(self) -> Cancel: ...

    @property
    def output(self) -> Output: ...

    def reveal(self, word: Any) -> str:
        """The text of a word, with the values of its secrets. Only for environment, header, body, stdin, file."""
        ...

    def spawned(self, pid: int) -> None:
        """Called with the process id of a child that was started."""
        ...


class Executor(Protocol):
    """The half of an executor that runs. Called in a worker thread; blocks until the attempt is over."""

    name: str

    def run(self, attempt: Attempt) -> Outcome: ...


class Journal(Protocol):
    """The journal of one run, open for writing by this process alone. `tight`: the disk is full, only the reserve is left."""

    @property
    def tight(self) -> bool: ...

    def append(self, event: Event, *, flush: bool = True) -> Event:
        """Write an event's line (secrets masked), durable when `flush`; returns the event as a reader will see it
        (encode → mask → decode: law 0). Raises RunbookError RB6xx when it can't be written; never retried."""
        ...

    def close(self) -> None: ...


class Witness(Protocol):
    """Signs what the journal holds."""

    def checkpoint(self) -> str:
        """A signed note over all lines that were written so far. Raises RunbookError when it can't be signed."""
        ...


class Clock(Protocol):
    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        ...

    def monotonic(self) -> int:
        """Microseconds of a clock that never goes back."""
        ...


class Inbox(Protocol):
    """Messages that other processes dropped for the run's one writer."""

    def take(self) -> Iterable[Mapping[str, Any]]: ...


class Locks(Protocol):
    def take(self, key: str) -> str | None:
        """None when taken, else who holds it."""
        ...

    def free(self, key: str) -> None: ...


class Operator(Protocol):
    """The person at the terminal, when there is one."""

    @property
    def name(self) -> str: ...

    def ask(self, need: Mapping[str, Any], done: Callable[[], bool]) -> Mapping[str, Any] | None:
        """Asks; returns the answer, or None when nobody can answer here (the run then pauses)."""
        ...


class Watcher(Protocol):
    """Sees every event and state as it happens: live views, plain lines, JSON."""

    def saw(self, event: Event) -> None: ...

    def output(self, path: str, stream: str, data: bytes) -> None: ...


class Reader(Protocol):
    """A journal open for reading: decoded, verified line by line."""

    def __iter__(self) -> Iterator[Event]: ...
