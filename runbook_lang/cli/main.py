"""The way in. What it imports before it knows the command is what every start pays for."""

from __future__ import annotations

import sys


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
    sys.exit(main(sys.argv[1:]))
