"""What the tool says about a file, a run or a journal: a code, a place, a sentence, a way out."""

from __future__ import annotations

from .record import Record
from .source import Span
from .suggest import Meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .quiet import Quiet

ERROR = "error"
WARNING = "warning"
NOTE = "note"


class Related(Record):
    """A second place that helps to understand the first (`first defined here`)."""

    message: str
    span: Span


class Fix(Record):
    """The change to a file that is probably meant: `text` in place of what `span` covers."""

    span: Span
    text: str


class Diagnostic(Record):
    """One finding. `message` is a sentence that stands alone; `help` says what to do next.

    `code` is a key of the catalogue (`RB214`); `span` is None only for what has no place
    in a file (a missing program, a full disk).
    """

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    severity: str = ERROR
    related: tuple[Related, ...] = ()
    fix: Fix | None = None

    @property
    def is_error(self) -> bool:
        return self.severity == ERROR

    def as_json(self) -> dict[str, object]:
        """The documented form of `--format json`; file, line and column are null without a place."""
        span = self.span
        return {
            "code": self.code,
            "severity": self.severity,
            "file": span.source.name if span else None,
            "line": span.line if span else None,
            "column": span.column if span else None,
            "message": self.message,
            "help": self.help,
        }


_WORDS = frozenset(
    "a an the this that there both no such it its unsigned bytes message positions modulus index division named matching".split()
)


def sentence(text: str) -> str:
    """What an expression's error says, which is a part of a longer message elsewhere, as a sentence that stands alone. Names and signs at
    its beginning stay as they are."""
    if text.split(" ", 1)[0] in _WORDS:
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


class Problems:
    """Collects diagnostics while a stage goes on, so that all errors of a file come at once."""

    __slots__ = ("items", "quiet")

    def __init__(self, items: Iterable[Diagnostic] = ()) -> None:
        self.items: list[Diagnostic] = list(items)
        self.quiet: tuple[Quiet, ...] = ()  # what may only be a consequence of earlier errors is kept, and not shown

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._shown())

    def __len__(self) -> int:
        return len(self._shown())

    def _shown(self) -> list[Diagnostic]:
        if not self.quiet:
            return self.items
        return [item for item in self.items if not any(quiet.hides(item) for quiet in self.quiet)]

    @property
    def failed(self) -> bool:
        return any(item.is_error for item in self.items)

    def add(self, item: Diagnostic) -> None:
        self.items.append(item)

    def error(
        self, code: str, message: str, span: Span | None, help: str = "", related: tuple[Related, ...] = (), fix: Fix | None = None
    ) -> None:
        """`fix` needn't be given where `help` is a sentence that `did_you_mean` made."""
        message = sentence(message) if code.startswith("RB2") else message
        self.add(Diagnostic(code, message, span, help, ERROR, related, fix or fix_of(help, span)))

    def warning(self, code: str, message: str, span: Span | None, help: str = "") -> None:
        self.add(Diagnostic(code, message, span, help, WARNING, (), fix_of(help, span)))

    def sorted(self) -> list[Diagnostic]:
        """By place, the ones without a place first; equal findings once."""

        def place(item: Diagnostic) -> tuple[str, int]:
            return (item.span.source.name, item.span.start) if item.span else ("", -1)

        seen: dict[tuple[str, str, tuple[str, int]], Diagnostic] = {}
        for item in self._shown():
            seen.setdefault((item.code, item.message, place(item)), item)
        return sorted(seen.values(), key=place)


def fix_of(help: str, span: Span | None) -> Fix | None:
    """The change that a sentence proposes, where its word stands exactly once in the place of the finding."""
    if type(help) is not Meant or span is None:
        return None
    text, word, better = span.text, help.word, help.better
    if word not in text and word.lower() in text.lower():  # of commands in which capitals mean nothing
        better = better.upper() if word.upper() in text else better.lower()
        text, word = text.lower(), word.lower()
    at = text.find(word)
    if at < 0 or not word or text.find(word, at + 1) >= 0:
        return None
    return Fix(span.replace(start=span.start + at, end=span.start + at + len(word)), better)


class RunbookError(Exception):
    """A stage can't go on. Carries the diagnostics that say why; the CLI prints them, never a traceback."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(item.message for item in diagnostics))
        self.diagnostics = diagnostics


def fail(code: str, message: str, span: Span | None = None, help: str = "") -> RunbookError:
    """Short for `raise fail(…)`: an error of one diagnostic."""
    return RunbookError(Diagnostic(code, message, span, help))
