"""`incident.jsonl` beside a run: its escalations, one event a line, chained by digests like the journal.

It has one writer at a time (a lock on the file) and is written after the run is closed, too: people answer later. What it holds is
masked by whoever raises an escalation. Each line also says when something is next due (`due`, '' for never) and how many
escalations are open, so that a tick which has nothing to do reads the last line alone.
"""

from __future__ import annotations

import os
import time

from ..base.diagnostics import fail
from ..machine.stamps import micros_of, stamp_of
from ..people.due import next_due
from ..people.escalation import Incident, Refused, advance
from ..people.events import BadEvent, from_wire, to_wire
from .files import REAL, cannot, sync_folder, write_all, write_file
from .lines import FIRST_PREV, BadLine, decode_body, encode_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from ..people.events import Event
    from .files import Files

NAME = "incident.jsonl"
PATIENCE_S = 30.0
"""How long a writer waits for another one, which may be sending."""
SIZE_LIMIT = 64 * 1024 * 1024
_TAIL = 4096
_DUE = b'"due":"'
_OPEN = b'"open":'


class IncidentFile:
    """Open for writing by this process alone. Use as a context manager."""

    __slots__ = ("_fd", "_files", "_folder", "incident", "prev")

    def __init__(self, folder: str, fd: int, files: Files) -> None:
        self._folder = folder
        self._fd = fd
        self._files = files
        self.incident = Incident()
        self.prev = FIRST_PREV

    @classmethod
    def open(cls, folder: str, *, create: bool = False, patience: float = PATIENCE_S, files: Files = REAL) -> Self:
        """Opens, locks, verifies. A torn last line, which nobody was told of, is set aside.

        Raises RunbookError: RB640 when another process holds it, RB641 for a bad line, RB642 without a file, RB643 when the system refuses.
        """
        path = os.path.join(folder, NAME)
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
        try:
            fresh = not os.path.exists(path)
            fd = files.open(path, flags)
            if fresh:
                sync_folder(files, folder)
        except FileNotFoundError:
            raise fail("RB642", f"No escalation was raised in {os.path.basename(folder)}.", help="See: runbook escalations list") from None
        except OSError as error:
            raise cannot("RB643", f"{path} can't be opened", error) from None
        found = cls(folder, fd, files)
        try:
            found._lock(patience)
            found._read()
        except BaseException:
            found.close()
            raise
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._files.close(fd)

    def append(self, events: Iterable[Event]) -> None:
        """Writes events, durable on return, in one piece. Raises RunbookError RB644 for one that the rules refuse (nothing is written
        then), RB643 when it can't be written."""
        incident, prev, data = self.incident, self.prev, b""
        for event in events:
            wire = to_wire(event)
            after = advance(incident, event)
            if isinstance(after, Refused):
                raise fail("RB644", f"{os.path.basename(self._folder)}: {after.why}.", help="Nothing was recorded.")
            incident = after
            due = next_due(incident)
            wire["due"] = stamp_of(due) if due else ""
            wire["open"] = len(incident.open)
            try:
                raw, prev = encode_body(wire, prev)
            except BadLine as bad:
                raise fail("RB643", f"An event can't be written: {bad.args[0]}.") from None
            data += raw + b"\n"
        try:
            write_all(self._files, self._fd, data)
            self._files.fdatasync(self._fd)
        except OSError as error:
            raise cannot("RB643", f"{os.path.join(self._folder, NAME)} can't be written", error) from None
        self.incident, self.prev = incident, prev

    def record(self, make: Callable[[int, str], Event], now: int) -> None:
        """One event, made of its `seq` and `at`; a clock that was set back stands still."""
        self.append([make(self.incident.seq + 1, stamp_of(max(now, self.incident.now)))])

    def _lock(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while not self._files.try_lock(self._fd):
            if time.monotonic() >= deadline:
                help = "Somebody else is writing to it. Try again in a moment."
                raise fail("RB640", f"The escalations of {os.path.basename(self._folder)} are held by another process.", help=help)
            time.sleep(0.02)

    def _read(self) -> None:
        size = os.fstat(self._fd).st_size
        data = os.pread(self._fd, min(size, SIZE_LIMIT), 0)
        whole = data.rfind(b"\n") + 1
        self.incident, self.prev = fold(self._folder, data[:whole])
        if whole < len(data):
            self._set_aside(data[whole:], whole)

    def _set_aside(self, torn: bytes, whole: int) -> None:
        try:
            write_file(self._files, os.path.join(self._folder, f"{NAME}.torn-{whole}"), torn)
            self._files.truncate(self._fd, whole)
        except OSError as error:
            raise cannot("RB643", f"A torn line of {NAME} can't be set aside", error) from None


def fold(folder: str, data: bytes) -> tuple[Incident, str]:
    """(the escalations, the digest of the last line) of whole lines. Raises RunbookError RB641."""
    incident, prev = Incident(), FIRST_PREV
    for number, raw in enumerate(data.split(b"\n")[:-1], 1):
        try:
            body, prev = decode_body(raw, prev)
            body.pop("due", None)
            body.pop("open", None)
            after = advance(incident, from_wire(body))
        except (BadLine, BadEvent) as bad:
            raise _bad(folder, number, str(bad.args[0])) from None
        if isinstance(after, Refused):
            raise _bad(folder, number, after.why)
        incident = after
    return incident, prev


def _bad(folder: str, number: int, why: str) -> Exception:
    path = os.path.join(folder, NAME)
    return fail("RB641", f"{path}, line {number}: {why}.", help="It was changed by another hand. Restore it from a backup.")


def read_incident(folder: str) -> Incident | None:
    """The escalations of a run as they stand, without the lock; None when there were none. Raises RunbookError RB641."""
    try:
        with open(os.path.join(folder, NAME), "rb") as stream:
            data = stream.read(SIZE_LIMIT)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot("RB643", f"{os.path.join(folder, NAME)} can't be read", error) from None
    return fold(folder, data[: data.rfind(b"\n") + 1])[0]


def glance(folder: str) -> tuple[int, int] | None:
    """(when something is next due, 0 for never; how many escalations are open), from the last line alone; None without a file.

    (1, 1) for a file whose end can't be read: whoever opens it says why.
    """
    try:
        fd = os.open(os.path.join(folder, NAME), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:
        return 1, 1
    try:
        size = os.fstat(fd).st_size
        tail = os.pread(fd, _TAIL, max(0, size - _TAIL))
        if not tail.endswith(b"\n"):
            return 1, 1
        if size > _TAIL and tail.count(b"\n") < 2:
            tail = os.pread(fd, SIZE_LIMIT, 0)
    finally:
        os.close(fd)
    line = tail[tail.rfind(b"\n", 0, -1) + 1 :]
    due, still = line.find(_DUE), line.find(_OPEN)
    if due < 0 or still < 0:
        return 1, 1
    text = line[due + len(_DUE) : line.index(b'"', due + len(_DUE))].decode("ascii", "replace")
    number = line[still + len(_OPEN) : still + len(_OPEN) + 6].split(b",")[0]
    moment = (micros_of(text) or 1) if text else 0
    return moment, int(number) if number.isdigit() else 1
