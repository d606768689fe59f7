"""`runbook import`: skeletons of runbooks from a manual."""

from __future__ import annotations

import os

from ...api.manuals import import_manual, load_manual, write_runbooks
from ...base.text import cells

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.manuals import Imported, Result
    from ..args import Args
    from ..console import Console

FOLDER = "runbooks"


def run(args: Args, console: Console) -> int:
    """0 when the runbooks are written, whatever is found in them: that is what they are looked through for."""
    result = import_manual(load_manual(args.text("MANUAL")))
    folder = args.text("output", FOLDER)
    write_runbooks(result, folder, args.flag("force"))
    if console.is_json:
        console.json({**result.as_json(), "folder": folder})
    elif not console.quiet:
        _text(result, folder, console)
    return 0


def _text(result: Result, folder: str, console: Console) -> None:
    rows = [(os.path.join(folder, one.file), _about(one)) for one in result.runbooks]
    width = max(cells(path) for path, _ in rows)
    for path, about in rows:
        console.print(f"{path}{' ' * (width - cells(path))}  {about}")
    commands = sum(len(one.commands) for one in result.runbooks)
    found = sum(len(one.findings) for one in result.runbooks)
    console.print(
        f"{_count(len(result.runbooks), 'runbook')} with {_count(commands, 'command')} of {result.manual}; "
        f"{_count(found, 'finding')} of the checker beside their steps."
    )
    if result.left and console.verbose:
        for line, title in result.left:
            console.print(f"  left out, nothing to do in it: line {line}, {title}")
    elif result.left:
        console.print(f"{_count(len(result.left), 'section')} only to be read: left out (-v names them).")
    console.note(f"Next: read the steps, settle each TODO, then: runbook check {folder}")


def _about(one: Imported) -> str:
    parts = [_count(one.steps, "step"), _count(len(one.commands), "command")]
    errors = sum(item.is_error for item in one.findings)
    if errors:
        parts.append(_count(errors, "error"))
    if len(one.findings) > errors:
        parts.append(_count(len(one.findings) - errors, "warning"))
    if one.todo:
        parts.append(f"{one.todo} TODO")
    return ", ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
