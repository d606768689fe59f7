"""A file layer that fails at the k-th call: the process dies there, the power goes, or the system refuses.

It stands in front of every call by which the package changes a file, takes a lock or makes something durable, in one process
(`install` is for a forked child). It keeps book of what is durable, as a disk with a write cache does: bytes by `fsync` and
`fdatasync` of their file, names by `fsync` of their folder.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

from runbook_lang.adapters.files import REAL, Files

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = ("open", "write", "fdatasync", "fsync", "rename", "unlink", "truncate", "allocate", "mkdir", "try_lock")
DIES = ("kill", "torn", "power")
"""`kill`: before the call, and the system's cache survives. `torn`: in the middle of a write. `power`: as `kill`, and what isn't durable is lost."""
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EROFS": errno.EROFS, "EMFILE": errno.EMFILE, "EDQUOT": errno.EDQUOT}
MEETS = {
    "torn": ("write",),
    "ENOSPC": ("open", "write", "allocate", "mkdir", "rename"),
    "EDQUOT": ("write", "allocate"),
    "EIO": ("write", "fdatasync", "fsync", "truncate"),
    "EROFS": ("open", "write", "rename", "unlink", "mkdir", "truncate", "allocate"),
    "EMFILE": ("open",),
}
"""The calls that can fail so; a process can die at any."""
LOST = "lost.json"


class Undo(NamedTuple):
    """How a name comes back that wasn't durable: the bytes that stood there, None for no file."""

    path: str
    before: bytes | None


class Disk:
    """The book of one process, and the fault that it has to meet. `at` 0: none, and the calls are only counted."""

    def __init__(self, at: int, how: str, report: str) -> None:
        self.at = at
        self.how = how
        self.report = report
        self.calls: list[str] = []
        self.met = False
        self.durable: dict[int, int] = {}
        self.paths: dict[int, str] = {}
        self.names: dict[str, list[Undo]] = {}
        self.folders: dict[int, str] = {}

    def call(self, name: str, do: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        self.calls.append(name)
        if self.how in ERRORS:
            self._refuse(name)
        elif self.at and len(self.calls) == self.at:
            if self.how == "torn":
                (half or do)()
            self.die()
        return do()

    def _refuse(self, name: str) -> None:
        due = self.at and len(self.calls) >= self.at and not self.met and name in MEETS[self.how]
        if due and self.how == "EMFILE":  # the system itself refuses, whoever asks
            self.met = True
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) - 1, hard))
        elif due or (self.met and self.how == "EROFS" and name in MEETS["EROFS"]):
            self.met = True
            raise OSError(ERRORS[self.how], os.strerror(ERRORS[self.how]))

    def die(self) -> None:
        if self.how == "power":
            lost = [one._asdict() for undos in self.names.values() for one in undos]
            for one in lost:
                one["before"] = None if one["before"] is None else one["before"].decode("latin-1")
            sizes = {path: self.durable.get(inode, 0) for inode, path in self.paths.items()}
            with open(self.report, "w", encoding="utf-8") as stream:
                json.dump({"names": lost, "sizes": sizes}, stream)
        os.kill(os.getpid(), signal.SIGKILL)

    def opened(self, fd: int, path: str, *, new: bool, folder: bool) -> None:
        if folder:
            self.folders[fd] = path
            return
        found = os.fstat(fd)
        self.paths[found.st_ino] = path
        if new:
            self.renamed(path, None)
        elif found.st_ino not in self.durable:
            self.durable[found.st_ino] = found.st_size  # what an earlier process left is taken to be durable

    def renamed(self, path: str, before: bytes | None) -> None:
        self.names.setdefault(os.path.dirname(path), []).append(Undo(path, before))

    def synced(self, fd: int) -> None:
        found = os.fstat(fd)
        self.durable[found.st_ino] = found.st_size
        if fd in self.folders:
            self.names.pop(self.folders[fd], None)


def apply_power_cut(report: str) -> None:
    """Takes away what the process that died had not made durable: the names first, then the ends of files."""
    if not os.path.exists(report):
        return
    with open(report, encoding="utf-8") as stream:
        lost = json.load(stream)
    os.unlink(report)
    for one in reversed(lost["names"]):
        if one["before"] is not None:
            with open(one["path"], "wb") as file:
                file.write(one["before"].encode("latin-1"))
        elif os.path.exists(one["path"]):
            os.unlink(one["path"])
    for path, size in lost["sizes"].items():
        if os.path.exists(path) and os.path.getsize(path) > size:
            os.truncate(path, size)


def content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None


class Faulty(Files):
    """All calls of this process, with the disk in front of them."""

    disk: Disk

    def open(self, path: str, flags: int, mode: int = 0o600) -> int:
        new = bool(flags & os.O_CREAT) and not os.path.lexists(path)
        fd: int = self.disk.call("open", lambda: super(Faulty, self).open(path, flags, mode))
        self.disk.opened(fd, os.path.abspath(path), new=new, folder=bool(flags & os.O_DIRECTORY))
        return fd

    def close(self, fd: int) -> None:
        self.disk.folders.pop(fd, None)
        super().close(fd)

    def write(self, fd: int, data: bytes) -> int:
        written: int = self.disk.call("write", lambda: os.write(fd, data), lambda: os.write(fd, data[: len(data) // 2]))
        return written

    def fdatasync(self, fd: int) -> None:
        # The effect on a real disk is what the book says; waiting for the real one tells nothing more.
        self.disk.call("fdatasync", lambda: self.disk.synced(fd))

    def fsync(self, fd: int) -> None:
        self.disk.call("fsync", lambda: self.disk.synced(fd))

    def rename(self, old: str, new: str) -> None:
        before = content(new)
        inode = os.stat(old).st_ino
        self.disk.call("rename", lambda: super(Faulty, self).rename(old, new))
        self.disk.paths[inode] = os.path.abspath(new)
        self.disk.renamed(os.path.abspath(new), before)

    def unlink(self, path: str) -> None:
        before = content(path)
        self.disk.call("unlink", lambda: super(Faulty, self).unlink(path))
        if before is not None:
            self.disk.renamed(os.path.abspath(path), before)

    def truncate(self, fd: int, size: int) -> None:
        self.disk.call("truncate", lambda: super(Faulty, self).truncate(fd, size))

    def allocate(self, fd: int, size: int) -> None:
        self.disk.call("allocate", lambda: super(Faulty, self).allocate(fd, size))

    def mkdir(self, path: str) -> None:
        self.disk.call("mkdir", lambda: super(Faulty, self).mkdir(path))

    def try_lock(self, fd: int) -> bool:
        held: bool = self.disk.call("try_lock", lambda: super(Faulty, self).try_lock(fd))
        return held


def install(at: int, how: str, report: str) -> Disk:
    """Puts a disk in front of all calls of this process: every adapter goes through this one object."""
    Faulty.disk = Disk(at, how, report)
    REAL.__class__ = Faulty
    return Faulty.disk
