"""`runbook escalations`: list them, and do what is due."""

from __future__ import annotations

import time

from ...adapters.clock import SystemClock
from ...api.escalations import Ticker, listed
from ...api.places import find_run, stores
from ...base.text import clean
from ...machine.stamps import stamp_of
from ...people.calendar import local_stamp
from ..people_lines import as_json, in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.escalations import Listed, Ticked
    from ...people.escalation import Escalation
    from ..args import Args
    from ..console import Console

EVERY_S = 15
LONGEST_S = 600


def run(args: Args, console: Console) -> int:
    """`list` and `tick`: 0, 1 when something of it couldn't be read or written. `watch`: 0 when it was interrupted."""
    action = args.text("ACTION") or "list"
    if action == "list":
        return _list(args, console)
    if action == "watch":
        return watch(console, args.text("store"), args.number("every", EVERY_S))
    ticker = Ticker(console.environ, lambda text: console.warn(clean(text)))
    return _told(ticker.tick(stores(args.text("store"), console.environ)), console)


def _list(args: Args, console: Console) -> int:
    places = stores(args.text("store"), console.environ)
    wanted = find_run(places, args.text("RUN"))[1].id if args.text("RUN") else ""
    found, problems = listed(places, wanted, args.flag("all"))
    if console.is_json:
        console.json({"escalations": [{"run": one.run, **as_json(one.escalation)} for one in found], "problems": problems})
        return 1 if problems else 0
    if not found and not problems:
        console.note("No escalation is open.")
    now = SystemClock().now()
    for one in found:
        console.print(_text(one, now, console))
    for problem in problems:
        console.warn(clean(problem))
    return 1 if problems else 0


def _text(one: Listed, now: int, console: Console) -> str:
    style, item = console.style(), one.escalation
    raised = local_stamp(item.plan.zone, item.at)
    lines = [
        f"{style.paint('title', clean(item.raised.runbook))}  {one.run[-8:]}  {clean(item.id)}  raised {raised}",
        f"  {in_words(item, style)}",
        f"  {clean(item.raised.message)}",
    ]
    if one.next and one.next < now - 60_000_000:
        lines.append(
            style.paint("error", f"  overdue since {local_stamp(item.plan.zone, one.next)}: nothing ticks. Type: runbook escalations tick")
        )
    if item.is_open:
        lines.append(f"    runbook {'resolve' if item.state == 'acknowledged' else 'ack'} {one.run[-8:]}")
    return "\n".join([*lines, *_trail(item, console)])


def _trail(item: Escalation, console: Console) -> list[str]:
    """With -v: each message and what became of it."""
    if not console.verbose:
        return []
    return [
        f"    {message.key.rpartition('#')[2]:>3}  {message.kind:<12}  {message.channel} {message.to}  {message.state}"
        + (f" ({message.why})" if message.why else "")
        for message in item.messages.values()
    ]


def _told(ticked: Ticked, console: Console) -> int:
    if console.is_json:
        counts = ticked.counts
        console.json(
            {
                "open": ticked.open,
                "due": ticked.due,
                "sent": counts.sent,
                "failed": counts.failed,
                "held": counts.held,
                "next": stamp_of(ticked.next) if ticked.next else None,
                "problems": list(ticked.problems),
            }
        )
    else:
        for problem in ticked.problems:
            console.warn(clean(problem))
        console.note(summary(ticked))
    return 1 if ticked.problems else 0


def summary(ticked: Ticked) -> str:
    """`2 runs with open escalations; 3 messages sent, 1 failed`."""
    counts = ticked.counts
    parts = [f"{ticked.open} {'run' if ticked.open == 1 else 'runs'} with open escalations", f"{counts.sent} messages sent"]
    parts += [f"{counts.failed} failed"] if counts.failed else []
    parts += [f"{counts.held} held back, too many at once"] if counts.held else []
    return ", ".join(parts) + "."


def watch(console: Console, store: str, every: int = EVERY_S) -> int:
    """Until it is interrupted: looks every few seconds, and says what it did."""
    ticker = Ticker(console.environ, lambda text: console.warn(clean(text)))
    every = min(LONGEST_S, max(1, every))
    try:
        console.note(f"Watching; it looks every {every} s. Ctrl-C ends it.")
        while True:
            ticked = ticker.tick(stores(store, console.environ))
            if ticked.due or ticked.problems:
                _told(ticked, console)
            time.sleep(every)
    except KeyboardInterrupt:
        console.note("No longer watching: nobody else is told until something ticks.")
        return 0
