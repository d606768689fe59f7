"""A real client of the protocol, and a real server in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from lsprotocol import types as t
from pytest_lsp import client_capabilities, make_test_lsp_client

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from pytest_lsp import LanguageClient

WAIT = 20.0


class Editor:
    """What an editor does, with offsets found by a mark in the text: `‸` is the cursor."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.texts: dict[str, str] = {}
        self.version = 0

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> Any:
        """Open a text; the position of its mark, if it has one."""
        plain, at = unmarked(text)
        self.texts[name] = plain
        language = "runbook" if name.endswith(".runbook") else "yaml"
        self.client.text_document_did_open(t.DidOpenTextDocumentParams(t.TextDocumentItem(self.uri(name), language, self.version, plain)))
        return position(plain, at)

    def change(self, name: str, text: str) -> Any:
        """Replace the whole text."""
        plain, at = unmarked(text)
        self.edit(name, t.TextDocumentContentChangeWholeDocument(plain))
        self.texts[name] = plain
        return position(plain, at)

    def edit(self, name: str, *changes: Any) -> None:
        self.version += 1
        document = t.VersionedTextDocumentIdentifier(self.version, self.uri(name))
        self.client.text_document_did_change(t.DidChangeTextDocumentParams(document, list(changes)))

    def document(self, name: str) -> Any:
        return t.TextDocumentIdentifier(self.uri(name))

    async def found(self, name: str, until: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """The findings of a text, as soon as they are as wanted."""
        end = asyncio.get_running_loop().time() + WAIT
        while True:
            items = list(self.client.diagnostics.get(self.uri(name), ()))
            if (self.uri(name) in self.client.diagnostics and until(items)) or asyncio.get_running_loop().time() > end:
                return items
            await asyncio.sleep(0.02)


def unmarked(text: str) -> tuple[str, int]:
    at = text.find("‸")
    return text.replace("‸", ""), max(at, 0)


def position(text: str, offset: int) -> Any:
    """The place of an offset, in the units of UTF-16."""
    before = text[:offset]
    line = before.rpartition("\n")[2]
    return t.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


def applied(text: str, edits: list[Any]) -> str:
    """A text with edits, as an editor applies them."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(place: Any) -> int:
        line = lines[place.line]
        return starts[place.line] + len(line.encode("utf-16-le")[: place.character * 2].decode("utf-16-le"))

    for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def with_editor(folder: Path, story: Callable[[Editor], Awaitable[None]], encodings: list[str] | None = None) -> None:
    """Start a server, tell a story to it, and end it; fails when the server didn't end well or said something it shouldn't."""

    async def run() -> None:
        client = make_test_lsp_client()
        abilities = client_capabilities("visual-studio-code")
        abilities.general.position_encodings = encodings or ["utf-16"]
        await client.start_io(sys.executable, "-m", "runbook_lang", "lsp")
        await client.initialize_session(
            t.InitializeParams(
                capabilities=abilities,
                process_id=None,
                root_uri=folder.as_uri(),
                initialization_options={"checkDelay": 20},
            )
        )
        try:
            await asyncio.wait_for(story(Editor(client, folder)), 60)
        finally:
            await client.shutdown_session()
            await client.stop()
        assert not client.log_messages, client.log_messages

    asyncio.run(run())
