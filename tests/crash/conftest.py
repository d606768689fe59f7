"""Real runs in processes that can be killed, and a folder in which their effects are counted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


class Driver:
    """Commands for the process of driver.py."""

    def __init__(self) -> None:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, str(Path(__file__).with_name("driver.py"))]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def say(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def spawn(self, do: str, book: Book, **more: Any) -> int:
        return self.send({"do": do, "file": str(book.file), "store": str(book.store), **more})

    def send(self, command: dict[str, Any]) -> int:
        return int(self.say(command)["pid"])

    def wait(self, pid: int) -> dict[str, Any]:
        return self.say({"do": "wait", "pid": pid})

    def run(self, do: str, book: Book, **more: Any) -> dict[str, Any]:
        """The result; of a process that was killed {"killed": True}."""
        ended = self.wait(self.spawn(do, book, **more))
        if ended["code"] == -9:
            return {"killed": True}
        assert ended["code"] == 0, ended
        result: dict[str, Any] = ended["result"]
        return result

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Book:
    """A runbook in a folder of its own, its store, and the files in which its steps leave their marks."""

    def __init__(self, folder: Path, text: str, **files: str) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.file = folder / "book.yml"
        self.store = folder / "store"
        self.file.write_text(text, encoding="utf-8")
        for name, body in files.items():
            (folder / name.replace("_yml", ".yml")).write_text(body, encoding="utf-8")

    def count(self, name: str) -> int:
        """How often a step left its mark."""
        path = self.folder / f"{name}.count"
        return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0

    def counts(self) -> dict[str, int]:
        return {
            path.name.removesuffix(".count"): self.count(path.name.removesuffix(".count")) for path in sorted(self.folder.glob("*.count"))
        }

    @property
    def run(self) -> Path:
        """The newest run's folder."""
        return max((self.store / "runs").iterdir())

    def events(self) -> list[dict[str, Any]]:
        lines = (self.run / "journal.jsonl").read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1]]

    def run_has_begun(self) -> bool:
        """Whether there is a run, and its first line is there."""
        journal = self.run / "journal.jsonl" if list(self.store.glob("runs/*")) else self.store
        return journal.is_file() and b"\n" in journal.read_bytes()

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def until(self, check: Any, seconds: float = 10.0) -> None:
        """Waits for something to have happened in the folder."""
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, self.counts()
            time.sleep(0.01)


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()
