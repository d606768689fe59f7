"""`runbook drift`: commands that a manual has and no runbook, and the reverse."""

from __future__ import annotations

from ...api.drift import drift
from ...api.drift_accepted import read_accepted
from ...api.manuals import load_manual
from ...base.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.drift import Drift, Entry
    from ...base.text import Style
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when each has the commands of the other or the difference is accepted, else 1."""
    path, library = args.text("MANUAL"), args.text("LIBRARY")
    found = drift(load_manual(path), path, library, read_accepted(args.text("accepted"), library))
    if console.is_json:
        console.json(found.as_json())
    else:
        style = console.style()
        _list(f"Only in {path}", found.only_manual, style, console)
        _list(f"Only in {library}", found.only_library, style, console)
        console.print(
            f"{len(found.both)} in both, {len(found.only_manual)} only in {path}, {len(found.only_library)} only in {library} "
            f"({found.runbooks} runbook{'' if found.runbooks == 1 else 's'})."
        )
        _accepted(found, console)
    return 1 if found.any else 0


def _accepted(found: Drift, console: Console) -> None:
    if found.accepted:
        console.print(f"{len(found.accepted)} differences are accepted{' (-v shows them)' if not console.verbose else ':'}")
    for one in found.accepted if console.verbose else ():
        console.print(f"  {one.by.side}: {clean(one.entry.form.text)}")
        if one.by.why:
            console.print(f"      {clean(one.by.why)}")
    for idle in found.idle:
        console.note(f"line {idle.line} of the accepted differences fits nothing any more: {idle.side}: {clean(idle.command)}")


def _list(title: str, entries: tuple[Entry, ...], style: Style, console: Console) -> None:
    if not entries or console.quiet:
        return
    console.print(style.paint("title", title))
    for entry in entries:
        console.print(f"  {clean(entry.form.text)}")
        for place in entry.places:
            console.print(style.paint("dim", f"      {place.file}:{place.line}  {clean(place.where)}"))
        for place in entry.other:
            console.print(style.paint("dim", f"      nearest: {place.file}:{place.line}  {clean(' '.join(place.text.split()))}"))
    console.print("")
