"""`runbook approve`: approve a step of a run, or refuse it."""

from __future__ import annotations

import os

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
    if os.path.isfile(args.text("RUN")) and not args.text("STEP"):
        return _plan(args, console, refuse=refuse, because=because)
    if not args.text("STEP"):
        raise fail("RB723", "STEP is missing: the step that wants an approval", help="See what waits: runbook status")
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    wait, message = approval_message(folder, args.text("STEP"), operator_name(), refuse=refuse, note=because)
    if wait.shown:
        console.note(f"{wait.path}: {clean(command_line(list(wait.shown)))}")
    leave_message(folder, message)
    tell(args, console, folder, wait, "refused" if refuse else "approved")
    return 0


def _plan(args: Args, console: Console, *, refuse: bool, because: str) -> int:
    """Put an approval, or a refusal, into a plan's file."""
    from ...adapters.terminal import Keyboard
    from ...api.plan_approvals import approve
    from ...api.plan_file import read_plan, write_plan
    from ..session import interactive

    def ask(prompt: str) -> str | None:
        return Keyboard().hidden(f"{prompt}: ") if interactive() else None

    file, given = approve(read_plan(args.text("RUN")), operator_name(), console.environ, ask, refuse=refuse, note=because)
    write_plan(file)
    how = f"signed with the key {given.key}" if given.key else "not signed: there is no key"
    console.note(f"{file.plan['runbook']}: {clean(str(file.plan['risk']['text']))}")
    console.print(f"{clean(given.by)} {given.verdict} the plan {file.digest[:12]} ({clean(how)}).")
    return 0
