"""The way in. What it imports before it knows the command is what every start pays for."""

from __future__ import annotations

import gc
import os
import sys

COLLECT_AT = 200_000
"""New objects between two searches for cycles. Python's 700 means dozens of searches while modules are read, for nothing."""


def main(argv: list[str]) -> int:
    """Do what the words say; returns the exit code. Never raises for what users or files say."""
    if argv[:1] in (["--version"], ["-V"]):
        from .. import __version__

        return _say(f"runbook {__version__}\n")
    from .front import dispatch

    return dispatch(argv)


def _say(text: str) -> int:
    """To standard output. A reader that went away is no mishap; a disk that is full is one."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            sys.stderr.write(f"Standard output can't be written: {error.strerror}.\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left in the stream goes nowhere when the interpreter ends
        return 0 if isinstance(error, BrokenPipeError) else 2
    return 0


def _open_streams() -> None:
    """Whoever closed a standard stream (`>&-`) gets one that leads nowhere: else the next file that is opened, a journal, would take its
    number, and what programs print would go there."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, open(fd, "r" if fd == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - open to the end


def entry() -> None:
    """The installed command."""
    _open_streams()
    gc.set_threshold(COLLECT_AT, 10, 10)
    code = main(sys.argv[1:])
    gc.freeze()  # Python looks for cycles once more when it ends; there is nothing left to find, and that takes long
    sys.exit(code)
