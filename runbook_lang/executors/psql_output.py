"""What psql prints as it comes, without the lines by which a script of ours marks rows, counts and its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..surfaces.psql_script import COUNT_MARK, DONE_MARK, ROWS_MARK

if TYPE_CHECKING:
    from ..runtime.ports import Attempt

_MARK = re.compile(rf"^(?:{ROWS_MARK}|{DONE_MARK}|{COUNT_MARK} \d+)\n".encode(), re.MULTILINE)
_BEGUN = re.compile(rb"#[a-z]{0,5}(?: \d*)?")
"""The beginning of a line that may still become a mark."""


class Unmarked:
    """The attempt with its output filtered as it comes; everything else is the attempt's own. `close` gives what was held back."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._out = attempt.output
        self._held = b""
        self._inside = False  # a line has been begun that is no mark
        self.output = self

    def write(self, stream: str, data: bytes) -> None:
        if stream != "stdout":
            self._out.write(stream, data)
            return
        data = self._held + data
        self._held = b""
        first = data.find(b"\n") + 1 if self._inside else 0
        if self._inside and not first:
            self._out.write(stream, data)
            return
        last = data.rfind(b"\n") + 1
        clean, tail = data[:first] + _MARK.sub(b"", data[first:last]), data[last:]
        self._inside = bool(tail) and _BEGUN.fullmatch(tail) is None
        if self._inside:
            clean += tail
        else:
            self._held = tail
        if clean:
            self._out.write(stream, clean)

    def close(self) -> None:
        """Nothing more comes."""
        if self._held:
            self._out.write("stdout", self._held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attempt, name)
