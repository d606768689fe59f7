"""The terminal: what is written to it, safely from several threads, and how a person is asked."""

from __future__ import annotations

import os
import select
import threading
import time

from ..base.text import Style, clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO


class Turns:
    """A lock that a thread may take again, and that tells a signal handler to wait until nothing is being written.

    A handler stands inside of whatever its thread was doing; streams can't be written to from inside of a write.
    """

    __slots__ = ("_later", "_lock", "_owner")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owner: list[int] = []
        self._later: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._lock.acquire()
        self._owner.append(threading.get_ident())

    def __exit__(self, *_: object) -> None:
        self._owner.pop()
        mine = not self._owner
        self._lock.release()
        # What a handler put off before the pop is here now; one that comes after it finds nobody writing.
        while mine and self._later and threading.current_thread() is threading.main_thread():
            self._later.pop(0)()

    def when_free(self, work: Callable[[], None]) -> None:
        """From a signal handler: do it now, or as soon as this thread has finished what it is writing."""
        if threading.get_ident() in self._owner:
            self._later.append(work)
        else:
            work()


class Screen:
    """Whole lines to a stream. A reader that went away ends the writing and never the run."""

    def __init__(self, stream: TextIO, style: Style) -> None:
        self.stream = stream
        self.style = style
        self.lock = Turns()
        self._gone = False
        self._above: Callable[[str], None] | None = None

    def put(self, text: str) -> None:
        """Lines that stay. While a live view is on, they appear above it."""
        with self.lock:
            self.show(text)

    def show(self, text: str) -> None:
        """The same, for whoever holds the lock."""
        if self._above is not None:
            self._above(text)
        else:
            self._write(text + "\n")

    def raw(self, text: str) -> None:
        with self.lock:
            self._write(text)

    def _write(self, text: str) -> None:
        if self._gone:
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            self._gone = True

    def divert(self, above: Callable[[str], None] | None) -> None:
        """Hand lines to a live view, or take them back."""
        with self.lock:
            self._above = above

    def outlet(self) -> Outlet:
        """The stream for a library that writes by itself."""
        return Outlet(self._write, self.stream.encoding)


class Outlet:
    """A stream whose writes never fail: what a screen does about a reader that went away holds for whoever writes through it."""

    __slots__ = ("_put", "encoding")

    def __init__(self, put: Callable[[str], None], encoding: str) -> None:
        self._put = put
        self.encoding = encoding

    def write(self, text: str) -> int:
        self._put(text)
        return len(text)

    def flush(self) -> None:
        """Each write is flushed."""


_LOOK_S = 0.2
"""How long a wait for a line goes on before it looks around."""


class Interrupt(Exception):
    """Ctrl-C while a question stands open."""


class Keyboard:
    """Lines from a terminal, with a way to stop waiting for one.

    `asking` is true while a question stands open; a signal handler sets `interrupted` then, and raises nothing.
    """

    def __init__(self, fd: int = 0) -> None:
        self.fd = fd
        self.asking = False
        self.interrupted = False
        self._rest = b""

    def line(self, until: float = 0.0, stop: Callable[[], bool] = lambda: False) -> str | None:
        """The next line without its end; None at the end of input, at `until` (time.time()), or when `stop` says so.

        Raises Interrupt once `interrupted` is set.
        """
        while b"\n" not in self._rest:
            wait = _LOOK_S if not until else min(_LOOK_S, max(0.0, until - time.time()))
            ready, _, _ = select.select([self.fd], [], [], wait)
            if self.interrupted:
                raise Interrupt
            if not ready:
                if stop() or (until and time.time() >= until):
                    return None
                continue
            try:
                data = os.read(self.fd, 4096)
            except OSError:  # the terminal is gone: nothing more comes
                data = b""
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return clean(line.decode("utf-8", "replace").rstrip("\r"))

    def hidden(self, prompt: str) -> str | None:
        """One line that isn't shown."""
        from getpass import getpass

        try:
            return getpass(prompt)
        except (EOFError, OSError):
            return None
