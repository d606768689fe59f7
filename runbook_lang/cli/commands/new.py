"""`runbook new`: a commented runbook to start from."""

from __future__ import annotations

import os

from ...api.forms import TEXT, YAML, convert_source, write_new
from ...base.diagnostics import fail
from ...base.source import Source
from ...model.names import LONGEST, RUNBOOK_NAME
from ...syntax.reader import TEXT_SUFFIX
from ..starter import starter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """Writes a file that isn't there yet."""
    given = args.text("NAME")
    name = next((given.removesuffix(ending) for ending in (".yml", ".yaml", TEXT_SUFFIX) if given.endswith(ending)), given)
    if not RUNBOOK_NAME.fullmatch(name) or len(name) > LONGEST or not name[0].isalpha() or name in ("true", "false", "null"):
        raise fail("RB734", f"{name!r} can't be a runbook's name.", help="Use small letters, digits and dashes, such as restart-worker.")
    path = args.text("output", given if given != name else f"{name}.yml")
    write_new(path, _starter(name, path), "Take another name, or --output FILE.")
    console.note(f"Wrote {path}. Next: runbook check {path}")
    return 0


def _starter(name: str, path: str) -> str:
    text = starter(name, os.path.basename(path))
    if not path.endswith(TEXT_SUFFIX):
        return text
    return convert_source(Source("starter.yml", text), YAML, TEXT)
