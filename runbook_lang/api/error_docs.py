"""Writes docs/reference/errors.md from the catalogue of codes: `python -m runbook_lang.api.error_docs --write FILE`."""

from __future__ import annotations

import os
import re
import sys
from importlib import import_module

from ..base import catalogue

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..base.catalogue import Entry

AREAS: Mapping[str, str] = {
    "1": "YAML and text",
    "2": "Expressions, templates and types",
    "3": "The structure of runbooks and policies",
    "4": "The whole file",
    "5": "Steps and executors",
    "6": "The journal, the store and secrets",
    "7": "The command line, files and inputs",
}
"""The title of each area, by the first digit of its codes."""

INTRO = """\
# Codes

Every finding of `runbook` has a code that never gets another meaning. `runbook explain RB214` shows the same on a terminal.

This page is made from `runbook_lang/base/catalogue/`; `python -m runbook_lang.api.error_docs --write docs/reference/errors.md`
writes it anew.
"""


def entries() -> dict[str, Entry]:
    """All codes in their order."""
    folder = os.path.dirname(catalogue.__file__ or "")
    names = sorted(name[:-3] for name in os.listdir(folder) if re.fullmatch(r"rb\d[\dx]x\.py", name))
    found: dict[str, Entry] = {}
    for name in names:
        found.update(import_module(f"{catalogue.__name__}.{name}").CODES)
    return dict(sorted(found.items()))


def page() -> str:
    """The whole page as Markdown."""
    codes = entries()
    areas = {code[2] for code in codes}
    listed = [f"- [{_area(digit)}](#{_anchor(_area(digit))})" for digit in AREAS if digit in areas]
    parts = [INTRO, "\n".join(listed) + "\n"]
    for digit in AREAS:
        own = {code: entry for code, entry in codes.items() if code[2] == digit}
        if own:
            parts.append(f"## {_area(digit)}\n")
            parts.extend("\n".join(_section(code, entry)) + "\n" for code, entry in own.items())
    return "\n".join(parts)


def _area(digit: str) -> str:
    return f"RB{digit}xx: {AREAS[digit]}"


def _anchor(heading: str) -> str:
    """The anchor that a heading gets where Markdown is shown: letters, digits and hyphens."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _section(code: str, entry: Entry) -> Iterator[str]:
    yield f"### {code}"
    yield ""
    yield f"**{_escaped(entry.title)}.** {_escaped(entry.text)}"
    for label, example in (("Wrong", entry.bad), ("Right", entry.good)):
        if example:
            yield from ("", f"{label}:", "", "```text", example.rstrip("\n"), "```")


def _escaped(text: str) -> str:
    """Prose in which nothing but code between backticks means anything to Markdown."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") and len(piece) > 1 else re.sub(r"([*<\[|\\])", r"\\\1", piece) for piece in pieces)


def main(argv: list[str]) -> int:
    """Write the page to the file after `--write`, or to standard output."""
    if len(argv) == 2 and argv[0] == "--write":
        with open(argv[1], "w", encoding="utf-8") as stream:
            stream.write(page())
        return 0
    if argv:
        sys.stderr.write("usage: python -m runbook_lang.api.error_docs [--write FILE]\n")
        return 2
    sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
