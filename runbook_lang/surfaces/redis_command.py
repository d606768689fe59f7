"""A redis command against the facts of the server's own command table."""

from __future__ import annotations

from ..base.record import Record
from ..base.suggest import did_you_mean
from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .cmdline import Known

# Settings that hold a password; `config get` with a pattern may print them.
_SECRET_SETTINGS = ("requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass")


class Found(Record):
    """What is known of a command line. `name` is `config|get` for a subcommand; `facts` is empty for an unknown one."""

    name: str
    facts: Mapping[str, Any]
    effect: str
    why: str
    repeatable: bool = False
    text: bool = False  # the reply is text for people, not a typed value
    secret: bool = False


def find(words: Known) -> Found:
    """Effect and kind of reply of a command. Words that only the run knows make it a change, unless it is a read whatever they are."""
    name, facts = _lookup(words)
    if not facts:
        shown = name.replace("|", " ") or "a command that only the run knows"
        return Found(name, facts, "change", f"{shown} isn't in the facts of redis 7.0 and counts as a change")
    first = 2 if "|" in name else 1
    rest = words[first:]
    effect = facts["effect"]
    if effect == "change" and _is_read(facts.get("read_unless"), rest):
        effect = "read"
    verb = {"read": "changes nothing", "change": "changes data or the server", "destroy": "can't be taken back"}[effect]
    return Found(
        name,
        facts,
        effect,
        f"{name.replace('|', ' ').upper()} {verb}",
        repeatable=effect == "read" or _is_repeatable(facts.get("repeatable_unless"), rest),
        text=bool(facts.get("text")),
        secret=bool(facts.get("secret")) or (name == "config|get" and _gets_secret(rest)),
    )


def _lookup(words: Known) -> tuple[str, Mapping[str, Any]]:
    commands: Mapping[str, Any] = facts_file("redis_commands")["commands"]
    if not words or words[0] is None:
        return "", {}
    name = words[0].lower()
    facts = commands.get(name, {})
    if facts.get("group") and len(words) > 1:
        sub = words[1]
        name = f"{name}|{sub.lower()}" if sub is not None else f"{name}|?"
        facts = commands.get(name, {})
    return name, facts


def _is_read(unless: list[str] | None, rest: Known) -> bool:
    """Sound: a word after the key that only the run knows might be the one that makes it a change."""
    if unless is None or None in rest[1:]:
        return False
    return not any(word is not None and word.lower() in unless for word in rest)


def _is_repeatable(unless: list[str] | None, rest: Known) -> bool:
    if unless is None:
        return False
    return not any(word is not None and word.lower() in unless for word in rest[1:])


def _gets_secret(patterns: Known) -> bool:
    from fnmatch import fnmatchcase

    return any(pattern is None or any(fnmatchcase(setting, pattern.lower()) for setting in _SECRET_SETTINGS) for pattern in patterns)


def faults(words: Known) -> Iterator[tuple[str, str, int, str, bool]]:
    """(code, message, index of the word, help, only a warning) for what can be seen to be wrong."""
    if not words:
        yield "RB581", "the redis command is empty", -1, "", False
        return
    first = words[0]
    if first is not None and first.startswith("-"):
        help = "Give `host`, `port`, `user`, `password`, `tls`, `cacert` and `db` beside `command`."
        if first in ("-a", "-u", "--pass") or any(word in ("-a", "-u", "--pass") for word in words):
            help += " A password in the command line can be read by every process of the host."
        yield "RB580", f"options of redis-cli such as {first} don't belong in the command", 0, help, False
        return
    name, facts = _lookup(words)
    if not facts:
        yield from _unknown(words, name)
        return
    yield from _arity(words, name, facts)
    if facts.get("endless"):
        yield "RB583", f"{name.upper()} never ends by itself: the step would end by its timeout, which is a failure", 0, "", True


def _unknown(words: Known, name: str) -> Iterator[tuple[str, str, int, str, bool]]:
    commands: Mapping[str, Any] = facts_file("redis_commands")["commands"]
    if not name or "." in name or name.endswith("|?"):
        return  # only the run knows it, or a module brings it
    group, bar, sub = name.partition("|")
    if bar:
        known = [item.partition("|")[2] for item in commands if item.startswith(group + "|")]
        yield "RB581", f"{group.upper()} has no subcommand {sub.upper()} in redis 7.0", 1, did_you_mean(sub, known), True
    else:
        yield "RB581", f"redis 7.0 has no command {words[0]!r}", 0, did_you_mean(name, commands), True


def _arity(words: Known, name: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, str, int, str, bool]]:
    """The server counts the command's own words too; a negative arity is the least number."""
    arity = facts["arity"]
    least = abs(arity)
    shown = name.replace("|", " ").upper()
    if facts.get("group"):
        yield "RB582", f"{shown} needs a subcommand", 0, "", False
    elif len(words) < least and None not in words:
        yield "RB582", f"{shown} needs at least {least - 1 - name.count('|')} arguments", 0, "", False
    elif 0 < arity < len(words):
        yield (
            "RB582",
            f"{shown} takes {arity - 1 - name.count('|')} arguments, here are {len(words) - 1 - name.count('|')}",
            arity,
            "",
            False,
        )
