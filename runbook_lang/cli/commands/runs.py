"""`runbook runs`: the runs, the newest first."""

from __future__ import annotations

import time

from ...adapters.incident import glance
from ...api.places import stores, summaries
from ...api.sealing import unsealed
from ...api.waits import short_id
from ...base.diagnostics import fail
from ...base.text import clean
from ...machine.stamps import micros_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...adapters.store import Summary
    from ...base.text import Style
    from ..args import Args
    from ..console import Console

LIMIT = 20
OVERDUE_US = 60_000_000
"""What is due for longer than this hasn't been looked at by any tick."""


def run(args: Args, console: Console) -> int:
    """A line each: short id, when, state or result, runbook, operator."""
    if args.flag("prune"):
        from ..pruning import prune_runs

        return prune_runs(args, console)
    if args.text("keep"):
        raise fail("RB722", "--keep says what --prune leaves.", help=f"To remove runs: runbook runs --prune --keep {args.text('keep')}")
    wanted = args.text("state")
    places = stores(args.text("store"), console.environ)
    found = [one for one in summaries(places) if not wanted or one.state == wanted]
    bare = {run.id for store in places for run in unsealed(store)}
    shown = found[: args.number("limit", LIMIT)]
    if console.is_json:
        console.json({"runs": [_json(one, bare) for one in shown]})
        return 0
    if not found:
        where = f"in {clean(places[0].root)}" if args.text("store") else "here"
        console.note(f"There are no runs {where}. Start one with: runbook run FILE" if not wanted else f"No run {where} is {wanted}.")
        return 0
    names = max((len(one.runbook) for one in shown), default=0)
    states = max((len(_state(one, bare)) for one in shown), default=0)
    for one in shown:
        cells = (
            short_id(one.id),
            f"{when(one.opened_at):<16}",
            f"{_state(one, bare):<{states}}",
            f"{clean(one.runbook):<{names}}",
            clean(one.operator) + told(one.folder, console.style()),
        )
        console.print("  ".join(cells).rstrip())
    if len(shown) < len(found):
        console.note(f"… and {len(found) - len(shown)} older ones; see them with --limit {len(found)}")
    return 0


def told(folder: str, style: Style) -> str:
    """`, 1 escalation open` of a run that has some, and whether something about them is overdue."""
    found = glance(folder)
    if found is None or not found[1]:
        return ""
    overdue = bool(found[0]) and found[0] < time.time_ns() // 1000 - OVERDUE_US
    text = f"{found[1]} escalation{'s' if found[1] > 1 else ''} open{', overdue' if overdue else ''}"
    return "  " + style.paint("error", text)


def when(stamp: str) -> str:
    """A moment of the journal in local time."""
    micros = micros_of(stamp)
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(micros / 1_000_000)) if micros is not None else ""


def _state(one: Summary, bare: set[str]) -> str:
    text = str(one.outcome.get("result", "closed")) if one.state == "closed" else one.state
    text += ", not sealed" if one.id in bare else ""
    return f"{text} ({one.mode})" if one.mode not in ("", "live") else text


def _json(one: Summary, bare: set[str]) -> dict[str, object]:
    seen = glance(one.folder)
    still = {"open_escalations": seen[1] if seen is not None else 0}
    return {**{field: getattr(one, field) for field in one.__fields__}, **still, **({"unsealed": True} if one.id in bare else {})}
