"""`runbook show`: a run, told from its journal."""

from __future__ import annotations

import shlex
import sys

from ...adapters.journal import is_held
from ...adapters.terminal import Screen
from ...adapters.terminal_lines import LineView
from ...api.history import tell, written
from ...api.places import find_run, stores
from ...api.plain import plain, shown
from ...api.runs import Finished
from ...api.waits import waits_of
from ...base.diagnostics import fail
from ...base.suggest import did_you_mean
from ...base.text import clean
from ...machine.outcome import NEEDS_PERSON
from ..outcome import block, document, outcome_json
from .runs import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...adapters.store import RunFolder
    from ...api.history import Told
    from ...api.waits import Wait
    from ...machine.events import RunOpened
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Always 0 when the journal can be read: the run's own result is in what is shown."""
    _, folder = find_run(stores(args.text("store"), console.environ), args.text("RUN"))
    told = tell(folder)
    if args.text("output"):
        return _output(folder, told, args.text("output"), console)
    option = f"--store {shlex.quote(args.text('store'))}" if args.text("store") else ""
    closed: Any = told.state.closed
    finished = Finished(folder, told.state, int(closed["exit"]) if closed else NEEDS_PERSON)
    waits = () if closed else waits_of(told.program, told.state, folder.id, option)
    if console.is_json:
        console.json(_document(told, finished, waits))
        return 0
    console.print(_head(told, console))
    view = LineView(told.program, Screen(sys.stdout, console.style()), verbose=console.verbose)
    for line in told.lines:
        if console.verbose or not (line.detail or line.again or line.word == "run"):
            console.print(view.text(line))
    if is_held(folder.path):
        console.print("It is running now.")
    else:
        console.print(block(told.program, finished, option, console.style(), seen=True))
    return 0


def _opening(told: Told) -> RunOpened:
    first: Any = told.opened.events[0]
    found: RunOpened = first
    return found


def _head(told: Told, console: Console) -> str:
    first = _opening(told)
    title = told.program.root.title
    lines = [console.style().paint("title", clean(told.program.name)) + (f"  {clean(title)}" if title else "")]
    lines.append(f"  {first.mode}, {when(first.at)}, by {clean(first.operator)} on {clean(first.host)}")
    lines += [f"  closes the incident of run {told.opened.run.closes}"] if told.opened.run.closes else []
    lines += [f"  {clean(name)} = {clean(shown(value))}" for name, value in told.state.inputs.items()]
    return "\n".join(lines)


def _document(told: Told, finished: Finished, waits: tuple[Wait, ...]) -> dict[str, Any]:
    first = _opening(told)
    standing = told.story.standing(told.state)
    steps = [
        {
            "path": row.path,
            "title": row.title,
            "state": standing[row.path],
            "attempts": row.attempts,
            "elapsed_us": max(0, row.ended - row.began) if row.ended and row.began else None,
            "message": row.message,
        }
        for row in told.story.rows.values()
    ]
    about = {"mode": first.mode, "operator": first.operator, "host": first.host, "opened_at": first.at}
    about["inputs"] = plain(dict(told.state.inputs))
    return {**outcome_json(told.state), **document(told.program, finished, waits), **about, "steps": steps}


def _output(folder: RunFolder, told: Told, step: str, console: Console) -> int:
    """The bytes as they were kept (masked), to standard output; which attempt and stream they are of, to standard error."""
    found = written(folder, told, step)
    if not found and step not in told.story.rows:
        help = did_you_mean(step, told.story.rows) or "`runbook show` lists its steps."
        raise fail("RB726", f"The run has no step {step!r}.", help=help)
    if not found:
        console.note(f"{step} wrote nothing.")
    for one in found:
        console.note(f"{one.id} {one.stream}: {one.size} bytes" + (f", {one.state}" if one.data is None else ""))
        if one.data is not None:
            console.data(one.data)
    return 0
