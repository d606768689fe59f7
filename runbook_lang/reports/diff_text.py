"""Differences between plans as text for a terminal: the loudest first, commands word by word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plan.diff import ADDED, BROKEN, REMOVED, SAME
from ..plan.difference import CHANGED, LOWERED, RISK, STRENGTHENED, WEAKENED
from .columns import Page
from .plan_text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..plan.diff import Diff
    from ..plan.difference import Difference

SIGNS = {RISK: "!!", WEAKENED: "! ", CHANGED: "~ ", LOWERED: "v ", STRENGTHENED: "+ "}
_STYLES = {RISK: "red", WEAKENED: "yellow", CHANGED: "", LOWERED: "dim", STRENGTHENED: "dim"}
NAMES = {
    RISK: "more risk",
    WEAKENED: "weaker protection",
    CHANGED: "other changes",
    LOWERED: "less risk",
    STRENGTHENED: "more protection",
}


def render(diffs: Iterable[Diff], width: int = 80, colour: bool = False) -> str:
    """All runbooks that differ; ends with a newline."""
    page = Page(width, colour)
    told = [diff for diff in diffs if diff.status != SAME]
    for diff in told:
        page.gap()
        page.put(headline(diff), style="bold")
        for item in diff.items:
            _item(page, item)
    if not told:
        page.put("No difference in meaning.")
    else:
        page.gap()
        page.put(summary(told), style="bold")
    return page.text()


def headline(diff: Diff) -> str:
    """The runbook and what became of it."""
    if diff.status == BROKEN:
        return f"{diff.path}: can't be compared: {diff.why}"
    if diff.status == ADDED:
        return f"{diff.path}: new"
    return f"{diff.path}: removed" if diff.status == REMOVED else diff.path


def summary(diffs: list[Diff]) -> str:
    """How many differences of each level."""
    counts = {level: sum(item.level == level for diff in diffs for item in diff.items) for level in SIGNS}
    parts = [f"{NAMES[level]}: {count}" for level, count in counts.items() if count]
    many = f"{len(diffs)} runbook{'s' if len(diffs) > 1 else ''}"
    return f"{many}; {', '.join(parts)}" if parts else many


def _item(page: Page, item: Difference) -> None:
    where = "" if item.path == "runbook" else f"{item.path}: "
    lead = f"  {SIGNS[item.level]} "
    lines = page.wrap(f"{where}{item.text}", page.width - len(lead))
    page.lines.append(lead + page.style(lines[0], _STYLES[item.level]))
    page.lines.extend(" " * len(lead) + page.style(line, _STYLES[item.level]) for line in lines[1:])
    for sign, text in sides(item):
        style = {"-": "red", "+": "bold"}.get(sign, "")
        page.lines.extend(f"      {page.style(f'{sign} {line}', style)}" for line in page.wrap(text, page.width - 8))


def sides(item: Difference) -> Iterator[tuple[str, str]]:
    """('-' or '+' or ' ', text): what was and what is; of a command that changed, only the words that differ are marked."""
    if item.what == "input":
        yield from item.words or (("-", item.before), ("+", item.after))
    elif item.what == "command":
        old = " ".join(_marked(word, mark == "-") for mark, word in item.words if mark != "+")
        new = " ".join(_marked(word, mark == "+") for mark, word in item.words if mark != "-")
        yield from (pair for pair in (("-", old), ("+", new)) if pair[1])
    else:
        yield from (pair for pair in (("-", item.before), ("+", item.after)) if pair[1])


def _marked(word: str, changed: bool) -> str:
    return f"[{quoted(word)}]" if changed else quoted(word)
