"""A plan as Markdown: for a pull request, where it is read beside the change. GitHub's flavour, safe for any text in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.text import clean
from ..plan.entry import NO
from .plan_text import counts, details, given, label, takes, title, wait

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..plan.entry import Entry, Plan

MARKS = {"read": "🔍", "change": "✏️", "destroy": "🔥"}
_ESCAPED = "\\`*_{}[]<>#|~!&$@"


def text(words: str) -> str:
    """Any text so that Markdown shows it as it is, on one line; it mentions nobody and links nothing."""
    line = " ".join(clean(words).split())
    first = "\\" if line[:1] in ("-", "+", "=") else ""  # at the beginning these make a list, a rule or a heading
    return first + "".join(f"\\{sign}" if sign in _ESCAPED else sign for sign in line).replace("\\@", "@\u200b")


def code(words: str) -> str:
    """Any text as code, on one line; in a table, too."""
    line = " ".join(clean(words).split()) or " "
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}".replace("|", "\\|")


def block(words: str, language: str = "") -> str:
    """Any text as a block of code."""
    body = "\n".join(clean(line) for line in words.splitlines())
    fence = "`" * max(3, _longest_run(body) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _longest_run(line: str) -> int:
    longest = run = 0
    for sign in line:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    return longest


def markdown(plan: Plan, level: int = 2) -> str:
    """The whole plan; its heading is of `level`. Ends with a newline."""
    mark = MARKS[plan.risk.effect]
    lines = [f"{'#' * level} {mark} {text(plan.title or plan.runbook)}", ""]
    about = (code(plan.runbook), plan.severity, f"**{text(plan.risk.text)}**")
    lines += [" · ".join(part for part in about if part), "", *_head(plan), "", f"{'#' * (level + 1)} Steps", ""]
    lines += _steps(plan.entries)
    lines += _tail(plan, level + 1)
    return "\n".join(lines) + "\n"


def _head(plan: Plan) -> Iterator[str]:
    rows = [
        ("Inputs", [code(given(item, 0)) for item in plan.inputs]),
        ("Secrets", [code(item.name) for item in plan.secrets]),
        ("Locks", [code(one) for one in plan.locks]),
        ("Window", [text(plan.window)] if plan.window else []),
        ("Touches", [code(one) for one in plan.targets]),
        ("Counts", [text(counts(plan))]),
        ("**No undo**", [code(one) for one in plan.not_undoable]),
        ("Waits for", [text(wait(one)) for one in plan.waits]),
        ("Takes", [text(takes(plan))]),
        ("**Can't work**", [f"{code(path)}: {text(why)}" for path, why in plan.problems]),
    ]
    yield from ("| | |", "| --- | --- |")
    yield from (f"| {name} | {'<br>'.join(items)} |" for name, items in rows if items)


def _steps(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if entry.kind == "act" and entry.role != "main" and entry.reached == NO and not entry.problem:
            continue
        pad = "  " * entry.depth
        words = [part for name, part in details(entry) if not name]
        facts = [(name, part) for name, part in details(entry) if name]
        kind = label(entry) if entry.role == "main" or entry.kind != "act" else {"applied": "in doubt"}.get(entry.role, entry.role)
        mark = MARKS.get(entry.effect, "") if entry.kind == "act" and entry.role == "main" else ""
        yield f"{pad}- {mark} **{kind}** {text(title(entry))}".replace("-  ", "- ").rstrip()
        for part in words:
            yield from (f"{pad}  {line}" for line in ("", *block(part).split("\n")))
        if facts:
            yield ""
        yield from (f"{pad}  - {text(name)}: {code(part)}" for name, part in facts)


def _tail(plan: Plan, level: int) -> Iterator[str]:
    holes = [hole for hole in plan.unknowns if hole.what == "value"]
    if holes:
        yield from ("", f"{'#' * level} Known only to the run", "")
        for hole in holes:
            means = f"; {code(' '.join(hole.means.split()))}" if hole.means else ""
            yield f"- {code(f'⟨{hole.text}⟩')} first in {code(hole.path)}{means}"
    if plan.assumptions is not None:
        yield from ("", f"{'#' * level} Found by a dry run, and binding", "")
        yield from (f"- {code(f'⟨{one.hole}⟩')} = {code(one.value)} in {code(one.path)}" for one in plan.assumptions.filled)
        yield from (f"- {code(path)} is skipped" for path in plan.assumptions.skipped)
    yield from ("", f"<sub>Program {code(plan.program)}<br>Plan {code(plan.digest)}</sub>")
