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
    "RB771": Entry(
        "This can't be renamed safely",
        "An editor renames inputs, secrets and steps that have an id, everywhere they are used. It does so only where it knows all uses: "
        "where the file can be read as a whole, and the name is one that the author wrote. Fields of results belong to their tools.",
        bad="- shell: uptime",
        good="- id: load\n  shell: uptime",
    ),
}
