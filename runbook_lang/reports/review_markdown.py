"""A review as one comment of a pull request: the summary first, then each runbook, its plan folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..plan.diff import ADDED, BROKEN, REMOVED, SAME
from ..plan.difference import CHANGED, LOWERED, RISK, STRENGTHENED, WEAKENED
from .cut import cut_middle
from .diff_markdown import MARKS, section
from .plan_markdown import MARKS as EFFECTS
from .plan_markdown import block, code, text
from .plan_text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..plan.diff import Diff
    from .sarif import Place

    class Book(Protocol):
        @property
        def path(self) -> str: ...
        @property
        def diff(self) -> Diff: ...
        @property
        def because(self) -> Sequence[str]: ...
        @property
        def findings(self) -> Sequence[Place]: ...

    class Found(Protocol):
        """The shape of `api.review.Review`, which lies in a layer above."""

        @property
        def base(self) -> str: ...
        @property
        def head(self) -> str: ...
        @property
        def commits(self) -> tuple[str, str]: ...
        @property
        def runbooks(self) -> Sequence[Book]: ...
        @property
        def untouched(self) -> int: ...


MARKER = "<!-- runbook-review -->"
"""The first line of a comment, by which the next review finds it."""
LIMIT = 65_000
"""Characters of a comment; GitHub takes 65,536."""


def comment(found: Found, full: str = "") -> str:
    """The comment, at most LIMIT characters. `full`: what its reader is told of where the whole of it is."""
    note = f"> ✂️ **The middle is left out here: it is too long for a comment.** {text(full) if full else ''}".rstrip()
    return cut_middle(document(found), LIMIT, note)


def document(found: Found) -> str:
    """All of it; ends with a newline."""
    lines = [MARKER, f"## {_mark(found)} Runbook review", "", _verdict(found), ""]
    if found.runbooks:
        lines += [*_table(found), ""]
    for book in found.runbooks:
        lines += [*_book(book), ""]
    ids = [
        f"{name} {code(commit[:12])}" if commit else name
        for name, commit in zip((text(found.base), text(found.head)), found.commits, strict=True)
    ]
    lines.append(f"<sub>From {ids[0]} to {ids[1]}. Planned offline from both sides; nothing of the change was run.</sub>")
    return "\n".join(lines) + "\n"


def _level(found: Found) -> str:
    if any(book.diff.status == BROKEN or any(one.level == "error" for one in book.findings) for book in found.runbooks):
        return BROKEN
    return next((level for level in (RISK, WEAKENED) if any(book.diff.has(level) for book in found.runbooks)), "")


def _mark(found: Found) -> str:
    level = _level(found)
    return "❌" if level == BROKEN else MARKS[level] if level else "✅"


def _verdict(found: Found) -> str:
    rest = f" {found.untouched} more {'is' if found.untouched == 1 else 'are'} untouched." if found.untouched else ""
    if not found.runbooks:
        return f"No runbook is touched.{rest}"
    told = {
        BROKEN: "**Something is wrong: it can't be run.**",
        RISK: "**The risk rises.** Look at the red marks.",
        WEAKENED: "**A protection is weaker.** Look at the orange marks.",
        "": "The risk doesn't rise, and no protection is weaker.",
    }
    many = len(found.runbooks)
    return f"{told[_level(found)]} {many} runbook{'s are' if many > 1 else ' is'} touched.{rest}"


def _table(found: Found) -> Iterator[str]:
    names = ((RISK, "risk"), (WEAKENED, "weaker"), (CHANGED, "other"), (STRENGTHENED, "safer"))
    yield f"| runbook | does | {' | '.join(f'{MARKS[level]} {name}' for level, name in names)} | errors |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for book in found.runbooks:
        counts = {level: sum(item.level == level for item in book.diff.items) for level in (RISK, WEAKENED, CHANGED, LOWERED, STRENGTHENED)}
        numbers = [counts[RISK], counts[WEAKENED], counts[CHANGED], counts[LOWERED] + counts[STRENGTHENED]]
        errors = sum(one.level == "error" for one in book.findings)
        cells = " | ".join(str(number or "") for number in (*numbers, errors))
        yield f"| {code(book.path)} | {_risk(book.diff)} | {cells} |"


def _risk(diff: Diff) -> str:
    """The risk before and after."""
    if diff.status == BROKEN:
        return "❌"
    names = ["" if side is None else f"{EFFECTS[side['risk']['effect']]} {side['risk']['effect']}" for side in (diff.base, diff.head)]
    if diff.status == ADDED:
        return f"new: {names[1]}"
    if diff.status == REMOVED:
        return f"removed: {names[0]}"
    return names[1] if names[0] == names[1] else f"{names[0]} → **{names[1]}**"


def _book(book: Book) -> Iterator[str]:
    yield from section(book.diff, 3)
    if book.diff.status == SAME:
        yield "No difference in meaning."
    others = [name for name in book.because if name != book.path]
    if others:
        yield ""
        yield f"<sub>Changed with it: {', '.join(code(name) for name in others[:10])}{' …' if len(others) > 10 else ''}</sub>"
    wrong = [one for one in book.findings if one.rule.startswith("RB")]
    if wrong:
        yield ""
        yield from (
            f"- {'❌' if one.level == 'error' else '⚠️'} {code(f'{one.file}:{one.line}')} **{one.rule}** {text(one.message)}"
            for one in wrong
        )
    if book.diff.head is not None:
        yield ""
        yield from _plan(book.diff)


def _wrong(one: Place) -> str:
    return f"- {'❌' if one.level == 'error' else '⚠️'} {code(f'{one.file}:{one.line}')} **{one.rule}** {text(one.message)}"


def _plan(diff: Diff) -> Iterator[str]:
    """The new plan's steps, folded away."""
    assert diff.head is not None
    yield from ("<details><summary>What it does now</summary>", "")
    lines = []
    for entry in diff.head["entries"]:
        if entry["kind"] != "act" or entry.get("role", "main") != "main":
            continue
        words = " ".join(quoted(word) for word in entry.get("words", []))
        lines.append(f"{entry['effect']:<8} {entry.get('path', '')}: {words}")
    yield from block("\n".join(lines)).split("\n")
    yield from ("", "</details>")
