"""Fenced blocks of a Markdown page, and the comparison of what it shows with what a command says.

The rules for authors stand in CONTRIBUTING.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"^```(?P<language>[\w-]*)[ \t]*(?P<words>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"
DIFFERS = (
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DATE"),
    (re.compile(r"\b\d\d:\d\d(?::\d\d)?\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{8}\b"), "RUN"),
    (re.compile(r" *\b(?:\d+ms|\d+\.\d+s)\b"), " ELAPSED"),
)
"""What is never the same twice: dates, times of day, ids of runs and their last eight characters, elapsed times."""


class Block(NamedTuple):
    """One fence: its language, the words behind it (`file=NAME` under `file`, others under themselves), its text and line."""

    language: str
    words: dict[str, str]
    body: str
    line: int


class Command(NamedTuple):
    """A command of a console block and the output shown below it."""

    text: str
    wanted: str
    line: int


def blocks(page: str) -> Iterator[Block]:
    for match in FENCE.finditer(page):
        words = dict(word.partition("=")[::2] for word in match["words"].split())
        yield Block(match["language"], words, match["body"], page.count("\n", 0, match.start()) + 1)


def commands(block: Block) -> Iterator[Command]:
    """Lines that begin with `$ `; one that ends in a backslash goes on on the next."""
    text, start, going_on = "", 0, False
    wanted: list[str] = []
    for line, content in enumerate(block.body.splitlines(), block.line + 1):
        if going_on:
            text += content.strip()
        elif content.startswith("$ "):
            if text:
                yield Command(text, "\n".join(wanted), start)
            text, wanted, start = content[2:].strip(), [], line
        else:
            wanted.append(content)
            continue
        going_on = text.endswith("\\")
        text = text.removesuffix("\\")
    if text:
        yield Command(text, "\n".join(wanted), start)


def alike(wanted: str, got: str) -> bool:
    """Whether the output is as shown: `…` in a line stands for any text, `…` as a line for any number of lines.

    Spaces at the ends of lines and empty lines at the ends of the output don't count, and neither does what `DIFFERS`.
    """
    pattern = ""
    for form, name in DIFFERS:
        wanted, got = form.sub(name, wanted), form.sub(name, got)
    for line in wanted.strip().splitlines():
        if line.strip() == ANYTHING:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.rstrip().split(ANYTHING)) + "\n"
    plain = "".join(f"{line.rstrip()}\n" for line in got.strip().splitlines())
    return re.fullmatch(pattern, plain) is not None
