"""From the words of a call to a command, its arguments and flags; the rules are those of cobra and pflag."""

from __future__ import annotations

import json
import os

from pymerp_lab.doctl.problems import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SURFACE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "surface.json")


class Flag:
    """`kind`: string, int, bool, duration or stringSlice; written `kind[!][,short]` in the surface (! = required)."""

    def __init__(self, name: str, text: str) -> None:
        kind, _, self.short = text.partition(",")
        self.name, self.required, self.kind = name, kind.endswith("!"), kind.rstrip("!")

    def read(self, text: str, command: str) -> object:
        if self.kind == "bool":
            if text.lower() in {"true", "1", "t"}:
                return True
            if text.lower() in {"false", "0", "f"}:
                return False
            raise self._invalid(text, "strconv.ParseBool", command)
        if self.kind == "int":
            try:
                return int(text, 0)
            except ValueError:
                raise self._invalid(text, "strconv.ParseInt", command) from None
        return text.split(",") if self.kind == "stringSlice" else text

    def _invalid(self, text: str, function: str, command: str) -> UsageError:
        label = f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"
        return UsageError(f'invalid argument "{text}" for "{label}" flag: {function}: parsing "{text}": invalid syntax', command)


class Surface:
    def __init__(self, path: str = SURFACE) -> None:
        with open(path, encoding="utf-8") as stream:
            data = json.load(stream)
        self.version: str = data["version"]
        self.commands: dict[str, dict[str, Any]] = data["commands"]
        self.elsewhere = frozenset(data["elsewhere"].split())
        self.general = {name: Flag(name, text) for name, text in data["global"].items()}

    def flags(self, command: str) -> dict[str, Flag]:
        own = self.commands[command].get("flags", {}) if command else {}
        return self.general | {name: Flag(name, text) for name, text in own.items()}

    def child(self, command: str, word: str) -> str | None:
        """The full path of a subcommand that is called by its name or by an alias."""
        prefix = f"{command} " if command else ""
        direct = prefix + word
        if direct in self.commands:
            return direct
        return next(
            (path for path, facts in self.commands.items() if self._is_child(path, prefix) and word in facts.get("aliases", "").split()),
            None,
        )

    @staticmethod
    def _is_child(path: str, prefix: str) -> bool:
        return path.startswith(prefix) and " " not in path[len(prefix) :]

    def children(self, command: str) -> list[str]:
        prefix = f"{command} " if command else ""
        return [path[len(prefix) :] for path in self.commands if self._is_child(path, prefix)]


class Call:
    def __init__(self, command: str, arguments: list[str], flags: dict[str, Any]) -> None:
        self.command, self.arguments, self.flags = command, arguments, flags


def find(surface: Surface, words: list[str]) -> tuple[str, list[str]]:
    """The command that the words reach, and the words without its names. Flags may stand before a name."""
    rest: list[str] = []
    command, index = "", 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            return command, [*rest, word, *words[index:]]
        if word.startswith("-") and word != "-":
            rest.append(word)
            if _takes_next(surface.flags(command), word) and index < len(words):
                rest.append(words[index])
                index += 1
            continue
        below = surface.child(command, word)
        if below is None:
            return command, [*rest, word, *words[index:]]
        command = below
    return command, rest


def _takes_next(flags: dict[str, Flag], word: str) -> bool:
    """Whether the value of a flag is the word after it."""
    if "=" in word:
        return False
    if word.startswith("--"):
        flag = flags.get(word[2:])
        return flag is None or flag.kind != "bool"
    flag = next((item for item in flags.values() if item.short and item.short == word[1:2]), None)
    return len(word) == 2 and (flag is None or flag.kind != "bool")


def parse(surface: Surface, words: list[str]) -> Call:
    """Raises UsageError."""
    command, rest = find(surface, words)
    reader = _Reader(surface.flags(command), command, rest)
    reader.run()
    return Call(command, reader.arguments, reader.values)


class _Reader:
    def __init__(self, flags: dict[str, Flag], command: str, words: list[str]) -> None:
        self.flags, self.command, self.words = flags, command, list(words)
        self.arguments: list[str] = []
        self.values: dict[str, Any] = {}

    def run(self) -> None:
        while self.words:
            word = self.words.pop(0)
            if word == "--":
                self.arguments += self.words
                return
            if word.startswith("--"):
                self._long(word[2:])
            elif word.startswith("-") and word != "-":
                self._short(word[1:])
            else:
                self.arguments.append(word)

    def _long(self, text: str) -> None:
        name, given, value = text.partition("=")
        flag = self.flags.get(name)
        if flag is None:
            raise UsageError(f"unknown flag: --{name}", self.command)
        if given:
            self._set(flag, value)
        elif flag.kind == "bool":
            self.values[name] = True
        else:
            self._set(flag, self._next(f"flag needs an argument: --{name}"))

    def _short(self, letters: str) -> None:
        text = letters
        while text:
            flag = next((item for item in self.flags.values() if item.short == text[0]), None)
            if flag is None:
                raise UsageError(f"unknown shorthand flag: '{text[0]}' in -{letters}", self.command)
            rest = text[1:]
            if flag.kind == "bool" and not rest.startswith("="):
                self.values[flag.name] = True
                text = rest
                continue
            value = rest.removeprefix("=") if rest else self._next(f"flag needs an argument: '{text[0]}' in -{letters}")
            self._set(flag, value)
            return

    def _set(self, flag: Flag, text: str) -> None:
        value = flag.read(text, self.command)
        before = self.values.get(flag.name)
        self.values[flag.name] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value

    def _next(self, complaint: str) -> str:
        if not self.words:
            raise UsageError(complaint, self.command)
        return self.words.pop(0)
