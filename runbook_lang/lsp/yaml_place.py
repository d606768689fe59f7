"""Where the cursor is in a YAML file, by its lines: the file is half written there, so that no parser would take it."""

from __future__ import annotations

import re

from .place import KEY, NONE, NOWHERE, VALUE, Place
from .slots import POLICY_ROOT, ROOT, Slot, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .slots import Lookup

_KEY = re.compile(r"(\"[^\"\\]*\"|'[^']*'|[^\s\"'#{}\[\],&*!|>%@`-][^#\n]*?|-[^\s#][^#\n]*?)\s*:(?=\s|$)")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_FLOW = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?|[{}\[\],]|:(?=[\s,{}\[\]]|$)|(?<=\s)#.*|[^\"'{}\[\],:#]+|.", re.DOTALL)
_MAX_LINES = 200_000


class _Level:
    """A key or a list item that is open. `key` is None for an item. `there` are the keys of the mapping that the key stands in."""

    __slots__ = ("column", "key", "start", "there", "value")

    def __init__(self, column: int, key: str | None, start: int, there: set[str]) -> None:
        self.column = column
        self.key = key
        self.start = start
        self.there = there
        self.value = ""


class _Flow:
    """An open bracket. `key` is the one whose value is being written, None before a key's colon; `keys` are all before it."""

    __slots__ = ("begin", "key", "keys", "mapping", "start", "word")

    def __init__(self, mapping: bool, start: int) -> None:
        self.mapping = mapping
        self.key: str | None = None
        self.keys: set[str] = set()
        self.start = start
        self.begin = start  # of the entry
        self.word = start  # of the value, or of the item of a list

    def take(self, mark: str, start: int, end: int, text: str) -> None:
        """Take a piece that is no bracket."""
        if mark == ",":
            self.key = None
            self.begin = self.word = end
        elif mark == ":" and self.mapping and self.key is None:
            self.key = text[self.begin : start].strip().strip("\"'")
            self.keys.add(self.key)
            self.word = end
        elif self.word == start and not mark.startswith("#"):
            self.word = start + len(mark) - len(mark.lstrip())


class _Reader:
    """Reads lines up to the cursor; what is open then says where the cursor is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.levels: list[_Level] = []
        self.flows: list[_Flow] = []
        self.block: int | None = None  # the column of the key whose block of text is being read
        self.block_start = 0
        self.quote = ""
        self.value_start = 0

    def line(self, text: str, start: int, *, last: bool) -> None:
        """Take a line; the last one ends at the cursor."""
        body = text.lstrip(" ")
        column = len(text) - len(body)
        if self.block is not None:
            if column > self.block or (not body and not last):
                return
            if last and not body:
                return  # still in it, as far as one can tell
            self.block = None
        if self.quote:
            self._quoted(text, start, 0)
        elif self.flows:
            self._flow(text, start, 0)
        elif body and not body.startswith("#"):
            self._body(text, start, column)

    def _body(self, text: str, start: int, column: int) -> None:
        while text.startswith("- ", column) or text[column:] == "-":
            self._pop(column, item=True)
            level = _Level(column, None, start + column, set())
            self.levels.append(level)
            column += 1
            while text.startswith(" ", column):
                column += 1
            level.start = start + column
        found = _KEY.match(text, column)
        if found is None or self._goes_on(column):
            if column < len(text):
                self.value_start = start + column
                self._value(text, start, column, continued=True)
            return
        there = self._pop(column, item=False)
        key = found[1].strip("\"'")
        there.add(key)
        self.levels.append(_Level(column, key, start + column, there))
        at = found.end()
        while text.startswith(" ", at):
            at += 1
        self.value_start = start + at
        self._value(text, start, at, continued=False)

    def _goes_on(self, column: int) -> bool:
        """Whether the line goes on with a text that began behind the key above."""
        top = self.levels[-1] if self.levels else None
        return top is not None and top.key is not None and bool(top.value) and column > top.column

    def _value(self, text: str, start: int, at: int, *, continued: bool) -> None:
        rest = text[at:]
        top = self.levels[-1] if self.levels else None
        if top is not None and not continued:
            top.value = rest.split(" #")[0].strip()
        if _BLOCK.match(rest) and not continued:
            self.block = top.column if top is not None else 0
            self.block_start = start + len(text) + 1
        elif rest[:1] in ("{", "["):
            self._flow(text, start, at)
        elif rest[:1] in ('"', "'") and not continued:
            self.quote = rest[0]
            self._quoted(text, start, at + 1)

    def _quoted(self, text: str, start: int, at: int) -> None:
        while at < len(text):
            char = text[at]
            if char == "\\" and self.quote == '"':
                at += 1
            elif char == self.quote:
                if self.quote == "'" and text.startswith("''", at):
                    at += 1
                else:
                    self.quote = ""
                    return
            at += 1

    def _flow(self, text: str, start: int, at: int) -> None:
        for match in _FLOW.finditer(text, at):
            mark = match[0]
            if mark in ("{", "["):
                self.flows.append(_Flow(mark == "{", start + match.end()))
            elif mark in ("}", "]"):
                if self.flows:
                    self.flows.pop()
                if not self.flows:
                    return
            elif self.flows:
                self.flows[-1].take(mark, start + match.start(), start + match.end(), self.text)

    def _pop(self, column: int, *, item: bool) -> set[str]:
        """Close what the line ends; the keys of the mapping that goes on."""
        there: set[str] = set()
        while self.levels:
            top = self.levels[-1]
            if top.column < column:
                break
            if item and top.column == column and top.key is not None:
                break  # a list that stands no deeper than its key
            if not item and top.column == column:
                there = top.there
            self.levels.pop()
        return there


def yaml_place(text: str, offset: int, lookup: Lookup, *, policy: bool = False) -> Place:
    """The place of the cursor. Reads the text once, up to the end of the cursor's line; never raises."""
    reader = _Reader(text)
    line_start = text.rfind("\n", 0, offset) + 1
    before = text[:line_start].split("\n")[:-1]
    if len(before) > _MAX_LINES:
        return NOWHERE
    at = 0
    for line in before:
        reader.line(line.rstrip("\r"), at, last=False)
        at += len(line) + 1
    current = text[line_start:offset]
    root = POLICY_ROOT if policy else ROOT
    if not reader.quote and reader.block is None and re.search(r"(?:^|\s)#", current) and not _in_quotes(current):
        return Place(NONE, offset)
    following = text[offset : _end_of_line(text, offset)]
    return _Finder(reader, lookup, root, text).find(current, line_start, offset, following)


def _end_of_line(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found


def _in_quotes(current: str) -> bool:
    return re.search(r"(?:^|\s)#", re.sub(r"\"[^\"]*\"?|'[^']*'?", "", current)) is None


class _Finder:
    def __init__(self, reader: _Reader, lookup: Lookup, root: Slot, text: str) -> None:
        self.reader = reader
        self.lookup = lookup
        self.root = root
        self.text = text

    def find(self, current: str, line_start: int, offset: int, following: str) -> Place:
        reader = self.reader
        body = current.lstrip(" ")
        column = len(current) - len(body)
        began_inside = reader.block is not None or bool(reader.quote) or bool(reader.flows)
        reader.line(current, line_start, last=True)
        if reader.block is not None:
            if not body and column <= reader.block:
                reader.block = None
            else:
                return self._value(min(reader.block_start, offset), offset)
        if reader.flows:
            return self._flow(offset)
        if reader.quote or began_inside:
            return self._value(min(reader.value_start, offset), offset)
        return self._plain(body, column, line_start, offset)

    def _plain(self, body: str, column: int, line_start: int, offset: int) -> Place:
        reader = self.reader
        word = re.sub(r"^(?:- +)+|^-$", "", body)
        at = column + len(body) - len(word)
        if _KEY.match(word):
            return self._value(min(reader.value_start, offset), offset)
        if reader._goes_on(at) and not body.startswith("-"):
            return self._value(reader.levels[-1].start, offset)
        there = reader._pop(column, item=False) if body == word else set()  # a dash begins another mapping
        if word and not re.fullmatch(r"[\w-]*", word):
            return self._value(line_start + at, offset)
        there = there | self._later(line_start, at)
        slot = self._slot()
        listed = slot.kind in ("steps", "choose", "freezes", "checklist") and body == word
        if listed:
            slot = self._slot_with_item()
        if slot.kind in ("expr", "template", "text", "word", "name", "file", "date", "duration", "constant", "choice", "policy_names"):
            return Place(VALUE, line_start + at, slot, owner=self._owner(), outer=self._outer())
        return Place(KEY, line_start + at, slot, frozenset(there), self._owner(), self._outer(), new_item=listed)

    def _later(self, line_start: int, column: int) -> set[str]:
        """The keys of the same mapping that stand below the cursor."""
        found: set[str] = set()
        at = _end_of_line(self.text, line_start) + 1
        for _ in range(200):
            if at >= len(self.text):
                break
            end = _end_of_line(self.text, at)
            line = self.text[at:end]
            body = line.strip()
            if body and not body.startswith("#"):
                indent = len(line) - len(line.lstrip(" "))
                if indent < column:
                    break
                key = _KEY.match(line, indent)
                if indent == column and key is not None:
                    found.add(key[1].strip("\"'"))
            at = end + 1
        return found

    def _path(self) -> list[tuple[str | None, frozenset[str]]]:
        reader = self.reader
        path: list[tuple[str | None, frozenset[str]]] = [(level.key, frozenset(level.there)) for level in reader.levels]
        return path

    def _slot(self) -> Slot:
        return walk(self.root, self._path(), self.lookup)

    def _slot_with_item(self) -> Slot:
        return walk(self.root, [*self._path(), (None, frozenset())], self.lookup)

    def _outer(self) -> tuple[str, ...]:
        return tuple(level.key for level in self.reader.levels if level.key is not None)

    def _owner(self) -> int:
        return next((level.start for level in reversed(self.reader.levels) if level.key is None), -1)

    def _value(self, start: int, offset: int) -> Place:
        return Place(VALUE, start, self._slot(), owner=self._owner(), outer=self._outer())

    def _flow(self, offset: int) -> Place:
        """Inside of brackets: the keys above them, then those in them."""
        path = self._path()
        outer = list(self._outer())
        flows = self.reader.flows
        for flow in flows[:-1]:
            path.append((flow.key or "", frozenset(flow.keys)) if flow.mapping else (None, frozenset()))
            outer += [flow.key] if flow.key else []
        last = flows[-1]
        if not last.mapping:
            slot = walk(self.root, [*path, (None, frozenset())], self.lookup)
            return Place(VALUE, min(last.word, offset), slot, owner=self._owner(), outer=tuple(outer))
        if last.key is None:
            word = re.search(r"[\w-]*$", self.text[last.begin : offset])
            start = offset - len(word[0] if word else "")
            return Place(KEY, start, walk(self.root, path, self.lookup), frozenset(last.keys), self._owner(), tuple(outer))
        slot = walk(self.root, [*path, (last.key, frozenset(last.keys))], self.lookup)
        return Place(VALUE, min(last.word, offset), slot, frozenset(last.keys), self._owner(), (*outer, last.key))
