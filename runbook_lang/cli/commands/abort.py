"""`runbook abort`: end a paused run."""

from __future__ import annotations

from ...api.runs import Choices
from .resume import go_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Exit codes: docs/reference/exit-codes.md."""
    return end(args, console, undo=args.flag("undo"))


def end(args: Args, console: Console, *, undo: bool) -> int:
    """The files may have changed meanwhile: ending a run needs only what it started with."""
    question = " and undo what it did? [y/N]" if undo else "? What it did stays. [y/N]"
    return go_on(args, console, Choices(as_recorded=True, abort=True, undo=undo), question="" if args.flag("yes") else question)
