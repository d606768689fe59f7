"""A world without processes, whose effects are counted: the executor of `shell` for runs that die thousands of times.

`world do NAME` leaves a mark in the file of effects and says who made it; before that it looks at the disk, where its own intent has to be durable.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lang.executors.registry import executor
from runbook_lang.runtime.ports import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crash.faults import Disk

UNDURABLE = "UNDURABLE"


class Counted:
    """`shell`, for the programs of this world alone."""

    name = "shell"

    def __init__(self, path: str, disk: Disk | None) -> None:
        self.disk = disk
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)  # before the process can open nothing more
        self.turn = threading.Lock()

    def run(self, attempt: Any) -> Outcome:
        _, verb, *rest = attempt.request.argv
        env = {name: attempt.reveal(word) for name, word in attempt.request.env}
        if env:
            attempt.output.write("stdout", f"it got {' '.join(env.values())}\n".encode())
        outcome: Outcome = getattr(self, f"_{verb}")(attempt, *rest)
        return outcome

    def mark(self, attempt: Any, name: str) -> None:
        self._intent_is_durable(attempt)
        os.write(self.fd, f"{name} {attempt.id}\n".encode())

    def _intent_is_durable(self, attempt: Any) -> None:
        journal = Path(attempt.folder, "journal.jsonl")
        with self.turn, unlimited():
            data = journal.read_bytes()
        if self.disk is not None:
            data = data[: self.disk.durable.get(journal.stat().st_ino, 0)]
        if f'"id":"{attempt.id}"'.encode() not in b"".join(line for line in data.splitlines() if b'"act.started"' in line):
            os.write(self.fd, f"{UNDURABLE} {attempt.id}\n".encode())

    def count(self, name: str) -> int:
        lines = os.pread(self.fd, 1 << 20, 0).decode().splitlines()
        return sum(line.split()[0] == name for line in lines)

    def _do(self, attempt: Any, name: str) -> Outcome:
        self.mark(attempt, name)
        return _through("done\n")

    def _say(self, attempt: Any, text: str) -> Outcome:
        del attempt
        return _through(text + "\n")

    def _much(self, attempt: Any) -> Outcome:
        attempt.output.write("stdout", b"a long line of output\n" * 200)
        return _through("")

    def _token(self, attempt: Any) -> Outcome:
        del attempt
        return _through("born-secret-9d41")

    def _probe(self, attempt: Any, name: str) -> Outcome:
        del attempt
        return _through("") if self.count(name) else _failed("no", f"there is no {name}")

    def _flaky(self, attempt: Any, name: str, tries: str) -> Outcome:
        """Takes effect at the n-th attempt; before that it is known to have done nothing."""
        os.write(self.fd, f".{name} {attempt.id}\n".encode())
        if self.count(f".{name}") < int(tries):
            return _failed("no", "not yet")
        return self._do(attempt, name)

    def _blow(self, attempt: Any, name: str) -> Outcome:
        """Takes effect, and the answer is lost on the way."""
        self.mark(attempt, name)
        return _failed("unknown", "the connection broke", "killed")

    def _bad(self, attempt: Any) -> Outcome:
        secret = re.sub(r"\s", "", "".join(attempt.reveal(word) for _, word in attempt.request.env))
        return _failed("yes", f"it says {secret}")


@contextlib.contextmanager
def unlimited() -> Iterator[None]:
    """The world's own looks don't count against the process: it opens files also where the process has none left to open.

    (A descriptor kept to spare won't do: another thread takes its place, and what is closed next is somebody else's.)
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        yield
    finally:
        if resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard):  # else the fault has come meanwhile, and stays
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _through(text: str) -> Outcome:
    return Outcome(True, "yes", value={"exit": 0, "stdout": text, "stderr": "", "lines": text.splitlines()})


def _failed(applied: str, message: str, kind: str = "exit") -> Outcome:
    return Outcome(False, applied, kind, message, {"exit": 1, "stdout": "", "stderr": "", "lines": []})


def executors(path: str, disk: Disk | None) -> Any:
    """What the registry gives, with this world's own `shell`."""
    counted = Counted(path, disk)
    return lambda name: counted if name == "shell" else executor(name)
