"""`runbook schedule`: announce maintenance; it starts in its window, once."""

from __future__ import annotations

from ...adapters.clock import SystemClock
from ...api.escalations import Ticker
from ...api.places import store_for, stores
from ...api.runs import operator_name
from ...api.scheduling import Planned, cancel, entries, find, schedule, state_of, told_of_it
from ...base.diagnostics import fail
from ...base.text import clean
from ...people.calendar import local_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...api.scheduling import Entry
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when it is announced; 1 when somebody couldn't be told yet (a tick tries again)."""
    if args.text("cancel"):
        return _cancel(args, console)
    if not args.text("FILE"):
        return _list(args, console)
    if not args.text("window"):
        raise fail("RB723", "`runbook schedule` wants a window.", help="For example: --window maintenance")
    store = store_for(args.text("FILE"), args.text("store"), console.environ)
    now = SystemClock().now()
    inputs = tuple(args.list("input"))
    wanted = Planned(args.text("FILE"), args.text("window"), args.text("at"), inputs, args.text("message"), operator_name())
    entry = schedule(store, wanted, now)
    ticker = Ticker(console.environ, lambda text: console.warn(clean(text)))
    counts, problem = ticker.notices(entry)
    if problem:
        console.warn(clean(problem))
    if console.is_json:
        console.json(_json(entry, SystemClock().now()))
    else:
        console.print(_text(entry, console))
    return 1 if counts.failed or problem else 0


def _cancel(args: Args, console: Console) -> int:
    for store in stores(args.text("store"), console.environ):
        if any(entry.id.endswith(args.text("cancel")) for entry in entries(store)):
            entry = cancel(find(store, args.text("cancel")), SystemClock().now(), operator_name(), args.text("message"))
            ticker = Ticker(console.environ, lambda text: console.warn(clean(text)))
            _, problem = ticker.notices(entry)
            return _cancelled(entry, problem, console)
    raise fail("RB765", f"{args.text('cancel')!r} is no scheduled start.", help="See: runbook schedule")


def _cancelled(entry: Entry, problem: str, console: Console) -> int:
    """0 when everybody who was told knows that it won't be; 1 when somebody couldn't be told yet (a tick tries again)."""
    told, untold = told_of_it(entry)
    if console.is_json:
        console.json({**_json(entry, SystemClock().now()), "told": told, "untold": untold})
        return 1 if untold or problem else 0
    heard = (
        f" {clean(', '.join(told))} {'was' if len(told) == 1 else 'were'} told so."
        if told
        else ""
        if untold
        else " Nobody had been told of it."
    )
    console.print(f"{clean(entry.name)} won't start.{heard}")
    for name in untold:
        console.warn(f"{clean(name)} had the notice, and doesn't know yet that it won't be; a tick tries again.")
    if problem:
        console.warn(clean(problem))
    return 1 if untold or problem else 0


def _list(args: Args, console: Console) -> int:
    now = SystemClock().now()
    found = [entry for store in stores(args.text("store"), console.environ) for entry in entries(store)]
    shown = [entry for entry in found if args.flag("all") or (not entry.cancelled and entry.ends > now)]
    if console.is_json:
        console.json({"scheduled": [_json(entry, now) for entry in shown]})
        return 0
    if not shown:
        console.note("Nothing is scheduled. Announce something with: runbook schedule FILE --window NAME")
    for entry in shown:
        console.print(_text(entry, console))
    return 0


def _text(entry: Entry, console: Console) -> str:
    state, why = state_of(entry, SystemClock().now())
    paint = console.style().paint
    shown = paint({"refused": "error", "missed": "error", "ready": "ok"}.get(state, "bold"), state)
    head = f"{paint('title', clean(entry.name))}  {entry.id[-8:]}  {shown}"
    place = f"({entry.zone}), window {clean(entry.window)}"
    when = f"  {local_stamp(entry.zone, entry.starts)} to {local_stamp(entry.zone, entry.ends)[11:16]} {place}"
    return "\n".join([head, when, *([f"  {clean(why)}"] if why else [])])


def _json(entry: Entry, now: int) -> dict[str, Any]:
    from ...machine.stamps import stamp_of

    state, why = state_of(entry, now)
    moments = {"starts": stamp_of(entry.starts), "ends": stamp_of(entry.ends)}
    return {"id": entry.id, "runbook": entry.runbook, "name": entry.name, "window": entry.window, **moments, "state": state, "why": why}
