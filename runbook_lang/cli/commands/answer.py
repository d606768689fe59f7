"""`runbook answer`: answer a question of a run, or settle what is in doubt."""

from __future__ import annotations

import shlex

from ...adapters.journal import is_held
from ...api.decide import answer_message
from ...api.places import find_run, stores
from ...api.runs import leave_message, operator_name
from ...api.waits import short_id

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...adapters.store import RunFolder
    from ...api.waits import Wait
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when the answer fits and is left for the run."""
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    wait, message = answer_message(folder, args.text("STEP"), args.text("VALUE"), operator_name(), args.text("note"))
    leave_message(folder, message)
    tell(args, console, folder, wait, "answered" if wait.what != "doubt" else "settled")
    return 0


def tell(args: Args, console: Console, folder: RunFolder, wait: Wait, word: str) -> None:
    """What happens with it: the run's process takes it, or a resume does."""
    store = f" --store {shlex.quote(args.text('store'))}" if args.text("store") else ""
    if is_held(folder.path):
        console.note(f"{wait.path} is {word}; the run goes on in its own process.")
    else:
        console.note(f"{wait.path} is {word}. The run goes on with: runbook resume {short_id(folder.id)}{store}")
