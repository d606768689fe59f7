"""`runbook completion`: the completion of a shell, made from the table of commands."""

from __future__ import annotations

from ..completion import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """A script for the shell to read."""
    console.print(SHELLS[args.text("SHELL")]().rstrip("\n"))
    return 0
