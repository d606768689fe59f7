"""`runbook runs --prune`: old runs are removed, and the list of runs says so."""

from __future__ import annotations

from ..adapters.clock import SystemClock
from ..api.places import stores
from ..api.prune import candidates, prune
from ..api.runs import operator_name
from ..base.diagnostics import fail
from ..base.duration import parse_duration
from ..base.text import clean
from .console import REFUSED
from .session import confirm, interactive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .args import Args
    from .console import Console


def prune_runs(args: Args, console: Console) -> int:
    """0 also when there was nothing to remove; 3 when the person here said no."""
    keep = parse_duration(args.text("keep"))
    if keep is None:
        help = "For example: --keep 90d"
        raise fail("RB724", f"--keep wants a time, not {args.text('keep')!r}." if args.text("keep") else "--prune wants --keep.", help=help)
    before = SystemClock().now() - keep
    removed, kept, declined = [], [], False
    for store in stores(args.text("store"), console.environ):
        found = candidates(store, before)
        kept += [one for one in found if one.kept]
        going = [one for one in found if not one.kept]
        for one in going:
            console.note(f"{one.id}  {one.last_at[:16]}  {one.size} bytes")
        if not going:
            continue
        if args.flag("yes") or confirm(console, f"Remove {len(going)} of {len(store.ids())} runs in {clean(store.root)}? [y/N]"):
            because = args.text("because") or f"older than {args.text('keep')}"
            removed += prune(store, going, console.environ, operator_name(), because, _ask)
        else:
            declined = True
    if console.is_json:
        console.json({"removed": removed, "kept": [{"run": one.id, "why": one.kept} for one in kept]})
        return REFUSED if declined else 0
    for one in kept:
        console.print(f"{one.id} stays: {clean(one.kept)}")
    for run in removed:
        console.print(f"{run} removed")
    if declined:
        console.note("Nothing was removed." if not removed else "The others stay.")
    elif not removed and not kept:
        console.note(f"No run is older than {args.text('keep')}.")
    return REFUSED if declined else 0


def _ask(what: str) -> str | None:
    from getpass import getpass

    return getpass(f"{what}: ") if interactive() else None
