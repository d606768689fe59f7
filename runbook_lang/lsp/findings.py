"""What is wrong with a text, each finding at a place of that text."""

from __future__ import annotations

from ..base.diagnostics import Fix
from ..base.record import Record
from ..base.source import Span
from ..base.suggest import Meant
from ..model.nodes import Call
from ..syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Diagnostic
    from .analysis import Snapshot
    from .view import View


class Also(Record):
    """Another place that helps to understand a finding; `path` is the file's."""

    path: str
    span: Span
    message: str


class Finding(Record):
    """A diagnostic at a range of the text. `message` holds the help, too."""

    code: str
    severity: str
    message: str
    start: int
    end: int
    also: tuple[Also, ...] = ()


class Correction(Record):
    """A change that a finding proposes: `text` in place of a range."""

    title: str
    finding: Finding
    start: int
    end: int
    text: str


def findings(snapshot: Snapshot) -> list[Finding]:
    """All of them. What is wrong in a file that this one names is said where it is named."""
    return [_finding(snapshot, item) for item in snapshot.diagnostics]


def _finding(snapshot: Snapshot, item: Diagnostic) -> Finding:
    message = f"{item.message}\n{item.help}" if item.help else item.message
    also = tuple(Also(path_of(snapshot, note.span), note.span, note.message) for note in item.related)
    span = item.span
    if span is None or _is_own(snapshot, span):
        start, end = (0, 0) if span is None else (span.start, span.end)
        return Finding(item.code, item.severity, message, start, end, also)
    here = _named(snapshot, span)
    also = (Also(path_of(snapshot, span), span, "it is here"), *also)
    return Finding(item.code, item.severity, f"{span.source.name}:{span.line}: {message}", here.start, here.end, also)


def _is_own(snapshot: Snapshot, span: Span) -> bool:
    return span.source is snapshot.source or span.source.name == snapshot.name


def path_of(snapshot: Snapshot, span: Span) -> str:
    """The file that a place is in."""
    return snapshot.library.path(span.source.name)


def _named(snapshot: Snapshot, span: Span) -> Span:
    """Where the other file is named here: by a call or as the policy; else the first line."""
    from ..machine.desugar import all_steps

    book = snapshot.book
    first = Span(snapshot.source, 0, max(0, snapshot.text.find("\n")))
    if book is None:
        return first
    if book.policy is not None and book.policy.text == span.source.name:
        return book.policy.span
    calls = [step.kind.file for step in all_steps(book.steps + book.on_failure) if isinstance(step.kind, Call)]
    exact = [file.span for file in calls if file.text == span.source.name]
    deeper = [file.span for file in calls if file.text in snapshot.library.books]
    return (exact or deeper or [first])[0]


def _fix_of_scalar(snapshot: Snapshot, item: Diagnostic) -> Fix | None:
    """The correction of a finding that has only the place of its step, or of the whole file: the value that is the wrong word."""
    help = item.help
    if type(help) is not Meant or item.span is None or snapshot.tree is None:
        return None
    found = []
    stack = [snapshot.tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar):
            found += [node] if node.value == help.word else []
        elif isinstance(node, Sequence):
            stack.extend(node.items)
        elif isinstance(node, Mapping):
            stack.extend(entry.value for entry in node.entries)
    inside = [node for node in found if item.span.start <= node.span.start < item.span.end] or found
    return Fix(inside[0].locate(0, len(help.word)), help.better) if len(inside) == 1 else None


def corrections(view: View, start: int, end: int) -> list[Correction]:
    """The changes that the findings in a range of the text propose; none whose place was changed since."""
    found: list[Correction] = []
    for item in view.known.diagnostics:
        fix = item.fix or _fix_of_scalar(view.known, item)
        if fix is None or item.span is None or not _is_own(view.known, item.span):
            continue
        where, place = view.new(fix.span.start, fix.span.end), view.new(item.span.start, item.span.end)
        if where is None or place is None or place[0] > end or place[1] < start:
            continue
        finding = _finding(view.known, item).replace(start=place[0], end=place[1])
        found.append(Correction(f"Write {fix.text!r}", finding, *where, fix.text))
    return found
