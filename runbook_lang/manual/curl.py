"""`curl …` as a person types it -> the arguments of the executor http. None where http would do something else."""

from __future__ import annotations

from ..base.pattern import lazy
from .command import Word
from .databases import PASTED
from .holes import Hole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .given import Given
    from .yaml_text import Data

_VALUES = {
    "-X": "method",
    "--request": "method",
    "-H": "header",
    "--header": "header",
    "-d": "data",
    "--data": "data",
    "--data-raw": "data",
    "--data-binary": "data",
    "--data-ascii": "data",
    "--json": "json",
    "-u": "user",
    "--user": "user",
    "-m": "limit",
    "--max-time": "limit",
    "-o": "output",
    "--output": "output",
    "-w": "shown",
    "--write-out": "shown",
    "-A": "agent",
    "--user-agent": "agent",
    "--url": "url",
    "--cacert": "ca",
    "-x": "proxy",
    "--proxy": "proxy",
}
_SHOWN = frozenset(
    "-s --silent -S --show-error -v --verbose -i --include -# --progress-bar --no-progress-meter -N --no-buffer --compressed".split()
)
_FLAGS = {
    "-f": "fail",
    "--fail": "fail",
    "--fail-with-body": "fail",
    "-L": "follow",
    "--location": "follow",
    "-I": "head",
    "--head": "head",
    "-G": "get",
}
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_HEADER = lazy(r"([A-Za-z0-9-]+):[ \t]*")
_URL = lazy(r"(?i)https?://")


def http_of(words: Sequence[Word], given: Given) -> tuple[dict[str, Data], tuple[str, ...]] | None:
    """The whole step: `http` with its arguments, and `timeout` where curl has a limit."""
    read = _options(words)
    if read is None:
        return None
    options, flags = read
    urls = [word for name, word in options if name == "url"]
    bodies = [(name, word) for name, word in options if name in ("data", "json")]
    if len(urls) != 1 or not _plain(options, bodies, flags):
        return None
    method = _method(options, bodies, flags)
    if method not in _METHODS or (bodies and method in ("GET", "HEAD", "OPTIONS")):
        return None
    notes: list[str] = []
    arguments: dict[str, Data] = {method.lower(): _address(urls[0], given)}
    headers = _headers(options, bodies, given, notes)
    if headers is None:
        return None
    if headers:
        arguments["headers"] = headers
    arguments |= {name: given.word(word) for name, word in options if name in ("ca", "proxy")}
    users = [word for name, word in options if name == "user"]
    if users:
        basic = _basic(users[-1], given, notes)
        if basic is None:
            return None
        arguments["auth"] = {"basic": basic}
    if bodies:
        arguments["body"] = "&".join(given.word(word) for _, word in bodies)
    if "follow" in flags:
        arguments["follow"] = True
    return _step(arguments, options, flags, notes)


def _step(
    arguments: dict[str, Data], options: Sequence[tuple[str, Word]], flags: set[str], notes: list[str]
) -> tuple[dict[str, Data], tuple[str, ...]]:
    if "fail" not in flags:
        notes.append("http is only content with a status of 2xx; curl without -f takes any")
    step: dict[str, Data] = {"http": arguments}
    limit = next((word.text for name, word in options if name == "limit"), None)
    if limit:
        step["timeout"] = f"{limit}s"
    return step, tuple(notes)


def _options(words: Sequence[Word]) -> tuple[list[tuple[str, Word]], set[str]] | None:
    found: list[tuple[str, Word]] = []
    flags: set[str] = set()
    queue = list(reversed(words))
    while queue:
        word = queue.pop()
        if not word.startswith("-"):
            found.append(("url", word))
            continue
        first = word.parts[0]
        assert isinstance(first, str)
        if word.text in _SHOWN:
            continue
        if word.text in _FLAGS:
            flags.add(_FLAGS[str(word.text)])
        elif word.text in _VALUES and queue:
            found.append((_VALUES[str(word.text)], queue.pop()))
        elif not first.startswith("--") and len(first) > 2 and (first[:2] in _SHOWN or first[:2] in _FLAGS):
            queue += [Word((f"-{first[2:]}", *word.parts[1:])), Word((first[:2],))]
        elif not first.startswith("--") and first[:2] in _VALUES and (len(first) > 2 or word.holes):
            found.append((_VALUES[first[:2]], word.after(2)))
        else:
            return None
    return found, flags


def _plain(options: Sequence[tuple[str, Word]], bodies: Sequence[tuple[str, Word]], flags: set[str]) -> bool:
    """Whether nothing is among them that http has no word for."""
    limits = [word.text for name, word in options if name == "limit"]
    outputs = [word.text for name, word in options if name == "output"]
    return (
        "get" not in flags
        and all(limit and limit.isascii() and limit.isdigit() and 0 < int(limit) < 86400 for limit in limits)
        and len(limits) < 2
        and all(output == "/dev/null" for output in outputs)
        and not any(word.startswith("@") for _, word in bodies)
        and {name for name, _ in bodies} != {"data", "json"}
    )


def _method(options: Sequence[tuple[str, Word]], bodies: Sequence[object], flags: set[str]) -> str:
    given = [word.text or "" for name, word in options if name == "method"]
    return given[-1].upper() if given else "HEAD" if "head" in flags else "POST" if bodies else "GET"


def _address(word: Word, given: Given) -> str:
    text = given.word(word)
    return text if _URL.match(text) or text.startswith("${") else f"http://{text}"


def _headers(
    options: Sequence[tuple[str, Word]], bodies: Sequence[tuple[str, Word]], given: Given, notes: list[str]
) -> dict[str, Data] | None:
    headers: dict[str, Data] = {}
    for name, word in options:
        if name == "agent":
            headers["User-Agent"] = given.word(word)
        if name != "header":
            continue
        first = word.parts[0] if word.parts and isinstance(word.parts[0], str) else ""
        match = _HEADER.match(first)
        if match is None:
            return None
        rest = word.after(match.end())
        if match.group(1).lower() == "authorization" and not rest.holes:
            notes.append(PASTED)
            rest = Word((Hole("AUTHORIZATION_TOKEN", "variable", "a header of the manual"),))
        headers[match.group(1)] = given.word(rest)
    kinds: Mapping[str, str] = {"data": "application/x-www-form-urlencoded", "json": "application/json"}
    if bodies and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kinds[bodies[0][0]]
    return headers


def _basic(word: Word, given: Given, notes: list[str]) -> dict[str, Data] | None:
    """`user:password`, split at the first colon; None without one, for which curl would ask."""
    parts = list(word.parts)
    for at, part in enumerate(parts):
        if isinstance(part, str) and ":" in part:
            user, _, rest = part.partition(":")
            secret = ((rest,) if rest else ()) + tuple(parts[at + 1 :])
            if not any(isinstance(one, Hole) for one in secret):
                notes.append(PASTED)
                secret = (Hole("HTTP_PASSWORD", "variable", "a password"),)
            return {"user": given.template((*parts[:at], user)), "password": given.template(secret)}
    return None
