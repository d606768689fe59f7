"""What a rehearsal found, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .columns import Page
from .plan_text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..plan.entry import Plan

    class Item(Protocol):
        path: str
        role: str
        words: tuple[str, ...]
        verdict: str
        message: str

    class Fill(Protocol):
        hole: str
        value: str
        path: str

    class Ending(Protocol):
        picks: tuple[tuple[str, bool], ...]
        result: str
        exit: int
        step: str
        message: str

    class Folder(Protocol):
        id: str

    class Found(Protocol):
        """The shape of `api.rehearsal.Rehearsed`, which lies in a layer above."""

        run: Folder
        depth: str
        plan: Plan
        filled: Sequence[Fill]
        reads: Sequence[Item]
        changes: Sequence[Item]
        asked: Sequence[tuple[str, str]]
        told: Sequence[tuple[str, str]]
        ends: Sequence[Ending]
        unexplored: int
        exit: int


_WORD = 10
_STYLES = {"failed": "red", "assumed": "dim"}
_LONGEST_VALUE = 200


def render(found: Found, width: int = 80, colour: bool = False) -> str:
    """The whole report; ends with a newline."""
    page = Page(width, colour)
    page.put(found.plan.title or found.plan.runbook, style="bold")
    depth = "reads were made, changes rehearsed where they can be" if found.depth == "rehearse" else "reads were made, changes assumed"
    page.put(f"Rehearsal: {depth}. Nothing was changed, nobody was told.")
    _items(page, "Read", found.reads)
    _filled(page, found)
    _items(page, "Would change", found.changes)
    _texts(page, "Would ask", found.asked)
    _texts(page, "Would tell", found.told)
    _ends(page, found)
    page.gap()
    page.put(f"Journal of this rehearsal: {found.run.id}", style="dim")
    return page.text()


def _items(page: Page, title: str, items: Sequence[Item]) -> None:
    if not items:
        return
    page.gap()
    page.put(title, style="bold")
    for item in items:
        name = item.path if item.role == "main" else f"{item.path} ({item.role})"
        page.labelled(item.verdict, [name], 2 + _WORD, style=_STYLES.get(item.verdict, ""))
        page.labelled("", [" ".join(quoted(word) for word in item.words)], 2 + _WORD)
        if item.message:
            page.labelled("", [item.message], 2 + _WORD, style=_STYLES.get(item.verdict, ""))


def _filled(page: Page, found: Found) -> None:
    if not found.filled:
        return
    page.gap()
    page.put("Filled in", style="bold")
    for item in found.filled:
        value = item.value if len(item.value) <= _LONGEST_VALUE else item.value[:_LONGEST_VALUE] + "…"
        page.put(f"⟨{item.hole}⟩ = {value}", 2)


def _texts(page: Page, title: str, texts: Sequence[tuple[str, str]]) -> None:
    if texts:
        page.gap()
        page.put(title, style="bold")
        for path, text in texts:
            page.put(f"{path}: {text}" if text else path, 2)


def _ends(page: Page, found: Found) -> None:
    page.gap()
    page.put("How it ends", style="bold")
    for end in found.ends:
        taken = ", ".join(f"{path} is {'true' if arm else 'false'}" for path, arm in end.picks)
        stop = f" at {end.step}: {end.message}" if end.step else ""
        style = "" if end.exit == 0 else "yellow"
        page.put(f"{end.result} (exit {end.exit}){stop}" + (f"; if {taken}" if taken else ""), 2, style)
    if found.unexplored:
        page.put(f"{found.unexplored} more ways through undecided conditions were not walked.", 2)
