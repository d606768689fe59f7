"""The streams of one attempt: masked, shown live, and kept as evidence.

A short output lives in the journal's line as a whole. A longer one goes to `evidence/<digest>`, and the line
holds its digest, size and first characters. Digests are over masked bytes: one over the real
output of a weak password would let anybody try passwords against it.
"""

from __future__ import annotations

import hashlib
import os
import threading

from .files import REAL, make_folder, write_all
from .mask import MaskStream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .files import Files
    from .mask import Masker

HEAD = 400
"""Characters of a stream that are kept in the journal's line; a stream of at most so many bytes needs no file."""
LIMIT = 64 * 1024 * 1024
"""Bytes of a stream that are kept."""


class _Stream:
    """One stream: its first bytes in memory, all of them in a file once they are more."""

    __slots__ = ("count", "cut", "digest", "fd", "head", "mask", "passing")

    def __init__(self, masker: Masker) -> None:
        self.mask = MaskStream(masker)
        self.digest = hashlib.sha256()
        self.head = b""
        self.count = 0
        self.cut = False
        self.fd = -1
        self.passing = ""


class EvidenceOutput:
    """`ports.Output` of one attempt. `live` gets (stream, masked bytes) as they come, also what is too much to keep.

    Nothing is created for an attempt without output. Evidence isn't flushed to the disk: after a power cut it may
    be gone, and then reads as removed. A disk that takes no more never stops the attempt: `lost` says why the rest wasn't kept.
    """

    __slots__ = ("_closed", "_files", "_folder", "_limit", "_live", "_masker", "_streams", "_turn", "lost")

    def __init__(
        self,
        folder: str,
        masker: Masker,
        live: Callable[[str, bytes], None] | None = None,
        closed: Callable[[], None] | None = None,
        *,
        limit: int = LIMIT,
        files: Files = REAL,
    ) -> None:
        """`closed` is called once nothing more comes."""
        self._folder = folder
        self._masker = masker
        self._live = live
        self._closed = closed
        self._limit = limit
        self._files = files
        self._streams: dict[str, _Stream] = {}
        self._turn = threading.Lock()  # an executor may read its streams from threads of their own
        self.lost = ""

    def write(self, stream: str, data: bytes) -> None:
        """Takes a chunk of a stream."""
        with self._turn:
            found = self._streams.get(stream)
            if found is None:
                found = self._streams[stream] = _Stream(self._masker)
            self._take(stream, found, found.mask.feed(data))

    def close(self) -> list[list[Any]]:
        """The attempt is over: what `finish` gives."""
        if self._closed is not None:
            self._closed()
        return self.finish() if self._streams else []

    def finish(self) -> list[list[Any]]:
        """[digest, size, head, stream] of each stream that had output, as `ActEnded.out` holds them."""
        out: list[list[Any]] = []
        with self._turn:
            for name, stream in self._streams.items():
                self._take(name, stream, stream.mask.close())
                if stream.count:
                    out.append(self._entry(name, stream))
            self._streams = {}
        return out

    def _take(self, name: str, stream: _Stream, clean: bytes) -> None:
        if not clean:
            return
        if self._live is not None:
            self._live(name, clean)
        if stream.cut:
            return
        room = self._limit - stream.count
        if len(clean) > room:
            stream.cut = True
            clean = clean[:room] + f"\n[cut: only the first {self._limit} bytes are kept]\n".encode()
        stream.digest.update(clean)
        stream.count += len(clean)
        before = stream.head
        if len(before) < HEAD * 4:
            stream.head = (before + clean)[: HEAD * 4]
        if stream.fd >= 0:
            self._store(stream, clean)
        elif stream.count > HEAD and not stream.passing:
            self._store(stream, before + clean)

    def _store(self, stream: _Stream, data: bytes) -> None:
        """Into the stream's file. Evidence that can't be kept is dropped as a whole: half of it would pass for all."""
        try:
            if stream.fd < 0:
                make_folder(self._files, self._folder)
                stream.passing = os.path.join(self._folder, f".{os.getpid()}-{id(stream):x}.part")
                stream.fd = self._files.open(stream.passing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            write_all(self._files, stream.fd, data)
        except OSError as error:
            self._drop(stream, error)

    def _drop(self, stream: _Stream, error: OSError) -> None:
        import contextlib

        self.lost = f"output could not be kept in {self._folder}: {error.strerror or error}"
        with contextlib.suppress(OSError):
            self._files.unlink(stream.passing)
        self._close(stream)
        stream.passing = stream.passing or "-"

    def _close(self, stream: _Stream) -> None:
        fd, stream.fd = stream.fd, -1
        if fd >= 0:
            self._files.close(fd)

    def _entry(self, name: str, stream: _Stream) -> list[Any]:
        text = stream.head.decode("utf-8", "replace")
        digest = stream.digest.hexdigest()
        if not stream.passing and text.encode() != stream.head:
            self._store(stream, stream.head)  # the head in the line can't show what the bytes were
        if stream.fd >= 0:
            self._close(stream)
            try:
                self._files.rename(stream.passing, os.path.join(self._folder, digest))
            except OSError as error:
                self._drop(stream, error)
        return [digest, stream.count, text[:HEAD], name]


def evidence_state(folder: str, entry: list[Any]) -> str:
    """What became of the output behind an `out` entry: inline | whole | removed | changed."""
    digest, size, head = entry[:3]
    if size <= HEAD and hashlib.sha256(head.encode()).hexdigest() == digest:
        return "inline"
    found = hashlib.sha256()
    try:
        with open(os.path.join(folder, digest), "rb") as stream:
            while block := stream.read(1024 * 1024):
                found.update(block)
    except OSError:
        return "removed"
    return "whole" if found.hexdigest() == digest else "changed"
