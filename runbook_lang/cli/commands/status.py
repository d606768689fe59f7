"""`runbook status`: what waits for whom, and the command to type."""

from __future__ import annotations

import os
import shlex

from ...adapters.incident import glance
from ...adapters.store import summarise
from ...adapters.story_places import command_line
from ...api.decide import open_waits
from ...api.escalations import escalations_of
from ...api.places import find_run, stores, summaries
from ...api.waits import WORDS, short_id
from ...base.diagnostics import RunbookError
from ...base.text import clean
from ..people_lines import as_json, in_words
from .runs import when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ...adapters.store import Summary
    from ...api.waits import Wait
    from ...people.escalation import Escalation
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Each run that isn't closed, or whose escalations are open, with what it waits for."""
    places = stores(args.text("store"), console.environ)
    if args.text("RUN"):
        found = [summarise(find_run(places, args.text("RUN"))[1])]
    else:
        found = [one for one in summaries(places) if one.state not in ("closed", "empty") or _still_open(one)]
    option = f"--store {shlex.quote(args.text('store'))}" if args.text("store") else ""
    told = [(one, *_waits(one, option)) for one in found]
    if console.is_json:
        console.json({"runs": [_json(*one) for one in told]})
        return 0
    if not told:
        where = f"in {clean(places[0].root)}" if args.text("store") else "here"
        none = "" if any(os.path.isdir(place.root) for place in places) else " There is no store."
        console.note(f"Nothing waits {where}: no run is paused or cut off.{none}")
    for number, one in enumerate(told):
        console.print(("\n" if number else "") + _text(*one, option, console))
    return 0


def _still_open(one: Summary) -> bool:
    found = glance(one.folder)
    return found is not None and found[1] > 0


def _escalations(one: Summary) -> tuple[Escalation, ...]:
    from ...adapters.store import RunFolder

    try:
        return escalations_of(RunFolder(one.id, one.folder))
    except RunbookError:
        return ()


def _waits(one: Summary, option: str) -> tuple[tuple[Wait, ...], str]:
    """(what it waits for, what keeps it from being read)."""
    from ...adapters.store import RunFolder

    try:
        return open_waits(RunFolder(one.id, one.folder), option), ""
    except RunbookError as error:
        return (), str(error)


def _json(one: Summary, waits: tuple[Wait, ...], problem: str) -> dict[str, Any]:
    return {
        "run": one.id,
        "runbook": one.runbook,
        "state": one.state,
        "opened_at": one.opened_at,
        "last_at": one.last_at,
        "problem": problem,
        "needs": [wait.as_json() for wait in waits],
        "escalations": [as_json(item) for item in _escalations(one)],
    }


def _text(one: Summary, waits: tuple[Wait, ...], problem: str, option: str, console: Console) -> str:
    paint = console.style().paint
    tail = f" {option}" if option else ""
    lines = [f"{paint('title', clean(one.runbook or '?'))}  {one.state}  {short_id(one.id)}  since {when(one.last_at)}"]
    if problem:
        lines.append(f"  {paint('error', clean(problem))}")
    commands: list[str] = []
    for item in _escalations(one):
        lines.append(f"  {clean(item.id)} escalated, {in_words(item, console.style())}")
        if item.is_open:
            commands.append(f"runbook {'resolve' if item.state == 'acknowledged' else 'ack'} {short_id(one.id)}{tail}")
    for wait in waits:
        lines.append(f"  {clean(wait.path)} {_said(wait, one.state)}")
        if wait.shown:
            lines.append(paint("dim", f"      {clean(command_line(list(wait.shown)))}"))
        lines += [paint("ok", f"      {clean(said)} by {clean(by)}, not yet taken") for by, said in wait.left]
        commands += () if wait.left and _enough(wait) else wait.commands
    if one.state in ("paused", "cut") and not problem:
        commands.append(f"runbook resume {short_id(one.id)}{tail}")
    return "\n".join([*lines, *(f"    {command}" for command in commands)])


def _said(wait: Wait, state: str) -> str:
    """What it waits for, of whom, until when. A process that lives knows better than to wait for a resume."""
    if wait.what == "cut" and state == "live":
        return "is running"
    who = f" of {wait.who}" if wait.who else ""
    until = f", until {when(wait.until)}{' (past)' if wait.over else ''}" if wait.until else ""
    return f"waits for {WORDS[wait.what]}{who}{until}" + (f": {clean(wait.text)}" if wait.text else "")


def _enough(wait: Wait) -> bool:
    """Whether nothing more has to be said; only the run can tell for sure."""
    need = wait.move.approval if wait.move is not None else None
    voices = {by for by, said in wait.left} | set(wait.approved)
    return need is None or len(voices) >= need.count or any(said != "approved" for _, said in wait.left)
