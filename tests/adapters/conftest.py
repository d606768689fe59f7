"""A disk that fails on command, and events to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runbook_lang.adapters.files import Files
from runbook_lang.machine.events import Event, Note


class Cut(BaseException):
    """The power went."""


class FailingFiles(Files):
    """Stops or fails at the k-th of the calls that change something; keeps count of what is durable.

    `torn`: how many bytes of the write at which it stops still reach the file.
    """

    def __init__(self, stop_at: int = 0, error: int = 0, only: str = "", torn: int = 0) -> None:
        self.stop_at = stop_at
        self.error = error
        self.only = only
        self.torn = torn
        self.calls: list[str] = []
        self.durable: dict[int, int] = {}

    def _call(self, name: str) -> bool:
        """True at the call that has to fail."""
        if self.only and name != self.only:
            return False
        self.calls.append(name)
        return len(self.calls) == self.stop_at

    def _fail(self) -> None:
        if self.error:
            raise OSError(self.error, os.strerror(self.error))
        raise Cut

    def write(self, fd: int, data: bytes) -> int:
        if self._call("write"):
            if self.torn:
                os.write(fd, data[: self.torn])
            self._fail()
        return super().write(fd, data)

    def fdatasync(self, fd: int) -> None:
        if self._call("fdatasync"):
            self._fail()
        self.durable[os.fstat(fd).st_ino] = os.fstat(fd).st_size

    def fsync(self, fd: int) -> None:
        if self._call("fsync"):
            self._fail()
        self.durable[os.fstat(fd).st_ino] = os.fstat(fd).st_size

    def rename(self, old: str, new: str) -> None:
        if self._call("rename"):
            self._fail()
        super().rename(old, new)

    def unlink(self, path: str) -> None:
        if self._call("unlink"):
            self._fail()
        super().unlink(path)

    def truncate(self, fd: int, size: int) -> None:
        if self._call("truncate"):
            self._fail()
        super().truncate(fd, size)

    def allocate(self, fd: int, size: int) -> None:
        if self._call("allocate"):
            self._fail()
        super().allocate(fd, size)


@pytest.fixture
def failing() -> type[FailingFiles]:
    return FailingFiles


@pytest.fixture
def cut() -> type[Cut]:
    return Cut


@pytest.fixture
def note():
    """note(seq, text): a small event of that second."""

    def make(seq: int, text: str = "") -> Event:
        return Note(seq, f"2026-03-04T05:{seq // 60:02d}:{seq % 60:02d}.000000Z", path=f"step_{seq}", what="judged", text=text)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path / "run")
