"""The surface of `shell`: one program and its arguments.

No shell takes part. An unknown program counts as a change; a short list of programs that can't change anything,
whatever their arguments, counts as reading.
"""

from __future__ import annotations

from ..base.pattern import lazy
from ..expr.types import DYN, INT, STRING, ListType, RecordType
from . import registry
from .cmdline import as_word, constants, evaluated, known_words, marked, plain_word, plain_words, word_span
from .fault import report
from .kinds import Arg, ArgumentError, Facts, Request, Surface

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..base.diagnostics import Problems
    from ..expr.values import Value
    from .kinds import BoundArg, Call
    from .programs import Lookup, Verdict

RESULT = RecordType("shell result", {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING), "json": DYN})

# None of these writes a file, starts a program or changes a setting by any option (coreutils, procps and grep of Debian 12).
_READERS = frozenset(
    "true false echo printf cat ls uname sleep test [ head tail wc basename dirname pwd whoami id stat md5sum sha1sum sha256sum "
    "sha512sum cksum du cut tr nl cmp nproc free ps printenv seq readlink realpath grep egrep fgrep jq".split()
)
# These read only with arguments of these forms: others set the clock or the name of the host, or write.
_READERS_WITH = {
    "date": lazy(r"\+[^\0]*|-u|--utc|-R|--rfc-email|-I\w*|--iso-8601(=\w+)?|--rfc-3339=\w+|--date=[^\0]*"),
    "hostname": lazy(r"-[sfdiIA]|--(short|fqdn|long|domain|ip-address|all-ip-addresses|all-fqdns)"),
    "df": lazy(r"-[hHkTPli]+|--output(=[\w,]+)?|/[^\0]*"),
    "uptime": lazy(r"-[ps]|--pretty|--since"),
}
_TRUSTED_FOLDERS = ("", "/bin", "/usr/bin")
_UNKNOWN = "a program may change anything; where it only reads, say `effect: read` with `because`"
_OUTPUT = ("stdout", "stderr", "lines", "json")
WITH_FACTS = frozenset("doctl psql redis-cli aws curl env sudo timeout nice nohup time command exec stdbuf setsid".split())
"""Programs whose command lines are judged, and those that start another one."""
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "fish"})
_NAME = lazy(r"[A-Za-z_][A-Za-z0-9_]*")
# With these another program than the named one may run.
_STEERING = lazy(r"PATH|LD_\w+|BASH_ENV|ENV")


class ShellSurface(Surface):
    """One program with its arguments, environment, folder and input."""

    name = "shell"
    shorthand = "command"
    counts_words = False  # what it runs is judged as if each word were one
    args: Mapping[str, Arg] = {
        "command": Arg("words", "The program and its arguments, as text that is split into words, or as a list."),
        "argv": Arg("words", "The same as a list of words."),
        "cwd": Arg("text", "The folder to run it in; relative to the runbook's own folder, which is also the default."),
        "env": Arg("map", "More environment variables.", secret_ok=True),
        "stdin": Arg("text", "What it reads from its standard input; nothing by default.", secret_ok=True),
    }

    def __init__(self, lookup: Lookup | None = None) -> None:
        """`lookup`: the surfaces by which the programs of commands and scripts are judged; by default those of the package."""
        self._lookup = lookup

    def with_lookup(self, lookup: Lookup) -> ShellSurface:
        return ShellSurface(lookup)

    def facts(self, call: Call, problems: Problems) -> Facts:
        given = [name for name in ("command", "argv") if name in call.args]
        if len(given) != 1:
            help = "Write `shell: program argument …`, or `command` beside `env`, `cwd`, `stdin`."
            message = "shell needs `command` or `argv`." if not given else "shell takes `command` or `argv`, not both."
            problems.error("RB520", message, call.span, help)
        bound = call.args.get(given[0]) if given else None
        words = constants(bound)
        variables = _variables(call)
        script = _script_at(words)
        if script >= 0:
            _check_script(words, script, bound, problems)
        if variables:
            _check_names(call.args.get("env"), variables, problems)
        verdict = _judged(words, marked(bound), variables, self._lookup or registry.surface, call.limited)
        if verdict is not None:
            report(verdict.faults, bound, problems)
        effect, why = (verdict.effect, verdict.why) if verdict is not None else effect_of(words, variables)
        secret = verdict is not None and verdict.secret
        target = (f"program {words[0]}",) if words and words[0] else ()
        return Facts(effect, why, RESULT, repeatable=effect == "read", taint=_OUTPUT if secret else (), targets=target)

    def request(self, args: Mapping[str, Value]) -> Request:
        words = plain_words(args.get("command") or args.get("argv") or (), "shell")
        if not words or words[0] == "":
            raise ArgumentError("the command is empty")
        env = args.get("env") or {}
        for name in env:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ArgumentError(f"{name!r} can't be the name of an environment variable")
        stdin = args.get("stdin")
        return Request(
            "shell",
            argv=words,
            env=tuple([(name, as_word(env[name], name)) for name in sorted(env)]) if env else (),
            stdin=None if stdin is None else as_word(stdin, "stdin"),
            cwd=str(plain_word(args, "cwd", "shell") or ""),
        )

    def effect(self, request: Request) -> str:
        words, variables = known_words(request.argv), [name for name, _ in request.env]
        verdict = _judged(words, evaluated(request.argv), variables, self._lookup or registry.surface)
        return verdict.effect if verdict is not None else effect_of(words, variables)[0]


def effect_of(words: Sequence[str | None], variables: Sequence[str] = ()) -> tuple[str, str]:
    """Effect and reason of a command whose unknown words are None, with these further environment variables."""
    program = words[0] if words else None
    if program is None:
        return "change", "a program that isn't known beforehand may change anything"
    folder, _, name = program.rpartition("/")
    steered = bool(variables) and any(_STEERING.fullmatch(variable) for variable in variables)
    if folder in _TRUSTED_FOLDERS and not steered:
        if name in _READERS:
            return "read", f"`{name}` only reads"
        form = _READERS_WITH.get(name)
        if form is not None and all(word is not None and form.fullmatch(word) for word in words[1:]):
            return "read", f"`{name}` with these arguments only reads"
    return "change", _UNKNOWN


def _variables(call: Call) -> list[str]:
    bound = call.args.get("env")
    return list(bound.value) if bound is not None and isinstance(bound.value, dict) else []


def _check_script(words: Sequence[str | None], at: int, bound: BoundArg | None, problems: Problems) -> None:
    """`sh -c` with a value in its text: the one way to have a value read as code after all."""
    if words[at] is None:
        message = "A value would become part of a shell script, where it is read as code."
        help = "Hand it over as an argument of the script: `sh -c 'echo \"$1\"' sh ${value}`, or by `env`."
        problems.error("RB521", message, word_span(bound, at), help)


def _judged(
    words: Sequence[str | None], holed: Sequence[str], variables: Sequence[str], lookup: Lookup, limited: bool = False
) -> Verdict | None:
    """What is known of a program with a surface of its own, called by itself or in a script.

    `holed`: the words with a HOLE for what is unknown in each. `limited`: the step has a timeout of its own.
    """
    script = _script_at(words)
    if script < 0:
        known = words[0].rpartition("/")[2] if words and words[0] else ""
        if known not in WITH_FACTS:
            return None
    from .programs import judge_program, judge_script

    if script >= 0:
        text = words[script]
        verdict = judge_script(text, script, lookup, limited) if text is not None else None
    else:
        verdict = judge_program(holed, lookup, limited)
    if verdict is None:
        return None
    # Another program of that name may be meant: what is worse than a change is believed, what is less isn't.
    folder = (words[0] or "").rpartition("/")[0]
    steered = folder not in _TRUSTED_FOLDERS or any(_STEERING.fullmatch(variable) for variable in variables)
    return verdict.replace(effect="change", why=_UNKNOWN) if steered and verdict.effect == "read" else verdict


def _script_at(words: Sequence[str | None]) -> int:
    """The index of the script in `sh -c SCRIPT`; -1 when there is none."""
    if not words or words[0] is None or words[0].rpartition("/")[2] not in _SHELLS:
        return -1
    for at, word in enumerate(words[1:-1], 1):
        if word is None or not word.startswith("-"):
            return -1
        if not word.startswith("--") and "c" in word:
            return at + 1
    return -1


def _check_names(bound: BoundArg | None, names: Sequence[str], problems: Problems) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            problems.error(
                "RB522",
                f"{name!r} can't be the name of an environment variable.",
                bound.span if bound else None,
                "A name has letters, digits and underscores, and doesn't begin with a digit.",
            )


SURFACE = ShellSurface()
