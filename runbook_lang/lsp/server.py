"""The protocol around the answers: pygls over standard input and output."""

from __future__ import annotations

import asyncio
import os

from lsprotocol import types as t
from pygls import uris
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..adapters.clock import SystemClock
from . import convert
from .completion import complete
from .documents import Change, Document
from .findings import corrections, findings
from .session import DELAY, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from .analysis import Snapshot
    from .view import View

TRIGGERS = [".", "{", " ", "-", ":", "["]


class Server:
    """One connection. Each method answers one message of the protocol; a text that isn't open has no answers."""

    def __init__(self) -> None:
        self.protocol = LanguageServer("runbook", __version__, text_document_sync_kind=t.TextDocumentSyncKind.Incremental)
        self.session = Session(self.told, SystemClock().now)
        self._hear(t.INITIALIZE, self.initialize)
        self._hear(t.SHUTDOWN, self.shutdown)
        self._hear(t.TEXT_DOCUMENT_DID_OPEN, self.did_open)
        self._hear(t.TEXT_DOCUMENT_DID_CHANGE, self.did_change)
        self._hear(t.TEXT_DOCUMENT_DID_SAVE, self.did_save)
        self._hear(t.TEXT_DOCUMENT_DID_CLOSE, self.did_close)
        self._hear(t.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.did_save)
        self._ask(t.TEXT_DOCUMENT_COMPLETION, self.completion, t.CompletionOptions(trigger_characters=TRIGGERS))
        self._ask(t.TEXT_DOCUMENT_CODE_ACTION, self.code_action, t.CodeActionOptions(code_action_kinds=[t.CodeActionKind.QuickFix]))

    def _hear(self, message: str, method: Callable[[Any], None]) -> None:
        def heard(params: Any) -> None:
            method(params)

        self.protocol.feature(message)(heard)

    def _ask(self, message: str, method: Callable[[Any], Awaitable[Any]], options: Any = None) -> None:
        async def asked(params: Any) -> Any:
            return await method(params)

        self.protocol.feature(message, options)(asked)

    def start(self) -> None:
        """Serve until the editor ends it."""
        self.protocol.start_io()

    # --- texts ---------------------------------------------------------------------------------------------------------

    def initialize(self, params: Any) -> None:
        """The editor may say after how many milliseconds without a change a text is checked: `checkDelay`."""
        options = params.initialization_options
        delay = options.get("checkDelay") if isinstance(options, dict) else None
        self.session.delay = min(max(float(delay), 0.0), 10_000.0) / 1000 if isinstance(delay, int | float) else DELAY

    def shutdown(self, params: Any) -> None:
        """The editor ends."""
        self.session.close()

    def did_open(self, params: Any) -> None:
        """A text was opened."""
        item = params.text_document
        path = uris.to_fs_path(item.uri) or os.path.join(os.getcwd(), os.path.basename(item.uri) or "untitled")
        if item.uri.startswith("untitled:") and item.language_id == "runbook":
            path += ".runbook"
        self.session.opened(Document(item.uri, path, item.text, item.version, self.encoding))

    @property
    def encoding(self) -> str:
        """The units of columns that were agreed on."""
        return str(getattr(self.protocol.workspace.position_encoding, "value", self.protocol.workspace.position_encoding))

    def did_change(self, params: Any) -> None:
        """A text was changed."""
        self.session.changed(params.text_document.uri, [_change(item) for item in params.content_changes], params.text_document.version)

    def did_save(self, params: Any) -> None:
        """A file was written."""
        self.session.saved()

    def did_close(self, params: Any) -> None:
        """A text was closed: its findings go."""
        if self.session.closed(params.text_document.uri) is not None:
            self.protocol.text_document_publish_diagnostics(t.PublishDiagnosticsParams(params.text_document.uri, []))

    def told(self, document: Document, snapshot: Snapshot) -> None:
        """A text was checked: show what was found."""
        items = [convert.diagnostic(finding, document.lines, document.encoding) for finding in findings(snapshot)]
        self.protocol.text_document_publish_diagnostics(t.PublishDiagnosticsParams(document.uri, items, document.version))

    # --- questions -----------------------------------------------------------------------------------------------------

    async def _asked(self, params: Any, answer: Callable[[View, Document, int], Any]) -> Any:
        """The answer to a question about a place; None for a text that isn't open."""
        uri = params.text_document.uri
        view = await self.session.view(uri)
        document = self.session.document(uri)
        if view is None or document is None:
            return None
        return answer(view, document, document.lines.offset(params.position.line, params.position.character))

    async def completion(self, params: Any) -> Any:
        """What may be written here."""
        return await self._asked(params, lambda view, document, offset: convert.completion_list(complete(view, offset), document, offset))

    async def code_action(self, params: Any) -> Any:
        """The corrections that findings propose."""
        uri = params.text_document.uri
        view = await self.session.view(uri)
        document = self.session.document(uri)
        if view is None or document is None:
            return None
        start = document.lines.offset(params.range.start.line, params.range.start.character)
        end = document.lines.offset(params.range.end.line, params.range.end.character)
        return [convert.action(item, document) for item in corrections(view, start, end)]


def _change(item: Any) -> Change:
    place = getattr(item, "range", None)
    if place is None:
        return Change(item.text)
    return Change(item.text, (place.start.line, place.start.character), (place.end.line, place.end.character))


def serve() -> None:
    """Run the server until the editor ends it."""
    Server().start()
    # A loop that was stopped while a check ran leaves its thread behind; nothing waits for it.
    asyncio.set_event_loop(None)
