"""`runbook fmt`: files in their canonical layout."""

from __future__ import annotations

from ...api.files import find_files
from ...api.forms import form_of, format_source, open_file, wanted_in_folder, write_back
from ...base.diagnostics import RunbookError, fail
from .convert import standard_input

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console

USAGE = 2


def run(args: Args, console: Console) -> int:
    """0 when every file is in its layout now; 1 with --check or --diff when one isn't; 2 when one can't be read."""
    given = args.list("FILES")
    if given == ["-"]:
        return _stream(args, console)
    files = [path for path, named in find_files(given) if named or wanted_in_folder(path)]
    if not files:
        raise fail("RB703", f"There is no runbook in {', '.join(given)}.", help="Name the file itself.")
    dry = args.flag("check") or args.flag("diff")
    changed = broken = 0
    for path in files:
        try:
            if path.endswith(".json"):
                raise fail(
                    "RB757", f"{path} is JSON, which isn't formatted here.", help="Files are written as YAML or as text, by their name."
                )
            source = open_file(path)
            text = format_source(source, form_of(path))
            if text == source.text:
                if console.verbose:
                    console.note(f"as it is  {path}")
                continue
            changed += 1
            if args.flag("diff"):
                _diff(path, source.text, text, console)
            if not dry:
                write_back(path, text)
            if not (args.flag("diff") and console.quiet):
                console.note(f"{'would change' if dry else 'changed'}  {path}")
        except RunbookError as error:
            broken += 1
            console.diagnostics(error.diagnostics)
    if broken:
        return USAGE
    return 1 if dry and changed else 0


def _stream(args: Args, console: Console) -> int:
    source = standard_input()
    text = format_source(source, form_of("", source.text))
    same = text == source.text
    if args.flag("diff"):
        _diff(source.name, source.text, text, console)
    elif not args.flag("check"):
        console.file(text)
        return 0
    return 0 if same else 1


def _diff(path: str, old: str, new: str, console: Console) -> None:
    from difflib import unified_diff

    lines = unified_diff(old.splitlines(), new.splitlines(), path, path, lineterm="")
    console.print("\n".join(lines))
