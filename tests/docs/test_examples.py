"""What the pages show is true: their runbooks are checked, their commands run, and the output is as printed."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from pwd import getpwuid

import pytest

from tests.docs.examples import Block, Command, alike, blocks, commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
READER = "oncall"
USER = getpwuid(os.getuid()).pw_name
OURSELVES = re.compile(rf"\b{re.escape(USER)}\b")
"""The user who runs the tests; the pages call them `oncall`."""
SMALL = frozenset({"cat", "cp", "ls", "mkdir", "rm", "touch"})
"""Commands of the system that are run as shown; they need no shell."""
PORT = "8417"
"""Where the pages' own server listens. Here it may be another's, so a free port stands in for it."""


def free_port() -> str:
    """One with as many digits, so that nothing is laid out otherwise."""
    while True:
        port = random.randrange(3000, 10_000)
        with socket.socket() as server, contextlib.suppress(OSError):
            server.bind(("127.0.0.1", port))
            return str(port)


class Reader:
    """Someone who types what a page shows, in a folder of their own that lasts for the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.exit = 0
        self.port = free_port()
        self.background: list[subprocess.Popen[str]] = []
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *raised: object) -> None:
        for program in self.background:
            program.kill()
            program.communicate()

    def run(self, words: list[str], **env: str) -> str:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        self.exit = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return OURSELVES.sub(READER, done.stdout).replace(f"127.0.0.1:{self.port}", f"127.0.0.1:{PORT}")

    def start(self, words: list[str], lines: int) -> str:
        """Start a program that goes on until the page ends; what it says first, as many lines as the page shows."""
        program = subprocess.Popen(words, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.background.append(program)
        assert program.stdout is not None
        return "".join(program.stdout.readline() for _ in range(lines))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(f"os_user: {READER}", f"os_user: {USER}").replace(PORT, self.port), encoding="utf-8")

    def type(self, command: Command) -> str | None:
        """What comes out; None for a command that isn't ours, which is not run."""
        words = shlex.split(command.text.replace(PORT, self.port))
        if words[-1] == "&":
            return self.start(words[:-1], len(command.wanted.splitlines()))
        if words[0] == "runbook":
            return self.run([sys.executable, "-m", "runbook_lang", *words[1:]], PYTHONPATH=str(ROOT))
        if words[0] in SMALL:
            return self.run(words)
        return f"{self.exit}\n" if words == ["echo", "$?"] else None

    def read(self, block: Block) -> list[str]:
        """Does what a block asks for; the findings, each with its line."""
        if "file" in block.words:
            self.write(block.words["file"], block.body)
        if "same" in block.words and (ROOT / block.words["same"]).read_text(encoding="utf-8") != block.body:
            return [f"line {block.line}: {block.words['same']} reads otherwise"]
        if block.language == "console" and "shown" not in block.words:
            return [
                f"line {command.line}: $ {command.text}\n--- the page\n{command.wanted}\n--- the command (exit {self.exit})\n{got}"
                for command in commands(block)
                if (got := self.type(command)) is not None and not alike(command.wanted, got)
            ]
        if "runbook" in block.words:
            name = block.words.get("file", f"line-{block.line}.{'yml' if block.language == 'yaml' else 'runbook'}")
            self.write(name, block.body)
            said = self.run([sys.executable, "-m", "runbook_lang", "check", name], PYTHONPATH=str(ROOT))
            return [f"line {block.line}: `runbook check` says (exit {self.exit})\n{said}"] if self.exit else []
        return []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_is_true(page: Path, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
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
        ("08:19:07  disk  ok   1.2s", "23:00:01  disk  ok   17ms\n"),
        ("resume 9fb9e348", "resume 00b8e340\n"),
        ("run 01a20ca3-2698-7444-8ca2-9fb9e348ab89", "run 01a20ca3-2249-74d3-979f-f313b6365e5a\n"),
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
        ("disk  ok", "disk  failed\n"),
        ("every 2s", "every 3s\n"),
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
