"""Where a command writes to: results to standard output, everything about them to standard error."""

from __future__ import annotations

import codecs
import os
import sys

from ..base.diagnostics import fail
from ..base.text import Style, reason
from .render import render_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TextIO

    from ..base.diagnostics import Diagnostic, RunbookError

REFUSED = 3
USAGE = 2
NEEDS_PERSON = 8
STALE = 9
EXITS = {"RB516": REFUSED, "RB601": REFUSED, "RB605": NEEDS_PERSON, "RB511": NEEDS_PERSON}
EXITS.update(dict.fromkeys(("RB781", "RB782", "RB783", "RB785", "RB786", "RB788"), STALE))
"""Exit codes of errors that end a command; all others are 2. A journal that can't be written leaves a run to resume."""


_AGAIN = "Free some space, or send what it prints elsewhere, and repeat the command."


_ESCAPED = "runbook.escaped"
_SIGNS = {"─": "-", "…": "...", "·": "-", "→": "->", "│": "|"}
"""What stands for our own signs where the encoding hasn't got them."""


def _escape(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs."""
    assert isinstance(error, UnicodeEncodeError)
    missing = error.object[error.start : error.end]
    return "".join(_SIGNS.get(char) or char.encode("ascii", "backslashreplace").decode() for char in missing), error.end


codecs.register_error(_ESCAPED, _escape)


class Progress:
    """Used as `with … as tick`; `tick(done)` says how far it is."""

    def __init__(self, stream: TextIO | None, word: str, count: int) -> None:
        self._stream = stream
        self._word = word
        self._count = count

    def __enter__(self) -> Callable[[int], None]:
        return self._tick

    def __exit__(self, *_: object) -> None:
        self._put("\r\x1b[K")

    def _tick(self, done: int) -> None:
        self._put(f"\r{self._word} {done}/{self._count}")

    def _put(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()


class Console:
    """Standard output and error of one command. A reader that went away (`| head`) ends the writing, not the command."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.quiet = False
        self.verbose = False
        self.format = "text"
        self.ran = False
        """Whether a runbook was run: then the exit code is the run's, whatever could be told of it."""
        self._gone: set[str] = set()
        self._lost: OSError | None = None
        for stream in (sys.stdout, sys.stderr):
            # Text that the terminal's encoding hasn't got is shown escaped instead of ending the command.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors=_ESCAPED)

    @property
    def is_json(self) -> bool:
        return self.format == "json"

    def colour(self, stream: TextIO) -> bool:
        """On a terminal, unless NO_COLOR is set to anything (no-color.org) or the terminal has none."""
        return stream.isatty() and not self.environ.get("NO_COLOR") and self.environ.get("TERM") != "dumb"

    def style(self, stream: TextIO | None = None) -> Style:
        stream = stream or sys.stdout
        return Style(self.colour(stream), self.width(stream), stream.isatty())

    def width(self, stream: TextIO) -> int:
        """Columns: COLUMNS, else the terminal's, else 80; 40 at least."""
        given = self.environ.get("COLUMNS", "")
        if given.isascii() and given.isdigit() and 0 < int(given[:6]) < 10_000:
            return max(40, int(given))
        try:
            return max(40, os.get_terminal_size(stream.fileno()).columns)
        except (OSError, ValueError):
            return 80

    def print(self, text: str) -> None:
        """A result: to standard output."""
        self._write(sys.stdout, "out", text)

    def file(self, text: str) -> None:
        """A result that is a whole file, as it is: in UTF-8, whatever the terminal's encoding."""
        self.data(text.encode("utf-8", "backslashreplace"))

    def data(self, data: bytes) -> None:
        """A result byte for byte: to standard output."""
        self._guard("out", lambda: _put(sys.stdout, data))

    def note(self, text: str) -> None:
        """About the result: to standard error, not with `--quiet`."""
        if not self.quiet:
            self._write(sys.stderr, "err", text)

    def warn(self, text: str) -> None:
        """What has to be seen: to standard error, also with `--quiet`."""
        self._write(sys.stderr, "err", text)

    def json(self, document: object) -> None:
        """The one document of `--format json`."""
        import json

        self.print(json.dumps(document, indent=2, ensure_ascii=False, default=str))

    def report(self, error: RunbookError) -> int:
        """Diagnostics that end a command; returns its exit code."""
        self.diagnostics(error.diagnostics)
        return next((EXITS[item.code] for item in error.diagnostics if item.code in EXITS), USAGE)

    def diagnostics(self, items: Iterable[Diagnostic]) -> None:
        """To standard output as JSON with `--format json`, else to standard error."""
        if self.is_json:
            self.json({"diagnostics": [item.as_json() for item in items]})
        else:
            self.warn(render_all(items, self.style(sys.stderr)))

    def progress(self, word: str, count: int) -> Progress:
        """A line that counts, on a terminal only, and is gone when the work is done."""
        shown = sys.stderr.isatty() and not self.quiet and self.environ.get("TERM") != "dumb"
        return Progress(sys.stderr if shown else None, word, count)

    def _write(self, stream: TextIO, name: str, text: str) -> None:
        self._guard(name, lambda: (stream.write(text + "\n"), stream.flush()))

    def _guard(self, name: str, write: Callable[[], object]) -> None:
        """`name`: out | err. Once it failed, nothing more goes there."""
        if name in self._gone:
            return
        try:
            write()
        except (OSError, ValueError) as error:
            self._gone.add(name)
            if name == "out" and isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
                self._lost = error

    def ended(self, code: int) -> int:
        """The exit code, when all has been said. A result that couldn't be written (a full disk, not a reader that went away) is told, and
        is no success."""
        if self._lost is None:
            return code
        self.format = "text"
        help = "What the command did stands. Free some space, or send what it prints elsewhere." if self.ran else _AGAIN
        failed = self.report(fail("RB798", f"Standard output can't be written: {reason(self._lost)}.", help=help))
        return code if self.ran else code or failed

    def close(self) -> None:
        """Nothing is left that the interpreter would try to write when it ends."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                self._to_nowhere(stream)

    @staticmethod
    def _to_nowhere(stream: TextIO) -> None:
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):
            return


def _put(stream: TextIO, data: bytes) -> None:
    stream.flush()
    raw = getattr(stream, "buffer", None)
    if raw is None:  # a program that took the place of standard output by text alone
        stream.write(data.decode("utf-8", "replace"))
    else:
        raw.write(data)
    stream.flush()
