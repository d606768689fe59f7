"""Reading a run's journal: each line verified, up to a torn last one."""

from __future__ import annotations

import os

from ..base.diagnostics import fail
from ..base.record import Record
from ..machine.events import StateKept
from .files import cannot
from .lines import FIRST_PREV, LINE_LIMIT, TAIL, BadLine, decode, link

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..base.diagnostics import RunbookError
    from ..machine.events import Event

NAME = "journal.jsonl"
_KEPT = b'"type":"state.kept"'  # quotes inside of strings are escaped, so no text can pass for it


class Torn(Record):
    """An unfinished last line: its place in the file and its length."""

    offset: int
    bytes: int


class Reader:
    """Reads and verifies a journal: each line's digest, the chain, `seq` counting from 1, `at` never falling.

    Iterating raises RunbookError RB603 at the first bad line, with its number and byte offset, and RB604 when there is no
    journal. After the iteration, `torn` tells of an unfinished last line (of a run that was killed, or of one that is
    writing it just now), `prev` is the digest of the last line, `lines` and `size` count the good ones.
    """

    __slots__ = ("folder", "lines", "prev", "size", "torn")

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._begin()

    def _begin(self) -> None:
        self.prev = FIRST_PREV
        self.lines = 0
        self.size = 0
        self.torn: Torn | None = None

    def __iter__(self) -> Iterator[Event]:
        return self._events("")

    def since(self, known: Callable[[StateKept], bool]) -> Iterator[Event]:
        """The first event, then those from the last `state.kept` on that is known, itself included; all when none is.

        Of the lines between only digests and links are verified.
        """
        last: tuple[int, int, str, bytes] | None = None
        for raw in self._raw():
            if _KEPT in raw:
                last = self.lines, self.size, self.prev, raw
            self.prev = self._linked(raw)
            self._count(raw)
        if last is None or not self._knows(last[3], known):
            yield from self._events("")
            return
        yield next(self._events(""))
        yield from self._events("", last[:3])

    def _knows(self, raw: bytes, known: Callable[[StateKept], bool]) -> bool:
        event = decode(raw)[0]
        return isinstance(event, StateKept) and known(event)

    def _linked(self, raw: bytes) -> str:
        try:
            return link(raw, self.prev)
        except BadLine as bad:
            raise self._bad(bad.args[0]) from None

    def _events(self, at: str, start: tuple[int, int, str] | None = None) -> Iterator[Event]:
        for raw in self._raw(start):
            try:
                event, self.prev = decode(raw, self.prev)
            except BadLine as bad:
                raise self._bad(bad.args[0]) from None
            if event.seq != self.lines + 1:
                raise self._bad(f"its `seq` is {event.seq} instead of {self.lines + 1}")
            if event.at < at:
                raise self._bad("its `at` is before the line before it")
            at = event.at
            self._count(raw)
            yield event

    def check_chain(self) -> int:
        """Verifies digests and links alone, without looking at the events; several times faster. Returns the number of lines."""
        for raw in self._raw():
            self.prev = self._linked(raw)
            self._count(raw)
        return self.lines

    def _count(self, raw: bytes) -> None:
        self.lines += 1
        self.size += len(raw) + 1

    def _raw(self, start: tuple[int, int, str] | None = None) -> Iterator[bytes]:
        """The ended lines, without their newlines; from a place on (lines and bytes before it, digest of the line before it)."""
        self._begin()
        if start is not None:
            self.lines, self.size, self.prev = start
        try:
            stream = open(os.path.join(self.folder, NAME), "rb", buffering=1024 * 1024)  # noqa: SIM115 - closed below
        except FileNotFoundError:
            raise no_journal(self.folder) from None
        except OSError as error:
            raise cannot("RB604", f"The journal in {self.folder} can't be read", error) from None
        with stream:
            stream.seek(self.size)
            while raw := stream.readline(LINE_LIMIT + 1):
                if raw[-1] != 10:
                    self._unfinished(raw)
                    return
                yield raw[:-1]

    def _unfinished(self, raw: bytes) -> None:
        """Bytes without a newline at the end: a torn write is the beginning of a line, and nothing else."""
        if len(raw) > LINE_LIMIT:
            raise self._bad(f"it has more than {LINE_LIMIT} bytes")
        if len(raw) > TAIL + 1 and raw[:-1].endswith(b'"}') and _is_line(raw[:-1], self.prev):
            raise self._bad("it is whole, but another byte stands where it should end")
        self.torn = Torn(self.size, len(raw))

    def _bad(self, why: str) -> RunbookError:
        path = os.path.join(self.folder, NAME)
        return fail(
            "RB603",
            f"Line {self.lines + 1} of {path} (at byte {self.size}) is bad: {why}.",
            help="The journal was changed after it was written, or the disk lost something. Nothing is read past this line. "
            "Restore the file from a backup; `runbook audit verify` says what can still be trusted.",
        )


def _is_line(raw: bytes, prev: str) -> bool:
    try:
        decode(raw, prev)
    except BadLine:
        return False
    return True


def read(folder: str) -> Iterator[Event]:
    """The events of a journal, verified; an unfinished last line is left out (use `Reader` to know of it)."""
    return iter(Reader(folder))


def no_journal(folder: str) -> RunbookError:
    return fail("RB604", f"There is no journal in {folder}.", help="`runbook runs` lists the runs of this store.")
