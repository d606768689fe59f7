"""`runbook plan`: what a run would do, without the world."""

from __future__ import annotations

import json

from ...api.load import load
from ...api.planning import plan
from ...base.diagnostics import Diagnostic, RunbookError, fail
from ...machine.inputs import parse_value
from ...reports.plan_text import render
from ..inputs import given_inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.load import Loaded
    from ...expr.values import Value
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when there is a plan."""
    loaded = load(args.text("FILE"))
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    found = plan(loaded, _values(loaded, args))
    text = json.dumps(found.as_json(), ensure_ascii=False, indent=2)
    if args.text("output"):
        try:
            with open(args.text("output"), "w", encoding="utf-8") as stream:
                stream.write(text + "\n")
        except OSError as error:
            message = f"{args.text('output')} can't be written: {(error.strerror or str(error)).lower()}."
            raise fail("RB701", message, help="Check the folder and its permissions.") from None
    if console.is_json:
        console.print(text)
    else:
        style = console.style()
        console.print(render(found, style.width, style.colour).rstrip("\n"))
    return 0


def _values(loaded: Loaded, args: Args) -> dict[str, Value]:
    """The inputs that are given, by their declared types; those that aren't stay open."""
    given, texts = given_inputs(args)
    declared = {item.name.text: item for item in (loaded.runbook.inputs if loaded.runbook is not None else ())}
    values: dict[str, Value] = {}
    problems = []
    for name, value in given.items():
        item = declared.get(name)
        if item is None or name not in texts:
            values[name] = value
            continue
        values[name] = parse_value(item, str(value))
        if values[name] is None:
            problems.append(Diagnostic("RB712", f"Input {name!r} doesn't fit: expected {item.type}.", item.name.span, item.description))
    if problems:
        raise RunbookError(*problems)
    return values
