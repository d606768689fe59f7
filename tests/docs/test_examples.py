"""What the pages show is true: their runbooks are checked, their commands run, and the output is as printed."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import Block, Command, alike, blocks, commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


class Reader:
    """Someone who types what a page shows, in a folder of their own that lasts for the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exit = 0

    def runbook(self, words: list[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "runbook_lang", *words],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
                "TZ": "UTC",
                "NO_COLOR": "1",
                "COLUMNS": "100",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self.exit = done.returncode
        return done.stdout

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, command: Command) -> str | None:
        """What comes out; None for a command that isn't ours, which is not run."""
        words = shlex.split(command.text)
        if words[:1] == ["runbook"]:
            return self.runbook(words[1:])
        return f"{self.exit}\n" if words == ["echo", "$?"] else None

    def read(self, block: Block) -> list[str]:
        """Does what a block asks for; the findings, each with its line."""
        if "file" in block.words:
            self.write(block.words["file"], block.body)
        if block.language == "console" and "shown" not in block.words:
            return [
                f"line {command.line}: $ {command.text}\n--- the page\n{command.wanted}\n--- the command (exit {self.exit})\n{got}"
                for command in commands(block)
                if (got := self.type(command)) is not None and not alike(command.wanted, got)
            ]
        if "runbook" in block.words:
            name = block.words.get("file", f"line-{block.line}.{'yml' if block.language == 'yaml' else 'runbook'}")
            self.write(name, block.body)
            said = self.runbook(["check", name])
            return [f"line {block.line}: `runbook check` says (exit {self.exit})\n{said}"] if self.exit else []
        return []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_is_true(page: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    findings = [finding for block in blocks(page.read_text(encoding="utf-8")) for finding in reader.read(block)]
    assert not findings, "\n\n" + "\n\n".join(findings)


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("done", "done\n"),
        ("done", "\ndone   \n\n"),
        ("run … closed", "run 0192-ab closed\n"),
        ("first\n…\nlast", "first\nlast\n"),
        ("first\n…\nlast", "first\na\nb\nlast\n"),
        ("…", "a\nb\n"),
        ("a.b (c)", "a.b (c)\n"),
        ("", ""),
    ],
)
def test_output_as_shown_is_accepted(wanted: str, got: str) -> None:
    assert alike(wanted, got)


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("done", "done\nand more\n"),
        ("done\nand more", "done\n"),
        ("a.b", "axb\n"),
        ("run … closed", "run 0192\nclosed\n"),
        ("first\n…\nlast", "first\nlast one\n"),
        ("", "something\n"),
        ("something", ""),
    ],
)
def test_other_output_is_refused(wanted: str, got: str) -> None:
    assert not alike(wanted, got)


def test_a_console_block_is_split_into_commands_and_their_output() -> None:
    page = "Text\n\n```console\n$ runbook check \\\n    a.yml\nfine\n$ echo $?\n0\n```\n\n```yaml file=a.yml runbook\nrunbook: a\n```\n"
    console, file = blocks(page)
    assert list(commands(console)) == [Command("runbook check a.yml", "fine", 4), Command("echo $?", "0", 7)]
    assert (file.words, file.body, file.line) == ({"file": "a.yml", "runbook": ""}, "runbook: a\n", 11)
