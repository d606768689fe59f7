"""`runbook close`: what comes after an incident, each part once."""

from __future__ import annotations

import sys

from ...adapters.clock import SystemClock
from ...api.closing import Wanted, close
from ...api.places import find_run, stores
from ...api.runs import operator_name
from ...base.text import clean
from ..session import interactive
from .followups import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when all of it is done, 1 when a part didn't work: asking again does that part."""
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    cause = args.text("cause")
    if not cause and interactive() and not console.is_json:
        from ...adapters.terminal import Keyboard

        sys.stderr.write("Root cause (Enter: later): ")
        sys.stderr.flush()
        cause = (Keyboard().line() or "").strip()
    wanted = Wanted(
        cause, args.text("resolution"), args.text("log"), args.text("github"), args.text("meeting"), args.text("calendar"), operator_name()
    )
    found = close(folder, wanted, console.environ, SystemClock().now())
    left = [one for one in found.followups if not one.done]
    if console.is_json:
        console.json({"run": folder.id, "done": list(found.said), "problems": list(found.problems), "followups": len(left)})
        return 1 if found.problems else 0
    for text in found.said:
        console.print(clean(text))
    for text in found.problems:
        console.warn(clean(text))
    if not found.said and not found.problems:
        console.note("All of it was done already.")
    if left:
        console.print("to be done")
        for one in left:
            console.print(f"  {line(one)}")
        console.note(f"See them with: runbook followups; note one as done with: runbook followups {folder.id[-8:]} {left[0].number} --done")
    return 1 if found.problems else 0
