"""One command of a manual -> the action that does the same: by the tool's own executor where the translation is exact, else as a program,
and through a shell only where nothing else can do it."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record
from .curl import http_of
from .databases import psql_of, redis_of, sql_text
from .shell_text import script_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .command import Command, Word
    from .given import Given
    from .yaml_text import Data

EXECUTOR, SCRIPT, BY_HAND = 0, 1, 2
"""How far from the tool's own executor a command is written: the next one is taken where one can't be."""

_SIMPLE = lazy(r"(?:[\w@%+=:,./\[\]^-]|\$\{[\w.\[\]]+\})+")
_SPACED = lazy(r"(?:[\w@%+=:,./\[\]^();'#!&|<>*? -]|\$\{[\w.\[\]]+\})+")
_ENVIRONMENT: Mapping[str, Mapping[str, str]] = {
    "psql": {
        "PGPASSWORD": "password",
        "PGHOST": "host",
        "PGPORT": "port",
        "PGUSER": "user",
        "PGDATABASE": "database",
        "PGSSLMODE": "sslmode",
        "PGSSLROOTCERT": "sslrootcert",
    },
    "redis-cli": {"REDISCLI_AUTH": "password"},
    "doctl": {"DIGITALOCEAN_ACCESS_TOKEN": "token", "DIGITALOCEAN_API_URL": "api_url"},
    "aws": {
        "AWS_ACCESS_KEY_ID": "access_key_id",
        "AWS_SECRET_ACCESS_KEY": "secret_access_key",
        "AWS_SESSION_TOKEN": "session_token",
        "AWS_REGION": "region",
        "AWS_DEFAULT_REGION": "region",
        "AWS_PROFILE": "profile",
        "AWS_ENDPOINT_URL": "endpoint_url",
        "AWS_CA_BUNDLE": "ca_bundle",
    },
}
_DOCTL_OWN = {"--access-token": "token", "--api-url": "api_url", "--context": "context"}


class Action(Record):
    """`body`: the executor's name with its arguments, and modifiers. `notes`: what a reader should know of the translation."""

    body: Mapping[str, Data]
    notes: tuple[str, ...] = ()


def translate(command: Command, given: Given, level: int = EXECUTOR, folder: str = "", bash: bool = False, program: bool = False) -> Action:
    """`folder`: where an earlier `cd` has led. `program`: as a program, since what it prints is wanted as it is."""
    if level == BY_HAND:
        return Action({"ask": {"do": f"Run: {command.text}".replace("${", "$${")}}, ("it can't be written as a step of its own",))
    plain = not command.needs and command.words and not (_patterns(command) and command.program not in _NO_PATTERNS)
    if level == EXECUTOR and plain:
        found = None if program or (folder and command.program in ("doctl", "aws")) else _by_executor(command, given)
        return found or _program(command, given, folder)
    return _script(command, given, folder, bash)


_NO_PATTERNS = frozenset({"doctl", "psql", "redis-cli", "aws", "curl"})


def _patterns(command: Command) -> bool:
    return any(word.globs for word in command.words)


def _by_executor(command: Command, given: Given) -> Action | None:
    program = command.program
    if program not in ("doctl", "psql", "redis-cli", "aws", "curl") or (command.stdin is not None and program != "psql"):
        return None
    surroundings = _surroundings(program, command, given)
    if surroundings is None:
        return None
    if program == "psql":
        found = psql_of(command, given)
    elif program == "redis-cli":
        found = redis_of(command.words[1:], given)
    elif program == "curl":
        found = http_of(command.words[1:], given)
        return None if found is None or surroundings else Action(*found)
    else:
        found = _tool(program, command.words[1:], given)
    if found is None:
        return None
    arguments, notes = found
    merged: dict[str, Data] = {**arguments, **{name: value for name, value in surroundings.items() if name not in arguments}}
    short = {"psql": "sql"}.get(program, "command")
    if program == "redis-cli" and "command" in merged:
        merged["command"] = words_data([*_items(merged["command"])])
    return Action({program: merged[short] if set(merged) == {short} else merged}, notes)


def _items(value: Data) -> Sequence[str]:
    assert isinstance(value, (list, tuple))
    return [item for item in value if isinstance(item, str)]


def _surroundings(program: str, command: Command, given: Given) -> dict[str, Data] | None:
    """Arguments that come from variables set for the command; None when one has no argument for it."""
    known = _ENVIRONMENT.get(program, {})
    found: dict[str, Data] = {known[name]: text for name, text in given.exported.items() if name in known}
    for name, word in command.sets:
        if name not in known:
            return None
        found[known[name]] = given.variable(name, word)
    return found


def _tool(program: str, words: Sequence[Word], given: Given) -> tuple[dict[str, Data], tuple[str, ...]] | None:
    arguments: dict[str, Data] = {}
    rest: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        name, equals, _ = (word.parts[0] if word.parts and isinstance(word.parts[0], str) else "").partition("=")
        own = _DOCTL_OWN.get(name) if program == "doctl" else None
        if own and equals:
            arguments[own] = given.word(word.after(len(name) + 1))
        elif own and at + 1 < len(words):
            at += 1
            arguments[own] = given.word(words[at])
        else:
            rest.append(given.word(word))
        at += 1
    return ({"command": words_data(rest), **arguments}, ()) if rest else None


def words_data(words: Sequence[str]) -> Data:
    """A command as one text where that is plain to read, else as a list."""
    shown = [_shown(word) for word in words]
    return list(words) if None in shown else " ".join(str(word) for word in shown)


def _shown(word: str) -> str | None:
    if _SIMPLE.fullmatch(word):
        return word
    return f'"{word}"' if _SPACED.fullmatch(word) else None


def _program(command: Command, given: Given, folder: str) -> Action:
    words = words_data([given.word(word) for word in command.words])
    more: dict[str, Data] = {}
    variables: dict[str, Data] = {**given.exported, **{name: given.variable(name, word) for name, word in command.sets}}
    if variables:
        more["env"] = variables
    if command.stdin is not None:
        from .command import filled

        more["stdin"] = given.template(filled(command.stdin, command.expands))
    if folder:
        more["cwd"] = folder
    return Action({"shell": {"command": words, **more} if more else words})


def _script(command: Command, given: Given, folder: str, bash: bool) -> Action:
    script, variables, notes = script_of(command.text, given)
    body: dict[str, Data] = {"argv": ["bash" if bash and _BASH.search(script) else "sh", "-c", script]}
    merged: dict[str, Data] = {**given.exported, **variables}
    if merged:
        body["env"] = merged
    if folder:
        body["cwd"] = folder
    needs = ", ".join(command.needs) or ("a pattern for files" if _patterns(command) else "it can't be written as words")
    return Action({"shell": body}, (f"a shell runs this: {needs}", *notes))


_BASH = lazy(r"\[\[|<<<|<\(|>\(|\bsource\b|\bfunction\b|\bpipefail\b|\$\{[^}]*(?:\[|//|\^|,,)|=\(|&>")


def sql_action(sql: str, given: Given, level: int) -> Action:
    """A statement that stands by itself; the connection comes from the environment."""
    from .command import filled

    if level > EXECUTOR:
        return Action({"ask": {"do": f"Run: {sql}".replace("${", "$${")}}, ("it can't be written as a step of its own",))
    text = sql_text(tuple(filled(sql, False)), given)
    return Action({"psql": text})
