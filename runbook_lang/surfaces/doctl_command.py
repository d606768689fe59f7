"""A doctl command line against doctl's own command tree: which command it is, its options, what is wrong with it."""

from __future__ import annotations

from ..base.record import Record
from ..base.suggest import did_you_mean
from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .cmdline import Known

# Top-level commands whose subcommands are all in the facts. Of `compute` only `cdn` is.
FAMILIES = ("apps", "databases", "registry", "compute cdn")


class Fault(Record):
    """One thing that is wrong with a command, with the index of the word that shows it (-1: the whole)."""

    code: str
    message: str
    index: int = -1
    help: str = ""
    warning: bool = False


class Option(Record):
    """One option as written. `value` is None for a switch and for a value that only the run knows."""

    name: str  # the long name
    value: str | None
    index: int
    value_index: int  # of the word that holds the value; the same as `index` for `--name=value`
    known: bool = True


class Parsed(Record):
    """A command line taken apart. `facts` is None for a command outside the facts."""

    path: str
    facts: Mapping[str, Any] | None
    options: tuple[Option, ...]
    positionals: tuple[int, ...]  # indexes of the words
    faults: tuple[Fault, ...] = ()

    def option(self, name: str) -> Option | None:
        """The last option of that name, which is the one that counts."""
        found = [item for item in self.options if item.name == name]
        return found[-1] if found else None


def parse_command(words: Known) -> Parsed:
    """Take a command apart; never raises. Words that only the run knows can be positionals and values of options."""
    commands: Mapping[str, Any] = facts_file("doctl")["commands"]
    path, rest, stop = _descend(words, commands)
    known = commands.get(path)
    runnable = known if known is not None and "effect" in known else None
    options, positionals, faults = _read_options(words, rest, runnable)
    if runnable is None:
        faults = _no_command(words, path, stop, commands)
    return Parsed(path, runnable, tuple(options), tuple(positionals), tuple(faults))


def _descend(words: Known, commands: Mapping[str, Any]) -> tuple[str, list[int], int | None]:
    """The command's full name, the indexes of the words that aren't part of it, and the word where the tree ended."""
    globals_: Mapping[str, Any] = facts_file("doctl")["global_flags"]
    path = ""
    rest: list[int] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word is not None and word.startswith("-") and word != "-":
            rest.append(index)
            flag, _ = _find_flag(word, globals_)
            if flag and globals_[flag]["type"] != "bool" and "=" not in word and word in (flag, globals_[flag].get("short")):
                index += 1
                rest.append(index)
            index += 1
            continue
        longer = None if word is None else _child(path, word, commands)
        if longer is None:
            rest.extend(range(index, len(words)))
            return path, [item for item in rest if item < len(words)], index
        path = longer
        index += 1
        if "effect" in commands.get(path, {}):
            rest.extend(range(index, len(words)))
            return path, rest, None
    return path, [item for item in rest if item < len(words)], None


def _child(path: str, word: str, commands: Mapping[str, Any]) -> str | None:
    if not path and word == "compute":
        return "compute"
    direct = f"{path} {word}".strip()
    if direct in commands:
        return direct
    prefix = path + " " if path else ""
    for name, facts in commands.items():
        if name.startswith(prefix) and " " not in name[len(prefix) :] and word in facts.get("aliases", ()):
            return name
    return None


def _find_flag(word: str, flags: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The long name of a flag and the value that is joined to it."""
    name, joined, value = word.partition("=")
    for long, facts in flags.items():
        if name == long or name == facts.get("short"):
            return long, value if joined else None
        short = facts.get("short")
        if short and word.startswith(short) and not word.startswith("--") and facts["type"] != "bool":
            return long, word[len(short) :]
    return None, None


def _read_options(words: Known, rest: list[int], facts: Mapping[str, Any] | None) -> tuple[list[Option], list[int], list[Fault]]:
    flags = {**facts_file("doctl")["global_flags"], "--help": {"type": "bool", "short": "-h"}, **(facts or {}).get("flags", {})}
    options: list[Option] = []
    positionals: list[int] = []
    faults: list[Fault] = []
    queue: Iterator[int] = iter(rest)
    for index in queue:
        word = words[index]
        if word == "--":
            positionals.extend(queue)
            break
        if word is None or not word.startswith("-") or word == "-":
            positionals.append(index)
            continue
        name, value = _find_flag(word, flags)
        place = index
        if name is None:
            options.append(Option(word.partition("=")[0], None, index, index, known=False))
            continue
        if flags[name]["type"] != "bool" and value is None:
            following = next(queue, None)
            if following is None:
                faults.append(Fault("RB565", f"{word} needs a value", index))
            else:
                value, place = words[following], following
        options.append(Option(name, value, index, place))
    return options, positionals, faults


def _no_command(words: Known, path: str, stop: int | None, commands: Mapping[str, Any]) -> list[Fault]:
    """Faults of a command line that ends in no runnable command; none for families that the facts don't cover."""
    inside = any(path == family or path.startswith(family + " ") for family in FAMILIES)
    if not inside and not (path == "compute" and stop is None):
        return [] if words else [Fault("RB560", "the doctl command is empty")]
    word = None if stop is None else words[stop]
    children = sorted(name[len(path) + 1 :] for name in commands if name.startswith(path + " ") and " " not in name[len(path) + 1 :])
    if stop is None:
        return [
            Fault(
                "RB560",
                f"`doctl {path}` is not a command but a group: doctl prints help and exits 0",
                -1,
                f"One of: {', '.join(children)}.",
            )
        ]
    if word is None:
        return [Fault("RB560", f"the subcommand of `doctl {path}` must be a plain word, not an expression", stop)]
    help = facts_file("doctl")["hints"].get(f"{path} {word}") or did_you_mean(word, children) or f"One of: {', '.join(children)}."
    return [Fault("RB560", f"doctl has no command `{path} {word}`: it prints help and exits 0", stop, help)]
