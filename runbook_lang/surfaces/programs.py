"""Programs with a surface of their own, met as plain words: in a `shell` step, or in a script after `sh -c`.

The same facts judge them there. What the executors of those programs would see to (secrets out of the command line, a
limit, passwords in the output) is said here where it matters.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.record import Record
from .cmdline import HOLE, named
from .fault import Fault
from .shell_script import simple_commands

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .cmdline import Known
    from .kinds import Surface
    from .shell_script import ScriptWord
    from .tool_facts import Tool

    Lookup = Callable[[str], Surface | None]
    Judge = Callable[[Sequence[str], bool, Lookup], "Verdict"]


class Verdict(Record):
    """What is known of a program's call. `secret`: its output holds passwords."""

    effect: str
    why: str
    faults: tuple[Fault, ...] = ()
    secret: bool = False


_UNKNOWN = "change", "a program may change anything; where it only reads, say `effect: read` with `because`"
_ASSIGNMENT = lazy(r"[A-Za-z_]\w*=.*")
# Programs that run another one, with the options of theirs that take a value.
_WRAPPERS = {
    "env": ("-u", "-C"),
    "sudo": ("-u", "-g", "-h", "-p"),
    "timeout": ("-s", "-k"),
    "nice": ("-n",),
    "nohup": (),
    "time": ("-f", "-o"),
    "command": (),
    "exec": (),
    "stdbuf": ("-i", "-o", "-e"),
    "setsid": (),
}
_CREDENTIALS = lazy(r"(?i)[a-z][a-z0-9+.-]*://[^/@?#\s:]*:[^/@?#\s]+@")
_CONNINFO = lazy(r"(?i)(?:^|\s)password\s*=\s*\S")


def judge_program(words: Sequence[str], lookup: Lookup, limited: bool = False) -> Verdict | None:
    """The verdict on a command, None when nothing is known of its program. `HOLE` marks what only the run knows.

    `lookup` gives the surface of a tool by its name: a library may have facts of its own. `limited`: its step has a timeout.
    """
    at, by_timeout = _program_at(words)
    if at >= len(words):
        return None
    judge = _judge_of(words[at].rpartition("/")[2])
    if judge is None:
        return None
    verdict = judge(words[at + 1 :], limited or by_timeout, lookup)
    # What a wrapper does to the program's rights is beyond the facts; what a program destroys it destroys under any.
    effect = verdict.effect if at == 0 or verdict.effect == "destroy" else "change"
    why = verdict.why if effect == verdict.effect else _UNKNOWN[1]
    return verdict.replace(effect=effect, why=why, faults=tuple(_shifted(fault, at + 1, at) for fault in verdict.faults))


def judge_script(script: str, index: int, lookup: Lookup, limited: bool = False) -> Verdict | None:
    """The verdict on a shell script that stands as word `index` of a command; None when no program in it is known."""
    found: list[Fault] = []
    worst: Verdict | None = None
    for command in simple_commands(script):
        verdict = judge_program([word.text for word in command], lookup, limited)
        if verdict is None:
            continue
        found += [_in_script(fault, command, index) for fault in verdict.faults]
        # A read in a pipe is still no read of the whole: the other programs are unknown.
        verdict = verdict if verdict.effect == "destroy" else verdict.replace(effect="change", why=_UNKNOWN[1])
        if worst is None or (verdict.effect == "destroy" and worst.effect != "destroy"):
            worst = verdict.replace(secret=verdict.secret or (worst is not None and worst.secret))
        elif verdict.secret:
            worst = worst.replace(secret=True)
    return None if worst is None else worst.replace(faults=tuple(found))


def _in_script(fault: Fault, command: tuple[ScriptWord, ...], index: int) -> Fault:
    """A fault of a command's word as one of the script's: offsets count from the script's beginning."""
    word = command[fault.index]
    if fault.end > fault.start and word.plain:
        return fault.replace(index=index, start=word.start + fault.start, end=word.start + fault.end)
    return fault.replace(index=index, start=word.start, end=word.end)


def _shifted(fault: Fault, by: int, program: int) -> Fault:
    return fault.replace(index=fault.index + by if fault.index >= 0 else program)


def _program_at(words: Sequence[str]) -> tuple[int, bool]:
    """The index of the program that really runs, and whether `timeout` limits it."""
    at, limited = 0, False
    while at < len(words):
        name = words[at].rpartition("/")[2]
        if name not in _WRAPPERS:
            return at, limited
        limited = limited or name == "timeout"
        with_value = _WRAPPERS[name]
        at += 1
        while at < len(words) and (words[at].startswith("-") or (name == "env" and _ASSIGNMENT.fullmatch(words[at]))):
            at += 2 if words[at] in with_value else 1
        at += name == "timeout"  # the time
    return at, limited


def known_words_of(words: Iterable[str]) -> Known:
    """The words with None for those that only the run knows."""
    return [None if HOLE in word else word for word in words]


def _judge_of(program: str) -> Judge | None:
    if program == "doctl":
        return _doctl
    if program == "psql":
        return _psql
    if program == "redis-cli":
        return _redis
    if program == "aws":
        return _aws
    return _curl if program == "curl" else None


def _doctl(words: Sequence[str], limited: bool, lookup: Lookup) -> Verdict:
    from .doctl import SURFACE, effect_of, prints_secrets
    from .tool_command import parse_tool
    from .tool_rules import tool_faults

    known = named(words)
    tool: Tool = getattr(lookup("doctl"), "tool", SURFACE.tool)
    parsed = parse_tool(known, tool)
    output = parsed.option("--output")
    json_output = output is not None and output.value == "json"
    found = list(tool_faults(known, parsed, tool, json_output=json_output, single=True, limited=limited))
    secret = prints_secrets(known, parsed, json_output=json_output)
    if secret:
        found.append(_printed(f"doctl {parsed.path}", "doctl"))
    return Verdict(*effect_of(parsed), tuple(found), secret)


def _printed(command: str, executor: str) -> Fault:
    help = f"Use a step of the executor {executor}, which knows the secret fields; or name columns without a password."
    return Fault("RB598", f"`{command}` prints passwords: the whole output of this step is a secret", -1, help, warning=True)


def _psql(words: Sequence[str], _limited: bool, _lookup: Lookup) -> Verdict:
    from .sql_effect import classify
    from .tool_command import parse_tool
    from .tool_facts import builtin_tool
    from .tool_rules import tool_faults

    tool = builtin_tool("psql")
    known = named(words)
    parsed = parse_tool(known, tool)
    found = list(tool_faults(known, parsed, tool, single=True))
    found += [
        _argv_secret("psql", index, "PGPASSWORD, a password file, or `password` of the executor psql") for index in _with_password(words)
    ]
    effect, why = "change", "psql may run anything; the executor psql knows reads"
    for option in parsed.options:
        if option.name != "--command" or option.value is None:
            continue
        facts = classify(option.value)
        effect, why = (facts.effect, facts.why) if facts.effect == "destroy" else (effect, why)
        offset = len(words[option.value_index]) - len(option.value)
        for problem in facts.problems:
            if problem.code in ("RB570", "RB575"):
                place = offset + problem.start, offset + problem.end
                found.append(Fault(problem.code, problem.message, option.value_index, problem.help, problem.warning, *place))
    return Verdict(effect, why, tuple(found))


def _with_password(words: Sequence[str]) -> list[int]:
    """The words that hold a password: a connection URL with one, or `password=…`."""
    return [index for index, word in enumerate(words) if _CREDENTIALS.match(word) or ("host=" in word and _CONNINFO.search(word))]


def _argv_secret(program: str, index: int, instead: str) -> Fault:
    message = f"a password in the command line of {program} can be read by every process of the host"
    return Fault("RB567", message, index, f"Hand it over by {instead}.")


def _redis(words: Sequence[str], limited: bool, lookup: Lookup) -> Verdict:
    from .redis_command import faults, find
    from .tool_command import find_flag
    from .tool_facts import builtin_tool

    flags = builtin_tool("redis_cli").commands[""]["flags"]
    found: list[Fault] = []
    given: set[str] = set()
    at = 0
    while at < len(words) and words[at].startswith("-"):
        name, value = find_flag(words[at], flags)
        given.add(name or "")
        takes = name is not None and flags[name]["type"] != "bool" and value is None
        password = name == "--pass" or (name == "--uri" and _CREDENTIALS.match(words[at + 1] if takes and at + 1 < len(words) else ""))
        if password:
            found.append(_argv_secret("redis-cli", at, "REDISCLI_AUTH, or `password` of the executor redis-cli"))
        elif name is None:
            found.append(Fault("RB562", f"redis-cli has no option {words[at]}", at))
        at += 2 if takes else 1
    rest = known_words_of(words[at:])
    if given & _REDIS_MODES:
        return Verdict("change", "redis-cli runs a script or works on a cluster, which may change anything", tuple(found))
    if not rest:
        return Verdict("change", "redis-cli without a command reads commands from its input", tuple(found))
    if "-x" in given:
        rest = [*rest, None]  # the last argument comes from the input
    table = getattr(lookup("redis-cli"), "table", None)
    judged = find(rest, table)
    found += [fault.replace(index=fault.index + at if fault.index >= 0 else -1) for fault in faults(rest, table, limited=limited)]
    return Verdict(judged.effect, judged.why, tuple(found), judged.secret)


def _aws(words: Sequence[str], _limited: bool, _lookup: Lookup) -> Verdict:
    from .aws_command import find, secret_fields
    from .aws_rules import faults

    known = known_words_of(words)
    operation = find(known)
    secret = bool(secret_fields(operation))
    found = list(faults(named(words), operation, single=True))
    if secret:
        found.append(_printed(f"aws {operation.name}", "aws"))
    return Verdict(operation.effect, operation.why, tuple(found), secret)


_REDIS_MODES = frozenset({"--eval", "--cluster"})
"""With these what follows is no command of redis."""
_CURL_SECRET = lazy(r"(?i)(authorization|proxy-authorization|x-api-key|x-auth-token|private-token)\s*:\s*\S")


def _curl(words: Sequence[str], _limited: bool, _lookup: Lookup) -> Verdict:
    """Only what is surely wrong: curl has hundreds of options."""
    return Verdict(*_UNKNOWN, tuple(_curl_faults(words)))


def _curl_faults(words: Sequence[str]) -> Iterator[Fault]:
    instead = "a file that `-K` or `--netrc-file` reads, or use the executor http"
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        user = (word if before in ("-u", "--user", "-U", "--proxy-user") else "") or word.partition("--user=")[2]
        header = word if before in ("-H", "--header") else word.partition("--header=")[2]
        if ":" in user.strip(":") or _CURL_SECRET.match(header) or _CREDENTIALS.match(word):
            yield _argv_secret("curl", index, instead)
