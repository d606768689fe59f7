"""The way in. What it imports before it knows the command is what every start pays for."""

from __future__ import annotations

import gc
import sys

COLLECT_AT = 200_000
"""New objects between two searches for cycles. Python's 700 means dozens of searches while modules are read, for nothing."""


def main(argv: list[str]) -> int:
    """Do what the words say; returns the exit code. Never raises for what users or files say."""
    if argv[:1] in (["--version"], ["-V"]):
        from .. import __version__

        sys.stdout.write(f"runbook {__version__}\n")
        return 0
    from .front import dispatch

    return dispatch(argv)


def entry() -> None:
    """The installed command."""
    gc.set_threshold(COLLECT_AT, 10, 10)
    code = main(sys.argv[1:])
    gc.freeze()  # Python looks for cycles once more when it ends; there is nothing left to find, and that takes long
    sys.exit(code)
