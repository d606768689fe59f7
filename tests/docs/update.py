"""Writes into pages what their commands really say: `python -m tests.docs.update docs/tutorial.md …`

Only output of `runbook` that differs from what the page shows is replaced, so `…` stays where it still fits. Where something
differs, the rest of the page is shown anew as well, so that one run has one name on it. Exit codes and the contents of files
stay as the author wants them. Read the difference before it is committed: this makes a page agree with
the program, not the program with what it should do.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from pathlib import Path

from tests.docs.examples import Block, alike, blocks, commands
from tests.docs.test_examples import ROOT, Reader

DEFECT = "RB799"


def updated(page: str, reader: Reader, *, whole: bool = False) -> str:
    """The page with the output of its commands and its copies of files put right; `whole`: also what isn't wrong."""
    lines = page.split("\n")
    changes: list[tuple[Block, list[str]]] = []
    for block in blocks(page):
        if block.language == "console" and "shown" not in block.words:
            changes.append((block, _retyped(block, reader, whole)))
            continue
        if "same" in block.words:
            text = (ROOT / block.words["same"]).read_text(encoding="utf-8")
            changes.append((block, text.splitlines()))
            block = block._replace(body=text)
        reader.read(block)
    for block, body in reversed(changes):
        lines[block.line : block.line + block.body.count("\n")] = body
    return "\n".join(lines)


def _retyped(block: Block, reader: Reader, whole: bool) -> list[str]:
    source = block.body.split("\n")
    body: list[str] = []
    for command in commands(block):
        first = last = command.line - block.line - 1
        while source[last].endswith("\\"):
            last += 1
        body += source[first : last + 1]
        got = reader.type(command)
        fits = got is None or (alike(command.wanted, got) and not (whole and "…" not in command.wanted))
        stays = fits or not command.text.startswith("runbook ")
        shown = command.wanted if stays else _as_shown(got, reader)
        body += shown.split("\n") if shown else []
    return body


def _as_shown(got: str, reader: Reader) -> str:
    """Without what only this machine has: its name, and the folder of the reader. Raises SystemExit for a defect."""
    if DEFECT in got:
        sys.exit(got)
    plain = got.replace(f" on {socket.gethostname()}", " on …").replace(str(reader.folder), "…")
    return "\n".join(line.rstrip() for line in plain.rstrip("\n").split("\n"))


def main(names: list[str]) -> int:
    for name in names:
        page = Path(name)
        was = page.read_text(encoding="utf-8")
        if _read(was, whole=False) != was:
            page.write_text(_read(was, whole=True), encoding="utf-8")
    return 0


def _read(page: str, *, whole: bool) -> str:
    with tempfile.TemporaryDirectory() as folder, Reader(Path(folder)) as reader:
        return updated(page, reader, whole=whole)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
