"""`psql …` and `redis-cli …` as a person types them -> the arguments of the executors psql and redis-cli. None where that isn't exact."""

from __future__ import annotations

from ..base.pattern import lazy
from .command import Word, filled
from .holes import Hole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .command import Command
    from .given import Given
    from .yaml_text import Data

    Found = tuple[dict[str, Data], tuple[str, ...]]

_URL = lazy(
    r"(?s)(?:postgres(?:ql)?|rediss?)://(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?(?P<host>[^:/?@]*)(?::(?P<port>[^/?]*))?(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?"
)
_LITERAL = lazy(r"'(\$\{[A-Za-z0-9_.\[\]]+\})'")
_FIRST = 0xE000
PASTED = "a password stands in the manual itself; it is left out here and belongs into the environment"

_PSQL_VALUES = {
    "-h": "host",
    "--host": "host",
    "-p": "port",
    "--port": "port",
    "-U": "user",
    "--username": "user",
    "-d": "database",
    "--dbname": "database",
    "-c": "sql",
    "--command": "sql",
}
_PSQL_SHOWN = frozenset(
    "-X --no-psqlrc -q --quiet -t --tuples-only -A --no-align -w --no-password -W --password -x --expanded --csv "
    "-a --echo-all -e --echo-queries -H --html".split()
)
_REDIS_VALUES = {
    "-h": "host",
    "-p": "port",
    "-a": "password",
    "--pass": "password",
    "-n": "db",
    "--user": "user",
    "--cacert": "cacert",
    "--cert": "cert",
    "--key": "key",
    "-u": "url",
    "--uri": "url",
}
_REDIS_SHOWN = frozenset("--raw --no-raw --json --quoted-json -e -2 -3 --no-auth-warning --verbose --csv".split())


def psql_of(command: Command, given: Given) -> Found | None:
    """One statement text by `-c` or as a here-document."""
    read = _options(command.words[1:], _PSQL_VALUES, _PSQL_SHOWN, joined=True)
    if read is None:
        return None
    options, words, dropped = read
    if len(words) > 2 or [name for name, _ in options].count("sql") + (command.stdin is not None) != 1:
        return None
    found: dict[str, Data] = {}
    notes: list[str] = []
    for word, name in zip(words, ("database", "user"), strict=False):
        options.append((name, word))
    for name, word in options:
        if name == "sql":
            found["sql"] = sql_text(word.parts, given)
        elif name == "database" and (word.startswith("postgres://", "postgresql://")):
            if not _from_url(word, given, found, notes, "PGPASSWORD"):
                return None
        elif name == "database" and any("=" in part for part in word.parts if isinstance(part, str)):
            return None
        else:
            found[name] = given.word(word)
    if command.stdin is not None:
        found["sql"] = sql_text(tuple(filled(command.stdin, command.expands)), given)
    sql = str(found.get("sql", ""))
    if not sql.strip() or sql.lstrip().startswith("\\") or "\n\\" in sql:
        return None
    if dropped:
        notes.append(f"left out, the executor sees to its output: {' '.join(dropped)}")
    return {"sql": sql, **{name: value for name, value in found.items() if name != "sql"}}, tuple(notes)


def sql_text(parts: Sequence[str | Hole], given: Given) -> str:
    """SQL with its holes: one that is all of a literal stands without the quotes, since values are bound."""
    return _LITERAL.sub(r"\1", given.template(parts)).strip()


def redis_of(words: Sequence[Word], given: Given) -> Found | None:
    """`command` comes back as a list of words."""
    count = _leading_options(words)
    read = _options(words[:count], _REDIS_VALUES, _REDIS_SHOWN | {"--tls"}, joined=False)
    rest = words[count:]
    if read is None or not rest or read[1]:
        return None
    options, _, dropped = read
    found: dict[str, Data] = {"command": [given.word(word) for word in rest]}
    notes: list[str] = []
    for name, word in options:
        if name == "url":
            if not _from_url(word, given, found, notes, "REDISCLI_AUTH"):
                return None
        elif name == "password":
            found[name] = _password(word.parts, given, notes, "REDISCLI_AUTH")
            if word.holes:
                notes.append("the manual hands the password over in the command line, where everybody can read it; the executor doesn't")
        else:
            found[name] = given.word(word)
    if "--tls" in dropped:
        found["tls"] = True
    shown = [one for one in dropped if one != "--tls"]
    if shown:
        notes.append(f"left out, the executor sees to its output: {' '.join(shown)}")
    return found, tuple(notes)


def _leading_options(words: Sequence[Word]) -> int:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at].text in _REDIS_VALUES else 1
    return min(at, len(words))


def _options(
    words: Sequence[Word], values: Mapping[str, str], shown: frozenset[str], joined: bool
) -> tuple[list[tuple[str, Word]], list[Word], list[str]] | None:
    """(options with values, other words, options that only say how the output looks); None for an option that isn't known.

    `joined`: short options may stand together, `-tAc`, with the last one's value behind it.
    """
    found: list[tuple[str, Word]] = []
    rest: list[Word] = []
    dropped: list[str] = []
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        if not word.startswith("-") or word.text == "-":
            rest.append(word)
            continue
        first = word.parts[0]
        assert isinstance(first, str)
        name, equals, _ = first.partition("=")
        if first.startswith("--") and equals and name in values:
            found.append((values[name], word.after(len(name) + 1)))
        elif word.text in ("-v", "--set", "--variable") and joined and queue and queue[-1].startswith("ON_ERROR_STOP"):
            queue.pop()
        elif word.text in values and queue:
            found.append((values[str(word.text)], queue.pop()))
        elif word.text in shown:
            dropped.append(str(word.text))
        elif joined and len(first) > 2 and first[1] != "-" and f"-{first[1]}" in shown:
            dropped.append(first[:2])
            queue.append(Word((f"-{first[2:]}", *word.parts[1:])))
        elif joined and first[:2] in values and (len(first) > 2 or word.holes):
            found.append((values[first[:2]], word.after(2)))
        else:
            return None
    return found, rest, dropped


def _from_url(word: Word, given: Given, found: dict[str, Data], notes: list[str], variable: str) -> bool:
    """Takes a connection URL apart; the parts may have holes. False when it says more than the executor can be told."""
    from urllib.parse import unquote

    parts = list(given.spread(word.parts))
    holes = [part for part in parts if isinstance(part, Hole)]
    numbers = iter(range(len(holes)))
    text = "".join(part if isinstance(part, str) else chr(_FIRST + next(numbers)) for part in parts)
    match = _URL.fullmatch(text)
    if match is None or len(holes) > 1000:
        return False

    def back(value: str) -> tuple[str | Hole, ...]:
        return tuple(holes[ord(char) - _FIRST] if _FIRST <= ord(char) < _FIRST + len(holes) else char for char in unquote(value))

    redis = text.startswith("redis")
    for name in ("host", "port", "user", "database"):
        value = match.group(name)
        if value:
            found["db" if redis and name == "database" else name] = given.template(back(value))
    if match.group("password"):
        found["password"] = _password(back(match.group("password")), given, notes, variable)
        if any(isinstance(part, Hole) for part in back(match.group("password"))):
            notes.append("the manual hands the password over in the command line, where everybody can read it; the executor doesn't")
    if text.startswith("rediss:"):
        found["tls"] = True
    for pair in (match.group("query") or "").split("&"):
        name, _, value = pair.partition("=")
        if name in ("sslmode", "sslrootcert") and not redis:
            found[name] = given.template(back(value))
        elif pair:
            return False
    return True


def _password(parts: Sequence[str | Hole], given: Given, notes: list[str], variable: str) -> str:
    """A password that stands in the manual itself doesn't get into a runbook."""
    if any(isinstance(part, Hole) for part in parts):
        return given.template(parts)
    notes.append(PASTED)
    return given.template((Hole(variable, "variable", "a password"),))
