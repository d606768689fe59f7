"""Becomes another program that dies with the lab; run as a script, without site packages.

    launch.py SIGNAL UID GID PARENT PROGRAM ARGUMENT…

The kernel sends SIGNAL when the thread that started this process ends (PR_SET_PDEATHSIG of prctl(2)), so a server
does not outlive a lab that was killed. UID and GID of -1 mean "stay who you are".
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(words: list[str]) -> int:
    number, uid, gid, parent = (int(word) for word in words[:4])
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
        # The parent may have gone before the line above; then nobody would send the signal.
        if os.getppid() != parent:
            return 1
    # Python ignores SIGPIPE, and an ignored signal stays ignored across exec.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    program = words[4:]
    try:
        os.execvp(program[0], program)
    except FileNotFoundError:
        print(f"lab: {program[0]}: command not found", file=sys.stderr)
        return 127
    except PermissionError:
        print(f"lab: {program[0]}: permission denied", file=sys.stderr)
        return 126


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
