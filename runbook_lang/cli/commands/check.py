"""`runbook check`: what is wrong in runbooks and policies."""

from __future__ import annotations

import os

from ...api.files import check_file, find_files
from ...base.diagnostics import fail
from ..render import render_all, summary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.files import Checked
    from ...api.load import Shelf
    from ..args import Args
    from ..console import Console

    Report = dict[str, object]

FORK_ABOVE = 64
"""Files from which on several processes share the work; below, starting them costs more than it saves."""
USAGE = 2


def run(args: Args, console: Console) -> int:
    """0 when nothing is wrong, else 2."""
    files = list(find_files(args.list("PATHS")))
    if not files:
        raise fail("RB703", f"There is no .yml, .yaml or .runbook file in {', '.join(args.list('PATHS'))}.", help="Name the file itself.")
    reports = _all(files, console, args.flag("strict") or console.verbose)
    errors = sum(int(str(report["errors"])) for report in reports)
    warnings = sum(int(str(report["warnings"])) for report in reports)
    found: list[object] = [item for report in reports for item in _items(report)]
    if console.is_json:
        console.json({"diagnostics": found})
    elif console.format == "github":
        for item in found:
            assert isinstance(item, dict)
            console.print(_annotation(item))
    else:
        _text(reports, errors, warnings, console)
    return USAGE if errors or (warnings and args.flag("strict")) else 0


def _items(report: Report) -> list[object]:
    items = report["items"]
    assert isinstance(items, list)
    return items


def _text(reports: list[Report], errors: int, warnings: int, console: Console) -> None:
    for report in reports:
        if report["text"]:
            console.print(f"{report['text']}")
    checked = [str(report["path"]) for report in reports if report["kind"] != "other"]
    if errors or warnings or not console.quiet:
        console.print(summary(errors, warnings, checked, console.style()))


def _all(files: list[tuple[str, bool]], console: Console, thorough: bool) -> list[Report]:
    _fewer_collections()
    workers = min(os.cpu_count() or 1, len(files) // (FORK_ABOVE // 2), 8)
    if len(files) > FORK_ABOVE and workers > 1:
        from ..workers import spread

        with console.progress("checking", len(files)) as tick:
            return spread(lambda at: _report(*files[at], console, thorough), len(files), workers, tick)
    shelf: Shelf = {}
    return [_report(path, named, console, thorough, shelf) for path, named in files]


def _fewer_collections() -> None:
    """A check makes many small objects and throws few away: looking for cycles often would be half of its time."""
    import gc

    gc.set_threshold(200_000, 20, 100)


def _report(path: str, named: bool, console: Console, thorough: bool, shelf: Shelf | None = None) -> Report:
    """What one file gives, as plain data that can go through a pipe."""
    checked = check_file(path, named, thorough, shelf)
    report: Report = {"path": path, "kind": checked.kind, "errors": checked.errors, "warnings": checked.warnings, "text": "", "items": []}
    if console.format != "text":
        report["items"] = [item.as_json() for item in checked.diagnostics]
        return report
    style = console.style()
    parts = []
    if checked.diagnostics:
        parts.append(render_all(checked.diagnostics, style) + "\n")
    elif console.verbose and checked.kind != "other":
        parts.append(f"{style.paint('ok', 'ok')}  {path} ({checked.kind})")
    if console.verbose and checked.program is not None:
        parts.append(_effects(checked))
    report["text"] = "\n".join(parts)
    return report


def _effects(checked: Checked) -> str:
    """Each step that acts, with what it does to the world and why that is known."""
    from ...machine.core import Act

    assert checked.program is not None
    acts: list[tuple[str, Act]] = []
    for node in checked.program.nodes:
        if not isinstance(node, Act):
            continue
        inner = {id(part): role for role, part in (("applied", node.applied), ("undo", node.undo), ("rehearse", node.rehearse)) if part}
        acts.append(("", node))
        acts += [(role, part) for role in ("applied", "undo", "rehearse") for part in [getattr(node, role)] if part is not None and inner]
    seen: set[int] = set()
    rows = []
    for role, act in sorted(acts, key=lambda pair: pair[0] == ""):
        if id(act) not in seen:
            seen.add(id(act))
            rows.append((act.span.start, f"{act.id}{'.' + role if role else ''}", act))
    rows.sort(key=lambda row: (row[2].span.source.name != checked.path, row[2].span.source.name, row[0]))
    width = max((len(name) for _, name, _ in rows), default=0)
    return "\n".join(f"    {name:<{width}}  {act.effect:<7}  {_why(act.why, act.repeatable)}".rstrip() for _, name, act in rows)


def _why(why: str, repeatable: bool) -> str:
    return f"{why}; doing it twice is doing it once" if repeatable and why else why


def _annotation(item: dict[str, object]) -> str:
    """A workflow command of GitHub Actions; its values escape `%`, line ends, and in properties `:` and `,`."""
    level = {"error": "error", "warning": "warning"}.get(str(item["severity"]), "notice")
    where = ",".join(
        f"{key}={_escaped(str(item[name]))}"
        for key, name in (("file", "file"), ("line", "line"), ("col", "column"))
        if item[name] is not None
    )
    text = f"{item['message']} {item['help']}".strip()
    properties = f"{where},title={item['code']}" if where else f"title={item['code']}"
    return f"::{level} {properties}::{_plain(text)}"


def _plain(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(text: str) -> str:
    return _plain(text).replace(":", "%3A").replace(",", "%2C")
