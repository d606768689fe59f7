"""`runbook tools`: the programs that are driven, what a library lacks, new facts about a tool."""

from __future__ import annotations

import os

from ...api.files import unwritable
from ...base.diagnostics import fail
from ...base.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.tools import Need, ToolRow
    from ..args import Args
    from ..console import Console

MISSING = 2
SNAPSHOTS = ("doctl", "redis-cli")


def run(args: Args, console: Console) -> int:
    """0; 2 when the doctor finds something missing."""
    action = args.text("ACTION")
    if action == "doctor":
        return _doctor(args.list("WHAT") or ["."], console)
    if action == "snapshot":
        return _snapshot(args, console)
    return _list(args, console)


def _list(args: Args, console: Console) -> int:
    from ...api.tools import list_tools

    if args.list("WHAT"):
        raise fail("RB722", "`runbook tools list` takes no more words.", help="`runbook tools doctor` looks at files.")
    rows = list_tools()
    if console.is_json:
        console.json({"tools": [{name: getattr(row, name) for name in row.__fields__} for row in rows]})
        return 0
    table = [("executor", "found", "facts of", ""), *(_cells(row) for row in rows)]
    _columns(table, console)
    return 0


def _cells(row: ToolRow) -> tuple[str, ...]:
    return row.executor, row.found or "-", row.known or "-", row.note or row.path


def _columns(table: list[tuple[str, ...]], console: Console) -> None:
    widths = [max(len(line[at]) for line in table) for at in range(len(table[0]) - 1)]
    for line in table:
        cells = [f"{cell:<{width}}" for cell, width in zip(line, widths, strict=False)]
        console.print(clean("  ".join([*cells, line[-1]])).rstrip())


def _doctor(paths: list[str], console: Console) -> int:
    from ...api.files import check_file, find_files
    from ...api.tools import needs

    unknown: dict[str, set[str]] = {}
    programs = []
    broken = []
    for path, named in find_files(paths):
        checked = check_file(path, named)
        for item in checked.diagnostics:
            if item.code == "RB330" and item.span is not None:
                unknown.setdefault(item.span.text, set()).add(path)
        if checked.program is not None:
            programs.append((path, checked.program))
        elif checked.errors:
            broken.append(path)
    found = needs(programs, unknown, os.environ)
    missing = [need for need in found if not need.there]
    if console.is_json:
        console.json({"needs": [_as_json(need) for need in found], "unread": broken})
    else:
        _show_needs(found, broken, console)
    return MISSING if missing or broken else 0


def _as_json(need: Need) -> dict[str, object]:
    return {**{name: getattr(need, name) for name in need.__fields__}, "users": list(need.users)}


def _show_needs(found: list[Need], broken: list[str], console: Console) -> None:
    if found:
        _columns([("ok" if need.there else "missing", need.name, _detail(need)) for need in found], console)
    for path in broken:
        console.print(clean(f"{path} has errors, so what it needs isn't known: runbook check {path}"))
    if not found and not broken:
        console.print("Nothing is needed.")


def _detail(need: Need) -> str:
    if need.there:
        return need.detail if need.kind == "program" else "is set"
    others = f" and {len(need.users) - 1} more" if len(need.users) > 1 else ""
    kind = {"variable": "the variable of a secret is not set", "plugin": need.detail}.get(need.kind, need.detail)
    return f"{kind} (for {need.users[0]}{others})" + (f": {need.hint}" if need.hint else "")


def _snapshot(args: Args, console: Console) -> int:
    from ...api.snapshots import as_file
    from ...api.tools import snapshot

    what = args.list("WHAT")
    if len(what) != 1 or what[0] not in SNAPSHOTS:
        raise fail("RB722", f"A snapshot is made of one tool: {' or '.join(SNAPSHOTS)}.", help="For example: runbook tools snapshot doctl")
    only = [name for item in args.list("only") for name in item.split(",") if name]
    if what[0] == "doctl":
        console.note("Reading doctl's help, one page after the other.")
    data = snapshot(what[0], only, args.text("from"))
    text = as_file(data)
    target = args.text("output")
    if not target:
        console.print(text.rstrip("\n"))
        return 0
    try:
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise unwritable(target, error) from None
    console.note(f"{target}: {len(data['commands'])} commands of {what[0]} {data['version']}")
    return 0
