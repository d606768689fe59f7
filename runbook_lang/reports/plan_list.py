"""The plans of a library at a glance, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .columns import Page, times
from .plan_markdown import MARKS, code, text
from .plan_text import STYLES, counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..plan.entry import Plan


def text_list(plans: Sequence[tuple[str, Plan]], width: int, colour: bool) -> str:
    """For a terminal; ends with a newline."""
    page = Page(width, colour)
    for path, plan in plans:
        page.put(path, style="bold")
        for line in page.wrap(f"{plan.risk.effect}: {_said(plan)}", page.width - 4):
            page.lines.append("    " + page.style(line, STYLES[plan.risk.effect]))
    return page.text()


def markdown_list(plans: Sequence[tuple[str, Plan]]) -> str:
    """A table in Markdown."""
    lines = ["| runbook | does | steps | at most |", "| --- | --- | --- | --- |"]
    for path, plan in plans:
        risk = f"{MARKS[plan.risk.effect]} {text(plan.risk.text)}"
        lines.append(f"| {code(path)} {text(plan.title)} | {risk} | {text(counts(plan))} | {_longest(plan)} |")
    return "\n".join(lines) + "\n"


def _said(plan: Plan) -> str:
    undo = f"; no undo for {', '.join(plan.not_undoable)}" if plan.not_undoable else ""
    problems = f"; {len(plan.problems)} can't work" if plan.problems else ""
    return f"{counts(plan)}; {_longest(plan)}{undo}{problems}"


def _longest(plan: Plan) -> str:
    known = plan.longest
    over = f", over the SLA of {times(known.sla_us)}" if known.within_sla is False else ""
    return f"at most {times(known.steps_us)}{over}" if known.steps_us is not None else f"no bound{over}"
