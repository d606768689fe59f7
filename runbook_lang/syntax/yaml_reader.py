"""YAML text to the tree: events from libyaml, scalar rules of our own, every error a diagnostic with its place.

Where the parser gives up at a place whose author's meaning is plain (an expression that wants quotes), the
place is reported, painted over with as many neutral characters, and the text is parsed again. So all errors
of a file come at once, all offsets stay, and the tree holds the text that was meant.
"""

from __future__ import annotations

from ..base.diagnostics import Problems
from ..base.source import Source, Span
from .builder import Builder
from .decode import MAX_BYTES, clean, decode
from .tree import PLAIN, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tree import Node

__all__ = ["MAX_BYTES", "decode", "read_yaml"]

_MOST_PASSES = 25
_MOST_CHARACTERS = 2_000_000  # of all passes after the first together, so that a large broken file stays quick


NO_RUNBOOK = ("The file holds no runbook.", "A runbook begins with `runbook: its-name`.")
NO_POLICY = ("The file holds no policy.", "A policy begins with `zone: Europe/Madrid`, or whichever it is; then come `people`, `tiers`, …")


def read_yaml(source: Source, problems: Problems, *, keep_going: bool = True, empty: tuple[str, str] = NO_RUNBOOK) -> Node | None:
    """The tree of one YAML document; never raises, whatever the text.

    Errors go to `problems`. With `keep_going` the tree comes back with errors in it wherever its shape is
    known, so that later stages can report theirs as well; None when there is no tree. Without it, None
    after any error. `empty`: what is said, and advised, of a file without a document.
    """
    found = Problems()
    root = None
    if len(source.text) > MAX_BYTES:
        found.error("RB102", f"{source.name} is too large.", Span(source, 0, 0), f"A file has at most {MAX_BYTES} bytes.")
    else:
        root = _passes(source, clean(source, found), found, empty)
    for item in found:
        problems.add(item)
    return None if found.failed and not keep_going else root


def _passes(source: Source, text: str, problems: Problems, empty: tuple[str, str]) -> Node | None:
    """Parse until it succeeds or nothing more can be painted over."""
    replaced: dict[int, tuple[int, int]] = {}
    left = min(_MOST_PASSES, 1 + _MOST_CHARACTERS // (len(text) + 1))
    while True:
        left -= 1
        builder = Builder(source, text, replaced)
        failure = _run(builder)
        if failure is None and (left <= 0 or not builder.wanted):
            _take(builder.problems, problems)
            if _nothing(builder.root) and not problems.failed:
                problems.error("RB105", empty[0], Span(source, 0, 0), empty[1])
            return None if _nothing(builder.root) else builder.root
        repairs: list[tuple[int, int, str, tuple[int, int] | None]]
        repairs = [(start, end, "x" * (end - start), (start, end)) for start, end in builder.wanted]
        if failure is not None:
            from .failures import explain  # most files have no such error

            found = explain(text, failure, builder)
            problems.error(found.code, found.message, Span(source, found.start, found.end), found.help, found.related(source))
            if found.paint is None or left <= 0:
                _take(builder.problems, problems)
                return None
            repairs.append((found.paint.start, found.paint.end, found.paint.text, found.paint.value))
        for item in builder.problems:
            if item.span and any(start <= item.span.start < end for start, end in builder.wanted):
                problems.add(item)
        for start, end, paint, value in repairs:
            text = text[:start] + paint + text[end:]
            if value is not None:
                replaced[start] = value


def _nothing(root: Node | None) -> bool:
    return root is None or (type(root) is Scalar and not root.value and root.style == PLAIN)


def _take(found: Problems, problems: Problems) -> None:
    for item in found:
        problems.add(item)


def _run(builder: Builder) -> Exception | None:
    from .parser import yaml_parser  # costs more than everything else here; a `.runbook` file doesn't need it

    parser = yaml_parser()
    try:
        loader = parser.make(builder.text[builder.base :])
        builder.run(iter(loader.get_event, None), parser.kinds)
    except (parser.failure, ValueError, OverflowError) as error:  # the last two: escapes, in the pure Python parser
        return error
    return None
