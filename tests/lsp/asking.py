"""Asking about a text with a mark in it, without any protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_lang.lsp.analysis import analyse
from runbook_lang.lsp.view import View

if TYPE_CHECKING:
    from pathlib import Path

TODAY = 1_790_000_000_000_000
MARK = "‸"


def asked(folder: Path, name: str, text: str, before: str | None = None) -> tuple[View, int]:
    """A text and the offset of its mark. `before`: the last version of it that could be understood."""
    plain, at = text.replace(MARK, ""), text.index(MARK)
    path = str(folder / name)
    known = analyse(path, plain, TODAY)
    if not known.usable and before is not None:
        known = analyse(path, before.replace(MARK, ""), TODAY)
    return View(name, plain, known), at
