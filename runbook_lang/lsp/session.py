"""The open texts and what is known of them. Checks run on a thread of their own, each a moment after the last change."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from .analysis import OTHER, Snapshot, analyse, mended
from .documents import Document
from .view import View

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .documents import Change

DELAY = 0.2
"""Seconds without a change before a text is checked."""


class _Open:
    """An open text: the newest snapshot, the newest one that was usable, and the check that is under way."""

    __slots__ = ("checked", "document", "known", "task")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.checked: Snapshot | None = None
        self.known: Snapshot | None = None
        self.task: asyncio.Task[None] | None = None


class Session:
    """One editor's texts. `told` is called with a document and its snapshot after each check, `failed` where a check had a fault of
    its own; `now` gives today in microseconds."""

    def __init__(
        self, told: Callable[[Document, Snapshot], None], now: Callable[[], int], failed: Callable[[str, Exception], None]
    ) -> None:
        self.told = told
        self.now = now
        self.failed = failed
        self.delay = DELAY
        self.open: dict[str, _Open] = {}
        # One: a check is work for the processor, and two at once would only slow down what the editor waits for.
        self.worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="check")

    def opened(self, document: Document) -> None:
        """A text was opened."""
        self.open[document.uri] = _Open(document)
        self._schedule(document.uri, 0.0)

    def changed(self, uri: str, changes: Iterable[Change], version: int) -> None:
        """A text was changed; nothing happens for one that isn't open."""
        item = self.open.get(uri)
        if item is not None:
            item.document.change(changes, version)
            self._schedule(uri, self.delay)

    def saved(self) -> None:
        """A file was written: what names it may have changed its meaning."""
        for uri in self.open:
            self._schedule(uri, self.delay)

    def closed(self, uri: str) -> Document | None:
        """A text was closed; the document that it was."""
        item = self.open.pop(uri, None)
        if item is None:
            return None
        if item.task is not None:
            item.task.cancel()
        return item.document

    def close(self) -> None:
        """End all checks."""
        for uri in list(self.open):
            self.closed(uri)
        self.worker.shutdown(wait=False, cancel_futures=True)

    def document(self, uri: str) -> Document | None:
        """An open text."""
        item = self.open.get(uri)
        return None if item is None else item.document

    async def view(self, uri: str, *, exact: bool = False) -> View | None:
        """What is known of an open text at once; only for a text that was never understood its check is awaited.

        `exact`: await the check of the text as it stands.
        """
        item = self.open.get(uri)
        if item is None:
            return None
        document = item.document
        text = document.text
        known = item.known
        if exact and (item.checked is None or item.checked.text != text):
            known = await self._check(item)
        elif exact:
            known = item.checked
        elif known is None:
            known = item.checked or await self._check(item)
        return None if known is None else View(os.path.basename(document.path), document.text, known)

    def _schedule(self, uri: str, delay: float) -> None:
        item = self.open[uri]
        if item.task is not None:
            item.task.cancel()
        item.task = asyncio.get_running_loop().create_task(self._later(item, delay))

    async def _later(self, item: _Open, delay: float) -> None:
        await asyncio.sleep(delay)
        try:
            snapshot = await self._check(item)
        except Exception as error:  # noqa: BLE001  # nobody awaits this task: a fault of ours is a line in the editor's log
            self.failed("a check", error)
            return
        if self.open.get(item.document.uri) is item and snapshot.text == item.document.text:
            self.told(item.document, snapshot)

    async def _check(self, item: _Open) -> Snapshot:
        """Check a text as it stands now."""
        document = item.document
        text, path, now = document.text, document.path, self.now()
        texts = {os.path.realpath(other.document.path): other.document.text for other in self.open.values() if other is not item}
        loop = asyncio.get_running_loop()
        snapshot, usable = await loop.run_in_executor(self.worker, _looked_at, path, text, now, texts)
        item.checked = snapshot
        if item.known is None or not item.known.usable or snapshot.usable or usable.steps >= item.known.steps - 1 > 0:
            item.known = usable
        return snapshot


def _looked_at(path: str, text: str, now: int, texts: dict[str, str]) -> tuple[Snapshot, Snapshot]:
    """The check of a text, and what can be used of it."""
    snapshot = analyse(path, text, now, texts)
    if snapshot.usable or snapshot.kind == OTHER:
        return snapshot, snapshot
    return snapshot, mended(snapshot, path, now, texts) or snapshot
