"""Texts of a file -> expressions, templates and word lists, with diagnostics at their places."""

from __future__ import annotations

import re
from contextlib import suppress

from ..base.pattern import lazy
from .expression import Expression, Template, Words
from .lexer import QUOTED, string_end
from .limits import MAX_PARTS, MAX_TEMPLATE
from .parse import parse
from .values import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..base.source import Span
    from .expression import Where

_STRUCTURE = lazy(rf"[{{}}\"']|//|{QUOTED}")
_NO_SHELL = "A command is words, not a shell line: nothing is piped, redirected or expanded. Quote the character to pass it on as text."
_OPERATORS = {
    "|": "a pipe",
    ">": "a redirection",
    "<": "a redirection",
    "&": "another command beside this one",
    ";": "a second command",
    "*": "a file pattern",
    "?": "a file pattern",
    "`": "a command substitution",
}
_SPACES = " \t\n\r"
_PLAIN = re.compile(r"[^ \t\n\r'\"\\$|><&;`]+")
_OPERATOR = lazy(r"[|><&;`]+")
_PATTERN = lazy(r"[*?]+(?=[ \t\n\r]|\Z)")
_VARIABLE = lazy(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|\(|[0-9@#?!*$-])")


def parse_expression(text: str, where: Where | None, problems: Problems) -> Expression | None:
    """The expression of a bare text; None after a diagnostic (RB2xx)."""
    return _expression(text, 0, where, problems)


def parse_template(text: str, where: Where | None, problems: Problems) -> Template | None:
    """The template of a text; None after a diagnostic (RB2xx). `$${` stands for `${`."""
    if not _small_enough(text, where, problems):
        return None
    parts: list[str | Expression] = []
    failed = False
    at = 0
    while at < len(text):
        dollar = text.find("${", at)
        if dollar < 0:
            _append(parts, text[at:])
            break
        if dollar > at and text[dollar - 1] == "$":
            _append(parts, text[at : dollar - 1] + "${")
            at = dollar + 2
            continue
        _append(parts, text[at:dollar])
        hole, at = _hole(text, dollar, where, problems)
        if hole is None:
            failed = True
        else:
            parts.append(hole)
    if len(parts) > MAX_PARTS:
        problems.error("RB205", f"the text has more than {MAX_PARTS} parts", _span(where, 0, 1))
        failed = True
    return None if failed else Template(tuple(parts), text, where)


def split_words(text: str, where: Where | None, problems: Problems) -> Words | None:
    """The words of a command; None after a diagnostic (RB2xx). Quotes and backslash work as in a shell, nothing else does."""
    if not _small_enough(text, where, problems):
        return None
    splitter = _Splitter(text, where, problems)
    splitter.run()
    if not splitter.failed and not splitter.words:
        problems.error("RB234", "the command is empty", _span(where, 0, len(text)), "Write the program's arguments.")
        return None
    if len(splitter.words) > MAX_PARTS:
        problems.error("RB205", f"the command has more than {MAX_PARTS} words", _span(where, 0, 1))
        return None
    return None if splitter.failed else Words(tuple(splitter.words), text, where, tuple(splitter.quoted))


def _small_enough(text: str, where: Where | None, problems: Problems) -> bool:
    if len(text) <= MAX_TEMPLATE:
        return True
    problems.error("RB205", f"the text is longer than {MAX_TEMPLATE} characters", _span(where, 0, 1), "Put it into a file and render that.")
    return False


def _span(where: Where | None, start: int, end: int) -> Span | None:
    return None if where is None else where.locate(start, end)


def _append(parts: list[str | Expression], text: str) -> None:
    if not text:
        return
    if parts and isinstance(parts[-1], str):
        parts[-1] += text
    else:
        parts.append(text)


def _expression(text: str, offset: int, where: Where | None, problems: Problems) -> Expression | None:
    try:
        tree = parse(text)
    except SyntaxProblem as error:
        problems.error(error.code, error.message, _span(where, offset + error.start, offset + error.end), error.help)
        return None
    return Expression(text, tree, where, offset)


def _hole(text: str, dollar: int, where: Where | None, problems: Problems) -> tuple[Expression | None, int]:
    """The expression of the `${` at `dollar`, and where the text goes on."""
    end = hole_end(text, dollar + 2)
    if end < 0:
        help = "Close it with '}', or write '$${' for the characters themselves."
        problems.error("RB230", "this '${' is not closed", _span(where, dollar, dollar + 2), help)
        return None, len(text)
    inner = text[dollar + 2 : end]
    if not inner.strip():
        help = "Write a name or an expression between the braces."
        problems.error("RB231", "there is no expression in '${}'", _span(where, dollar, end + 1), help)
        return None, end + 1
    return _expression(inner, dollar + 2, where, problems), end + 1


def hole_end(text: str, at: int) -> int:
    """The offset of the brace that closes a `${` whose inside starts at `at`; -1 when none does.

    Knows strings, quoted names, maps and comments.
    """
    depth = 0
    while True:
        found = _STRUCTURE.search(text, at)
        if found is None:
            return -1
        at = found.end()
        char = found.group()
        if char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return found.start()
            depth -= 1
        elif char == "//":
            newline = text.find("\n", at)
            if newline < 0:
                return -1
            at = newline
        elif char[0] != "`":
            at = string_end(text, found.start())
            if at < 0:
                return -1


class _Splitter:
    """One pass over a command. A word is collected in `parts`; `started` tells an empty word ('') from none."""

    __slots__ = ("at", "failed", "parts", "problems", "quoted", "start", "started", "text", "where", "words")

    def __init__(self, text: str, where: Where | None, problems: Problems) -> None:
        self.text = text
        self.where = where
        self.problems = problems
        self.words: list[Template] = []
        self.quoted: list[Expression] = []
        self.parts: list[str | Expression] = []
        self.started = False
        self.start = 0
        self.failed = False
        self.at = 0

    def wrong(self, code: str, message: str, start: int, end: int, help: str) -> None:
        self.failed = True
        self.problems.error(code, message, _span(self.where, start, end), help)

    def run(self) -> None:
        text = self.text
        while self.at < len(text) and len(self.words) <= MAX_PARTS:
            char = text[self.at]
            if char in _SPACES:
                self.end_word()
                self.at += 1
                continue
            if not self.started:
                self.started = True
                self.start = self.at
                pattern = _PATTERN.match(text, self.at)
                if pattern:
                    self.operator(pattern.group())
                    continue
            plain = _PLAIN.match(text, self.at)
            if plain:
                _append(self.parts, plain.group())
                self.at = plain.end()
            elif char == "$":
                self.dollar(quoted=False)
            else:
                self.special(char)
        self.end_word()

    def end_word(self) -> None:
        if self.started:
            where = None if self.where is None else _Shifted(self.where, self.start)
            self.words.append(Template(tuple(self.parts), self.text[self.start : self.at], where))
        self.parts = []
        self.started = False

    def special(self, char: str) -> None:
        at = self.at
        if char == "'":
            end = self.text.find("'", at + 1)
            if end < 0:
                self.unclosed(at, char)
                return
            _append(self.parts, self.text[at + 1 : end])
            self.at = end + 1
            self.look_for_values(at + 1, end)
        elif char == '"':
            self.double_quoted()
        elif char == "\\":
            self.backslash()
        else:
            found = _OPERATOR.match(self.text, at)
            self.operator(found.group() if found else char)

    def look_for_values(self, start: int, end: int) -> None:
        """Remember each `${expression}` in single quotes: it stays as it is, and the checker knows whether that can be meant."""
        text = self.text[:end]
        at = text.find("${", start)
        while at >= 0:
            if text[at - 1] == "$":
                at = text.find("${", at + 2)
                continue
            close = hole_end(text, at + 2)
            if close < 0:
                return
            with suppress(SyntaxProblem):
                inner = text[at + 2 : close]
                self.quoted.append(Expression(inner, parse(inner), self.where, at + 2))
            at = text.find("${", close + 1)

    def operator(self, found: str) -> None:
        message = f"{found!r} would be {_OPERATORS[found[0]]} in a shell, but this is none"
        self.wrong("RB232", message, self.at, self.at + len(found), _NO_SHELL)
        self.at += len(found)

    def unclosed(self, at: int, quote: str) -> None:
        self.wrong("RB233", "this quote is not closed", at, at + 1, f"Close it with {quote}.")
        self.at = len(self.text)

    def backslash(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if not following:
            self.wrong("RB233", "a backslash at the end has nothing to stand before", self.at, self.at + 1, "Write '\\\\' for a backslash.")
        elif following != "\n":
            _append(self.parts, following)
        self.at += 2
        if following == "\n" and not self.parts and self.at - 2 == self.start:
            # A continued line outside a word begins none.
            self.started = False

    def double_quoted(self) -> None:
        start = self.at
        text = self.text
        self.at += 1
        while self.at < len(text):
            char = text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "$":
                self.dollar(quoted=True)
            elif char == "\\" and text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                _append(self.parts, text[self.at + 1].replace("\n", ""))
                self.at += 2
            else:
                _append(self.parts, char)
                self.at += 1
        self.unclosed(start, '"')

    def dollar(self, quoted: bool) -> None:
        at = self.at
        text = self.text
        if text.startswith("$${", at):
            _append(self.parts, "${")
            self.at += 3
        elif text.startswith("${", at):
            hole, self.at = _hole(text, at, self.where, self.problems)
            if hole is None:
                self.failed = True
            else:
                self.parts.append(hole)
        else:
            variable = _VARIABLE.match(text, at)
            if variable:
                name = variable.group()
                what = "a command substitution" if name == "$(" else "a shell variable"
                help = "Put in a value with ${…}; for the character itself write '\\$' or single quotes."
                self.wrong("RB235", f"{name!r} would be {what} in a shell, but this is none", at, variable.end(), help)
            _append(self.parts, "$")
            self.at += 1


class _Shifted:
    """The places of one word within its command."""

    __slots__ = ("offset", "where")

    def __init__(self, where: Where, offset: int) -> None:
        self.where = where
        self.offset = offset

    def locate(self, start: int, end: int) -> Span:
        return self.where.locate(self.offset + start, self.offset + end)
