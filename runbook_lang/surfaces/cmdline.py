"""Command lines as surfaces read them: constant words where they are known, places, options and values."""

from __future__ import annotations

from ..base.pattern import lazy
from ..expr.values import Duration, SecretRef, SecretText, Unknown
from .kinds import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ..base.source import Span
    from ..expr.values import Value
    from .kinds import BoundArg, Call, Word

    Known = Sequence[str | None]  # the words of a command; None for one that only the run knows


_HOLES = lazy(r"⟨[^⟩]*⟩")


def constants(bound: BoundArg | None) -> list[str | None]:
    """The words of a `words` argument: the text of a constant one, None for one with `${…}`."""
    if bound is None:
        return []
    words = getattr(bound.value, "words", bound.value)
    return [word if isinstance(word, str) else word.constant for word in words]


HOLE = "\ufffc"
"""Stands in a word for a part that only the run knows."""


def marked(bound: BoundArg | None) -> list[str]:
    """The words of a `words` argument with a HOLE in place of each `${…}`."""
    words = getattr(bound.value, "words", bound.value) if bound is not None else ()
    return [word if isinstance(word, str) else "".join(part if isinstance(part, str) else HOLE for part in word.parts) for word in words]


def named(words: Iterable[str]) -> list[str | None]:
    """Words with holes as `Known`, except that an option with its name keeps it: `--format=` and a HOLE."""
    return [word if HOLE not in word or (word.startswith("-") and HOLE not in word.partition("=")[0]) else None for word in words]


def evaluated(words: Iterable[Word]) -> list[str]:
    """Evaluated words with a HOLE for what is unknown, as `marked` gives them for written ones."""
    return [
        word if isinstance(word, str) else _HOLES.sub(HOLE, word.text) if isinstance(word, Unknown) and "⟨" in word.text else HOLE
        for word in words
    ]


def may_spread(bound: BoundArg | None) -> bool:
    """Whether a word is nothing but a `${…}`, and so as many words as its list has elements, where its value is a list."""
    words = getattr(bound.value, "words", bound.value) if bound is not None else ()
    return any(getattr(word, "whole", None) is not None for word in words)


def known_words(words: Iterable[Word]) -> list[str | None]:
    """The same for evaluated words."""
    return [word if isinstance(word, str) else None for word in words]


def shown_word(bound: BoundArg | None, index: int) -> str:
    """A word as the author wrote it, for the plan's list of targets; '' when there is no such word."""
    words = getattr(bound.value, "words", bound.value) if bound is not None else ()
    if not 0 <= index < len(words):
        return ""
    word = words[index]
    return word if isinstance(word, str) else str(getattr(word, "text", word))


def word_span(bound: BoundArg | None, index: int, start: int = 0, end: int = 0) -> Span | None:
    """The place of a word in the file, or of `word[start:end]` where it can be told; of the whole argument when words have none."""
    if bound is None:
        return None
    words = getattr(bound.value, "words", ())
    if 0 <= index < len(words):
        word = words[index]
        if isinstance(word, str):
            return bound.span
        whole = end <= start or word.constant != word.text  # quotes and escapes: offsets don't count the same
        found: Span | None = word.span() if whole else word.span(start, end)
        if found is not None:
            return found
    return bound.span


def text_constant(call: Call, name: str) -> str | None:
    """A text argument's value when it is a constant; '' when it isn't given, None when only the run knows."""
    bound = call.args.get(name)
    if bound is None:
        return ""
    value = bound.value
    constant = getattr(value, "constant", value)
    if constant is None or isinstance(constant, (list, dict)):
        return None
    return as_text(constant) if isinstance(constant, (str, int, float)) else None


def as_text(value: Value) -> str:
    """A scalar as a program's argument."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def as_word(value: Value, name: str = "an argument") -> Word:
    """A scalar value as a word; secrets and unknowns stay what they are. Raises ArgumentError for a list, map or null."""
    if isinstance(value, (str, SecretRef, SecretText, Unknown)):
        return value
    if isinstance(value, (int, float)):
        return as_text(value)
    raise ArgumentError(f"{name} must be text or a number, not {'null' if value is None else type(value).__name__}")


def plain_words(words: Iterable[Value], tool: str) -> tuple[Word, ...]:
    """The words of a command line; raises ArgumentError for a secret, which every user of the host could read there."""
    out: list[Word] = []
    for value in words:
        word = value if isinstance(value, str) else as_word(value, f"a word of the {tool} command")
        if isinstance(word, str):
            if "\0" in word:
                raise ArgumentError(f"a word of the {tool} command holds a NUL character")
        elif isinstance(word, (SecretRef, SecretText)):
            raise ArgumentError(f"a secret can't stand in the {tool} command line: every process of the host can read it there")
        out.append(word)
    return tuple(out)


def plain_word(args: Mapping[str, Value], name: str, tool: str) -> Word | None:
    """One argument that will stand in the command line; None when it isn't given. Raises ArgumentError for an empty one."""
    if args.get(name) is None:
        return None
    return _not_empty(plain_words([args[name]], tool)[0], name)


def given_word(args: Mapping[str, Value], name: str) -> Word | None:
    """The same for one that may be a secret, and doesn't stand there."""
    return None if args.get(name) is None else _not_empty(as_word(args[name], name), name)


def _not_empty(word: Word, name: str) -> Word:
    """Programs take an empty server, user or folder for one that wasn't given, and so for the default: another one than was meant."""
    if word == "":
        raise ArgumentError(f"the argument {name!r} is empty")
    return word


def open_text(word: Word) -> str:
    """A word's text with a hole for each part that only the run knows."""
    return word.text if isinstance(word, Unknown) and "⟨" in word.text else str(word)


def without(words: Sequence[Word], groups: Sequence[Sequence[str]]) -> tuple[Word, ...]:
    """The words without these that follow one another."""
    out: list[Word] = []
    at = 0
    while at < len(words):
        group = next((group for group in groups if list(words[at : at + len(group)]) == list(group)), None)
        if group is None:
            out.append(words[at])
        at += 1 if group is None else len(group)
    return tuple(out)


def seconds(value: Value) -> str | None:
    """A duration argument in whole seconds, rounded up; a number is microseconds. None when it isn't known."""
    if isinstance(value, Unknown):
        return None
    micros = value.ns // 1000 if isinstance(value, Duration) else int(value)
    return str(max(1, -(-micros // 1_000_000)))


def option(words: Known, names: Collection[str]) -> str | None:
    """The value of an option (`--output json`, `--output=json`, `-ojson`), '' when it comes last; None when it isn't there.

    A value that only the run knows is reported as '?'.
    """
    for index, word in enumerate(words):
        if word is None:
            continue
        if word == "--":
            return None
        if word in names:
            if index + 1 == len(words):
                return ""
            following = words[index + 1]
            return "?" if following is None else following
        for name in names:
            joined = name + "=" if name.startswith("--") else name
            if word.startswith(joined) and len(word) > len(joined):
                return word[len(joined) :]
    return None


def may_stand(words: Known, name: str) -> bool:
    """Whether a long option may be among the words, in full or by its beginning, which some programs take for it."""
    return any(word is not None and word[2:3] not in ("", "=") and name.startswith(word.partition("=")[0]) for word in words)


def has_flag(words: Known, name: str) -> bool:
    """Whether a switch stands in the words, before any `--`."""
    for word in words:
        if word == "--":
            return False
        if word == name or (word is not None and word.startswith(name + "=") and not word.endswith("=false")):
            return True
    return False
