"""A manual's command as the script of `sh -c`: placeholders become variables, since a value never stands inside of a script."""

from __future__ import annotations

from ..base.pattern import lazy
from .holes import Hole, placeholder_at, variable_at
from .naming import identifier

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

    from .given import Given
    from .yaml_text import Data

_SET = lazy(
    r"(?:(?:^|[\s;&|(`])([A-Za-z_]\w*)\+?=)|\b(?:for|select)[ \t]+([A-Za-z_]\w*)[ \t]+in\b|\bread[ \t]+(?:-\w+[ \t]+)*([A-Za-z_]\w*)"
)
_SPECIAL = frozenset({"IFS", "PWD", "OLDPWD", "RANDOM", "SECONDS", "LINENO", "PIPESTATUS", "BASH_SOURCE", "UID", "EUID", "PPID"})
_RAW = lazy(r"<<-?[ \t]*(?P<quote>['\"])(?P<name>[A-Za-z_]\w*)(?P=quote)")
_FILLED = lazy(r"(?<!<)<<-?[ \t]*(?P<name>[A-Za-z_]\w*)")


def script_of(text: str, given: Given) -> tuple[str, dict[str, Data], tuple[str, ...]]:
    """(script as a template, variables by name, notes)."""
    own = {name for found in _SET.finditer(text) for name in found.groups() if name}
    writer = _Writer(text, given, own)
    writer.run()
    return "".join(writer.out), writer.variables, tuple(dict.fromkeys(writer.notes))


class _Writer:
    def __init__(self, text: str, given: Given, own: set[str]) -> None:
        self.text = text
        self.given = given
        self.own = own
        self.out: list[str] = []
        self.variables: dict[str, Data] = {}
        self.notes: list[str] = []
        self.quote = ""
        self.inside = False  # of a here-document, where quotes are text
        self.raw = _documents(text, _RAW)
        self.documents = _documents(text, _FILLED)

    def run(self) -> None:
        text, at = self.text, 0
        while at < len(text):
            char = text[at]
            raw = any(begin <= at < end for begin, end in self.raw)
            found = placeholder_at(text, at)
            if found is not None:
                self.inside = any(begin <= at < end for begin, end in self.documents)
                self.placeholder(found[0], text[found[1] : found[1] + 1], raw)
                at = found[1]
                continue
            if raw:
                self.put(char)
                at += 1
                continue
            if char == "\\" and self.quote != "'" and at + 1 < len(text):
                self.put(text[at : at + 2])
                at += 2
                continue
            variable = variable_at(text, at) if char == "$" and self.quote != "'" else None
            if variable is not None:
                self.variable(variable[0])
                self.put(text[at : variable[1]])
                at = variable[1]
                continue
            self.turn(char)
            self.put(char)
            at += 1

    def turn(self, char: str) -> None:
        if char in "'\"":
            self.quote = "" if self.quote == char else self.quote or char

    def put(self, text: str) -> None:
        if text.startswith("{") and self.out and self.out[-1].endswith("$"):
            self.out[-1] += "$"
        self.out.append(text.replace("${", "$${"))

    def variable(self, hole: Hole) -> None:
        if hole.name not in self.own and hole.name not in _SPECIAL:
            self.variables[hole.name] = self.given.template((hole,))

    def placeholder(self, hole: Hole, following: str, raw: bool) -> None:
        if raw:
            self.notes.append(f"{hole.text} stands in a here-document in which nothing is filled in: write it by hand")
            self.put(hole.text)
            return
        name = identifier(hole.name, "value").upper()
        self.variables[name] = self.given.template((hole,))
        plain = f"$${{{name}}}" if following.isalnum() or following == "_" else f"${name}"
        self.out.append({"": f'"{plain}"', '"': plain, "'": f"'\"{plain}\"'"}['"' if self.inside else self.quote])


def _documents(text: str, kind: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where here-documents of a kind stand."""
    found = []
    for match in kind.finditer(text):
        begin = text.find("\n", match.end())
        if begin < 0:
            continue
        at = begin + 1
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            if text[at:end].strip() == match.group("name"):
                break
            at = end + 1
        found.append((begin + 1, at))
    return found
