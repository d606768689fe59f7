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


class Screen:
    """Whole lines to a stream. A reader that went away ends the writing and never the run."""

    def __init__(self, stream: TextIO, style: Style) -> None:
        self.stream = stream
        self.style = style
        self.lock = threading.RLock()
        self._gone = False
        self._above: Callable[[str], None] | None = None

    def put(self, text: str) -> None:
        """Lines that stay. While a live view is on, they appear above it."""
        with self.lock:
            if self._above is not None:
                self._above(text)
            else:
                self.raw(text + "\n")

    def raw(self, text: str) -> None:
        with self.lock:
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


class Interrupt(Exception):
    """Ctrl-C while a question stands open."""


class Keyboard:
    """Lines from a terminal, with a way to stop waiting for one. `asking` is true while a question stands open."""

    def __init__(self, fd: int = 0) -> None:
        self.fd = fd
        self.asking = False
        self._rest = b""

    def line(self, until: float = 0.0, stop: Callable[[], bool] = lambda: False) -> str | None:
        """The next line without its end; None at the end of input, at `until` (time.time()), or when `stop` says so.

        Raises Interrupt when a signal handler called `interrupt`.
        """
        self.asking = True
        try:
            while b"\n" not in self._rest:
                wait = 0.3 if not until else min(0.3, max(0.0, until - time.time()))
                ready, _, _ = select.select([self.fd], [], [], wait)
                if not ready:
                    if stop() or (until and time.time() >= until):
                        return None
                    continue
                data = os.read(self.fd, 4096)
                if not data:
                    return None
                self._rest += data
        finally:
            self.asking = False
        line, _, self._rest = self._rest.partition(b"\n")
        return clean(line.decode("utf-8", "replace").rstrip("\r"))

    def interrupt(self) -> None:
        """From a signal handler, while a question stands open."""
        raise Interrupt

    def hidden(self, prompt: str) -> str | None:
        """One line that isn't shown."""
        from getpass import getpass

        try:
            return getpass(prompt)
        except (EOFError, OSError):
            return None
