"""Cleans up after a lab, however the lab ended; run as a script, without site packages.

    sweep.py FOLDER < pipe

The lab holds the other end of the pipe. When it closes (at a regular end, or because the lab was killed), whatever
still carries LAB_FOLDER=FOLDER in its environment (or FOLDER in its arguments: PostgreSQL overwrites its environment)
is ended, and FOLDER is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time

PATIENCE = 0.3
"""Seconds that the processes have before they get SIGTERM; the servers have had their signal from the kernel."""
DEADLINE = 3.0
"""Seconds after which SIGKILL is sent."""


def marked(folder: bytes) -> list[int]:
    """The processes of the lab in `folder`, without this one."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [
        pid
        for pid in pids
        if pid != os.getpid() and (b"LAB_FOLDER=" + folder in words(pid, "environ") or folder + b"/" in b" ".join(words(pid, "cmdline")))
    ]


def words(pid: int, name: str) -> list[bytes]:
    """The NUL-separated words of a file of /proc; none where the process is gone or someone else's."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as stream:
            return stream.read().split(b"\0")
    except OSError:
        return []


def end(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return


def sweep(folder: str) -> None:
    start = time.monotonic()
    while os.path.isdir("/proc/self") and (left := marked(os.fsencode(folder))):
        waited = time.monotonic() - start
        if waited > PATIENCE:
            for pid in left:
                end(pid, signal.SIGKILL if waited > DEADLINE else signal.SIGTERM)
        if waited > 2 * DEADLINE:
            break
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


def main(words: list[str]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while os.read(0, 64):
        pass
    sweep(words[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
