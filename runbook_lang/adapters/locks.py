"""Named locks on this host, for runs that must not overlap.

A lock is held by a living process, or by a run that is not over yet: one that waits for a person, or whose
process died, is in the middle of something. Its lock is given up when the run is closed.

They lie in the store, not in a folder of the login session: a job of the scheduler and a person at a
terminal have different sessions, and a lock that one of them doesn't see is none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re

from .files import REAL, cannot, make_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .files import Files

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class FileLocks:
    """`ports.Locks` over `flock`: one file a key in `folder`. The files stay; only their lock counts."""

    __slots__ = ("_files", "_folder", "_held", "_run", "_unfinished", "left_by")

    def __init__(self, folder: str, run: str = "", *, unfinished: Callable[[str], str] | None = None, files: Files = REAL) -> None:
        """`unfinished` says of a run's id in which way it isn't over (`paused`, `cut`); empty when it is."""
        self._unfinished = unfinished or (lambda run: "")
        self._folder = folder
        self._run = run
        self._files = files
        self._held: dict[str, int] = {}
        self.left_by = ""
        """The run without a process whose lock was asked for last; empty when a process held it."""

    def take(self, key: str) -> str | None:
        """None when the lock is this object's (also if it was before), else who holds it. Raises RunbookError RB608."""
        if key in self._held:
            return None
        path = self.path(key)
        self.left_by = ""
        fd = -1
        try:
            make_folder(self._files, self._folder)
            fd = self._files.open(path, os.O_RDWR | os.O_CREAT)
            if not self._files.try_lock(fd):
                return _holder(fd)
            owner = _about(fd).get("run", "")
            state = self._unfinished(owner) if owner and owner != self._run else ""
            if state:
                self.left_by = owner
                return f"run {owner}, which is {state}"
            self._sign(fd, key)
            self._held[key] = fd
        except OSError as error:
            raise cannot("RB608", f"The lock '{key}' can't be taken at {path}", error) from None
        finally:
            if fd >= 0 and key not in self._held:
                self._files.close(fd)
        return None

    def free(self, key: str) -> None:
        """Gives a lock up; one that isn't held is left as it is. The name in it may stay where the disk refuses: it counts only
        as long as its run isn't over."""
        fd = self._held.pop(key, -1)
        if fd >= 0:
            with contextlib.suppress(OSError):
                self._files.truncate(fd, 0)
            self._files.close(fd)

    def close(self) -> None:
        """Lets all locks go without giving them up: those of a run that isn't closed stay its own."""
        for fd in self._held.values():
            self._files.close(fd)
        self._held.clear()

    def path(self, key: str) -> str:
        """The file of a key: readable, and different for different keys."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return os.path.join(self._folder, f"{_UNSAFE.sub('_', key)[:60]}-{digest}")

    def _sign(self, fd: int, key: str) -> None:
        from datetime import UTC, datetime
        from socket import gethostname

        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        about = {"key": key, "run": self._run, "pid": os.getpid(), "host": gethostname(), "since": since}
        self._files.truncate(fd, 0)
        self._files.write(fd, json.dumps(about).encode())


def _holder(fd: int) -> str:
    """From what the holder wrote into the file; it may not have come to that yet."""
    about = _about(fd)
    try:
        run = f"run {about['run']}, " if about["run"] else ""
        return f"{run}process {int(about['pid'])} on {about['host']}, since {about['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _about(fd: int) -> dict[str, Any]:
    """What the file says of its holder; empty when it says nothing."""
    try:
        about = json.loads(os.pread(fd, 4096, 0))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}
