"""`runbook followups`: what is still to be done after incidents."""

from __future__ import annotations

from ...adapters.clock import SystemClock
from ...api.closing import incident_of
from ...api.followups import done, followups
from ...api.places import find_run, stores
from ...api.runs import operator_name
from ...base.diagnostics import fail
from ...base.text import clean
from .runs import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.followups import Followup
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0; the list is the result."""
    places = stores(args.text("store"), console.environ)
    if args.flag("done"):
        store, named = find_run(places, args.text("RUN") or "last")
        folder = incident_of(store, named)
        if not (args.text("NUMBER").isdecimal() and len(args.text("NUMBER")) < 10):
            raise fail("RB723", "`--done` wants the run and the number of what was done.", help="See: runbook followups")
        one = done(folder, int(args.text("NUMBER")), operator_name(), args.text("note"), SystemClock().now())
        console.print(f"{clean(one.what)}: done.")
        return 0
    only = incident_of(*find_run(places, args.text("RUN"))).id if args.text("RUN") else ""
    found = [one for one in followups(places, args.flag("all")) if not only or one.run == only]
    if console.is_json:
        rows = [
            {"run": one.run, "runbook": one.runbook, **{name: getattr(item, name) for name in item.__fields__}}
            for one in found
            for item in one.followups
        ]
        console.json({"followups": rows})
        return 0
    if not found:
        console.note("Nothing is left to be done.")
    now = SystemClock().now()
    for run_ in found:
        console.print(f"{console.style().paint('title', clean(run_.runbook))}  {run_.run[-8:]}")
        for item in run_.followups:
            text = line(item)
            console.print("  " + (console.style().paint("error", text + "  OVERDUE") if is_overdue(item, now) else text))
    return 0


def line(one: Followup) -> str:
    """`2  Update the runbook  (oncall-1, by 2026-12-01)`."""
    about = ", ".join(part for part in (one.who, f"by {when(one.due)[:10]}" if one.due else "") if part)
    state = f"  done {when(one.done)[:10]} by {one.done_by}{': ' + one.note if one.note else ''}" if one.done else ""
    return clean(f"{one.number:>2}  {one.what}" + (f"  ({about})" if about else "") + state)


def is_overdue(one: Followup, now: int) -> bool:
    """Its date is over, and it isn't done."""
    from ...machine.stamps import micros_of

    return bool(one.due) and not one.done and (micros_of(one.due) or now) < now
