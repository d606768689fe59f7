"""An editor at work on a long runbook: how long it waits for each answer of `runbook lsp`. Prints JSON.

Usage: editor.py FILE.yml|FILE.runbook ROUNDS. Each round changes a line, asks for proposals while the check of the change is under way,
and asks about names.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.executable).with_name("runbook")
RUNBOOK = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "runbook_lang"]


class Editor:
    def __init__(self, path: Path) -> None:
        self.server = subprocess.Popen([*RUNBOOK, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ids = itertools.count()
        self.times: dict[str, list[float]] = {}
        self.uri = path.resolve().as_uri()
        self.text = path.read_text()
        self.version = 0
        self.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.server.stdout is not None
        length = 0
        while line := self.server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise SystemExit(f"The language server ended with {self.server.wait()} before it answered.")
        return json.loads(self.server.stdout.read(length))  # type: ignore[no-any-return]  # a message is an object

    def tell(self, method: str, params: dict[str, Any]) -> None:
        self.send({"method": method, "params": params})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        number = next(self.ids)
        began = time.perf_counter()
        self.send({"id": number, "method": method, "params": params})
        while (message := self.read()).get("id") != number:
            pass
        self.times.setdefault(method, []).append(time.perf_counter() - began)
        if "error" in message:
            raise SystemExit(f"{method}: {message['error']}")
        return message["result"]

    def wait_for(self, method: str) -> None:
        while self.read().get("method") != method:
            pass

    def place(self, offset: int) -> dict[str, Any]:
        before = self.text[:offset]
        line = before.count("\n")
        position = {"line": line, "character": offset - before.rfind("\n") - 1}
        return {"textDocument": {"uri": self.uri}, "position": position}

    def change(self, offset: int, new: str, old: str = "") -> None:
        start, end = self.place(offset)["position"], self.place(offset + len(old))["position"]
        self.text = self.text[:offset] + new + self.text[offset + len(old) :]
        self.version += 1
        change = {"range": {"start": start, "end": end}, "text": new}
        self.tell("textDocument/didChange", {"textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": [change]})


def work(path: Path, rounds: int) -> dict[str, list[float]]:
    editor = Editor(path)
    document = {"textDocument": {"uri": editor.uri}}
    editor.tell("textDocument/didOpen", {"textDocument": {"uri": editor.uri, "languageId": "runbook", "version": 0, "text": editor.text}})
    editor.wait_for("textDocument/publishDiagnostics")
    editor.times.clear()
    chance = random.Random(7)  # the same places every time
    sep = " " if path.suffix == ".runbook" else ": "
    for _ in range(rounds):
        guards = _all(editor.text, f"guard{sep}s")
        at = chance.choice(guards) + len(f"guard{sep}")
        word = editor.text[at:].split(".")[0]
        for char in "size(":
            editor.change(at, char)
            at += 1
        at += len(word) + 1
        editor.ask("textDocument/completion", editor.place(at))  # behind the dot
        here = editor.place(at)["position"]
        editor.ask("textDocument/codeAction", {**document, "range": {"start": here, "end": here}, "context": {"diagnostics": []}})
        editor.change(at - len(word) - 6, "", "size(")
        at -= 5
        time.sleep(0.3)  # the check of what was typed begins, and the next questions fall into it
        for method in ("hover", "definition", "completion"):
            editor.ask(f"textDocument/{method}", editor.place(at - 2))
        editor.ask("textDocument/references", {**editor.place(at - 2), "context": {"includeDeclaration": True}})
        editor.ask("textDocument/documentSymbol", document)
        steps = list(_all(editor.text, "\n    retry"))
        line = chance.choice(steps) + 1
        editor.change(line, "    \n")
        editor.ask("textDocument/completion", editor.place(line + 4))  # a key
        editor.change(line, "", "    \n")
    editor.ask("shutdown", {})
    editor.tell("exit", {})
    editor.server.wait(10)
    editor.times.pop("shutdown")
    return editor.times


def _all(text: str, part: str) -> list[int]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found


if __name__ == "__main__":
    json.dump(work(Path(sys.argv[1]), int(sys.argv[2])), sys.stdout)
