"""`runbook approve`: approve a step of a run, or refuse it."""

from __future__ import annotations

import os

from ...adapters.story_places import command_line
from ...api.approving import approver
from ...api.decide import approval_message
from ...api.places import find_run, stores
from ...api.runs import kept_program, leave_message, operator_name
from ...base.diagnostics import fail
from ...base.text import clean
from .answer import tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when the approval was wanted and is left for the run."""
    refuse, waive, because = args.flag("refuse"), args.flag("waive"), args.text("because").strip()
    if refuse and waive:
        raise fail("RB722", "A refusal and a waiver contradict each other.", help="Give one of them.")
    if (refuse or waive) and not because:
        word, option = ("refusal", "--refuse") if refuse else ("waiver", "--waive")
        raise fail("RB722", f"A {word} wants its reason.", help=f"Say why: {option} --because '…'")
    if os.path.isfile(args.text("RUN")) and not args.text("STEP"):
        return _plan(args, console, refuse=refuse, because=because)
    if not args.text("STEP"):
        raise fail("RB723", "STEP is missing: the step that wants an approval", help="See what waits: runbook status")
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    who = approver(kept_program(folder).policy, console.environ, operator_name(), _ask)
    verdict = "refused" if refuse else "waived" if waive else "approved"
    wait, message = approval_message(folder, args.text("STEP"), who, verdict=verdict, note=because)
    if wait.shown:
        console.note(f"{wait.path}: {clean(command_line(list(wait.shown)))}")
    leave_message(folder, message)
    if waive:
        console.warn(f"{wait.path} goes on WITHOUT the approval that it wants; the journal and the report say so.")
    tell(
        args,
        console,
        folder,
        wait,
        verdict + (f" by {who.by}, proven by a key" if who.known else ", signed" if who.sign is not None else ""),
    )
    return 0


def _ask(prompt: str) -> str | None:
    """A key's passphrase, where somebody is here to give it."""
    from ...adapters.terminal import Keyboard
    from ..session import interactive

    return Keyboard().hidden(f"{prompt}: ") if interactive() else None


def _plan(args: Args, console: Console, *, refuse: bool, because: str) -> int:
    """Put an approval, or a refusal, into a plan's file."""
    from ...api.plan_approvals import approve
    from ...api.plan_file import read_plan, write_plan

    file, given = approve(read_plan(args.text("RUN")), operator_name(), console.environ, _ask, refuse=refuse, note=because)
    write_plan(file)
    how = f"signed with the key {given.key}" if given.key else "not signed: there is no key"
    console.note(f"{file.plan['runbook']}: {clean(str(file.plan['risk']['text']))}")
    console.print(f"{clean(given.by)} {given.verdict} the plan {file.digest[:12]} ({clean(how)}).")
    return 0
