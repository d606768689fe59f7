"""A code block of a manual -> its commands, each with its place, the comments that stand before it and the one behind it.

Not a shell: quotes, continuation lines, here-documents and compound commands are followed as far as needed to know where a
command ends. What isn't closed ends with its line. Total: never raises.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record

_HEREDOC = lazy(r"<<-?[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_PROMPT = lazy(
    r"[ \t]*(?:\([\w.-]+\)[ \t]*)?(?:[\w.-]+@[\w.-]+(?::[^\s$#]*)?|\[[^\]]+\]|[\w.-]+:[^\s$#]*|~?[\w./-]*)?[ \t]?[$%❯](?:[ \t]+|$)"
)
_ROOT_PROMPT = lazy(r"[ \t]*(?:[\w.-]+@[\w.-]+(?::[^\s$#]*)?|\[[^\]]+\])[ \t]?#[ \t]+")
_OPENING = frozenset({"if", "for", "while", "until", "case", "select", "{"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
_LEADING = frozenset({"then", "else", "elif", "do", "!", "time", "in"})
_BLANK = " \t"
_CLOSED = {"'": lazy(r"'[^']*'"), '"': lazy(r'(?s)"(?:[^"\\]|\\.)*"'), "`": lazy(r"(?s)`(?:[^`\\]|\\.)*`")}
MAX_BLOCK = 50_000
"""Characters of a code block; what is behind them isn't looked at."""
MAX_EXPANSION = 2_000
"""Characters of a `$(…)` or `${…}`; a longer one counts as not closed."""


class Piece(Record):
    """One command. `line` counts in the manual; `before` are the comments above it, `behind` the one at its end.

    `shown`: output that stands below it.
    """

    text: str
    line: int
    before: tuple[str, ...] = ()
    behind: str = ""
    shown: tuple[str, ...] = ()


class Script(Record):
    """What a block holds. `rest`: comments after the last command."""

    pieces: tuple[Piece, ...] = ()
    rest: tuple[str, ...] = ()


def read_script(text: str, line: int) -> Script:
    """`line`: that of the block's first line in the manual. Where lines begin with a prompt, only these are commands."""
    text = text[:MAX_BLOCK].expandtabs(8) if "\t" in text[:2] else text[:MAX_BLOCK]
    if any(_prompt(one) for one in text.split("\n")):
        return _console(text.split("\n"), line)
    return _Reader(text, line).read()


def _prompt(line: str) -> int:
    """The length of the prompt that a line begins with; 0 for none."""
    found = _PROMPT.match(line) or _ROOT_PROMPT.match(line)
    return found.end() if found and found.end() < len(line.rstrip()) and "=" not in found.group() else 0


def _console(lines: list[str], first: int) -> Script:
    pieces: list[Piece] = []
    before: list[str] = []
    at = 0
    while at < len(lines):
        length = _prompt(lines[at])
        start = at
        if not length:
            text = lines[at].strip()
            if text.startswith("#"):
                before.append(_comment(text))
            elif text and pieces:
                pieces[-1] = pieces[-1].replace(shown=(*pieces[-1].shown, text))
            at += 1
            continue
        command = [lines[at][length:]]
        while at + 1 < len(lines) and (command[-1].rstrip().endswith("\\") or lines[at + 1].startswith("> ")):
            at += 1
            command.append(lines[at].removeprefix("> "))
        at += 1
        found = _Reader("\n".join(command), first + start).read()
        for number, piece in enumerate(found.pieces):
            pieces.append(piece.replace(before=(*before, *piece.before)) if number == 0 else piece)
        before = [*found.rest] if found.pieces else [*before, *found.rest]
    return Script(tuple(pieces), tuple(before))


def _comment(text: str) -> str:
    return text.lstrip("#").strip()


class _Reader:
    """One pass over a block."""

    def __init__(self, text: str, line: int) -> None:
        self.text = text
        self.line = line
        self.at = 0
        self.start = 0
        self.depth = 0
        self.heredocs: list[str] = []
        self.endless: set[str] = set()  # delimiters that no later line has
        self.first = True  # the next word is a command's first
        self.breaks: list[tuple[int, int]] = []  # `&&` and `;` between commands, as offsets
        self.whole = False  # `||`, `&`: what the breaks mean hangs together
        self.before: list[str] = []
        self.pieces: list[Piece] = []

    def read(self) -> Script:
        while self.at < len(self.text):
            self.step()
        if self.depth or self.heredocs:
            self.end_unclosed()
        else:
            self.end("")
        return Script(tuple(self.pieces), tuple(self.before))

    def step(self) -> None:
        text, at = self.text, self.at
        char = text[at]
        if char == "\n":
            self.newline()
        elif char in _BLANK:
            self.at += 1
        elif text.startswith("\\\n", at):
            self.at += 2
        elif char == "#":
            self.comment()
        elif char in "()":
            self.depth = max(0, self.depth + (1 if char == "(" else -1))
            self.first = True
            self.at += 1
        elif char in "&|;":
            self.operator()
        elif text.startswith("<<", at) and (found := _HEREDOC.match(text, at)) and not text.startswith("<<<", at):
            self.heredocs += [found.group(2)] if found.group(2) not in self.endless else []
            self.at = found.end()
        else:
            self.word()

    def newline(self) -> None:
        if self.heredocs:
            self.at = self.after_heredocs()
            if self.depth == 0:
                self.end("", self.at)
                return
        elif self.depth == 0:
            self.end("")
        self.at += 1
        self.first = True
        if self.depth == 0:
            self.start = self.at

    def after_heredocs(self) -> int:
        """The offset of the newline behind the last delimiter; the end of the text when one is missing."""
        at = self.at
        for name in self.heredocs:
            while True:
                begin = at + 1
                at = self.text.find("\n", begin)
                at = len(self.text) if at < 0 else at
                if self.text[begin:at].strip() == name:
                    break
                if at >= len(self.text):
                    self.endless.add(name)
                    break
        self.heredocs = []
        return at

    def comment(self) -> None:
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        comment = _comment(self.text[self.at : end])
        if self.depth:
            self.at = end
        elif self.text[self.start : self.at].strip():
            if self.heredocs:
                self.at = end
                return
            self.end(comment)
            self.at = self.start = end
        else:
            if comment:
                self.before.append(comment)
            self.at = self.start = end

    def operator(self) -> None:
        text, at = self.text, self.at
        double = text[at : at + 2]
        length = 2 if double in ("&&", "||", ";;", "|&") else 1
        redirection = text[at] == "&" and (text[at - 1 : at] in ("<", ">") or text[at + 1 : at + 2] == ">")
        if double == "||" or (text[at] == "&" and double != "&&" and not redirection):
            self.whole = True
        elif self.depth == 0 and (double == "&&" or (text[at] == ";" and double != ";;")):
            self.breaks.append((at, at + length))
        self.first = self.first or not redirection
        self.at += length

    def word(self) -> None:
        text, begin = self.text, self.at
        while self.at < len(text) and text[self.at] not in " \t\n&|;()":
            char = text[self.at]
            if char in "'\"`":
                if not self.quoted(char):
                    return
            elif char == "\\":
                self.at += 2
            elif text.startswith(("$(", "${"), self.at):
                self.expansion()
            elif text.startswith("<<", self.at):
                if self.at == begin:
                    self.at += 3 if text.startswith("<<<", self.at) else 2
                break
            else:
                self.at += 1
        word = text[begin : self.at]
        if self.first:
            self.depth = max(0, self.depth + (word in _OPENING) - (word in _CLOSING))
        self.first = word in _OPENING or word in _LEADING

    def quoted(self, quote: str) -> bool:
        """Goes behind the closing quote; without one the line is the end."""
        found = _CLOSED[quote].match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return True
        self.end_unclosed()
        return False

    def expansion(self) -> None:
        """Goes behind `$(…)` or `${…}`; one that isn't closed ends with its line."""
        opening = self.text[self.at + 1]
        closing = ")" if opening == "(" else "}"
        depth, at = 0, self.at + 1
        limit = min(len(self.text), at + MAX_EXPANSION)
        while at < limit:
            char = self.text[at]
            depth += (char == opening) - (char == closing)
            at += 1
            if depth == 0:
                self.at = at
                return
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def end_unclosed(self) -> None:
        """Something isn't closed: the line on which the command began is taken by itself, and reading goes on behind it."""
        end = self.text.find("\n", self.start)
        end = len(self.text) if end < 0 else end
        self.depth, self.heredocs, self.whole = 0, [], True
        self.end("", end)
        self.at = self.start = min(end + 1, len(self.text))
        self.first = True

    def end(self, behind: str, end: int = -1) -> None:
        """The command from `start` is complete."""
        end = self.at if end < 0 else end
        breaks = [] if self.whole else [pair for pair in self.breaks if pair[1] <= end]
        bounds = [self.start, *(at for pair in breaks for at in pair), end]
        parts = [(bounds[i], self.text[bounds[i] : bounds[i + 1]]) for i in range(0, len(bounds), 2)]
        parts = [(at, text) for at, text in parts if text.strip()]
        for number, (at, text) in enumerate(parts):
            skipped = at + len(text) - len(text.lstrip())
            line = self.line + self.text.count("\n", 0, skipped)
            before = tuple(self.before) if number == 0 else ()
            self.pieces.append(Piece(text.strip(), line, before, behind if number == len(parts) - 1 else ""))
        if parts:
            self.before = []
        elif behind:
            self.before.append(behind)
        self.breaks, self.whole, self.first = [], False, True
        self.start = end
