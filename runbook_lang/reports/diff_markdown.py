"""Differences between plans as Markdown: what a reviewer reads first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plan.diff import SAME
from ..plan.difference import CHANGED, LOWERED, RISK, STRENGTHENED, WEAKENED
from .diff_text import headline, sides, summary
from .plan_markdown import block, code, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..plan.diff import Diff
    from ..plan.difference import Difference

MARKS = {RISK: "🔴", WEAKENED: "🟠", CHANGED: "⚪", LOWERED: "🟢", STRENGTHENED: "🟢"}
LOUD = {RISK: "RISK", WEAKENED: "WEAKENED"}


def markdown(diffs: Iterable[Diff], level: int = 2) -> str:
    """All runbooks that differ; headings of `level`. Ends with a newline."""
    told = [diff for diff in diffs if diff.status != SAME]
    if not told:
        return "No difference in meaning.\n"
    lines = [f"**{text(summary(told))}**"]
    for diff in told:
        lines += ["", *section(diff, level)]
    return "\n".join(lines) + "\n"


def section(diff: Diff, level: int) -> Iterator[str]:
    """One runbook."""
    yield f"{'#' * level} {text(headline(diff))}"
    yield ""
    for item in diff.items:
        yield from _item(item)


def _item(item: Difference) -> Iterator[str]:
    where = "" if item.path == "runbook" else f"{code(item.path)}: "
    loud = f"**{LOUD[item.level]}** " if item.level in LOUD else ""
    said = f"**{text(item.text)}**" if item.level == RISK else text(item.text)
    yield f"- {MARKS[item.level]} {loud}{where}{said}"
    pairs = list(sides(item))
    if pairs:
        lines = [f"{sign} {line}" for sign, part in pairs for line in part.splitlines() or [""]]
        yield from ("", *(f"  {line}" for line in block("\n".join(lines), "diff").split("\n")), "")
