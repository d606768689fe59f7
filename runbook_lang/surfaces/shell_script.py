"""The simple commands of a shell script, as far as they can be seen without running it.

For `sh -c 'doctl … | head -n 10'`: the words of `doctl …` and of `head …`, each with its place in the script. Expansions
are marks (`HOLE`) inside a word; the commands in `$(…)` and backquotes are simple commands too. Not a shell: functions and
here-documents aren't followed; what they hide stays unseen, and nothing that is seen is invented.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record
from .cmdline import HOLE

_VARIABLE = lazy(r"\$(?:[A-Za-z_]\w*|[0-9@#?!*$-])")
_SPACES = " \t"
_BREAKS = ";&|\n(){}"
_RESERVED = frozenset("if then elif else fi while until do done for case esac in ! { } time function select".split())
_ASSIGNMENT = lazy(r"[A-Za-z_]\w*\+?=")
_REDIRECTION = lazy(r"\d*(?:<<<|<<-?|>>|>\||<>|[<>]&|&>>?|[<>])")
_MAX_SCRIPT = 100_000
_MAX_DEPTH = 8


class ScriptWord(Record):
    """A word of a script between two offsets of it. `plain`: it is written as it reads, without quotes and escapes."""

    text: str
    start: int
    end: int
    plain: bool = True


def simple_commands(script: str) -> list[tuple[ScriptWord, ...]]:
    """The simple commands in order; leading assignments, redirections and reserved words are left out. Total: never raises."""
    reader = _Reader(script[:_MAX_SCRIPT])
    reader.run()
    return [command for words in reader.commands if (command := _without_prefix(words))]


def _without_prefix(words: list[ScriptWord]) -> tuple[ScriptWord, ...]:
    at = 0
    while at < len(words) and words[at].plain and (words[at].text in _RESERVED or _ASSIGNMENT.match(words[at].text)):
        at += 1
    return tuple(words[at:])


class _Reader:
    """One pass over a script."""

    __slots__ = ("at", "commands", "current", "depth", "script")

    def __init__(self, script: str, at: int = 0, depth: int = 0) -> None:
        self.script = script
        self.at = at
        self.depth = depth
        self.commands: list[list[ScriptWord]] = []
        self.current: list[ScriptWord] = []

    def run(self) -> None:
        script = self.script
        while self.at < len(script):
            char = script[self.at]
            if char in _SPACES:
                self.at += 1
            elif script.startswith("\\\n", self.at):
                self.at += 2
            elif char == "#":
                end = script.find("\n", self.at)
                self.at = len(script) if end < 0 else end
            elif (redirection := _REDIRECTION.match(script, self.at)) is not None:
                self.at = redirection.end()
                self.skip_target()
            elif char in _BREAKS:
                self.end_command()
                self.at += 1
            else:
                self.current.append(self.word())
        self.end_command()

    def end_command(self) -> None:
        if self.current:
            self.commands.append(self.current)
            self.current = []

    def skip_target(self) -> None:
        while self.at < len(self.script) and self.script[self.at] in _SPACES:
            self.at += 1
        if self.at < len(self.script) and self.script[self.at] not in _BREAKS:
            self.word()

    def word(self) -> ScriptWord:
        script, start = self.script, self.at
        pieces: list[str] = []
        plain = True
        while self.at < len(script) and script[self.at] not in " \t\n;&|()<>":
            char = script[self.at]
            if char in "'\"\\":
                plain = False
                pieces.append(self.quoted(char))
            elif char in "$`":
                pieces.append(self.expansion())
            else:
                pieces.append(HOLE if char in "*?" else char)
                self.at += 1
        return ScriptWord("".join(pieces), start, self.at, plain)

    def quoted(self, quote: str) -> str:
        script = self.script
        if quote == "\\":
            found = script[self.at + 1 : self.at + 2]
            self.at += 2
            return "" if found == "\n" else found
        self.at += 1
        if quote == "'":
            end = script.find("'", self.at)
            end = len(script) if end < 0 else end
            text = script[self.at : end]
            self.at = end + 1
            return text
        pieces: list[str] = []
        while self.at < len(script) and script[self.at] != '"':
            char = script[self.at]
            if char == "\\" and script[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                pieces.append(script[self.at + 1].replace("\n", ""))
                self.at += 2
            elif char in "$`":
                pieces.append(self.expansion())
            else:
                pieces.append(char)
                self.at += 1
        self.at += 1
        return "".join(pieces)

    def expansion(self) -> str:
        """What `$…` or a backquote stands for: a hole, or a dollar sign that is one."""
        script = self.script
        variable = _VARIABLE.match(script, self.at)
        if variable is not None:
            self.at = variable.end()
            return HOLE
        if script.startswith(("$(", "${"), self.at):
            start, self.at = self.at + 2, _closing(script, self.at + 1)
            if script.startswith("$(", start - 2) and not script.startswith("(", start):
                self.substitution(start, self.at - script.startswith(")", self.at - 1))
            return HOLE
        if script[self.at] == "`":
            end = script.find("`", self.at + 1)
            start, self.at = self.at + 1, len(script) if end < 0 else end + 1
            self.substitution(start, len(script) if end < 0 else end)
            return HOLE
        self.at += 1
        return "$"

    def substitution(self, start: int, end: int) -> None:
        """The commands whose output takes the place of this part of the script."""
        if self.depth < _MAX_DEPTH:
            inner = _Reader(self.script[:end], start, self.depth + 1)
            inner.run()
            self.commands += inner.commands


def _closing(script: str, at: int) -> int:
    """The offset behind the parenthesis or brace that closes the one at `at`; quotes inside are skipped."""
    opening = script[at]
    closing = ")" if opening == "(" else "}"
    depth = 0
    while at < len(script):
        char = script[at]
        if char in "'\"":
            end = script.find(char, at + 1)
            at = len(script) if end < 0 else end
        elif char == opening:
            depth += 1
        elif char == closing:
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(script)
