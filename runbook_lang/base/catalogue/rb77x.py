"""RB77x: editors."""

from __future__ import annotations

from . import Entry

CODES: dict[str, Entry] = {
    "RB770": Entry(
        "The language server's library isn't installed",
        "`runbook lsp` speaks the editor's protocol by a library that nothing else needs, so it is an extra. Install it into the "
        "environment of the `runbook` that the editor starts.",
        bad="pip install runbook-lang",
        good="pip install 'runbook-lang[lsp]'",
    ),
}
