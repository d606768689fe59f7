"""From parser events to the tree, without recursion; what YAML allows and a runbook doesn't is reported here."""

from __future__ import annotations

import re

from ..base.diagnostics import WARNING, Diagnostic, Problems, Related
from ..base.pattern import lazy
from ..base.record import constructor
from ..base.source import Span
from .layout import fold_plain
from .scalars import NULL, STRING, plain_kind
from .traps import cut_by_comment, quote_help, quoted, text_end
from .tree import DOUBLE, FOLDED, LITERAL, PLAIN, SINGLE, Entry, Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..base.source import Source
    from .tree import Node

MAX_DEPTH = 64
"""Collections inside collections, the outermost counted."""

TOO_DEEP = f"Lists and mappings are nested more than {MAX_DEPTH} deep."
FLATTEN = "Flatten the structure, or move a part into a runbook that is called."

MAX_NODES = 250_000
"""Scalars, sequences and mappings of one file, keys counted."""

MAX_PROBLEMS = 100
"""Findings of one file after which reading stops."""

# The C parser says '' for a plain scalar, the Python one None.
_STYLES = {None: PLAIN, "": PLAIN, "'": SINGLE, '"': DOUBLE, "|": LITERAL, ">": FOLDED}
_COMMENT = re.compile(r"[ \t]+#")
_BLANK = (" ", "\t")
_COLON = lazy(r"\s*:")
_PROPERTY = lazy(r"([&!][^\s,\[\]{}]*)\s*")
_UNWRITABLE = lazy("[\0\ud800-\udfff]")
_STANDARD_TAG = lazy(r"!<|!!(?:str|int|float|bool|null|seq|map|set|omap|pairs|binary|timestamp|merge|value|yaml|python/\S*)(?:\s|$)")
_DROPPED = object()
_span_of = constructor(Span)
_scalar_of = constructor(Scalar)
_entry_of = constructor(Entry)


class Frame:
    """A collection that is still open. `key` is the key that waits for its value, None when a key comes next."""

    __slots__ = ("flow", "is_mapping", "items", "key", "seen", "start")

    def __init__(self, start: int, flow: bool, is_mapping: bool) -> None:
        self.start = start
        self.flow = flow
        self.is_mapping = is_mapping
        self.items: list[Any] = []
        self.key: Any = None
        self.seen: dict[str, Scalar] = {}


class Builder:
    """One pass over the events of one text.

    `text` has the length of the source's text; `replaced` says which ranges were painted over since an
    earlier pass failed there: start -> the range in the source that is the intended value.
    After `run`: `root` (None without a document), `problems`, `wanted` (ranges to paint over before another
    pass), `stack`, `closed` and `last` (what was open, just closed and read last when the parser gave up), `halted` (a bound was passed).
    """

    def __init__(self, source: Source, text: str, replaced: dict[int, tuple[int, int]]) -> None:
        self.source = source
        self.text = text
        self.replaced = replaced
        self.base = 1 if text.startswith("\ufeff") else 0  # the parser doesn't count the byte order mark
        self.problems = Problems()
        self.wanted: list[tuple[int, int]] = []
        self.root: Node | None = None
        self.stack: list[Frame] = []
        self.last: tuple[int, int] = (0, 0)
        self.closed: list[Frame] = []
        self.halted = False
        self._documents = 0
        self._nodes = 0

    def run(self, events: Iterable[Any], kinds: Any) -> None:
        """Consume the events; `kinds` is the module that has their classes. The parser's own errors pass through."""
        handlers: dict[type, Callable[[Any], None]] = {
            kinds.ScalarEvent: self._scalar,
            kinds.MappingStartEvent: self._open,
            kinds.SequenceStartEvent: self._open,
            kinds.MappingEndEvent: self._close,
            kinds.SequenceEndEvent: self._close,
            kinds.AliasEvent: self._alias,
            kinds.DocumentStartEvent: self._document,
        }
        self._mapping_start = kinds.MappingStartEvent
        find = handlers.get
        for event in events:
            handler = find(type(event))
            if handler is None:
                continue
            handler(event)
            if self.halted:
                return

    def error(self, code: str, message: str, start: int, end: int, help: str, related: tuple[Related, ...] = ()) -> None:
        """Report, and stop after too many."""
        self._report(Diagnostic(code, message, self._span(start, end), help, related=related))

    def warning(self, code: str, message: str, start: int, end: int, help: str) -> None:
        self._report(Diagnostic(code, message, self._span(start, end), help, WARNING))

    def _report(self, item: Diagnostic) -> None:
        self.problems.add(item)
        if len(self.problems) >= MAX_PROBLEMS and not self.halted:
            self.halted = True
            message = f"Reading stopped after {MAX_PROBLEMS} findings in this file."
            self.problems.error("RB119", message, item.span, "Correct these first; the rest is shown then.")

    def _span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def _document(self, event: Any) -> None:
        start = event.start_mark.index + self.base
        self._documents += 1
        if self._documents > 1:
            self.error("RB106", "A second document begins here; a file holds one.", start, start + 3, "Put it into a file of its own.")
            self.halted = True
        elif event.version or event.tags:
            end = text_end(self.text, start, flow=False)
            self.error("RB107", "YAML directives (`%…`) are not used here.", start, end, "Remove the line.")

    def _count(self, start: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_many(start)

    def _too_many(self, start: int) -> None:
        help = "Split it, or keep data in a file of its own."
        self.error("RB109", f"The file has more than {MAX_NODES:,} values.", start, start + 1, help)
        self.halted = True

    def _open(self, event: Any) -> None:
        start = event.start_mark.index + self.base
        self._count(start)
        if len(self.stack) >= MAX_DEPTH:
            self.error("RB108", TOO_DEEP, start, start + 1, FLATTEN)
            self.halted = True
            return
        if event.tag or event.anchor:
            start = self._properties(event, start)
        self.stack.append(Frame(start, bool(event.flow_style), type(event) is self._mapping_start))

    def _close(self, event: Any) -> None:
        frame = self.stack.pop()
        self.closed.append(frame)
        items = tuple(frame.items)
        if frame.flow:
            end = event.end_mark.index + self.base
            self.last = (frame.start, end)
        else:  # the parser's mark is after the blank lines and comments that follow
            tail = items[-1] if items else None
            tail_span = tail.value.span if type(tail) is Entry else tail.span if tail else None
            end = max(frame.start, tail_span.end) if tail_span else frame.start
        span = self._span(frame.start, end)
        self._attach(Mapping(span, items) if frame.is_mapping else Sequence(span, items))

    def _alias(self, event: Any) -> None:
        start, end = event.start_mark.index + self.base, event.end_mark.index + self.base
        self.last = (start, end)
        self._count(start)
        raw = self.text[start:end]
        help = f"Write the value out, or name it once under `inputs` and use ${{…}}. If it is text, write it in quotes: {quoted(raw)}"
        self.error("RB112", f"{raw} is a YAML alias; a runbook doesn't use them.", start, end, help)
        self._attach(Scalar(self._span(start, end), raw))

    def _scalar(self, event: Any) -> None:
        """Most events are these: what is rare is looked for only where it can be."""
        base = self.base
        start = event.start_mark.index + base
        end = event.end_mark.index + base
        self.last = (start, end)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._too_many(start)
        if self.closed:
            self.closed.clear()
        if self.replaced and start in self.replaced:
            self._attach(self._meant(start, end))
            return
        if event.tag or event.anchor:
            self._attach(self._decorated(event, start, end))
            return
        value = event.value
        style = _STYLES[event.style]
        if style is PLAIN:
            kind = plain_kind(value)
            if self.text[end : end + 1] in _BLANK and _COMMENT.match(self.text, end):
                self._comment(value, start, end)
        else:
            kind = STRING
            if style is DOUBLE and _UNWRITABLE.search(value):
                message = "This text holds a NUL or half of a surrogate pair, which no program or file can take."
                self.error("RB103", message, start, end, "Remove that escape.")
        self._attach(_scalar_of(Scalar, _span_of(Span, self.source, start, end), value, style, kind))

    def _meant(self, start: int, end: int) -> Scalar:
        """What was meant where the text was painted over; it may go on in the next lines."""
        first, stop = self.replaced[start]
        if first == start:
            stop = max(stop, end)
        return Scalar(self._span(first, stop), fold_plain(self.source.text[first:stop]))

    def _decorated(self, event: Any, start: int, end: int) -> Scalar:
        """A scalar with an anchor or a tag; a tag before plain text most probably is an expression's `!`."""
        style = _STYLES[event.style]
        raw = self.text[start:end]
        if event.tag and not event.anchor and style is PLAIN and not _STANDARD_TAG.match(raw):
            value = fold_plain(raw)
            message = "A `!` at the start of plain text makes a YAML tag of the first word, so this is not read as an expression."
            self.error("RB120", message, start, end, quote_help(value))
            return Scalar(self._span(start, end), value)
        start = min(self._properties(event, start), end)
        kind = plain_kind(event.value) if style is PLAIN and not event.tag else STRING
        return Scalar(self._span(start, end), event.value, style, kind)

    def _properties(self, event: Any, start: int) -> int:
        """Report the anchor and the tag of a node; returns where the node itself begins."""
        for _ in range((event.anchor is not None) + (event.tag is not None)):
            match = _PROPERTY.match(self.text, start)
            if match is None:
                break
            word, first, last = match[1], start, match.end(1)
            start = match.end()
            if word[0] == "&":
                help = "Write the value out where it is used, or name it once under `inputs`. Text with a leading & wants quotes."
                self.error("RB111", f"{word} is a YAML anchor; a runbook doesn't use them.", first, last, help)
            else:
                help = "Remove it; for text that looks like a number, use quotes."
                self.error("RB113", f"{word} is a YAML tag; a runbook doesn't use them.", first, last, help)
        return start

    def _comment(self, value: str, start: int, end: int) -> None:
        """A comment follows a plain scalar on its line: did it cut the text in two?"""
        line_end = self.text.find("\n", end)
        comment = self.text[end : len(self.text) if line_end < 0 else line_end]
        whole = self.text[start:end] + comment.rstrip()
        mark = comment.index("#")
        if value and cut_by_comment(value, comment):
            message = "A blank and `#` begin a comment, so the text ends before it, with something still open."
        elif not value and len(comment) > mark + 1 and comment[mark + 1].isalnum():
            message = "`#` after a blank begins a comment, so there is no value here."
            whole = comment[mark:].rstrip()
        else:
            return
        self.warning("RB124", message, end + mark, end + len(comment.rstrip()), quote_help(whole, "If it is no comment"))

    def _attach(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if not frame.is_mapping:
            frame.items.append(node)
        elif frame.key is None:
            if type(node) is Scalar and self._is_plain_word(node) and node.value not in frame.seen:
                frame.seen[node.value] = frame.key = node  # nearly all keys are such
            else:
                frame.key = self._key(node, frame)
        else:
            key, frame.key = frame.key, None
            if key is not _DROPPED:
                frame.items.append(_entry_of(Entry, key, node))
                if frame.flow and type(node) is Scalar and not node.value and node.span.start == node.span.end:
                    self._no_value(key)

    def _is_plain_word(self, node: Scalar) -> bool:
        return node.style is PLAIN and node.kind is STRING and node.value != "<<" and " ? " not in node.value

    def _key(self, node: Node, frame: Frame) -> Any:
        """The key if it can be one; _DROPPED to leave its entry out."""
        span = node.span
        if type(node) is not Scalar:
            message = "A key is text; here a list or a mapping stands in its place."
            help = quote_help(span.text, "If it is text") if span.text[:1] in ("[", "{") else "Write a word before the colon."
            self.error("RB116", message, span.start, span.end, help)
            return _DROPPED
        if node.style is PLAIN and not self._plain_key(node):
            return _DROPPED
        first = frame.seen.setdefault(node.value, node)
        if first is not node:
            related = (Related("first defined here", first.span),)
            message = f"The key {node.value!r} is defined twice in one mapping."
            self.error("RB110", message, span.start, span.end, "Remove or rename one of the two.", related)
            return _DROPPED
        return node

    def _plain_key(self, node: Scalar) -> bool:
        start, end = node.span.start, node.span.end
        if node.kind is not STRING:
            what = {NULL: "nothing" if not node.value else "null"}.get(node.kind, f"of kind {node.kind}")
            help = f"Write it in quotes: {quoted(node.value)}:" if node.value else "Write a key before the colon."
            self.error("RB115", f"A key is text; this one is {what}.", start, end, help)
            return bool(node.value)
        if node.value == "<<":
            help = "Write the entries out; nothing is merged."
            self.error("RB114", "`<<` merges another mapping in YAML; a runbook doesn't use it.", start, end, help)
            return False
        if " ? " in node.value:
            stop = text_end(self.text, start, self.stack[-1].flow)
            message = "`: ` after plain text makes a mapping, so this `? :` is not read as an expression."
            self.error("RB123", message, start, stop, quote_help(self.text[start:stop]))
            if stop > end and not self.text.startswith("x" * (stop - start), start):
                self.wanted.append((start, stop))
        return True

    def _no_value(self, key: Scalar) -> None:
        if _COLON.match(self.text, key.span.end):
            return
        message = f"{key.value!r} has no value. Inside {{…}} a comma ends a value, and a colon wants a blank after it."
        help = "Quote a text that has a comma; write `key: value` with a blank."
        self.error("RB127", message, key.span.start, key.span.end, help)
