"""The surface of redis-cli: effects by command and subcommand, passwords kept out of the command line."""

from __future__ import annotations

from ..expr.types import DYN, INT, STRING, ListType, RecordType
from .cmdline import as_text, as_word, constants, known_words, may_spread, plain_word, plain_words, shown_word, text_constant
from .fault import report
from .kinds import Arg, ArgumentError, Facts, Request, Surface
from .redis_command import faults, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import Call, Word
    from .redis_command import Found

RESULT = RecordType("redis-cli result", {"exit": INT, "value": DYN, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING)})


class RedisSurface(Surface):
    """One redis command through `redis-cli`; facts from redis 7.0."""

    name = "redis-cli"
    program = "redis-cli"
    shorthand = "command"
    args: Mapping[str, Arg] = {
        "command": Arg("words", "The command, for example `SET health ok EX 60`. Options of redis-cli don't belong here.", required=True),
        "host": Arg("text", "The server; 127.0.0.1 when it isn't given."),
        "port": Arg("text", "The port, 6379 when it isn't given."),
        "user": Arg("text", "The user of an access list; needs `password`."),
        "password": Arg("text", "The password; by default REDISCLI_AUTH of the environment.", secret_ok=True),
        "tls": Arg("bool", "Connect by TLS. The server's certificate and its name are checked."),
        "cacert": Arg("text", "A file with the certificates to trust; by default the system's."),
        "cert": Arg("text", "A file with the client's own certificate, where the server wants one."),
        "key": Arg("text", "The file with its private key."),
        "db": Arg("text", "The number of the database, 0 when it isn't given."),
    }
    secrets_from = ("REDISCLI_AUTH",)
    env_from = ("SSL_CERT_FILE", "SSL_CERT_DIR")

    facts_file = "redis-cli.json"

    def __init__(self, table: Mapping[str, Any] | None = None) -> None:
        """`table`: the facts of another server than those of the package."""
        self.table = table

    def with_facts(self, data: Mapping[str, Any]) -> RedisSurface:
        return RedisSurface(data)

    def facts(self, call: Call, problems: Problems) -> Facts:
        bound = call.args.get("command")
        words = constants(bound)
        report(faults(words, self.table, single=call.single, limited=call.limited), bound, problems)
        found = find(words, self.table, single=call.single or not may_spread(bound))
        secret = ("value", "stdout", "lines") if found.secret else ()
        host = text_constant(call, "host")
        targets = [f"redis {host or '127.0.0.1'}"] if host is not None else []
        if len(words) > 1 and "|" not in found.name:
            targets.append(f"key {shown_word(bound, 1)}")
        return Facts(found.effect, found.why, result_type(found), repeatable=found.repeatable, taint=secret, targets=tuple(targets))

    def request(self, args: Mapping[str, Value]) -> Request:
        words = plain_words(args.get("command") or (), "redis")
        if not words:
            raise ArgumentError("the redis command is empty")
        if isinstance(words[0], str) and words[0].startswith("-"):
            raise ArgumentError("a redis command can't begin with '-': redis-cli would read it as an option of its own")
        host = plain_word(args, "host", "redis-cli") or "127.0.0.1"
        port = _number(args, "port", "6379", 65535)
        db = _number(args, "db", "0", 2**31 - 1)
        found = find(known_words(words), self.table)
        tls = args.get("tls") is True
        files = {name: plain_word(args, name, "redis-cli") if tls else None for name in ("cacert", "cert", "key")}
        argv: list[Word] = ["redis-cli", "-h", host, "-p", port]
        user = plain_word(args, "user", "redis-cli")
        if user is not None:
            argv += ["--user", user]
        if tls:
            argv += ["--tls", "--sni", host]
            argv += [word for name, path in files.items() if path is not None for word in (f"--{name}", path)]
        if args.get("db") is not None:
            argv += ["-n", db]
        env: tuple[tuple[str, Word], ...] = ()
        if args.get("password") is not None:  # an empty one is none, and not that of the environment
            env = (("REDISCLI_AUTH", as_word(args["password"], "password")),)
        return Request(
            "redis-cli",
            argv=(*argv, "-e", "--json", *words),
            env=env,
            data={
                "host": host,
                "port": port,
                "tls": tls,
                **files,
                "text": found.text,
                "options": len(argv),
                "effect": found.effect,
            },
        )

    def effect(self, request: Request) -> str:
        return str(request.data["effect"])

    def plain(self, request: Request) -> Request:
        return request.replace(data={name: value for name, value in request.data.items() if name not in ("text", "effect")})

    def reshapes(self, request: Request) -> bool:
        return False


def result_type(found: Found) -> RecordType:
    """The result with the type of the command's answer, where it has one."""
    from .redis_replies import reply_type

    value = STRING if found.text else reply_type(found.name)
    return RESULT.replace(fields={**RESULT.fields, "value": value})


def _number(args: Mapping[str, Value], name: str, default: str, most: int) -> Word:
    value = args.get(name)
    if value is None:
        return default
    word = plain_words([as_text(value) if isinstance(value, (int, float)) else value], "redis-cli")[0]
    if isinstance(word, str) and not (word.isascii() and word.isdigit() and int(word) <= most):
        raise ArgumentError(f"{name} must be a whole number from 0 to {most}, not {word!r}")
    return word


SURFACE = RedisSurface()
