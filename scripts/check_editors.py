"""Starts editors without a window, with the settings of examples/editors, and looks at what they show: check_editors.py [nvim] [yaml].

nvim: Neovim from PATH with examples/editors/neovim/runbook.lua; findings, hover, completion, a rename, the layout, in both forms.
yaml: yaml-language-server from PATH (`npm install -g yaml-language-server`), as the YAML extension of Visual Studio Code runs it, with the
schemas of this repository. Without arguments both; `runbook` has to be on PATH, with the extra `lsp`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = 'runbook hello "Say hello" {\n  step a { shell ls; expect result.exot == 0 }\n  step b { shell   echo ${a.stdout} }\n}\n'
YAML = "runbook: hello\nsteps:\n  - id: a\n    shell: ls\n    expct: result.exit == 0\n  - shell: echo ${a.stdout}\n"
LUA = """
local function ask(method, params)
  params.textDocument = vim.lsp.util.make_text_document_params()
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 10000) or {}) do
    return answer.result
  end
end
vim.wait(15000, function() return #vim.diagnostic.get(0) > 0 end, 50)
local found = {}
for _, item in ipairs(vim.diagnostic.get(0)) do table.insert(found, item.code) end
local place = { line = tonumber(vim.env.LINE), character = tonumber(vim.env.COLUMN) }
local labels = {}
for _, item in ipairs(ask("textDocument/completion", { position = place }).items) do table.insert(labels, item.label) end
local start = { line = place.line, character = place.character - 2 }
local hover = ask("textDocument/hover", { position = start }) or { contents = { value = "" } }
local edit = ask("textDocument/rename", { position = start, newName = "other" }) or { changes = {} }
local renamed = 0
for _, edits in pairs(edit.changes) do renamed = renamed + #edits end
local layout = ask("textDocument/formatting", { options = { tabSize = 2, insertSpaces = true } })
local told = { filetype = vim.bo.filetype, found = found, labels = labels, hover = hover.contents.value, renamed = renamed }
told.layout = layout and #layout or 0
vim.fn.writefile({ vim.fn.json_encode(told) }, vim.env.TOLD)
"""


def neovim(nvim: str) -> list[str]:
    """What is missing, with the lines that say so."""
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "ask.lua").write_text(LUA)
        for file, text, code in (("x.runbook", TEXT, "RB214"), ("x.yml", YAML, "RB302")):
            (folder / file).write_text(text)
            line = next(number for number, one in enumerate(text.split("\n")) if "${a." in one)
            column = text.split("\n")[line].index("${a.") + 4
            environ = {**os.environ, "TOLD": str(folder / "told.json"), "LINE": str(line), "COLUMN": str(column), "XDG_STATE_HOME": name}
            settings = ROOT / "examples" / "editors" / "neovim" / "runbook.lua"
            words = [
                "-u",
                "NONE",
                "-n",
                "-c",
                "filetype on",
                "-c",
                f"luafile {settings}",
                "-c",
                f"edit {file}",
                "-c",
                "luafile ask.lua",
                "-c",
                "qa!",
            ]
            subprocess.run([nvim, "--headless", *words], cwd=folder, env=environ, timeout=120, check=False)
            told = json.loads((folder / "told.json").read_text())
            print(f"  {file}: {told['filetype']}, {told['found']}, {told['renamed']} places, {told['labels'][:4]}")
            good = told["found"] == [code] and "stdout" in told["labels"] and told["renamed"] == 2
            if not good or "step 'a'" not in told["hover"] or (told["layout"] == 0) != (file == "x.yml"):
                wrong.append(f"{file}: {told}")
    return wrong


class Client:
    """As much of the protocol as a question about one file needs."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.root = folder.as_uri()
        self.number = 0
        self.findings: dict[str, list[dict[str, object]]] = {}

    def send(self, **message: object) -> None:
        raw = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(raw), raw))
        self.process.stdin.flush()

    def read(self) -> dict[str, object]:
        """The next message; settings that the server asks for are answered."""
        size = 0
        assert self.process.stdout is not None
        while line := self.process.stdout.readline().strip():
            name, _, value = line.decode().partition(":")
            size = int(value) if name.lower() == "content-length" else size
        if not size:
            raise SystemExit("the language server ended")
        message = dict(json.loads(self.process.stdout.read(size)))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            wanted = message["params"]["items"] if message["method"] == "workspace/configuration" else []
            settings = {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}
            self.send(id=message["id"], result=[settings for _ in wanted])
        return message

    def ask(self, method: str, params: dict[str, object]) -> object:
        self.number += 1
        self.send(id=self.number, method=method, params=params)
        while (message := self.read()).get("id") != self.number or "method" in message:
            pass
        return message.get("result")

    def open(self, name: str, text: str) -> tuple[str, list[dict[str, object]]]:
        """Open a text; its findings."""
        uri = f"{self.root}/{name}"
        item = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send(method="textDocument/didOpen", params={"textDocument": item})
        while uri not in self.findings:
            self.read()
        return uri, self.findings[uri]

    def labels(self, name: str, text: str) -> set[str]:
        """What is proposed at the end of a text."""
        uri, _ = self.open(name, text)
        line = text.split("\n")
        place = {"line": len(line) - 1, "character": len(line[-1])}
        answer = self.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
        assert isinstance(answer, dict)
        return {item["label"] for item in answer["items"]}


def yaml_language_server(program: str) -> list[str]:
    """What is missing: every file of the library is valid, mistakes aren't, keys are proposed."""
    client = Client([program, "--stdio"], ROOT / "runbooks")
    wrong = []
    try:
        abilities = {"workspace": {"configuration": True}, "textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        client.ask("initialize", {"processId": None, "rootUri": client.root, "capabilities": abilities})
        client.send(method="initialized", params={})
        line = "# yaml-language-server: $schema=../schema/{}.schema.json\n"
        for path in sorted((ROOT / "runbooks").glob("*.yml")):
            kind = "policy" if path.name == "policy.yml" else "runbook"
            _, found = client.open(path.name, line.format(kind) + path.read_text())
            wrong += [f"{path.name}: {item['message']}" for item in found]
        head = line.format("runbook")
        _, found = client.open("wrong.yml", head + YAML)
        print(f"  wrong.yml: {[item['message'] for item in found]}")
        if not any("expct" in str(item["message"]) for item in found):
            wrong.append(f"a misspelt key isn't found: {found}")
        for name, text, keys in (
            ("top.yml", "runbook: x\n", {"steps", "inputs", "on_failure"}),
            ("step.yml", "runbook: x\nsteps:\n  - id: a\n    shell: ls\n    ", {"retry", "expect", "undo"}),
            ("psql.yml", "runbook: x\nsteps:\n  - psql:\n      ", {"sql", "host", "sslmode"}),
        ):
            labels = client.labels(name, head + text)
            print(f"  {name}: {len(labels)} proposals")
            wrong += [f"{name}: {sorted(keys - labels)} not proposed"] if keys - labels else []
    finally:
        client.process.terminate()
        client.process.wait()
    return wrong


CHECKS = {"nvim": ("nvim", neovim), "yaml": ("yaml-language-server", yaml_language_server)}


def main(names: list[str]) -> int:
    wrong = []
    for name in names or list(CHECKS):
        program, check = CHECKS[name]
        found = shutil.which(program)
        print(f"{name}: {found or f'{program} is not on PATH'}")
        wrong += [f"{name}: {line}" for line in (check(found) if found else ["not checked"])]
    print("\n".join(wrong) or "all well")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
