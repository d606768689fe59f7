"""Reads a command's words by its row in the table. The standard parser costs as much as a bare start of Python."""

from __future__ import annotations

from ..base.diagnostics import RunbookError, fail
from ..base.record import Record
from ..base.suggest import did_you_mean, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Parsed = str | int | bool | list[str]


class Option(Record):
    """`value` is the name of its value in the help; empty for a flag. `bare`: what it means without a value (only
    `--name=value` gives one then). `kind`: text | int | file | step | run."""

    name: str
    help: str
    value: str = ""
    short: str = ""
    many: bool = False
    bare: str = ""
    choices: tuple[str, ...] = ()
    kind: str = "text"

    @property
    def key(self) -> str:
        return self.name.lstrip("-")


class Word(Record):
    """A positional argument. `many` takes all the words that are left."""

    name: str
    help: str
    required: bool = True
    many: bool = False
    choices: tuple[str, ...] = ()
    kind: str = "text"


class Command(Record):
    """A row of the table: everything that help, completion and the reference say about a command."""

    name: str
    title: str
    words: tuple[Word, ...] = ()
    options: tuple[Option, ...] = ()
    text: str = ""
    examples: tuple[tuple[str, str], ...] = ()  # (command, what it does)

    @property
    def usage(self) -> str:
        parts = ["runbook", self.name]
        for word in self.words:
            shown = word.name + ("…" if word.many else "")
            parts.append(shown if word.required else f"[{shown}]")
        return " ".join([*parts, "[options]"])


class Args:
    """What was given, by name; what wasn't is empty."""

    __slots__ = ("_values", "command")

    def __init__(self, command: Command, values: Mapping[str, Parsed]) -> None:
        self.command = command
        self._values = values

    def text(self, name: str, default: str = "") -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) else default

    def flag(self, name: str) -> bool:
        return self._values.get(name, False) is not False

    def list(self, name: str) -> list[str]:
        value = self._values.get(name)
        return value if isinstance(value, list) else []

    def number(self, name: str, default: int) -> int:
        value = self._values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else default


def parse(command: Command, words: Sequence[str]) -> Args:
    """Options may stand anywhere; behind `--` everything is a word. Raises RunbookError RB721 to RB724."""
    options = {option.name: option for option in command.options}
    options.update({option.short: option for option in command.options if option.short})
    values: dict[str, Parsed] = {}
    plain: list[str] = []
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        if word == "--":
            plain.extend(reversed(queue))
            break
        if word[:1] != "-" or not word.lstrip("-")[:1].isalpha():  # -7 and - are no options
            plain.append(word)
        elif word[1] == "-":
            _long(command, options, word, queue, values)
        else:
            _short(command, options, word, queue, values)
    _words(command, plain, values)
    return Args(command, values)


def _long(command: Command, options: Mapping[str, Option], word: str, queue: list[str], values: dict[str, Parsed]) -> None:
    name, equals, given = word.partition("=")
    option = options.get(name)
    if option is None:
        raise _unknown(command, name)
    if not option.value:
        if equals:
            raise _bad("RB722", f"{name} takes no value.", command)
        values[option.key] = True
    elif option.bare:
        _put(command, option, given if equals else option.bare, values)
    else:
        _put(command, option, given if equals else _next(command, option, queue), values)


def _short(command: Command, options: Mapping[str, Option], word: str, queue: list[str], values: dict[str, Parsed]) -> None:
    """`-q`, several at once as `-qv`, and `-i value` or `-ivalue`."""
    at = 1
    while at < len(word):
        option = options.get(f"-{word[at]}")
        if option is None:
            raise _unknown(command, f"-{word[at]}" if at == 1 else word)
        at += 1
        if not option.value:
            values[option.key] = True
            continue
        given = word[at:] if at < len(word) else _next(command, option, queue)
        _put(command, option, given, values)
        return


def _next(command: Command, option: Option, queue: list[str]) -> str:
    if not queue or (queue[-1].startswith("--") and len(queue[-1]) > 2):
        raise _bad("RB722", f"{option.name} wants a value: {option.name} {option.value}.", command)
    return queue.pop()


def _put(command: Command, option: Option, given: str, values: dict[str, Parsed]) -> None:
    if option.choices and given not in option.choices:
        help = did_you_mean(given, option.choices) or f"Use one of: {', '.join(option.choices)}."
        raise fail("RB724", f"{option.name} can't be {given!r}.", help=help)
    if not given and option.value != "TEXT":
        help = f"Is a variable in the command not set? Give {option.name} {option.value}, or leave {option.name} away."
        raise fail("RB722", f"{option.name} has an empty value.", help=help)
    if option.many:
        known = values.setdefault(option.key, [])
        assert isinstance(known, list)
        known.append(given)
    elif option.kind == "int":
        if not (given.isascii() and given.isdigit() and len(given) < 10):
            raise fail("RB724", f"{option.name} wants a whole number, not {given!r}.", help=f"For example: {option.name}=10")
        values[option.key] = int(given)
    else:
        values[option.key] = given


def _words(command: Command, plain: list[str], values: dict[str, Parsed]) -> None:
    left = list(plain)
    for word in command.words:
        if word.kind != "text" and "" in (left if word.many else left[:1]):
            raise fail("RB723", f"{word.name} is empty: {word.help}", help=f"Is a variable in the command not set? Usage: {command.usage}")
        if word.many:
            values[word.name] = left
            if word.required and not left:
                raise _missing(command, word)
            return
        if left:
            given = left.pop(0)
            if word.choices and given not in word.choices:
                help = did_you_mean(given, word.choices) or f"Use one of: {', '.join(word.choices)}."
                raise fail("RB724", f"{word.name} can't be {given!r}.", help=help)
            values[word.name] = given
        elif word.required:
            raise _missing(command, word)
    if left:
        raise _bad("RB723", f"Too many words: {' '.join(left)!r} has no place.", command)


def _missing(command: Command, word: Word) -> RunbookError:
    return _bad("RB723", f"{word.name} is missing: {word.help}", command)


_BEHIND = "A word that begins with a dash goes behind `--`."


def _unknown(command: Command, name: str) -> RunbookError:
    known = [option.name for option in command.options]
    found = nearest(name, known) or next((one for one in known if len(name) > 4 and one.startswith(name)), None)
    message = f"`runbook {command.name}` has no option {name}."
    return fail("RB721", message, help=f"Did you mean {found}?" if found else f"{_BEHIND} See: runbook help {command.name}")


def _bad(code: str, message: str, command: Command) -> RunbookError:
    return fail(code, message, help=f"Usage: {command.usage}")
