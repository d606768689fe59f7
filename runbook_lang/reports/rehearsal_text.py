"""What a rehearsal found, as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .columns import Page
from .plan_text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..base.diagnostics import Diagnostic
    from ..plan.entry import Plan

    class Item(Protocol):
        @property
        def path(self) -> str: ...
        @property
        def role(self) -> str: ...
        @property
        def words(self) -> tuple[str, ...]: ...
        @property
        def verdict(self) -> str: ...
        @property
        def message(self) -> str: ...
        @property
        def way(self) -> int: ...
        @property
        def findings(self) -> Sequence[Diagnostic]: ...

    class Fill(Protocol):
        @property
        def hole(self) -> str: ...
        @property
        def value(self) -> str: ...
        @property
        def path(self) -> str: ...

    class Ending(Protocol):
        @property
        def picks(self) -> tuple[tuple[str, bool], ...]: ...
        @property
        def result(self) -> str: ...
        @property
        def exit(self) -> int: ...
        @property
        def step(self) -> str: ...
        @property
        def message(self) -> str: ...

    class Folder(Protocol):
        @property
        def id(self) -> str: ...

    class Found(Protocol):
        """The shape of `api.rehearsal.Rehearsed`, which lies in a layer above."""

        @property
        def run(self) -> Folder: ...
        @property
        def depth(self) -> str: ...
        @property
        def plan(self) -> Plan: ...
        @property
        def filled(self) -> Sequence[Fill]: ...
        @property
        def reads(self) -> Sequence[Item]: ...
        @property
        def changes(self) -> Sequence[Item]: ...
        @property
        def asked(self) -> Sequence[tuple[str, str]]: ...
        @property
        def told(self) -> Sequence[tuple[str, str]]: ...
        @property
        def ends(self) -> Sequence[Ending]: ...
        @property
        def unexplored(self) -> int: ...
        @property
        def exit(self) -> int: ...


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
        name = item.path + (f" ({item.role})" if item.role != "main" else "") + (f", on way {item.way}" if item.way > 1 else "")
        page.labelled(item.verdict, [name], 2 + _WORD, style=_STYLES.get(item.verdict, ""))
        page.labelled("", [" ".join(quoted(word) for word in item.words)], 2 + _WORD)
        for finding in item.findings:
            span = finding.span
            place = f"{span.source.name}:{span.line}:{span.column}: " if span is not None else ""
            word = "failed" if finding.is_error else ""
            page.labelled("", [f"{place}{finding.message}"], 2 + _WORD, style=_STYLES.get(word, ""))
            page.labelled("", [f"{finding.code}: {finding.help}"], 2 + _WORD)
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
    for way, end in enumerate(found.ends, 1):
        taken = ", ".join(f"{path} is {'true' if arm else 'false'}" for path, arm in end.picks)
        stop = f" at {end.step}: {end.message}" if end.step else ""
        style = "" if end.exit == 0 else "yellow"
        number = f"way {way}: " if len(found.ends) > 1 else ""
        page.put(f"{number}{end.result} (exit {end.exit}){stop}" + (f"; if {taken}" if taken else ""), 2, style)
    if found.unexplored:
        page.put(f"At least {found.unexplored} more ways through undecided conditions were not walked.", 2)
