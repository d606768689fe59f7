"""The command that editors start, as data."""

from __future__ import annotations

from .args import Command, Option

EDITORS = (
    Command(
        "lsp",
        "Answer an editor that writes runbooks",
        (),
        (Option("--stdio", "Over standard input and output: it is always so; some editors say it."),),
        "The editor starts it and speaks the Language Server Protocol with it. It opens no connection and starts no program. How editors "
        "are told about it stands in docs/how-to/editor.md.",
        (("runbook lsp", "by hand it only waits; end it with Ctrl-C"),),
    ),
)
