"""Comments and blank lines of a file, each with the part of the tree that it belongs to.

An element is an entry of a mapping or an item of a list. A comment on lines of its own belongs to the element that
follows it, or to the end of the collection that it closes; a comment behind something belongs to what it stands
behind. At most one blank line in a row is kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .tree import Entry, Mapping, Scalar, Sequence, children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..base.source import Source
    from .tree import Node

    Element = Entry | Node
    Ranges = Iterable[tuple[int, int]]


class Trivia:
    """By the `id` of an element or collection: `lead` (lines before it, "" for a blank one), `trail` (behind its first line),
    `tail` (lines at the end of a collection). `root_tail` are the lines behind everything."""

    __slots__ = ("lead", "root", "root_tail", "tail", "trail")

    def __init__(self, root: Node) -> None:
        self.root = root  # keeps the ids valid
        self.lead: dict[int, list[str]] = {}
        self.trail: dict[int, list[str]] = {}
        self.tail: dict[int, list[str]] = {}
        self.root_tail: list[str] = []

    def inside(self, node: Node) -> list[str]:
        """The comments of everything in a node, in order, without blank lines: for whom it stands on one line."""
        if not (self.lead or self.trail or self.tail):
            return []
        found: list[str] = []
        for element in elements(node):
            found += [line for line in self.lead.get(id(element), ()) if line]
            found += self.trail.get(id(element), ())
            if not isinstance(element, Scalar):
                value = element.value if isinstance(element, Entry) else element
                found += [line for line in self.tail.get(id(value), ()) if line] if value is not node else []
        return found + [line for line in self.tail.get(id(node), ()) if line]


def elements(node: Node) -> Iterator[Element]:
    """The elements in a node, outer ones first."""
    if isinstance(node, Mapping):
        for entry in node.entries:
            yield entry
            yield from elements(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield item
            yield from elements(item)


def collect(root: Node, source: Source, comments: Ranges, *, indented: bool) -> Trivia:
    """The trivia of a tree that was read from `source`; `comments` are the places of its comments in order.

    `indented`: what isn't in braces or brackets is held together by its indentation, as in YAML.
    """
    return _Collector(root, source, list(comments), indented).run()


class _Collector:
    def __init__(self, root: Node, source: Source, comments: list[tuple[int, int]], indented: bool) -> None:
        self.root = root
        self.indented = indented
        self.text = source.text
        self.comments = comments
        self.trivia = Trivia(root)
        self.inside: dict[int, Node] = {}  # the collection that an element is in
        self._owners: dict[int, Element] = {}  # the element whose value a collection is
        found: list[tuple[int, int, Element]] = []
        self._walk(root, 0, found)
        found.sort(key=lambda item: item[:2])
        self.starts = [start for start, _, _ in found]
        self.found = [element for _, _, element in found]
        spans = (item.span for item in _scalars(root) if "\n" in item.span.text)
        self.fixed = sorted((span.start, span.start + len(span.text.rstrip())) for span in spans)

    def _walk(self, root: Node, depth: int, found: list[tuple[int, int, Element]]) -> None:
        waiting = [(root, depth)]
        while waiting:
            node, depth = waiting.pop()
            if isinstance(node, Scalar):
                continue
            for child in children(node):
                self.inside[id(child)] = node
                if not (isinstance(child, Entry) and child.key.span.start == child.key.span.end):
                    found.append((child.span.start, depth, child))
                waiting.append((child.value if isinstance(child, Entry) else child, depth + 1))

    def run(self) -> Trivia:
        self._lines({self.text.rfind("\n", 0, start) + 1: (start, end) for start, end in self.comments})
        return self.trivia

    def _lines(self, noted: dict[int, tuple[int, int]]) -> None:
        """Go through the lines, of which some have a comment; blank ones wait for what follows them."""
        at = 0
        blank = False
        while at <= len(self.text):
            stop = self.text.find("\n", at)
            stop = len(self.text) if stop < 0 else stop
            start, end = noted.get(at, (-1, -1))
            if start >= 0 and not self.text[at:start].strip(" \t\ufeff"):
                target = self._target(start)
                target += [""] * blank + [self.text[start:end]]
                blank = False
            elif self.text[at:stop].strip(" \t\r\ufeff"):
                if blank:
                    self._blank_before(at, stop)
                if start >= 0:
                    self._behind(start, end, at)
                blank = False
            elif not self._fixed(at):
                blank = True
            at = stop + 1

    def _fixed(self, at: int) -> bool:
        """Whether the line is one of a text over several lines."""
        place = bisect_right(self.fixed, (at, len(self.text))) - 1
        return place >= 0 and self.fixed[place][0] < at < self.fixed[place][1]

    def _blank_before(self, at: int, stop: int) -> None:
        place = bisect_left(self.starts, at)
        if place < len(self.starts) and self.starts[place] < stop:
            self.trivia.lead.setdefault(id(self.found[place]), []).append("")

    def _target(self, at: int) -> list[str]:
        """The lines to which a comment on a line of its own is added."""
        place = bisect_left(self.starts, at)
        following = self.found[place] if place < len(self.found) else None
        around = self._around(at)
        if around is not None and (following is None or following.span.start >= around.span.end):
            return self.trivia.tail.setdefault(id(around), [])
        ended = self._ended(at, following, around) if place else None
        if ended is not None:
            return self.trivia.tail.setdefault(id(ended), [])
        if following is None:
            return self.trivia.root_tail
        return self.trivia.lead.setdefault(id(following), [])

    def _around(self, at: int) -> Node | None:
        """The innermost collection in braces or brackets around a place."""
        for node in self._outwards(at):
            if node.span.start < at < node.span.end and self._closed(node):
                return node
        return None

    def _closed(self, node: Node) -> bool:
        if self.indented:
            return self.text[node.span.start] in "{["
        return self.text[node.span.end - 1] in "]}"

    def _outwards(self, at: int) -> Iterator[Node]:
        """The collections that may hold a place, from the one of the element before it outwards."""
        place = bisect_left(self.starts, at) - 1
        if place < 0:
            yield self.root
            return
        before = self.found[place]
        value = before.value if isinstance(before, Entry) else before
        node: Node | None = value if isinstance(value, (Mapping, Sequence)) else self.inside.get(id(before))
        while node is not None:
            yield node
            element = self._element_of(node)
            node = self.inside.get(id(element)) if element is not None else None

    def _ended(self, at: int, following: Element | None, around: Node | None) -> Node | None:
        """In YAML's block style: the collection before a comment to which it belongs by its indentation."""
        if not self.indented:
            return None
        column = at - (self.text.rfind("\n", 0, at) + 1)
        outer: set[int] = set()
        step = following
        while step is not None:
            parent = self.inside.get(id(step))
            if parent is None:
                break
            outer.add(id(parent))
            step = self._element_of(parent)
        for node in self._outwards(at):
            if node is around or id(node) in outer:
                return None
            if not self._closed(node) and self._column(node) <= column:
                return node
        return None

    def _element_of(self, node: Node) -> Element | None:
        if not self._owners:
            for element in elements(self.root):
                self._owners[id(element.value if isinstance(element, Entry) else element)] = element
        return self._owners.get(id(node))

    def _column(self, node: Node) -> int:
        """Where a collection begins; a list whose dashes stand below its key counts as indented."""
        column = node.span.start - (self.text.rfind("\n", 0, node.span.start) + 1)
        owner = self._element_of(node)
        if isinstance(node, Sequence) and isinstance(owner, Entry):
            key = owner.key.span.start
            return column + (key - (self.text.rfind("\n", 0, key) + 1) == column)
        return column

    def _behind(self, start: int, end: int, line: int) -> None:
        """A comment behind something on its line."""
        text = self.text[start:end]
        place = bisect_left(self.starts, start) - 1
        closed = self.text[line:start].lstrip()[:1] in ("}", "]")
        if place < 0 or closed:
            close = line + len(self.text[line:start]) - len(self.text[line:start].lstrip())
            around = self._around(close) if closed else None
            target = self.trivia.root_tail if around is None else self.trivia.tail.setdefault(id(around), [])
            target.append(text)
            return
        element = self.found[place]
        while (node := self.inside.get(id(element))) is not None and node.span.end <= start and self._closed(node):
            owner = self._element_of(node)
            if owner is None or (isinstance(owner, Entry) and owner.key.span.start == owner.key.span.end):
                break
            element = owner
        self.trivia.trail.setdefault(id(element), []).append(text)


def _scalars(node: Node) -> Iterator[Scalar]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Scalar):
            yield one
        elif isinstance(one, Mapping):
            for entry in one.entries:
                waiting += [entry.key, entry.value]
        elif isinstance(one, Sequence):
            waiting += one.items


def yaml_comments(root: Node, source: Source) -> list[tuple[int, int]]:
    """Where the comments of a YAML text are: what stands behind `#` outside of its scalars."""
    text = source.text
    found: list[tuple[int, int]] = []
    at = 0
    for start, end, header in sorted((item.span.start, item.span.end, item.style in ("literal", "folded")) for item in _scalars(root)):
        _gap(text, at, start, found)
        at = max(at, end)
        if header:
            stop = text.find("\n", start, end)
            stop = end if stop < 0 else stop
            _gap(text, start + 1, stop, found)
    _gap(text, at, len(text), found)
    return sorted(found)


def _gap(text: str, at: int, end: int, found: list[tuple[int, int]]) -> None:
    """The comments between two scalars."""
    while at < end:
        mark = text.find("#", at, end)
        if mark < 0:
            return
        stop = text.find("\n", mark)
        stop = len(text) if stop < 0 else stop
        if mark == 0 or text[mark - 1] in " \t\n\ufeff":
            found.append((mark, mark + len(text[mark:stop].rstrip())))
            at = stop
        else:
            at = mark + 1
