"""How one running attempt is told to end."""

from __future__ import annotations

import os


class EventCancel:
    """`ports.Cancel`. `fileno` becomes readable with each rise; a reader may take what is there to wait for the next.

    The descriptor is made when somebody asks for it. `raise_to` may be called from another thread or a signal handler.
    `spare` holds descriptors of earlier attempts that nobody told to end; one is taken from it, and given back.
    """

    __slots__ = ("_fd", "_level", "_spare")

    def __init__(self, spare: list[int] | None = None) -> None:
        self._level = 0
        self._fd = -1
        self._spare = spare

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
            self._fd = self._one()
            if self._level:
                self._signal()
        return self._fd

    def _one(self) -> int:
        try:
            return self._spare.pop() if self._spare else os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        except IndexError:  # another attempt has just taken the last one
            return os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def _signal(self) -> None:
        if self._fd >= 0:
            os.eventfd_write(self._fd, 1)

    def close(self) -> None:
        """Gives the descriptor up; the level stays. For the thread that raises the level, once the attempt is over."""
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        if self._spare is None or self._level:
            os.close(fd)
        else:
            self._spare.append(fd)
