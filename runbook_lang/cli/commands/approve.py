"""`runbook approve`: approve a step of a run, or refuse it."""

from __future__ import annotations

from ...adapters.terminal_person import command_line
from ...api.decide import approval_message
from ...api.places import find_run, stores
from ...api.runs import leave_message, operator_name
from ...base.diagnostics import fail
from ...base.text import clean
from .answer import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when the approval was wanted and is left for the run."""
    refuse, because = args.flag("refuse"), args.text("because").strip()
    if refuse and not because:
        raise fail("RB722", "A refusal wants its reason.", help="Say why: --refuse --because '…'")
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    wait, message = approval_message(folder, args.text("STEP"), operator_name(), refuse=refuse, note=because)
    if wait.shown:
        console.note(f"{wait.path}: {clean(command_line(list(wait.shown)))}")
    leave_message(folder, message)
    tell(args, console, folder, wait, "refused" if refuse else "approved")
    return 0
