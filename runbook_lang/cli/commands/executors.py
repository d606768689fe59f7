"""`runbook executors`: what can be driven from here."""

from __future__ import annotations

import shutil

from ...base.diagnostics import RunbookError
from ...base.text import clean
from ...surfaces.registry import BUILTIN, GROUP, plugin_names, surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console

    Row = dict[str, object]


def run(args: Args, console: Console) -> int:
    """Name, version of its surface, program and where it is, package."""
    rows = [_row(name) for name in (*BUILTIN, *plugin_names())]
    if console.is_json:
        console.json({"executors": rows})
        return 0
    wide = max(len(str(row["name"])) for row in rows)
    for row in rows:
        console.print(clean(f"{row['name']:<{wide}}  {row['version'] or '-':>3}  {row['package']:<16}  {_program(row)}").rstrip())
    return 0


def _program(row: Row) -> str:
    if row["problem"]:
        return str(row["problem"])
    if not row["program"]:
        return ""
    return str(row["path"]) if row["path"] else f"{row['program']} is not on the PATH"


def _row(name: str) -> Row:
    row: Row = {"name": name, "version": None, "package": _package(name), "program": "", "path": None, "problem": ""}
    try:
        found = surface(name)
    except RunbookError as error:
        row["problem"] = str(error)
        return row
    if found is not None:
        row["version"] = found.version
        row["program"] = found.program
        row["path"] = shutil.which(found.program) if found.program else None
    return row


def _package(name: str) -> str:
    if name in BUILTIN:
        return "runbook-lang"
    from importlib.metadata import entry_points

    entry = next(iter(entry_points(group=GROUP, name=name)), None)
    return entry.dist.name if entry is not None and entry.dist is not None else "?"
