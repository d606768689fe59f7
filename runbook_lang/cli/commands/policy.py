"""`runbook policy`: judge a policy, and ask it who would be told when."""

from __future__ import annotations

from ...api.files import unwritable
from ...api.policies import find_policy, foreseen, judged, moment, sound_policy
from ...base.diagnostics import fail
from ...people.foresight import first_told
from ...reports.timeline import as_json, chart, svg, table
from ..render import render_all, summary
from .check import USAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.policies import Foreseen
    from ...people.foresight import Row
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """`check`: 0 when nothing is wrong, 2 for errors. `who` and `timeline`: 0."""
    action = args.text("ACTION")
    if action == "check":
        return _check(args, console)
    if not args.text("SEVERITY"):
        raise fail("RB723", f"`runbook policy {action}` wants a severity.", help=f"For example: runbook policy {action} P1")
    policy = sound_policy(find_policy(args.text("policy")))
    found = foreseen(policy, args.text("SEVERITY"), moment(policy, args.text("at")))
    return _who(found, console) if action == "who" else _timeline(found, args, console)


def _check(args: Args, console: Console) -> int:
    found = judged(find_policy(args.text("policy") or args.text("SEVERITY")))
    items = found.problems.sorted()
    errors = sum(item.is_error for item in items)
    warnings = sum(item.severity == "warning" for item in items)
    if console.is_json:
        console.json({"file": found.path, "diagnostics": [item.as_json() for item in items]})
    elif items:
        console.print(render_all(items, console.style()))
        console.note("\n" + summary(errors, warnings, [found.path], console.style()))
    else:
        console.print(f"{found.path}: nothing is wrong with it.")
    return USAGE if errors or (warnings and args.flag("strict")) else 0


def _who(found: Foreseen, console: Console) -> int:
    row = first_told(found.plan, found.at)
    if console.is_json:
        console.json(as_json(found.plan, (row,)))
        return 0
    console.print(table(found.plan, (found.rows[0], row), console.style()))
    people = _people(found, row)
    if people:
        console.print(f"  people: {', '.join(people)}")
    return 0


def _people(found: Foreseen, row: Row) -> list[str]:
    tier = found.policy.tiers.get(row.tier)
    known = [found.policy.people[name.text] for name in (tier.people if tier is not None else ())]
    return [f"{one.full_name or one.name.text}" + (f" <{one.email}>" if one.email else "") for one in known]


def _timeline(found: Foreseen, args: Args, console: Console) -> int:
    path = args.text("output")
    if path:
        try:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(svg(found.plan, found.rows))
        except OSError as error:
            raise unwritable(path, error) from None
    if console.is_json:
        console.json(as_json(found.plan, found.rows))
        return 0
    style = console.style()
    console.print(table(found.plan, found.rows, style))
    picture = chart(found.plan, found.rows, style)
    if picture:
        console.print("\n" + picture)
    return 0
