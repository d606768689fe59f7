"""`runbook close`: what comes after an incident, as a run of its own."""

from __future__ import annotations

import sys

from ...adapters.clock import SystemClock
from ...adapters.store import RunFolder
from ...api.closing import Closing, Wanted, closing_of, closings, incident_of
from ...api.followups import of_run, take_over
from ...api.places import find_run, stores
from ...api.runs import Choices, check_place, kept_program, operator_name, resume, start
from ...base.diagnostics import RunbookError
from ..inputs import given_inputs
from ..session import Seat, interactive
from .followups import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...adapters.store import Store
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """The exit code of the closing run; 0 when there is nothing left to do."""
    store, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    incident = incident_of(store, folder)
    check_place(store, console.environ)  # before anything is asked
    closing = closing_of(store, incident, _wanted(args, console), console.environ, SystemClock().now())
    code = 0
    if closing.done:
        if not console.is_json:
            console.note("All of it was done already.")
    else:
        code = _drive(closing, store, args, console)
    for one in closings(store, incident):
        take_over(store, one)
    if console.is_json:
        if closing.done:
            console.json({"run": incident.id, "done": True})
    else:
        _left(incident, console)
    return code


def _wanted(args: Args, console: Console) -> Wanted:
    cause = args.text("cause")
    if not cause and interactive() and not console.is_json:
        from ...adapters.terminal import Keyboard

        sys.stderr.write("Root cause (Enter: later): ")
        sys.stderr.flush()
        cause = (Keyboard().line() or "").strip()
    given, texts = given_inputs(args)
    resolution, log, github, meeting, calendar = (args.text(name) for name in ("resolution", "log", "github", "meeting", "calendar"))
    return Wanted(cause, resolution, log, github, meeting, calendar, operator_name(), given, texts)


def _drive(closing: Closing, store: Store, args: Args, console: Console) -> int:
    going = closing.going
    loaded = kept_program(going) if going is not None else closing.loaded
    if loaded is None or loaded.program is None:
        raise RunbookError(*(loaded.problems.sorted() if loaded is not None else ()))
    made = loaded
    seat = Seat(loaded.program, console, plain=args.flag("plain"))
    if going is not None:
        seat.recall(going)
        return seat.drive(lambda: resume(going, "", seat.session(), store, Choices()), store, args.text("store"))
    return seat.drive(lambda: start(made, closing.inputs, seat.session(), store, closes=closing.incident.id), store, args.text("store"))


def _left(incident: RunFolder, console: Console) -> None:
    left = [one for one in of_run(incident) if not one.done]
    if not left:
        return
    console.print("to be done")
    for one in left:
        console.print(f"  {line(one)}")
    console.note(f"See them with: runbook followups; note one as done with: runbook followups {incident.id[-8:]} {left[0].number} --done")
