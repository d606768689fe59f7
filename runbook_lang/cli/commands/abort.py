"""`runbook abort`: end a paused run."""

from __future__ import annotations

from ...api.runs import Choices
from ..session import confirm
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
    question = f"End run {args.text('RUN')}" + (" and undo what it did? [y/N]" if undo else "? What it did stays. [y/N]")
    if not args.flag("yes") and not confirm(console, question):
        console.note("Nothing was done.")
        return 0
    return go_on(args, console, Choices(as_recorded=True, abort=True, undo=undo))
