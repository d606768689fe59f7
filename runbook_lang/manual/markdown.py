"""A Markdown manual -> its sections, and in each what a reader meets in order: text, code, points of lists.

Parsed by markdown-it (CommonMark, with tables), so nested lists, tildes, indented code and fences that nobody closed mean what they mean
everywhere. What a reader doesn't see (HTML comments) isn't there. Total: never raises for any text.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token

_NUMBER = lazy(r"(?:§[ \t]*)?(\d+(?:\.\d+)*)[.)]?[ \t]+(?=\S)")
_TASK = lazy(r"\[[ xX]\][ \t]+")
MAX_NESTING = 64


class Text(Record):
    """A paragraph, a point's first lines, or a table's row. Inline code keeps its backticks in `text`.

    `codes`: (code, line) of each inline code. `point`: the number of the list's point it begins, "" for none; `task`: it is to be
    ticked off. `items`: the numbers of all points around it, as the section counts them. `links`: it is nothing but links.
    """

    text: str
    line: int
    codes: tuple[tuple[str, int], ...] = ()
    point: str = ""
    task: bool = False
    items: tuple[int, ...] = ()
    links: bool = False


class Code(Record):
    """A code block; `line` is that of its first line of code, `language` the first word of its fence."""

    text: str
    line: int
    language: str = ""
    items: tuple[int, ...] = ()


class Section(Record):
    """A heading with what stands before the next one. `number` is the heading's own, like 4.1; level 0: before any heading."""

    title: str
    level: int
    line: int
    number: str = ""
    parts: tuple[Text | Code, ...] = ()
    above: tuple[str, ...] = ()


class Manual(Record):
    name: str
    title: str
    sections: tuple[Section, ...] = ()


def read_manual(name: str, text: str) -> Manual:
    """`name`: what people call the file."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
    reader = _Reader(text.split("\n"))
    for token in parser.parse(text):
        reader.see(token)
    reader.finish()
    title = next((one.title for one in reader.sections if one.level == 1), "")
    return Manual(name, title or name, tuple(reader.sections))


class _List:
    __slots__ = ("item", "ordered")

    def __init__(self, ordered: bool) -> None:
        self.ordered = ordered
        self.item = 0


class _Reader:
    """Sees the tokens once, in order."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.sections: list[Section] = []
        self.head = Section("", 0, 1)
        self.path: list[tuple[int, str]] = []
        self.parts: list[Text | Code] = []
        self.lists: list[_List] = []
        self.items: list[int] = []
        self.count = 0
        self.point = ""
        self.heading: Token | None = None
        self.cells: list[Text] | None = None

    def see(self, token: Token) -> None:
        kind = token.type
        if kind == "heading_open":
            self.heading = token
        elif kind in ("bullet_list_open", "ordered_list_open"):
            self.lists.append(_List(kind[0] == "o"))
        elif kind in ("bullet_list_close", "ordered_list_close"):
            self.lists.pop()
        elif kind == "list_item_open":
            self.count += 1
            self.items.append(self.count)
            self.point = (token.info or "•") if self.lists[-1].ordered else "-"
        elif kind == "list_item_close":
            self.items.pop()
            self.point = ""
        elif kind == "tr_open":
            self.cells = []
        elif kind == "tr_close":
            self.row()
        elif kind == "inline":
            self.inline(token)
        elif kind in ("fence", "code_block"):
            self.code(token)

    def inline(self, token: Token) -> None:
        line = token.map[0] + 1 if token.map else 1
        text, codes, links = _plain(token, line)
        if self.heading is not None:
            self.begin_section(self.heading, text, line)
            self.heading = None
            return
        task = _TASK.match(text) if self.point else None
        found = Text(text[task.end() :] if task else text, line, codes, self.point, task is not None, tuple(self.items), links)
        if self.cells is not None:
            self.cells.append(found)
        elif found.text:
            self.parts.append(found)
        self.point = ""

    def row(self) -> None:
        """A table's row is one text: what a command in it is for stands in the other cells."""
        cells, self.cells = self.cells or [], None
        text = " | ".join(cell.text for cell in cells if cell.text)
        if text:
            self.parts.append(Text(text, cells[0].line, tuple(code for cell in cells for code in cell.codes), items=tuple(self.items)))

    def code(self, token: Token) -> None:
        begin = token.map[0] + 1 if token.map else 1
        fenced = token.type == "fence"
        info = (token.info or "").strip().split(None, 1)
        language = info[0].strip("{}.").lower() if info else ""
        self.parts.append(Code(token.content.rstrip("\n"), begin + fenced, language, tuple(self.items)))

    def begin_section(self, token: Token, title: str, line: int) -> None:
        self.finish()
        level = int(token.tag[1:])
        found = _NUMBER.match(title)
        number = found.group(1) if found else ""
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        above = tuple(text for _, text in self.path)
        title = title.replace("`", "")
        self.path.append((level, title))
        self.head = Section(title[found.end() :] if found else title, level, line, number, (), above)

    def finish(self) -> None:
        if self.parts or self.head.level:
            self.sections.append(self.head.replace(parts=tuple(self.parts)))
        self.parts = []


def _plain(token: Token, line: int) -> tuple[str, tuple[tuple[str, int], ...], bool]:
    """(text, inline codes with their lines, is it nothing but links)"""
    pieces: list[str] = []
    codes: list[tuple[str, int]] = []
    depth, linked, other = 0, False, False
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            pieces.append(" ")
        elif child.type == "code_inline":
            codes.append((child.content.strip(), line))
            pieces.append(f"`{child.content}`")
            other = other or not depth
        elif child.type in ("text", "image"):
            pieces.append(child.content)
            other = other or (not depth and child.content.strip() != "")
        elif child.type in ("em_open", "em_close"):
            pieces.append(child.markup if child.markup == "*" else "")  # `POSTGRES_*, REDIS_*` is read as emphasis, and isn't meant as one
        elif child.type in ("link_open", "link_close"):
            depth += 1 if child.type == "link_open" else -1
            linked = True
    return " ".join("".join(pieces).split()), tuple(codes), linked and not other
