"""The journal file of one run: append-only, one event a line, durable before anything is done.

A process that writes holds an exclusive `flock` on the file for as long as it's open. A failed write or
flush ends the journal for this process: what a failed fsync leaves behind isn't known, so trying again
could take lost bytes for written ones.
"""

from __future__ import annotations

import errno
import json
import os
import time

from ..base.diagnostics import fail
from ..base.record import Record
from ..machine.events import to_wire
from .files import REAL, cannot, make_folder, of_another, sync_folder, write_file
from .lines import FIRST_PREV, BadLine, decode, encode_body
from .mask import Masker
from .masked_event import mask_body
from .reader import NAME, Reader, no_journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from ..base.diagnostics import RunbookError
    from ..machine.events import Event, StateKept
    from .files import Files
    from .reader import Torn

HOLDER = "holder.json"
RESERVE = "reserve"
RESERVE_BYTES = 64 * 1024
LOCK_PATIENCE_S = 0.2


class Repair(Record):
    """A torn last line that was moved aside; the caller tells it with a `JournalRepaired` event."""

    bytes: int
    moved_to: str


class FileJournal:
    """A run's journal, open for writing by this object alone. Not for use from several threads at once.

    `seq`, `at` and `prev` are those of the last line (0, '' and zeros in an empty journal). `tight` is True once the
    disk was full and the reserve was given up: end the run, a next append may fail. `each_line` gets every line that was written.
    """

    __slots__ = ("_dirty", "_fd", "_files", "_folder", "_masker", "at", "each_line", "prev", "repair", "seq", "tight")

    def __init__(self, folder: str, masker: Masker, fd: int, files: Files) -> None:
        self._folder = folder
        self._masker = masker
        self._fd = fd
        self._files = files
        self._dirty = False
        self.seq = 0
        self.at = ""
        self.prev = FIRST_PREV
        self.tight = False
        self.repair: Repair | None = None
        self.each_line: Callable[[bytes], object] | None = None

    @classmethod
    def create(cls, folder: str, masker: Masker, *, files: Files = REAL) -> Self:
        """A new journal in `folder`, which is made where it's missing. Raises RunbookError RB601, RB602."""
        path = os.path.join(folder, NAME)
        try:
            make_folder(files, folder)
            fd = files.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND)
        except FileExistsError:
            raise fail("RB602", f"The folder {folder} already holds a journal.", help="Each run has a folder of its own.") from None
        except OSError as error:
            raise cannot("RB602", f"The journal {path} can't be created", error) from None
        journal = cls(folder, masker, fd, files)
        journal._guarded(journal._take)
        return journal

    @classmethod
    def open_existing(
        cls,
        folder: str,
        masker: Masker,
        *,
        each: Callable[[Event], object] | None = None,
        known: Callable[[StateKept], bool] | None = None,
        files: Files = REAL,
    ) -> Self:
        """Opens, locks and verifies a journal to go on with it; `each` gets every event that is in it, in order.

        With `known`, which says whether it has a kept state, `each` gets the first event and those from that state on.

        A torn last line is moved to `torn-<n>`; `repair` says so. Raises RunbookError: RB601 when another process
        holds it, RB603 for a bad line, RB604 without a journal, RB602 when the system refuses.
        """
        path = os.path.join(folder, NAME)
        try:
            fd = files.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            raise no_journal(folder) from None
        except OSError as error:
            raise cannot("RB602", f"The journal {path} can't be opened", error, of_another(path, error)) from None
        journal = cls(folder, masker, fd, files)
        journal._guarded(lambda: journal._reopen(each, known))
        return journal

    def append(self, event: Event, *, flush: bool = True) -> Event:
        """Writes an event, durable on return when `flush`. Returns it as a reader will see it: masked, encoded, decoded.

        Raises RunbookError RB602 when it couldn't be written, and from then on always; RB605 for an event that
        no line can hold (nothing is written, the journal stays usable). ValueError: `seq` isn't the next one, or
        `at` is before the last line's.
        """
        if self._fd < 0:
            raise fail("RB602", "The journal of this run is closed: nothing can be written, so nothing is run.")
        if event.seq != self.seq + 1 or event.at < self.at:
            raise ValueError(f"event {event.seq} at {event.at} can't follow event {self.seq} at {self.at}")
        try:
            wire = to_wire(event)
            masked = mask_body(wire, self._masker) if self._masker else wire
            plain = masked is wire or masked == wire
            raw, digest = encode_body(masked, self.prev)
            # What `encode_body` takes comes back equal, so only a masked line has to be read again.
            seen = event if plain else decode(raw, self.prev)[0]
        except BadLine as bad:
            raise fail("RB605", f"An event of this run can't be written to the journal: {bad.args[0]}.") from None
        try:
            self._put(raw + b"\n", flush=flush)
        except BaseException:
            self._release()
            raise
        self.seq, self.at, self.prev = event.seq, event.at, digest
        if self.each_line is not None:
            self.each_line(raw)
        return seen

    def flush(self) -> None:
        """Makes everything that was appended durable."""
        if self._dirty:
            self._guarded(lambda: self._put(b"", flush=True))

    def close(self) -> None:
        """Flushes, and gives the lock up. A closed or dead journal is left as it is."""
        if self._fd < 0:
            return
        try:
            self.flush()
            self._forget(HOLDER)
        finally:
            self._release()

    def _put(self, data: bytes, *, flush: bool) -> None:
        self._dirty = True
        try:
            if data:
                self._write(data)
            if flush:
                self._files.fdatasync(self._fd)
                self._dirty = False
        except OSError as error:
            raise cannot("RB602", f"The journal in {self._folder} can't be written", error) from None

    def _write(self, data: bytes) -> None:
        """Writes all; a full disk is met once with the reserve, going on where the full disk stopped."""
        while data:
            try:
                written = self._files.write(self._fd, data)
                if written == len(data):
                    return
                data = data[written:]
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT) or self.tight:
                    raise
                self.tight = True
                self._forget(RESERVE)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Any failure on the way to the disk is the end of this journal, also one by an interrupt."""
        try:
            work()
        except BaseException:
            self._release()
            raise

    def _release(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            self._files.close(fd)

    def _take(self) -> None:
        """The lock, who holds it, and the reserve."""
        deadline = time.monotonic() + LOCK_PATIENCE_S
        try:
            while not self._files.try_lock(self._fd):
                if time.monotonic() >= deadline:
                    raise _held(self._folder)
                time.sleep(0.01)
            self._tell_holder()
            self._keep_reserve()
            sync_folder(self._files, self._folder)
        except OSError as error:
            raise cannot("RB602", f"The journal in {self._folder} can't be prepared", error) from None

    def _tell_holder(self) -> None:
        """Only a hint for people: a full disk mustn't keep a run from closing."""
        from datetime import UTC, datetime
        from socket import gethostname

        about = {"pid": os.getpid(), "host": gethostname(), "since": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        try:
            write_file(self._files, os.path.join(self._folder, HOLDER), json.dumps(about).encode(), durable=False)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise

    def _keep_reserve(self) -> None:
        """Blocks on the disk that are given up when it's full, so that the closing lines still fit."""
        path = os.path.join(self._folder, RESERVE)
        try:
            fd = self._files.open(path, os.O_WRONLY | os.O_CREAT)
            try:
                self._files.allocate(fd, RESERVE_BYTES)
            finally:
                self._files.close(fd)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            self.tight = True
            self._forget(RESERVE)

    def _forget(self, name: str) -> None:
        import contextlib

        with contextlib.suppress(OSError):
            self._files.unlink(os.path.join(self._folder, name))

    def _reopen(self, each: Callable[[Event], object] | None, known: Callable[[StateKept], bool] | None) -> None:
        self._take()
        reader = Reader(self._folder)
        for event in reader if known is None else reader.since(known):
            self.seq, self.at = event.seq, event.at
            if each is not None:
                each(event)
        self.prev = reader.prev
        if reader.torn is not None:
            self._set_aside(reader.torn)

    def _set_aside(self, torn: Torn) -> None:
        """Copies the torn bytes to a file of their own, durable, and only then cuts them off."""
        try:
            with open(os.path.join(self._folder, NAME), "rb") as stream:
                stream.seek(torn.offset)
                data = stream.read()
            number = 1
            while os.path.exists(os.path.join(self._folder, f"torn-{number}")):
                number += 1
            name = f"torn-{number}"
            write_file(self._files, os.path.join(self._folder, name), data)
            self._files.truncate(self._fd, torn.offset)
            self._files.fsync(self._fd)
        except OSError as error:
            raise cannot("RB602", f"The torn last line of the journal in {self._folder} can't be moved aside", error) from None
        self.repair = Repair(len(data), name)


def holder(folder: str) -> str:
    """Who holds the journal, for people: `process 4711 on db1, since …`; general words when that isn't known."""
    try:
        with open(os.path.join(folder, HOLDER), "rb") as stream:
            about = json.loads(stream.read(4096))
        return f"process {int(about['pid'])} on {about['host']}, since {about['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def is_held(folder: str) -> bool:
    """Whether some process has the journal open for writing. False without a journal."""
    import fcntl

    try:
        with open(os.path.join(folder, NAME), "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _held(folder: str) -> RunbookError:
    who = holder(folder)
    pid = who.split()[1] if who.startswith("process ") else "PID"
    return fail(
        "RB601",
        f"The run in {folder} is held by {who}.",
        help="Only one process writes a run's journal. Approve or answer from here, or wait until that process has ended. To end the run, "
        f"pause it first: kill -TERM {pid}; then: runbook abort {os.path.basename(folder)}",
    )
