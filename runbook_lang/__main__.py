"""`python -m runbook_lang`: the command without an installed script."""

from __future__ import annotations

from .cli.main import entry

entry()
