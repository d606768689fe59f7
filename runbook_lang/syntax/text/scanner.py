"""From text to tokens. What a word is depends on what the parser would take there, so the scanner is told."""

from __future__ import annotations

import re

from ...base.source import Span
from ..layout import decode_double, fold_plain
from ..scalars import STRING, plain_kind
from ..tree import DOUBLE, LITERAL, PLAIN, Scalar
from .bounds import GOES_ON, QUOTED, command_end, expression_end
from .words import HEADS, OTHER_WORDS, misspelt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...base.diagnostics import Problems
    from ...base.source import Source
    from .tables import Tables

    Accepts = Mapping[str, object]

_BLANKS = re.compile(r"[ \t\r]*")
_WORD = re.compile(r"[^\s\"'`#;:,=|(){}\[\]]+")
_STRING = re.compile(r'"[^"\\\n]*(?:\\[^\n][^"\\\n]*)*"')
_ESCAPE = re.compile(r'\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0abtnvfre "/\\N_LP])?')
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")
_BLOCK = re.compile(r"\|(-?)([1-9]?)[ \t\r]*(?:(?<=[ \t])#[^\n]*)?(?:\n|\Z)")
_SKIP_STOP = re.compile(r"[\n;{}\[\]\"']|(?<=\s)#")


class Token:
    """A piece of the text. `value` is a keyword's word, or the text after decoding."""

    __slots__ = ("end", "file", "start", "type", "value")

    def __init__(self, type: str, value: str, file: Scanner, start: int, end: int) -> None:
        self.type = type
        self.value = value
        self.file = file
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        return Span(self.file.source, self.start, self.end)

    def scalar(self) -> Scalar:
        """The token as a node of the tree, in the style of YAML by which its characters are found again."""
        type = self.type
        if type == "STRING":
            return Scalar(self.span, self.value, DOUBLE)
        if type == "BLOCK":
            return Scalar(self.span, self.value, LITERAL)
        if type == "WORD":
            return Scalar(self.span, self.value, PLAIN, plain_kind(self.value))
        return Scalar(self.span, self.value, PLAIN, STRING)


class Scanner:
    """Cuts one text. `next` gives the token at the place that the scanner has reached; `comments` are collected as ranges."""

    __slots__ = ("at", "comments", "keywords", "last", "marks", "problems", "source", "text")

    def __init__(self, source: Source, text: str, tables: Tables, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.text = text
        self.keywords = tables.keywords
        self.marks = tables.marks
        self.at = 0
        self.last = ""
        self.comments: list[tuple[int, int]] = []

    def next(self, accepts: Accepts) -> Token:
        """The next token; `BAD` is what can't be one, `$END` the end."""
        token = self._next(accepts)
        self.last = token.type
        return token

    def _next(self, accepts: Accepts) -> Token:
        broken = self._blank()
        text, at = self.text, self.at
        if broken >= 0 and not self._joined(accepts, text[broken]):
            return Token("SEP", "\n", self, broken, broken + 1)
        if at >= len(text):
            return Token("$END", "", self, at, at)
        if self.last == "RBRACE" and "SEP" in accepts and text[at] not in "},]":
            return Token("SEP", "", self, at, at)
        char = text[at]
        if char == "|" and "BLOCK" in accepts:
            block = _BLOCK.match(text, at)
            if block is not None:
                return self._block(block)
            self.at = at + 1
            return Token("BAD", "|", self, at, at + 1)
        if "EXPRESSION" in accepts and char != ":":
            return self._expression(at)
        if "COMMAND" in accepts and char != "}" and not (char in "{:" and "LBRACE" in accepts) and not self._equal(at, accepts):
            return self._command(at)
        if char == '"':
            string = self._string(at)
            if string.type == "STRING" and "EXECUTOR" in accepts:
                string.type = "EXECUTOR"
            return string
        word = _WORD.match(text, at)
        if word is not None:
            return self._word(word[0], at, word.end(), accepts)
        self.at = at + 1
        return Token(self.marks.get(char, "BAD"), char, self, at, at + 1)

    def _equal(self, at: int, accepts: Accepts) -> bool:
        return "EQUAL" in accepts and self.text[at] == "=" and self.text[at + 1 : at + 2] in (" ", "\t")

    def _joined(self, accepts: Accepts, mark: str) -> bool:
        """Whether a line end counts as nothing: after an opening mark, and before `{` where a block may follow."""
        if self.last in ("", "LBRACE", "LSQB", "COMMA", "SEP"):
            return True
        return mark == "\n" and "LBRACE" in accepts and self.text.startswith("{", self.at)

    def _blank(self) -> int:
        """Step over blanks, comments, line ends and semicolons; the place of the first line end or semicolon, -1 without one."""
        text = self.text
        broken = -1
        at = self.at
        while True:
            at = _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            char = text[at : at + 1]
            if char in ("\n", ";") and char:
                if broken < 0:
                    broken = at
                at += 1
            elif char == "#":
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
                stop = at + len(text[at:end].rstrip())
                self.comments.append((at, stop))
                at = end
            else:
                self.at = at
                return broken

    def skip(self, start: int, inside: int) -> None:
        """Go to the end of the statement that `start` stands in, `inside` braces deep: behind its line, or before the brace that
        closes the block around it."""
        text, at, depth = self.text, start, inside
        while at < len(text):
            found = _SKIP_STOP.search(text, at)
            at = len(text) if found is None else found.start()
            char = text[at : at + 1]
            if char in ("{", "["):
                depth += 1
            elif char in ("}", "]"):
                if not depth:
                    break
                depth -= 1
            elif not depth and (char == ";" or (char == "\n" and GOES_ON.match(text, at) is None)):
                break
            elif char in ('"', "'"):
                quoted = QUOTED.match(text, at)
                at = quoted.end() - 1 if quoted else at
            elif char == "#":
                at = max(at, text.find("\n", at) - 1)
            at += 1
        self.at = min(at, len(text))
        self.last = "SEP"

    def _word(self, word: str, at: int, end: int, accepts: Accepts) -> Token:
        self.at = end
        keyword = self.keywords.get(word)
        if keyword is not None and keyword in accepts:
            return Token(keyword, word, self, at, end)
        if "EXECUTOR" in accepts:
            if word in HEADS and keyword is not None:
                return Token(keyword, word, self, at, end)
            if word[0] == "-" or word.startswith("//"):
                return Token("BAD", word[0], self, at, at + 1)
            if word in OTHER_WORDS or misspelt(word):
                return Token("BAD", word, self, at, end)
            return Token("EXECUTOR", word, self, at, end)
        return Token("WORD", word, self, at, end)

    def _string(self, at: int) -> Token:
        found = _STRING.match(self.text, at)
        if found is None:
            end = self.text.find("\n", at)
            self.at = len(self.text) if end < 0 else end
            return Token("BAD", '"', self, at, self.at)
        self.at = found.end()
        raw = found[0]
        if "\\" not in raw:
            return Token("STRING", raw[1:-1], self, at, found.end())
        for escape in _ESCAPE.finditer(raw, 1, len(raw) - 1):
            if escape[1] is None:
                return Token("BAD", "\\", self, at + escape.start(), at + escape.start() + 2)
        try:
            value = decode_double(raw)
        except (ValueError, OverflowError):
            value = "\0"
        if _UNWRITABLE.search(value):
            return Token("BAD", "\0", self, at, found.end())
        return Token("STRING", value, self, at, found.end())

    def _block(self, header: re.Match[str]) -> Token:
        """The lines below that are indented deeper than this one, as in YAML's literal style."""
        text = self.text
        start = header.start()
        hash = text.find("#", start, header.end())
        if hash >= 0:
            self.comments.append((hash, hash + len(text[hash : header.end()].rstrip())))
        line = text.rfind("\n", 0, start) + 1
        outer = len(_BLANKS.match(text, line)[0])  # type: ignore[index]  # it matches nothing, too
        lines, end = _deeper(text, header.end(), outer)
        indent = outer + int(header[2]) if header[2] else next((_indent(item) for item in lines if item.strip(" \t\r")), 0)
        self.at = end
        if not lines:
            return Token("BAD", "|", self, start, start + 1)
        place = header.end()
        for item in lines:
            if item.strip(" \t\r") and _indent(item) < indent:
                return Token("BAD", "|", self, place, place + len(item))
            place += len(item) + 1
        body = "\n".join(item[indent:].removesuffix("\r") for item in lines)
        value = body if header[1] else body + "\n"
        return Token("BLOCK", value, self, start, end + text.startswith("\n", end))

    def _command(self, at: int) -> Token:
        end = command_end(self.text, at)
        self.at = end
        return Token("COMMAND", self.text[at:end], self, at, end)

    def _expression(self, at: int) -> Token:
        end = expression_end(self.text, at)
        self.at = end
        if end == at:
            self.at = at + 1
            return Token(self.marks.get(self.text[at], "BAD"), self.text[at], self, at, at + 1)
        raw = self.text[at:end]
        return Token("EXPRESSION", fold_plain(raw) if "\n" in raw else raw, self, at, end)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _deeper(text: str, at: int, outer: int) -> tuple[list[str], int]:
    """The lines from `at` on that are blank or indented deeper than `outer`; where the last one ends that isn't blank."""
    lines: list[str] = []
    kept = 0
    end = at - 1 if at and text[at - 1 : at] == "\n" else at
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop]
        if line.strip(" \t\r"):
            if _indent(line) <= outer:
                break
            lines.append(line)
            kept, end = len(lines), stop
        else:
            lines.append(line)
        at = stop + 1
    return lines[:kept], end
