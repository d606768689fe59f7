"""Children that outlived a killed run.

A child isn't ended by the death of the run that started it, and starting its step again beside it
would do the work twice. So each child carries RUNBOOK_RUN and RUNBOOK_ACT in its environment, and its
process id is noted in the run's folder as soon as it's known. Either is enough to find it: a child may clear its environment,
and its own children are in no note.
"""

from __future__ import annotations

import json
import os
import signal
import time

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RUN_VARIABLE = "RUNBOOK_RUN"
ACT_VARIABLE = "RUNBOOK_ACT"
NOTES = "children"
_POLL_S = 0.05
_LOOK_S = 0.2


class Orphan(Record):
    """A living process of a run. `started` (clock ticks since boot) tells it from a later process of the same id."""

    pid: int
    act: str
    started: int
    argv: tuple[str, ...] = ()


def marks(run: str, act: str) -> dict[str, str]:
    """The environment by which a child is found again."""
    return {RUN_VARIABLE: run, ACT_VARIABLE: act}


def note_child(folder: str, act: str, pid: int, proc: str = "/proc") -> None:
    """Notes a child's process id in the run's folder. A child that's gone already needs no note."""
    started = _started(pid, proc)
    if started is None:
        return
    line = json.dumps({"act": act, "pid": pid, "started": started, "boot": _boot(proc)}) + "\n"
    fd = os.open(os.path.join(folder, NOTES), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, line.encode())
    finally:
        os.close(fd)


def find_orphans(run: str, folder: str, acts: Iterable[str] | None = None, proc: str = "/proc") -> list[Orphan]:
    """The living processes of a run, of the acts with these ids (None: of all), by process id.

    Give the acts that have no outcome: what a finished step left running on purpose (a server) is no orphan. This
    process and those above it are left out, zombies too.
    """
    wanted = None if acts is None else frozenset(acts)
    above = set(_line_of(os.getpid(), proc))
    found: dict[int, Orphan] = {}
    for pid, act, started in [*_by_environment(run, proc), *_by_notes(folder, proc)]:
        if pid not in above and pid not in found and (wanted is None or act in wanted):
            found[pid] = Orphan(pid, act, started, _argv(pid, proc))
    return [found[pid] for pid in sorted(found)]


def wait_for(orphans: Iterable[Orphan], seconds: float, proc: str = "/proc") -> list[Orphan]:
    """Waits until they have ended, `seconds` at most; returns those that live on."""
    deadline = time.monotonic() + seconds
    living = [one for one in orphans if is_alive(one, proc)]
    while living and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        living = [one for one in living if is_alive(one, proc)]
    return living


def end(orphans: Iterable[Orphan], grace: float = 10.0, proc: str = "/proc") -> list[Orphan]:
    """Asks them to end (SIGTERM to their groups), kills after `grace` seconds; returns those that even so live on."""
    targets = list(orphans)
    _send(targets, signal.SIGTERM, proc)
    living = wait_for(targets, grace, proc)
    _send(living, signal.SIGKILL, proc)
    return wait_for(living, 5.0, proc)


def wait_to_the_end(orphans: Iterable[Orphan], level: Callable[[], int], grace: float = 10.0, proc: str = "/proc") -> list[Orphan]:
    """Waits until they have ended, however long that takes; returns those that outlive a SIGKILL.

    `level` is asked again and again for what a person wants by now: from 2 on they are asked to end (SIGTERM to their groups), and
    killed `grace` seconds later; from 3 on they are killed at once.
    """
    living = [one for one in orphans if is_alive(one, proc)]
    kill_at = 0.0
    while living:
        wanted = level()
        if wanted >= 2 and not kill_at:
            _send(living, signal.SIGTERM, proc)
            kill_at = time.monotonic() + grace
        if wanted >= 3 or (kill_at and time.monotonic() >= kill_at):
            _send(living, signal.SIGKILL, proc)
            return wait_for(living, 5.0, proc)
        living = wait_for(living, _LOOK_S, proc)
    return []


def is_alive(orphan: Orphan, proc: str = "/proc") -> bool:
    """Whether this very process still runs; a zombie or a new process of the same id doesn't count."""
    return _started(orphan.pid, proc) == orphan.started


def _send(orphans: list[Orphan], number: int, proc: str) -> None:
    """To the group where the orphan leads one of its own, so that its helpers end with it; else to it alone."""
    for orphan in orphans:
        if not is_alive(orphan, proc):
            continue
        try:
            if os.getpgid(orphan.pid) == orphan.pid:
                os.killpg(orphan.pid, number)
            else:
                os.kill(orphan.pid, number)
        except (ProcessLookupError, PermissionError):
            continue  # gone in between, or not ours to end: `wait_for` tells which


def _by_environment(run: str, proc: str) -> Iterator[tuple[int, str, int]]:
    wanted = f"{RUN_VARIABLE}={run}".encode()
    for name in os.listdir(proc):
        if not name.isdigit():
            continue
        raw = _read(f"{proc}/{name}/environ")
        if wanted not in raw:
            continue
        words = raw.split(b"\0")
        started = _started(int(name), proc)
        if wanted in words and started is not None:
            marker = f"{ACT_VARIABLE}=".encode()
            act = next((word[len(marker) :] for word in words if word.startswith(marker)), b"")
            yield int(name), act.decode("utf-8", "surrogateescape"), started


def _by_notes(folder: str, proc: str) -> Iterator[tuple[int, str, int]]:
    boot = _boot(proc)
    for line in _read(os.path.join(folder, NOTES)).splitlines():
        try:
            note = json.loads(line)
            pid, act, started = int(note["pid"]), str(note["act"]), int(note["started"])
            here = note["boot"] == boot
        except (ValueError, KeyError, TypeError):
            continue  # the last note of a killed run may be torn
        if here and _started(pid, proc) == started:
            yield pid, act, started


def _line_of(pid: int, proc: str) -> Iterator[int]:
    """The process and those above it."""
    while pid > 0:
        yield pid
        fields = _stat(pid, proc)
        pid = int(fields[1]) if fields else 0


def _stat(pid: int, proc: str) -> list[bytes]:
    """proc(5): the fields of `stat` behind the name (which may hold anything): state, parent, … ; empty when it's gone."""
    raw = _read(f"{proc}/{pid}/stat")
    return raw[raw.rfind(b")") + 1 :].split()


def _started(pid: int, proc: str) -> int | None:
    """Field 22 of `stat`; None for a process that is gone or a zombie."""
    fields = _stat(pid, proc)
    return int(fields[19]) if len(fields) > 19 and fields[0] not in (b"Z", b"X") else None


def _argv(pid: int, proc: str) -> tuple[str, ...]:
    raw = _read(f"{proc}/{pid}/cmdline").rstrip(b"\0")
    return tuple(word.decode("utf-8", "replace") for word in raw.split(b"\0"))


def _boot(proc: str) -> str:
    return _read(f"{proc}/sys/kernel/random/boot_id").decode("ascii", "replace").strip()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError:
        return b""  # gone, or another user's
