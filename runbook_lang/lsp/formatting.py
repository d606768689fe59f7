"""The layout of a text, as `runbook fmt` gives it."""

from __future__ import annotations

from ..api.forms import form_of, format_source
from ..base.diagnostics import RunbookError
from ..base.source import Source


def formatted(name: str, text: str) -> str | None:
    """The text in its canonical layout; None when it can't be read, which its findings say."""
    try:
        return format_source(Source(name, text), form_of(name))
    except RunbookError:
        return None
