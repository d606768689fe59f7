"""`runbook undo`: end a paused run and take back what it did."""

from __future__ import annotations

from .abort import end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """The same as `abort --undo`."""
    return end(args, console, undo=True)
