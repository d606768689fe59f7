"""Secrets that steps bring: kept out of the result, the journal, the evidence and the messages of a real run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.adapters.store import Store
from runbook_lang.api.load import load
from runbook_lang.api.runs import Finished, Session, start

SECRET = "hunter2-very-secret"


class Quiet:
    """Nobody is there; what would have been shown is kept."""

    def __init__(self) -> None:
        self.shown: list[bytes] = []

    def ask(self, wait: Any) -> None:
        return None

    def incident(self, move: Any) -> None:
        """Nobody is told."""

    def say(self, text: str) -> None:
        self.shown.append(text.encode())

    def output(self, path: str, stream: str, data: bytes) -> None:
        self.shown.append(data)

    def saw(self, event: Any) -> None:
        """The journal has it."""


def run(folder: Path, steps: str, person: Quiet) -> Finished:
    (folder / "book.yml").write_text(f"runbook: x\nsteps:\n{steps}", encoding="utf-8")
    loaded = load(str(folder / "book.yml"))
    assert loaded.program is not None, loaded.problems.items
    return start(loaded, {}, Session(person, person, os.environ, "ana"), Store(str(folder / "store")))


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "store").rglob("*")) if path.is_file() and "program" not in path.parts)


@pytest.mark.parametrize("padding", [0, 30_000])
def test_a_sensitive_output_is_nowhere_and_still_reaches_the_step_that_needs_it(tmp_path: Path, padding: int) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n{'x' * padding}\n{SECRET}-2\n", encoding="utf-8")
    steps = """
  - {id: a, shell: cat token, sensitive: [stdout]}
  - {id: b, shell: {command: grep -c very, stdin: "${a.stdout}"}, expect: "result.lines == ['2']"}
"""
    person = Quiet()
    finished = run(tmp_path, steps, person)
    assert finished.exit == 0
    assert SECRET.encode() not in everything(tmp_path)
    assert SECRET.encode() not in b"".join(person.shown)


def test_the_views_of_a_sensitive_output_are_handles_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f'{{"user": "ana", "keys": ["{SECRET}", "ab"], "pin": 123456789}}', encoding="utf-8")
    steps = """
  - {id: a, shell: cat token, sensitive: [stdout]}
  - {id: b, shell: {command: cat, stdin: "${a.json.keys[0]} ${a.json.pin} ${a.lines[0]}"}}
"""
    assert run(tmp_path, steps, Quiet()).exit == 0
    kept = everything(tmp_path)
    assert SECRET.encode() not in kept
    assert b"123456789" not in kept


def test_the_last_words_of_a_step_whose_output_is_secret_are_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("one\nq7z\n", encoding="utf-8")
    steps = "  - {id: a, effect: read, because: it fails, shell: [sh, -c, 'cat token; exit 3'], sensitive: [stdout]}\n"
    person = Quiet()
    finished = run(tmp_path, steps, person)
    assert finished.exit == 1
    assert finished.state.closed is not None
    failure: Any = finished.state.closed["failure"]
    assert failure["message"] == "it failed (exit); what it said is kept secret"
    assert b"q7z" not in everything(tmp_path)
