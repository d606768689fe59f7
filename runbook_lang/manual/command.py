"""A manual's command -> its words with their holes, and what in it only a shell can do. Total: never raises."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record
from .holes import Hole, placeholder_at, variable_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSIGNMENT = lazy(r"[A-Za-z_][A-Za-z0-9_]*=")
_BRACES = lazy(r"\{[^{}\s]*(?:,|\.\.)[^{}\s]*\}")
_RESERVED = frozenset("if for while until case select function { ! [[ (".split())
BUILTINS = frozenset(
    ". alias bg break builtin continue declare eval exec fg let local popd pushd read set shift source trap ulimit umask unset wait".split()
)
"""What a shell does itself: as a program of its own there is none, or it would have no effect."""


class Word(Record):
    """A word's parts: text, and holes between."""

    parts: tuple[str | Hole, ...] = ()
    globs: bool = False  # it has a pattern outside of quotes

    @property
    def text(self) -> str | None:
        """The word when it has no hole."""
        return "".join(part for part in self.parts if isinstance(part, str)) if not self.holes else None

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def whole(self) -> Hole | None:
        """The hole when it is all of the word."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], Hole) else None

    def startswith(self, *texts: str) -> bool:
        return bool(self.parts) and isinstance(self.parts[0], str) and self.parts[0].startswith(texts)

    def after(self, count: int) -> Word:
        """The word without its first characters, which have no hole."""
        first = self.parts[0]
        assert isinstance(first, str)
        return Word(((first[count:],) if first[count:] else ()) + self.parts[1:])


class Command(Record):
    """`needs`: what only a shell can do, in words for people; then `words` are those up to there. `sets`: assignments before it.

    `captured`: the command whose output the only assignment takes: `X=$(…)`. `stdin`: a here-document, when nothing else
    needs a shell; `expands`: whether the document's variables are filled in.
    """

    text: str
    words: tuple[Word, ...] = ()
    sets: tuple[tuple[str, Word], ...] = ()
    needs: tuple[str, ...] = ()
    captured: str = ""
    exports: bool = False
    stdin: str | None = None
    expands: bool = True

    @property
    def program(self) -> str:
        return (self.words[0].text or "") if self.words else ""


def read_command(text: str) -> Command:
    """The command of one piece of a script."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[Word] = []
        self.needs: dict[str, None] = {}
        self.stdin: str | None = None
        self.expands = True

    def read(self) -> Command:
        captured = _captured(self.text)
        if captured:
            return Command(self.text, captured=captured[1], sets=((captured[0], Word()),))
        while self.at < len(self.text):
            self.step()
        words = self.words
        exports = bool(words) and words[0].text == "export" and all(self.assigns(word) for word in words[1:]) and len(words) > 1
        words = words[1:] if exports else words
        count = next((at for at, word in enumerate(words) if not self.assigns(word)), len(words))
        sets = tuple(_assignment(word) for word in words[:count])
        rest = tuple(words[count:])
        if rest and rest[0].text in _RESERVED:
            self.needs["a construct of the shell"] = None
        if rest and rest[0].text in BUILTINS:
            self.needs["a command of the shell's own; its effect ends with this step"] = None
        return Command(self.text, rest, sets, tuple(self.needs), "", exports, self.stdin, self.expands)

    @staticmethod
    def assigns(word: Word) -> bool:
        return bool(word.parts) and isinstance(word.parts[0], str) and _ASSIGNMENT.match(word.parts[0]) is not None

    def step(self) -> None:
        text, at = self.text, self.at
        char = text[at]
        if char in " \t\n\r" or text.startswith("\\\n", at):
            self.at += 2 if char == "\\" else 1
        elif char in "|&;()":
            self.needs[_OPERATORS.get(text[at : at + 2]) or _OPERATORS[char]] = None
            self.at += 1
        elif char in "<>" and (char == ">" or placeholder_at(text, at) is None):
            self.redirection()
        else:
            self.word()

    def redirection(self) -> None:
        heredoc = None if "a redirection" in self.needs else _heredoc(self.text, self.at)
        if heredoc is None or self.stdin is not None:
            self.needs["a redirection"] = None
            self.at += 1
            return
        body, self.expands, self.at = heredoc
        self.stdin = body

    def word(self) -> None:
        parts: list[str | Hole] = []
        globs = False
        begin = self.at
        while self.at < len(self.text):
            at, char = self.at, self.text[self.at]
            if char in " \t\n\r|&;()" or (char in "<>" and (char == ">" or placeholder_at(self.text, at) is None)):
                if char in "<>" and self.text[begin:at].isdigit():
                    return  # the 2 of `2>`: the redirection says it
                break
            if char == "'":
                self.single(parts)
            elif char == '"':
                self.double(parts)
            elif char == "\\":
                _append(parts, self.text[at + 1 : at + 2].replace("\n", ""))
                self.at += 2
            elif not self.hole(parts):
                globs = globs or char in "*?" or (char == "~" and at == begin) or _BRACES.match(self.text, at) is not None
                _append(parts, char)
                self.at += 1
        self.words.append(Word(tuple(parts), globs))

    def single(self, parts: list[str | Hole]) -> None:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            self.needs["a quote that isn't closed"] = None
            end = len(self.text)
        parts_of(self.text[self.at + 1 : end], parts)
        self.at = end + 1
        if not parts:
            parts.append("")

    def double(self, parts: list[str | Hole]) -> None:
        self.at += 1
        if not parts:
            parts.append("")
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                _append(parts, self.text[self.at + 1].replace("\n", ""))
                self.at += 2
            elif not self.hole(parts):
                _append(parts, char)
                self.at += 1
        self.needs["a quote that isn't closed"] = None

    def hole(self, parts: list[str | Hole]) -> bool:
        """Takes a hole that begins here; a `$` that is none needs a shell."""
        found = placeholder_at(self.text, self.at) or variable_at(self.text, self.at)
        if found is not None:
            _append(parts, found[0])
            self.at = found[1]
            return True
        char = self.text[self.at]
        following = self.text[self.at + 1 : self.at + 2]
        if char == "`" or (char == "$" and following == "("):
            self.needs["the output of another command"] = None
        elif char == "$" and (following in "{@#?!*$'\"" or following.isdigit()) and following:
            self.needs["an expansion of the shell"] = None
        return False


_OPERATORS = {
    "||": "an alternative (||)",
    "&&": "a sequence (&&)",
    "|": "a pipe",
    "&": "a background job",
    ";": "a sequence (;)",
    "(": "a subshell",
    ")": "a subshell",
}


def parts_of(text: str, parts: list[str | Hole]) -> None:
    """Adds text in which only placeholders are holes."""
    at = 0
    while at < len(text):
        found = placeholder_at(text, at)
        if found is not None:
            _append(parts, found[0])
            at = found[1]
        else:
            _append(parts, text[at])
            at += 1


def filled(text: str, variables: bool) -> Iterator[str | Hole]:
    """The parts of a longer text: placeholders, and variables too where a shell would fill them in."""
    parts: list[str | Hole] = []
    at = 0
    while at < len(text):
        found = placeholder_at(text, at) or (variable_at(text, at) if variables else None)
        _append(parts, found[0] if found else text[at])
        at = found[1] if found else at + 1
    yield from parts


def _append(parts: list[str | Hole], part: str | Hole) -> None:
    if isinstance(part, str) and parts and isinstance(parts[-1], str):
        parts[-1] += part
    elif part:
        if parts == [""]:
            parts.clear()
        parts.append(part)


def _assignment(word: Word) -> tuple[str, Word]:
    first = word.parts[0]
    assert isinstance(first, str)
    name = first.partition("=")[0]
    return name, word.after(len(name) + 1)


def _captured(text: str) -> tuple[str, str] | None:
    """(name, command) of `NAME=$(command)` or with backticks, when that is all."""
    found = _CAPTURE.fullmatch(text.strip())
    if found is None:
        return None
    inner = found.group("a") if found.group("a") is not None else found.group("b")
    if found.group("a") is not None and not _balanced(inner):
        return None
    return found.group("name"), inner.strip()


_CAPTURE = lazy(r"(?s)(?:export\s+)?(?P<name>[A-Za-z_]\w*)=(?P<q>\"?)(?:\$\((?P<a>[^(].*)\)|`(?P<b>[^`]+)`)(?P=q)")


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


_HERE = lazy(r"<<(-?)[ \t]*(['\"]?)([A-Za-z_]\w*)\2[ \t]*\n")


def _heredoc(text: str, at: int) -> tuple[str, bool, int] | None:
    """(document, are variables filled in, end of the whole) of a here-document at the end of the command's line."""
    found = _HERE.match(text, at)
    if found is None:
        return None
    strip, quote, name = found.groups()
    lines = text[found.end() :].split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        line = line.lstrip("\t") if strip else line
        if line.strip() == name:
            if any(rest.strip() for rest in lines[number + 1 :]):
                return None
            return "".join(one + "\n" for one in kept), not quote, len(text)
        kept.append(line)
    return None
