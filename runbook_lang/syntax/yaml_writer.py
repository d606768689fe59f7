"""A tree as YAML, in one canonical layout, with its comments.

Lists and mappings in brackets stay so while they fit on a line, and quoted text stays quoted; without a source in YAML small
ones are put into brackets, and text is plain where it may be. A long text is folded at WIDTH; one that was folded keeps its lines.
"""

from __future__ import annotations

import re

from .scalars import NULL, STRING, plain_kind
from .tree import DOUBLE, FOLDED, LITERAL, SINGLE, Entry, Mapping, Scalar, Sequence, children
from .trivia import Trivia

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .tree import Node

WIDTH = 140
_NEAT = 100  # what wasn't written in YAML is put into brackets up to this column
_STEP = "  "
_BLOCKS = frozenset(("steps", "on_failure", "try", "rescue", "always", "else", "choose", "inputs", "secrets", "defaults", "outputs", "set",
                     "branches", "for_each", "parallel"))  # fmt: skip
"""Keys whose values stand on lines of their own where the source isn't YAML."""
_FIRST = re.compile(r"[^\s!&*?:,\[\]{}#|>@`\"'%-]|-(?=[^\s,\[\]{}])")
_BREAKS_PLAIN = re.compile(r":(?:\s|\Z)|\s#|[\n\t]|\s\Z|\A(?:---|\.\.\.)(?:\s|\Z)|\A<<\Z| \? ")
_IN_FLOW = re.compile(r"[,\[\]{}]")
_ODD = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAMES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def write_yaml(root: Node, trivia: Trivia | None = None, *, from_yaml: bool) -> str:
    """The text of a tree. `from_yaml`: it was read from YAML, whose brackets and quotes are kept where they can be."""
    return _Writer(trivia or Trivia(root), from_yaml).document(root)


class _Writer:
    def __init__(self, trivia: Trivia, from_yaml: bool) -> None:
        self.trivia = trivia
        self.from_yaml = from_yaml
        self.lines: list[str] = []

    def document(self, root: Node) -> str:
        if isinstance(root, Scalar) or not _size(root) or (self.from_yaml and self._brackets(root, "", 0, "")):
            self.lines += self.trivia.inside(root)
            self.lines.append(self._inline(root, flow=False))
        else:
            self._collection(root, 0)
        self._comments(self.trivia.root_tail, 0)
        while self.lines and not self.lines[0]:
            del self.lines[0]
        return "\n".join(self.lines) + "\n"

    def _comments(self, lines: list[str], indent: int) -> None:
        for line in lines:
            if line:
                self.lines.append(_STEP * indent + line)
            elif self.lines and self.lines[-1]:
                self.lines.append("")

    def _begins_blank(self, node: Node) -> bool:
        """In the text form there is no line for the key: a blank line before its first part is one before the key."""
        return self.trivia.lead.get(id(children(node)[0]), [])[:1] == [""]

    def _collection(self, node: Node, indent: int) -> None:
        start = len(self.lines)
        if isinstance(node, Mapping):
            for entry in node.entries:
                self._comments(self.trivia.lead.get(id(entry), []), indent)
                self._entry(entry, _STEP * indent, indent)
        elif isinstance(node, Sequence):
            for item in node.items:
                self._item(item, indent)
        if start and len(self.lines) > start and not self.lines[start]:
            del self.lines[start]
        self._comments(self.trivia.tail.get(id(node), []), indent)

    def _item(self, item: Node, indent: int) -> None:
        """One item of a list; a mapping begins on the line of its dash."""
        trivia = self.trivia
        self._comments(trivia.lead.get(id(item), []), indent)
        start = f"{_STEP * indent}- "
        if isinstance(item, Mapping) and item.entries and not (self.from_yaml and self._brackets(item, "", len(start), "")):
            self._comments([line for line in trivia.lead.get(id(item.entries[0]), []) if line], indent)
            first, *rest = item.entries
            self._entry(first, start, indent + 1, trivia.trail.get(id(item), []))
            for entry in rest:
                self._comments(trivia.lead.get(id(entry), []), indent + 1)
                self._entry(entry, _STEP * (indent + 1), indent + 1)
            self._comments(trivia.tail.get(id(item), []), indent + 1)
        elif isinstance(item, Sequence) and item.items and not self._brackets(item, "", len(start), ""):
            self.lines.append(start.rstrip() + _behind(trivia.trail.get(id(item), [])))
            self._collection(item, indent + 1)
        else:
            self._value(item, start, indent, "", trivia.trail.get(id(item), []))

    def _entry(self, entry: Entry, start: str, indent: int, trail: list[str] | None = None) -> None:
        value = entry.value
        head = f"{start}{self._key(entry.key)}:"
        behind = [*(trail or []), *self.trivia.trail.get(id(entry), [])]
        key = entry.key.value
        if not isinstance(value, Scalar) and _size(value) and not self._brackets(value, key, len(head) + 1, "".join(behind)):
            if not self.from_yaml and self._begins_blank(value) and self.lines and self.lines[-1]:
                self.lines.append("")
            self._comments(behind[1:], indent)
            self.lines.append(head + _behind(behind))
            self._collection(value, indent + 1)
            return
        self._value(value, head + " ", indent, key, behind)

    def _value(self, value: Node, start: str, indent: int, key: str, behind: list[str]) -> None:
        """A value on the line that `start` begins; comments inside of it go before the line."""
        inner = self.trivia.inside(value)
        if len(inner) == 1 and not behind:
            behind = inner
        else:
            self._comments(inner, indent)
        self._comments(behind[1:], indent)
        if isinstance(value, Scalar) and value.kind == STRING:
            block = self._block(value, indent + 1, len(start))
            if block:
                self.lines.append(start + block[0] + _behind(behind))
                self.lines += block[1:]
                return
        self.lines.append((start + self._inline(value, flow=False)).rstrip() + _behind(behind))

    def _key(self, key: Scalar) -> str:
        if self.from_yaml and key.style in (SINGLE, DOUBLE):
            return _quoted(key.value, key.style)
        return key.value if _plain(key.value, flow=True) and plain_kind(key.value) == STRING else _quoted(key.value)

    def _brackets(self, node: Node, key: str, column: int, behind: str) -> bool:
        """Whether a collection is written in brackets on one line, from `column` on."""
        if isinstance(node, Scalar) or not _size(node):
            return True
        if self.from_yaml:
            if node.span.source.text[node.span.start : node.span.start + 1] not in ("{", "["):
                return False
            most = WIDTH
        else:
            if key in _BLOCKS or _is_steps(node) or (key in ("applied", "undo", "rehearse") and _size(node) > 1):
                return False
            most = _NEAT
        if self.trivia.inside(node) or _has_lines(node):
            return False
        return column + len(self._inline(node, flow=True)) + (len(behind) + 2 if behind else 0) <= most

    def _inline(self, node: Node, *, flow: bool) -> str:
        if isinstance(node, Mapping):
            return "{" + ", ".join(f"{self._key(entry.key)}: {self._inline(entry.value, flow=True)}" for entry in node.entries) + "}"
        if isinstance(node, Sequence):
            return "[" + ", ".join(self._inline(item, flow=True) for item in node.items) + "]"
        assert isinstance(node, Scalar)
        if node.kind == NULL:
            return node.value or ("null" if flow else "")
        if node.kind != STRING:
            return node.value
        quotes = self.from_yaml and node.style in (SINGLE, DOUBLE)
        if not quotes and not node.value.startswith("${") and plain_kind(node.value) == STRING and _plain(node.value, flow=flow):
            return node.value
        return _quoted(node.value, node.style if quotes else "")

    def _block(self, node: Scalar, indent: int, column: int) -> list[str]:
        """The lines of a text that stands below its key: one that has lines, or a long one. Nothing for any other."""
        value = node.value
        pad = _STEP * indent
        if self.from_yaml and node.style == FOLDED:
            kept = _kept(node, pad)
            if kept:
                return kept
        if _ODD.search(value.replace("\n", "")) or "\t" in value or not value.strip():
            return []
        body = value.rstrip("\n")
        ends = len(value) - len(body)
        chomp = "-" if not ends else "" if ends == 1 else "+"
        lines = body.split("\n") + [""] * (ends - 1)
        if value.startswith((" ", "\n")) or any(line != line.rstrip() for line in lines):
            return []
        if "\n" in body or (ends and (node.style in (LITERAL, FOLDED) or not self.from_yaml)):
            return [f"|{chomp}", *((pad + line) if line else "" for line in lines)]
        wide = node.style == FOLDED or column + len(value) > WIDTH
        if ends or not wide or node.style == LITERAL or "  " in value or " " not in value:
            return [f"|{chomp}", pad + body] if node.style == LITERAL and self.from_yaml else []
        return [">-", *_folded(body, pad)]


def _kept(node: Scalar, pad: str) -> list[str]:
    """A folded text with the lines that its author gave it; nothing where the header says how deep they are."""
    header, *lines = node.span.text.rstrip().replace("\r\n", "\n").split("\n")
    header = header.split("#")[0].strip()
    first = next((line for line in lines if line.strip()), "")
    drop = len(first) - len(first.lstrip(" "))
    if header not in (">", ">-") or "\t" in "".join(lines) or not drop:
        return []
    return [header, *(pad + line[drop:].rstrip() if line.strip() else "" for line in lines)]


def _folded(text: str, pad: str) -> list[str]:
    """The words of a text on lines of at most WIDTH columns."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if line and len(pad) + len(line) + 1 + len(word) > WIDTH:
            lines.append(pad + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, pad + line]


def _behind(comments: list[str]) -> str:
    return f"  {comments[0]}" if comments else ""


def _size(node: Node) -> int:
    return len(children(node))


def _is_steps(node: Node) -> bool:
    """A list of mappings, as steps are."""
    return isinstance(node, Sequence) and any(isinstance(item, Mapping) and _size(item) for item in node.items)


def _has_lines(node: Node) -> bool:
    """Whether a text in it has lines, which are better read as such."""
    if isinstance(node, Scalar):
        return "\n" in node.value.rstrip("\n") or (node.style in (LITERAL, FOLDED))
    return any(_has_lines(child.value if isinstance(child, Entry) else child) for child in children(node))


def _plain(text: str, *, flow: bool) -> bool:
    """Whether a text may stand without quotes."""
    if not text or not _FIRST.match(text) or _BREAKS_PLAIN.search(text) or _ODD.search(text):
        return False
    return not (flow and _IN_FLOW.search(text))


def _quoted(text: str, style: str = "") -> str:
    """In double quotes; in single ones where those save backslashes, or where its author chose them."""
    if (
        (style == SINGLE or '"' in text or "\\" in text)
        and "'" not in text
        and "\n" not in text
        and "\t" not in text
        and not _ODD.search(text)
    ):
        return f"'{text}'"
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    named = _NAMES.get(char)
    if named is not None:
        return named
    if not _ODD.match(char):
        return char
    number = ord(char)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
