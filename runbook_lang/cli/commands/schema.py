"""`runbook schema`: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

from ...api.json_schema import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """The schema's text, as it is kept in the repository."""
    console.print(files()[f"{args.text('KIND', 'runbook')}.schema.json"].rstrip("\n"))
    return 0
