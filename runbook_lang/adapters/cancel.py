"""How one running attempt is told to end."""

from __future__ import annotations

import os


class EventCancel:
    """`ports.Cancel`. `fileno` becomes readable with each rise; a reader may take what is there to wait for the next.

    The descriptor is made when somebody asks for it: most attempts are over before that. `raise_to` may be called from another
    thread or a signal handler.
    """

    __slots__ = ("_fd", "_level")

    def __init__(self) -> None:
        self._level = 0
        self._fd = -1

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
        if self._fd < 0:
            self._fd = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            if self._level:
                self._signal()
        return self._fd

    def _signal(self) -> None:
        if self._fd >= 0:
            os.eventfd_write(self._fd, 1)

    def close(self) -> None:
        """Closes the descriptor; the level stays. For the thread that raises the level, once the attempt is over."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1
