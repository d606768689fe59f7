"""How one running attempt is told to end."""

from __future__ import annotations

import os


class PipeCancel:
    """`ports.Cancel`. `fileno` becomes readable with each rise; a reader may take the bytes (one a rise) to wait for the next.

    The pipe is made when somebody asks for it: most attempts are over before that. `raise_to` may be called from another
    thread or a signal handler.
    """

    __slots__ = ("_level", "_read", "_write")

    def __init__(self) -> None:
        self._level = 0
        self._read = -1
        self._write = -1

    @property
    def level(self) -> int:
        return self._level

    def raise_to(self, level: int) -> None:
        """0 go on, 1 end politely, 2 now. A level never falls."""
        if level > self._level:
            self._level = level
            self._signal()

    def fileno(self) -> int:
        """The descriptor; readable at once when the level has risen before."""
        if self._read < 0:
            self._read, self._write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
            if self._level:
                self._signal()
        return self._read

    def _signal(self) -> None:
        if self._write >= 0:
            os.write(self._write, b"!")

    def close(self) -> None:
        """Closes the pipe; the level stays. For the thread that raises the level, once the attempt is over."""
        for fd in (self._read, self._write):
            if fd >= 0:
                os.close(fd)
        self._read = self._write = -1
