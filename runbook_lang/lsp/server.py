"""The protocol around the answers: pygls over standard input and output."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback

from lsprotocol import types as t
from pygls import uris
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from .. import __version__
from ..adapters.clock import SystemClock
from ..base.diagnostics import RunbookError
from . import convert
from .analysis import OTHER
from .completion import complete
from .documents import Change, Document
from .findings import corrections, findings
from .formatting import formatted
from .hover import hover
from .outline import outline
from .references import all_uses, definitions, renamed, symbol_at
from .session import DELAY, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from .analysis import Snapshot
    from .symbols import Use
    from .view import View

TRIGGERS = [".", "{", " ", "-", ":", "["]


class Server:
    """One connection. Each method answers one message of the protocol; a text that isn't open has no answers."""

    def __init__(self) -> None:
        self.protocol = LanguageServer("runbook", __version__, text_document_sync_kind=t.TextDocumentSyncKind.Incremental)
        self.session = Session(self.told, SystemClock().now, self.fault)
        self._hear(t.INITIALIZE, self.initialize)
        self._hear(t.SHUTDOWN, self.shutdown)
        self._hear(t.TEXT_DOCUMENT_DID_OPEN, self.did_open)
        self._hear(t.TEXT_DOCUMENT_DID_CHANGE, self.did_change)
        self._hear(t.TEXT_DOCUMENT_DID_SAVE, self.did_save)
        self._hear(t.TEXT_DOCUMENT_DID_CLOSE, self.did_close)
        self._hear(t.WORKSPACE_DID_CHANGE_WATCHED_FILES, self.did_save)
        self._ask(t.TEXT_DOCUMENT_COMPLETION, self.completion, t.CompletionOptions(trigger_characters=TRIGGERS))
        self._ask(t.TEXT_DOCUMENT_HOVER, self.hover)
        self._ask(t.TEXT_DOCUMENT_DEFINITION, self.definition)
        self._ask(t.TEXT_DOCUMENT_REFERENCES, self.references)
        self._ask(t.TEXT_DOCUMENT_PREPARE_RENAME, self.prepare_rename)
        self._ask(t.TEXT_DOCUMENT_RENAME, self.rename, t.RenameOptions(prepare_provider=True))
        self._ask(t.TEXT_DOCUMENT_FORMATTING, self.formatting)
        self._ask(t.TEXT_DOCUMENT_DOCUMENT_SYMBOL, self.symbols)
        self._ask(t.TEXT_DOCUMENT_CODE_ACTION, self.code_action, t.CodeActionOptions(code_action_kinds=[t.CodeActionKind.QuickFix]))

    def _hear(self, message: str, method: Callable[[Any], None]) -> None:
        def heard(params: Any) -> None:
            method(params)

        self.protocol.feature(message)(heard)

    def _ask(self, message: str, method: Callable[[Any], Awaitable[Any]], options: Any = None) -> None:
        async def asked(params: Any) -> Any:
            try:
                return await method(params)
            except JsonRpcException:
                raise
            except Exception as error:  # noqa: BLE001  # whoever writes goes on writing: a fault of ours is a line in the editor's log
                self.fault(message, error)
                return None

        self.protocol.feature(message, options)(asked)

    def start(self) -> None:
        """Serve until the editor ends it."""
        self.protocol.start_io()

    def fault(self, what: str, error: Exception) -> None:
        """Note a fault of the server itself, without anything of the text in it."""
        at = traceback.extract_tb(error.__traceback__)[-1]
        text = f"runbook: {what} failed with {type(error).__name__} at {os.path.basename(at.filename)}:{at.lineno}"
        self.protocol.window_log_message(t.LogMessageParams(t.MessageType.Error, text))

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

    async def hover(self, params: Any) -> Any:
        """What is under the cursor."""

        def answer(view: View, document: Document, offset: int) -> Any:
            found = hover(view, offset)
            return None if found is None else convert.hover(found, document.lines)

        return await self._asked(params, answer)

    async def definition(self, params: Any) -> Any:
        """Where a name, or the file of a call, is declared."""
        return await self._asked(params, lambda view, document, offset: self._places(definitions(view, offset), document))

    async def references(self, params: Any) -> Any:
        """Where a name is used."""
        whole = params.context.include_declaration
        return await self._asked(
            params,
            lambda view, document, offset: self._places([use for use in all_uses(view, offset) if whole or not use.declares], document),
        )

    def _places(self, uses: list[Use], document: Document) -> list[Any]:
        return convert.locations(uses, self.uri, document.encoding)

    def uri(self, path: str) -> str:
        """The address of a file, as the editor has it open or else as it is written."""
        return next(
            (item.document.uri for item in self.session.open.values() if os.path.realpath(item.document.path) == path), convert.uri_of(path)
        )

    async def _exact(self, params: Any) -> tuple[View, Document, int] | None:
        """The text as it stands, checked; for what changes it."""
        uri = params.text_document.uri
        view = await self.session.view(uri, exact=True)
        document = self.session.document(uri)
        if view is None or document is None or not view.exact:
            return None
        return view, document, document.lines.offset(params.position.line, params.position.character)

    async def prepare_rename(self, params: Any) -> Any:
        """The name that would be renamed; None where there is none."""
        found = await self._exact(params)
        symbol = symbol_at(found[0].known, found[2]) if found is not None else None
        if found is None or symbol is None or symbol[0].made or symbol[0].kind == "field":
            return None
        return t.PrepareRenamePlaceholder(convert.range_of(found[1].lines, symbol[1].start, symbol[1].end), symbol[0].name)

    async def rename(self, params: Any) -> Any:
        """The changes that give a name another one."""
        found = await self._exact(params)
        if found is None:
            return None
        view, document, offset = found
        try:
            changes = renamed(view.known, offset, params.new_name)
        except RunbookError as error:
            first = error.diagnostics[0]
            raise JsonRpcInvalidParams(f"{first.message} {first.help}".strip()) from None
        return convert.workspace_edit(changes, self.uri, document.encoding)

    async def formatting(self, params: Any) -> Any:
        """The text as `runbook fmt` writes it; nothing for one that it can't read."""
        view = await self.session.view(params.text_document.uri)
        document = self.session.document(params.text_document.uri)
        if view is None or document is None or view.known.kind == OTHER:
            return None
        text, name = document.text, os.path.basename(document.path)
        new = await asyncio.get_running_loop().run_in_executor(self.session.worker, formatted, name, text)
        return None if new is None or document.text != text else convert.whole_edit(text, new, document.lines)

    async def symbols(self, params: Any) -> Any:
        """The overview of a text."""
        view = await self.session.view(params.text_document.uri)
        document = self.session.document(params.text_document.uri)
        if view is None or document is None:
            return None
        return [convert.outline_symbol(part, document.lines) for part in outline(view)]


def _change(item: Any) -> Change:
    place = getattr(item, "range", None)
    if place is None:
        return Change(item.text)
    return Change(item.text, (place.start.line, place.start.character), (place.end.line, place.end.character))


def serve() -> None:
    """Run the server until the editor ends it."""
    # A check on the other thread gives way at once, where it would hold the interpreter for 5 ms at each of the many handovers of a
    # message; and it makes many objects that live as long as the text, which aren't worth looking through for cycles often.
    sys.setswitchinterval(0.0005)
    gc.set_threshold(100_000, 20, 50)
    Server().start()
    # A loop that was stopped while a check ran leaves its thread behind; nothing waits for it.
    asyncio.set_event_loop(None)
