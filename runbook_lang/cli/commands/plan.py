"""`runbook plan`: what a run would do, without the world."""

from __future__ import annotations

import gc
import os
import time

from ...api.files import find_runbooks
from ...api.inputs import unfit
from ...api.load import load
from ...api.plan_file import TTL_US, plan_file, write_plan
from ...api.planning import plan
from ...api.runs import operator_name
from ...base.diagnostics import Diagnostic, RunbookError, fail
from ...base.duration import parse_duration
from ...base.json_text import indented
from ...machine.inputs import parse_value
from ..inputs import given_inputs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.load import Loaded, Shelf
    from ...expr.values import Value
    from ...plan.entry import Plan
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when there is a plan, or one of each runbook in a folder."""
    gc.set_threshold(200_000, 20, 100)  # many small objects are made and few thrown away
    if os.path.isdir(args.text("FILE")):
        return _folder(args, console)
    loaded = load(args.text("FILE"))
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    found = plan(loaded, _values(loaded, args))
    if args.text("output"):
        save(found, args, args.text("FILE"))
    if not (args.text("output") and console.quiet):
        _show(found, console)
    return 0


def _folder(args: Args, console: Console) -> int:
    """All runbooks of a folder, a line each; what they call is read once."""
    if args.text("output") or args.list("input") or args.list("inputs"):
        raise fail("RB722", "Inputs and --output are for one runbook.", help="Name its file.")
    plans: list[tuple[str, Plan]] = []
    problems: list[Diagnostic] = []
    shelf: Shelf = {}
    for path in find_runbooks([args.text("FILE")]):
        loaded = load(path, shelf=shelf)
        if loaded.program is None:
            problems += (item for item in loaded.problems.sorted() if item.is_error)
        else:
            plans.append((path, plan(loaded)))
    if not plans and not problems:
        raise fail("RB703", f"There is no runbook in {args.text('FILE')}.", help="Name the file itself.")
    _show_all(plans, console)
    if problems:
        raise RunbookError(*problems)
    return 0


def _show_all(plans: list[tuple[str, Plan]], console: Console) -> None:
    from ...reports.plan_list import markdown_list, text_list

    if console.is_json:
        console.json({"plans": [{"path": path, **found.as_json()} for path, found in plans]})
    elif console.format == "markdown":
        console.print(markdown_list(plans).rstrip("\n"))
    else:
        style = console.style()
        console.print(text_list(plans, style.width, style.colour).rstrip("\n"))


def save(found: Plan, args: Args, runbook: str) -> None:
    """Write the plan's file."""
    text = args.text("ttl")
    ttl_us = parse_duration(text) if text else TTL_US
    if not ttl_us:
        raise fail("RB724", f"--ttl wants a time, not {text!r}.", help="For example: --ttl 4h")
    write_plan(plan_file(found, args.text("output"), runbook, operator_name(), time.time_ns() // 1000, ttl_us))


def _show(found: Plan, console: Console) -> None:
    if console.is_json:
        console.print(indented(found.as_json()))
    elif console.format == "markdown":
        from ...reports.plan_markdown import markdown

        console.print(markdown(found).rstrip("\n"))
    else:
        from ...reports.plan_text import render

        style = console.style()
        console.print(render(found, style.width, style.colour).rstrip("\n"))


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
            problems.append(unfit(item, "", f"expected {item.type}"))
    if problems:
        raise RunbookError(*problems)
    return values
