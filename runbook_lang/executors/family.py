"""All processes that a child has brought into being, and how they are ended.

Three signs are used, since each alone misses some: the session that the child leads, the marks in the environment
(a grandchild with a session of its own keeps them), and descent while the parents live. A grandchild
that does all at once (own session, emptied environment, parent gone) isn't found.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KILL_S = 2.0  # a killed process goes at once, or, on a loaded machine, when it gets its turn


class Family:
    """The processes around one child. `leader` is its process id, which mustn't have been reaped yet; `marks` are variables it carries."""

    __slots__ = ("_marks", "leader")

    def __init__(self, leader: int, marks: Mapping[str, str]) -> None:
        self.leader = leader
        self._marks = marks

    def members(self) -> set[int]:
        """The living processes, zombies and this very process left out."""
        table = {pid: facts for pid in _pids() if (facts := _facts(pid)) is not None}
        if not table:  # not even a descriptor for a look is left
            return {self.leader}
        started = table[self.leader][3] if self.leader in table else 0
        found = {pid for pid, facts in table.items() if facts[2] == self.leader or pid == self.leader}
        found |= {pid for pid, facts in table.items() if pid not in found and facts[3] >= started and self._marked(pid)}
        _add_children(found, table)
        return {pid for pid in found if table[pid][0] not in "ZX"} - {os.getpid()}

    def over(self) -> bool:
        """A program of this machine is over when it has ended, and not before."""
        return False

    def send(self, number: int) -> None:
        """A signal to each of them."""
        _send(self.members(), number)

    def kill(self) -> bool:
        """SIGKILL until none is left; False when some live on (another user's, or stuck in the kernel)."""
        end = time.monotonic() + _KILL_S
        pause = 0.001
        while living := self.members():
            if time.monotonic() > end:
                return False
            _send(living, signal.SIGKILL)
            time.sleep(pause)
            pause = min(2 * pause, 0.05)
        return True

    def _marked(self, pid: int) -> bool:
        if not self._marks:
            return False
        marks = {f"{name}={value}".encode("utf-8", "surrogateescape") for name, value in self._marks.items()}
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                return marks <= set(stream.read().split(b"\0"))
        except OSError:
            return False  # gone, or another user's


def _pids() -> Iterable[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ()


def _facts(pid: int) -> tuple[str, int, int, int] | None:
    """proc(5): state, parent, session and start time (clock ticks since boot) of a process; None when it's gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stream:
            raw = stream.read()
    except OSError:
        return None
    fields = raw[raw.rfind(b")") + 1 :].split()  # the name before it may hold anything
    if len(fields) < 20:
        return None
    return fields[0].decode(), int(fields[1]), int(fields[3]), int(fields[19])


def _add_children(found: set[int], table: Mapping[int, tuple[str, int, int, int]]) -> None:
    grown = True
    while grown:
        more = {pid for pid, facts in table.items() if facts[1] in found and pid not in found}
        found |= more
        grown = bool(more)


def _send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue  # gone in between, or not ours; `kill` looks again
