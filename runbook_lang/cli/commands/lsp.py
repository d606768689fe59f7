"""`runbook lsp`: the language server, for an editor to start."""

from __future__ import annotations

from ...base.diagnostics import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..args import Args
    from ..console import Console


def run(args: Args, console: Console) -> int:
    """0 when the editor has ended it. Raises RunbookError (RB770) when what it needs isn't installed."""
    try:
        from ...lsp.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        help = "Install it with: pip install 'runbook-lang[lsp]'"
        raise fail("RB770", "The language server needs pygls, which isn't installed.", help=help) from None
    serve()
    return 0
