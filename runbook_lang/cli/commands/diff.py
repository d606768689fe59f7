"""`runbook diff`: what a change means."""

from __future__ import annotations

from ...api.diff import diff_sides
from ...api.sides import side_of
from ...plan.diff import BROKEN, SAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...plan.diff import Diff
    from ..args import Args
    from ..console import Console

USAGE, GATED = 2, 1


def run(args: Args, console: Console) -> int:
    """0; 1 when there is what `--fail-on` names; 2 when a side can't be read, so that there is nothing to compare."""
    paths = args.list("PATHS")
    base, head = side_of(args.text("BASE"), paths), side_of(args.text("HEAD"), paths)
    found = list(diff_sides(base, head))
    show(found, console)
    if any(diff.status == BROKEN for diff in found):
        return USAGE
    return GATED if any(diff.has(level) for diff in found for level in args.list("fail-on")) else 0


def show(found: list[Diff], console: Console) -> None:
    """In the form that was asked for."""
    if console.is_json:
        console.json({"runbooks": [diff.as_json() for diff in found if diff.status != SAME]})
    elif console.format == "markdown":
        from ...reports.diff_markdown import markdown

        console.print(markdown(found).rstrip("\n"))
    else:
        from ...reports.diff_text import render

        style = console.style()
        console.print(render(found, style.width, style.colour).rstrip("\n"))
