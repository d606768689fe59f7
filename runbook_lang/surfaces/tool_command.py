"""A command line against the tool's own tree of commands: which command it is, its options, its arguments.

Reads what command-line libraries of the usual kind read: `--name value`, `--name=value`, `-n value`, `-nvalue`, switches,
`--` before what is no option. A word that only the run knows is one word; `cmdline.named` makes the words that are read here.
"""

from __future__ import annotations

from ..base.record import Record
from .cmdline import HOLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .cmdline import Known
    from .tool_facts import Tool

_HELP: Mapping[str, Any] = {"--help": {"type": "bool", "short": "-h"}}


class Option(Record):
    """One option as written. `value` is None for a switch and for a value that only the run knows."""

    name: str  # the long name
    value: str | None
    index: int
    value_index: int  # of the word that holds the value; the same as `index` for `--name=value`
    known: bool = True
    missing: bool = False  # the value isn't there


class Parsed(Record):
    """A command line taken apart. `facts` is None for a command outside the facts.

    `stop` is the word where the tree of commands ended without reaching one, None when all words were used up.
    `loose` counts the positionals that may be values of unknown options.
    """

    path: str
    facts: Mapping[str, Any] | None
    options: tuple[Option, ...]
    positionals: tuple[int, ...]  # indexes of the words
    stop: int | None = None
    loose: int = 0

    def option(self, name: str) -> Option | None:
        """The last option of that name, which is the one that counts."""
        found = [item for item in self.options if item.name == name]
        return found[-1] if found else None


def parse_tool(words: Known, tool: Tool) -> Parsed:
    """Take a command apart; never raises."""
    path, rest, stop = _descend(words, tool)
    known = tool.commands.get(path)
    runnable = known if known is not None and "effect" in known else None
    options, positionals, loose = _read_options(words, rest, tool, runnable)
    return Parsed(path, runnable, tuple(options), tuple(positionals), stop, loose)


def _descend(words: Known, tool: Tool) -> tuple[str, list[int], int | None]:
    """The command's full name, the indexes of the words that aren't part of it, and the word where the tree ended."""
    path = ""
    rest: list[int] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word is not None and word.startswith("-") and word != "-":
            flag, joined = find_flag(word, tool.global_flags)
            if flag is None and "effect" in tool.commands.get(path, {}):
                break  # an option of the command itself: what follows is its business
            rest.append(index)
            if flag and tool.global_flags[flag]["type"] != "bool" and joined is None:
                index += 1
                rest.append(index)
            index += 1
            continue
        longer = None if word is None else tool.below(path).get(word)
        if longer is None:
            break
        path = longer
        index += 1
    stop = index if index < len(words) and "effect" not in tool.commands.get(path, {}) else None
    rest.extend(range(index, len(words)))
    return path, [item for item in rest if item < len(words)], stop


def find_flag(word: str, flags: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The long name of a flag and the value that is joined to it."""
    if word in flags:
        return word, None
    name, joined, value = word.partition("=")
    if name in flags:
        return name, value if joined else None
    if word.startswith("--"):
        return None, None
    for long, facts in flags.items():
        short = facts.get("short")
        if short is None:
            continue
        if name == short:
            return long, value if joined else None
        if word.startswith(short) and facts["type"] != "bool":
            return long, word[len(short) :]
    return None, None


def _read_options(words: Known, rest: list[int], tool: Tool, facts: Mapping[str, Any] | None) -> tuple[list[Option], list[int], int]:
    own = (facts or {}).get("flags", {})
    flags = {**_HELP, **tool.global_flags, **own}
    options: list[Option] = []
    positionals: list[int] = []
    loose = 0
    queue: Iterator[int] = iter(rest)
    after_unknown = False
    for index in queue:
        word = words[index]
        if word == "--":
            positionals.extend(queue)
            break
        if word is None or not word.startswith("-") or word == "-":
            positionals.append(index)
            loose += after_unknown
            after_unknown = False
            continue
        found = _flags_of(word, flags)
        after_unknown = not found and "=" not in word
        if not found:
            options.append(Option(word.partition("=")[0], None, index, index, known=False))
        for name, value in found:
            options.append(_option(words, index, name, value, queue if flags[name]["type"] != "bool" and value is None else None))
    return options, positionals, loose


def _flags_of(word: str, flags: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """The flags that a word stands for, with joined values: one, or several switches as in `-Atc`; empty when one isn't known."""
    name, value = find_flag(word, flags)
    if name is not None:
        return [(name, value)]
    found: list[tuple[str, str | None]] = []
    at = 1
    while not word.startswith("--") and at < len(word):
        name = next((long for long, facts in flags.items() if f"-{word[at]}" in (long, facts.get("short"))), None)
        if name is None:
            return []
        at += 1
        if flags[name]["type"] != "bool":
            return [*found, (name, word[at:] or None)]
        found.append((name, None))
    return found


def _option(words: Known, index: int, name: str, value: str | None, queue: Iterator[int] | None) -> Option:
    """An option whose value is joined, or is the next word of `queue`."""
    if queue is None:
        return Option(name, None if value is not None and HOLE in value else value, index, index)
    following = next(queue, None)
    if following is None:
        return Option(name, None, index, index, missing=True)
    return Option(name, words[following], index, following)
