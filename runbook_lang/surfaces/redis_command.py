"""A redis command against the facts of the server's own command table."""

from __future__ import annotations

from ..base.record import Record
from ..base.suggest import and_also, did_you_mean
from .facts_files import facts_file
from .fault import Fault, unchecked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .cmdline import Known

    Table = Mapping[str, Any]

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


def find(words: Known, table: Table | None = None, *, single: bool = False) -> Found:
    """Effect and kind of reply of a command. Words that only the run knows make it a change, unless it is a read whatever they are.

    `single`: each unknown word is surely one, and none is a list with further words.
    """
    name, facts = _lookup(words, table or builtin_table())
    if not facts:
        shown = name.replace("|", " ") or "a command that only the run knows"
        return Found(name, facts, "change", f"{shown} isn't in the facts and counts as a change")
    first = 2 if "|" in name else 1
    rest = words[first:]
    effect = facts["effect"]
    if effect == "change" and _is_read(facts.get("read_unless"), rest, single):
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


def builtin_table() -> Table:
    """The facts that come with this package; `table` of the other functions is the same of another server."""
    found: Table = facts_file("redis_commands")
    return found


def _lookup(words: Known, table: Table) -> tuple[str, Mapping[str, Any]]:
    commands: Mapping[str, Any] = table["commands"]
    if not words or words[0] is None:
        return "", {}
    name = words[0].lower()
    facts = commands.get(name, {})
    if facts.get("group") and len(words) > 1:
        sub = words[1]
        name = f"{name}|{sub.lower()}" if sub is not None else f"{name}|?"
        facts = commands.get(name, {})
    return name, facts


def _is_read(unless: list[str] | None, rest: Known, single: bool) -> bool:
    """Sound: a word that only the run knows might be the one that makes it a change, or a list that holds it."""
    if unless is None or None in (rest[1:] if single else rest):
        return False
    return not any(word is not None and word.lower() in unless for word in rest)


def _is_repeatable(unless: list[str] | None, rest: Known) -> bool:
    if unless is None:
        return False
    return not any(word is not None and word.lower() in unless for word in rest[1:])


def _gets_secret(patterns: Known) -> bool:
    from fnmatch import fnmatchcase

    return any(pattern is None or any(fnmatchcase(setting, pattern.lower()) for setting in _SECRET_SETTINGS) for pattern in patterns)


def faults(words: Known, table: Table | None = None, *, single: bool = False, limited: bool = False) -> Iterator[Fault]:
    """What can be seen to be wrong. `single`: each unknown word is surely one. `limited`: the step has a timeout of its own."""
    table = table or builtin_table()
    if not words:
        yield Fault("RB581", "the redis command is empty")
        return
    first = words[0]
    if first is not None and first.startswith("-"):
        help = "Give `host`, `port`, `user`, `password`, `tls`, `cacert` and `db` beside `command`."
        yield Fault("RB580", f"options of redis-cli such as {first} don't belong in the command", 0, help)
        for index, word in enumerate(words):
            if word in ("-a", "-u", "--pass"):
                message = "a password in the command line of redis-cli can be read by every process of the host"
                yield Fault("RB567", message, index, "Give it as `password` beside `command`.")
        return
    if first == "redis-cli":
        yield Fault("RB581", "the command begins behind the program's name", 0, "Leave the word `redis-cli` out.")
        return
    name, facts = _lookup(words, table)
    if not facts:
        yield from _unknown(words, name, table)
        return
    shown = name.replace("|", " ").upper()
    yield from _arity(words, name, facts, single)
    if facts.get("deprecated"):
        yield Fault("RB561", f"{shown} is an old form", 0, f"The modern form: {facts['deprecated']}.", warning=True)
    if facts.get("caution"):
        yield Fault("RB584", f"{shown} {facts['caution']}", 0, facts.get("instead", ""), warning=True)
    if facts.get("endless") and not limited:
        help = "Give the step a timeout of its own, if that is meant."
        yield Fault("RB583", f"{shown} never ends by itself, and nothing says how long it may take", 0, help, warning=True)
    for index in _passwords(name, words):
        message = "a password in the command line of redis-cli can be read by every process of the host"
        yield Fault("RB567", message, index, _INSTEAD.get(name, "Hand it over on standard input, in a step of `shell`."))


_INSTEAD = {"auth": "Give it as `password` beside `command`.", "hello": "Give it as `password` beside `command`."}


def _passwords(name: str, words: Known) -> list[int]:
    """The words of a command that are passwords by their place."""
    if name == "auth":
        return [len(words) - 1] if len(words) > 1 else []
    lower = [word.lower() if word is not None else None for word in words]
    if name == "config|set":
        return [at + 1 for at in range(2, len(words) - 1, 2) if lower[at] in _SECRET_SETTINGS]
    if name == "acl|setuser":
        return [at for at, word in enumerate(words) if at > 2 and word is not None and word[:1] in (">", "<")]
    after = {"hello": {"auth": 2}, "migrate": {"auth": 1, "auth2": 2}}.get(name, {})
    return [at + after[str(word)] for at, word in enumerate(lower) if at > 1 and word in after and at + after[str(word)] < len(words)]


def _unknown(words: Known, name: str, table: Table) -> Iterator[Fault]:
    commands: Mapping[str, Any] = table["commands"]
    version = ".".join(table.get("version", "?").split(".")[:2])
    snapshot = "`runbook tools snapshot redis-cli --from HOST` makes a server's own commands known."
    if not name or name.endswith("|?"):
        what = "the redis command" if not name else f"the subcommand of {name.partition('|')[0].upper()}"
        yield unchecked(f"{what} is known only when it runs", 1 if name else 0, "Write it out, and choose between steps with `choose`.")
        return
    group, bar, sub = name.partition("|")
    if bar:
        known = [item.partition("|")[2] for item in commands if item.startswith(group + "|")]
        near = did_you_mean(sub, known)
        help = and_also(near, snapshot)
        yield Fault("RB581", f"{group.upper()} has no subcommand {sub.upper()} in redis {version}", 1, help, warning=not near)
    elif "." in name:
        yield unchecked(f"{name.upper()} belongs to a module, of which the facts know nothing", 0, snapshot)
    else:
        near = did_you_mean(name, commands)
        help = and_also(near, snapshot)
        yield Fault("RB581", f"redis {version} has no command {words[0]!r}", 0, help, warning=not near)


def _arity(words: Known, name: str, facts: Mapping[str, Any], single: bool) -> Iterator[Fault]:
    """The server counts the command's own words too; a negative arity is the least number."""
    arity = facts["arity"]
    least = abs(arity)
    own = 1 + name.count("|")
    shown = name.replace("|", " ").upper()
    if facts.get("group"):
        yield Fault("RB582", f"{shown} needs a subcommand", 0)
    elif len(words) < least and (single or None not in words):
        yield Fault("RB582", f"{shown} needs at least {_arguments(least - own)}", 0)
    elif 0 < arity < len(words):
        yield Fault("RB582", f"{shown} takes {_arguments(arity - own)}, here are {len(words) - own}", arity)


def _arguments(count: int) -> str:
    return "no arguments" if count == 0 else f"{count} argument{'s' if count > 1 else ''}"
