"""The tree of a runbook as text in the text form, in its one layout, with its comments.

Each statement is made by itself, with lines relative to its own indentation; what stands around it indents them.
"""

from __future__ import annotations

from ...base.source import Source, Span
from ..tree import Entry, Mapping, Scalar, Sequence, children
from ..trivia import Trivia
from .lines import Line, indented, without_ends
from .pieces import CantWrite, block, command, has_lines, inline_text, key, name, one, quoted, text, value
from .shape import SHORT
from .statements import BESIDE, STEP, TOP
from .words import needs_quotes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType

    from ..tree import Node
    from .spelling import Make

WIDTH = 100
_STEP = "  "
_NOWHERE = Span(Source("", ""), 0, 0)
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


def write_text(root: Node, trivia: Trivia | None = None) -> str:
    """The text of a runbook's tree. Raises CantWrite for a tree that is no runbook's."""
    if not isinstance(root, Mapping):
        raise CantWrite(root, "This is no runbook.")
    return Writer(trivia or Trivia(root)).document(root)


class Writer:
    def __init__(self, trivia: Trivia) -> None:
        self.trivia = trivia

    def document(self, root: Mapping) -> str:
        named, title = root.entry("runbook"), root.entry("title")
        if named is None:
            raise CantWrite(root, "A runbook needs a name.")
        head = f"runbook {name(named.value)}" + (f" {inline_text(title.value)}" if title is not None else "")
        first = [entry for entry in (named, title) if entry is not None]
        lines: list[Line] = []
        for entry in root.entries:
            if entry is not named and entry is not title:
                lines += self.statement(TOP, entry, root)
        lead = [line for entry in first for line in self.lead(entry)]
        trail = [line for entry in first for line in self.trail(entry)]
        out = indented([self.braced(lead, head, lines, trail, root, most=0)], "")
        tail = self.trivia.root_tail
        while out and not out[0]:
            del out[0]
        return "\n".join([*out, *tail]) + "\n"

    def lead(self, element: object) -> list[str]:
        return self.trivia.lead.get(id(element), [])

    def trail(self, element: object) -> list[str]:
        return self.trivia.trail.get(id(element), [])

    def statement(self, table: MappingType[str, Make], entry: Entry, around: Node) -> list[Line]:
        make = table.get(entry.key.value)
        if make is None:
            raise CantWrite(entry.key, f"The text form has no {entry.key.value!r} here.")
        return make(self, entry)

    def simple(self, entry: Entry, lines: list[str]) -> Line:
        """A statement on whose lines all of an entry stands: comments inside of it go before it."""
        return self.single(entry, entry.value, lines)

    def single(self, element: object, node: Node, lines: list[str]) -> Line:
        inner = self.trivia.inside(node)
        trail = self.trail(element)
        if len(inner) == 1 and not trail:
            return Line(self.lead(element), lines, inner)
        return Line([*self.lead(element), *inner], lines, trail)

    def braced(self, lead: list[str], head: str, lines: list[Line], trail: list[str], node: Node, most: int = WIDTH - 10) -> Line:
        """A statement with a block: on one line where it holds one short statement."""
        tail = self.trivia.tail.get(id(node), [])
        if len(lines) == 1 and not tail and not trail and most:
            only = lines[0]
            flat = f"{head} {{ {only.lines[0]} }}"
            if len(only.lines) == 1 and not any(only.lead) and not only.trail and len(flat) <= most:
                return Line(lead, [flat])
        body = indented(lines, _STEP)
        while body and not body[0]:
            del body[0]
        body += [_STEP + line if line else "" for line in without_ends(tail, bool(body))]
        return Line(lead, [f"{head} {{", *body, "}"], trail)

    def steps(self, node: Node) -> list[Line]:
        """The steps of a list as statements."""
        if not isinstance(node, Sequence):
            raise CantWrite(node, "Here steps stand as a list.")
        return [self.step(item) for item in node.items]

    def step(self, node: Node) -> Line:
        if not isinstance(node, Mapping) or not node.entries:
            raise CantWrite(node, "A step is a mapping with something in it.")
        id_, title = node.entry("id"), node.entry("title")
        body = [entry for entry in node.entries if entry is not id_ and entry is not title and not self.is_silent(entry)]
        if len(body) == 1 and id_ is None and title is None and is_bare(body[0]) and not self.trivia.tail.get(id(node)):
            (line,) = self.statement(STEP, body[0], node)
            return Line([*self.lead(node), *[one for one in line.lead if one]], line.lines, [*self.trail(node), *line.trail])
        head = "step"
        lead, trail = list(self.lead(node)), list(self.trail(node))
        for entry in (id_, title):
            if entry is not None:
                head += f" {self.id(entry.value)}" if entry is id_ else f" {inline_text(entry.value)}"
                lead += [line for line in self.lead(entry) if line]
                trail += self.trail(entry)
        lines = [line for entry in body for line in self.statement(STEP, entry, node)]
        return self.braced(lead, head, lines, trail, node)

    def is_silent(self, entry: Entry) -> bool:
        """`may_fail: false` and `approve: false` say what is so without them."""
        node = entry.value
        silent = entry.key.value in ("may_fail", "approve") and isinstance(node, Scalar) and node.kind == "bool" and node.value == "false"
        return silent and not any(self.lead(entry)) and not self.trail(entry)

    def id(self, node: Node) -> str:
        scalar = one(node)
        found = name(scalar)
        if found.startswith('"'):
            raise CantWrite(node, f"A step can't have the name {scalar.value!r} in the text form.")
        return found

    def data(self, head: str, node: Node, element: object) -> Line:
        """`head` and a value: on its line, or a mapping or text with lines of its own."""
        flat = f"{head} {value(node)}"
        if len(flat) <= WIDTH and not has_lines(node) and not (self.trivia.inside(node) and isinstance(node, Mapping)):
            return self.single(element, node, [flat])
        if isinstance(node, Scalar):
            lines = text(node) if node.kind == "string" else [value(node)]
            return self.single(element, node, [f"{head} {lines[0]}", *lines[1:]])
        if not children(node):
            return self.single(element, node, [flat])
        lines = self.opened(node)
        return Line(self.lead(element), [f"{head} {lines[0]}", *lines[1:]], self.trail(element))

    def opened(self, node: Node) -> list[str]:
        """A mapping or list with one line or more for each of its parts."""
        parts: list[Line] = []
        if isinstance(node, Mapping):
            parts = [self.data(f"{key(entry.key)}:", entry.value, entry) for entry in node.entries]
            ends = "{}"
        else:
            assert isinstance(node, Sequence)
            parts = [self.data("", item, item) for item in node.items]
            for part in parts:
                part.lines[0] = part.lines[0][1:]
            ends = "[]"
        body = indented(parts, _STEP)
        while body and not body[0]:
            del body[0]
        body += [_STEP + line if line else "" for line in without_ends(self.trivia.tail.get(id(node), []), bool(body))]
        return [ends[0], *body, ends[1]]

    def action(self, entry: Entry) -> list[Line]:
        """An executor and what it shall do."""
        word = entry.key.value
        if needs_quotes(word) or key(entry.key) != word or word.startswith(("-", "//")):
            word = quoted(word)
        node = entry.value
        if isinstance(node, Mapping):
            return [self._arguments(entry, word, node)]
        if isinstance(node, Sequence):
            return [self.data(f"{word} =", node, entry)]
        scalar = one(node)
        if scalar.kind == "null":
            return [self.simple(entry, [word])]
        if word == "http":
            raise CantWrite(node, "`http` takes a method and its address.")
        return [self.simple(entry, command_lines(word, scalar.value))]

    def _arguments(self, entry: Entry, word: str, node: Mapping) -> Line:
        if word == "http":
            first = next((item for item in node.entries if item.key.value in METHODS), None)
            head = f"http {first.key.value} " if first is not None else ""
        else:
            first = node.entry(SHORT.get(entry.key.value, "command")) if len(node.entries) > 1 else None
            head = f"{word} "
        if first is None or not isinstance(first.value, Scalar) or first.value.kind == "null":
            return self.data(word, node, entry)
        rest = tuple(item for item in node.entries if item is not first)
        words = command(first.value.value, " with {" if rest else "")
        if not words or (word == "http" and words[0] in "\"'"):
            return self.data(word, node, entry)
        if not rest:
            return self.simple(entry, [head + words])
        more = Mapping(node.span, rest)
        tail = self.trivia.tail.get(id(node))
        if tail is not None:
            self.trivia.tail[id(more)] = tail
        line = self.data(f"{head}{words} with", more, entry)
        early = [item for item in (*self.lead(first), *self.trail(first)) if item]
        return Line([*line.lead, *early], line.lines, line.trail)


def command_lines(word: str, content: str) -> list[str]:
    """An executor with a text: as it is, as a block, or in quotes where neither can hold it."""
    words = command(content)
    if words:
        return [f"{word} {words}"]
    lines = block(content)
    return [f"{word} {lines[0]}", *lines[1:]] if lines else [f"{word} = {value(Scalar(_NOWHERE, content))}"]


def is_bare(entry: Entry) -> bool:
    """Whether an entry can be a step without the word `step` around it."""
    found = entry.key.value
    if found == "undo":
        return not isinstance(entry.value, Mapping)
    if found == "set":
        return isinstance(entry.value, Mapping) and len(entry.value.entries) == 1
    return found not in BESIDE
