"""Writes docs/reference/library-coverage.md from the cases of the library: `python -m tests.runbooks.coverage --write`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from runbook_lang.machine.outcome import EXIT_CODES
from tests.runbooks.library import Case, cases, source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "library-coverage.md"
INTRO = """\
# What is run of the library

<!-- Made by `python -m tests.runbooks.coverage --write`; a test keeps it equal. -->

Each line is a test: the runbook is started in [the lab](../../examples/lab/README.md) by the command that an operator types, with that
broken in the real servers and the stand-ins; people's answers are given by `runbook approve` and `runbook answer`. The test looks at
the exit code, the diagnosis, what was started and what wasn't, who is told, and what was undone; it verifies the journal with `runbook audit
verify`, and searches all that was shown and stored for secrets. The cases stand in `tests/runbooks/library/`; in those marked with ⏩ the limits
of waits are a few seconds.

{count} paths of {books} runbooks. Sections are those of PYMERP's manual; exit codes have [their table](exit-codes.md).
"""
"""The head of the page."""


def page() -> str:
    known = cases()
    books = dict.fromkeys(case.runbook for case in known)
    parts = [INTRO.format(count=len(known), books=len(books))]
    for book in sorted(books, key=_place):
        rows = [_row(case) for case in known if case.runbook == book]
        parts.append(f"## {book}\n\n{source(book)}\n\n| path | broken | result |\n| --- | --- | --- |\n{''.join(rows)}")
    return "\n".join(parts)


def _place(book: str) -> tuple[list[int], str]:
    """By the first section that it names."""
    section = source(book).partition("§")[2].partition(",")[0].partition(" ")[0]
    return [int(part) for part in section.split(".") if part], book


def _row(case: Case) -> str:
    broken = ", ".join(f"`{what}`" for what in case.breaks)
    path = f"{case.path}{' ⏩' if case.hurried else ''}"
    return f"| {path.replace('|', '/')} | {broken} | {_result(case)} |\n"


def _result(case: Case) -> str:
    found = [f"{case.exit} {EXIT_CODES[case.exit][0]}"]
    if case.undone == "complete":
        found.append("what was done is undone")
    if "diagnostico" in case.outputs:
        found.append(f"diagnosis `{case.outputs['diagnostico']}`")
    found += [f"told: {told}{f' ×{times}' if times > 1 else ''}" for told, times in Counter(case.told).items()]
    return "; ".join(found)


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    PAGE.write_text(page(), encoding="utf-8")
