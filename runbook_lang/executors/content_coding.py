"""The body of an answer that comes compressed, though it was asked for as it is: some servers and proxies do it all the same."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from .texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = 64 * 1024
_ZIPPED = ("gzip", "x-gzip", "deflate")
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # whichever header there is (zlib.h, inflateInit2)


class ContentCoding:
    """Undoes a Content-Encoding (RFC 9110, 8.4) as the bytes come. `fault`: why the body can't be read, '' while it can."""

    def __init__(self, named: str) -> None:
        self._name = named.strip().lower()
        self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB) if self._name in _ZIPPED else None
        self._begun = False
        self.fault = ""
        if self._inflate is None and self._name not in ("", "identity"):
            self.fault = f"it comes encoded as {one_line(self._name, 40)}"

    def decoded(self, data: bytes) -> Iterator[bytes]:
        """The bytes that these stand for, a part at a time, however many they are; as they came where they can't be read."""
        if self._inflate is None or self.fault:
            yield data
            return
        self._begun = True
        try:
            yield from self._inflated(data)
        except zlib.error:
            self.fault = f"it isn't {self._name}, as its Content-Encoding says"
            yield data

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        assert self._inflate is not None
        while True:
            if self._inflate.eof:  # what may follow is another member (RFC 1952, 2.2), or padding
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            part = self._inflate.decompress(data, _PART)
            if part:
                yield part
            data = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if not data and len(part) < _PART:
                return

    def end(self) -> None:
        """There is nothing more to come."""
        if self._begun and self._inflate is not None and not self._inflate.eof and not self.fault:
            self.fault = f"its {self._name} is cut short"
