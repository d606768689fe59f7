"""The surface of doctl: effects, result shapes and secret fields by command."""

from __future__ import annotations

from ..expr.types import DYN, INT, STRING, ListType, RecordType
from .cmdline import evaluated, given_word, marked, named, plain_words, shown_word, without
from .fault import Fault, report
from .kinds import Arg, ArgumentError, Facts, Request, Surface
from .tool_command import parse_tool
from .tool_facts import Tool, builtin_tool
from .tool_rules import tool_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..base.diagnostics import Problems
    from ..expr.types import Type
    from ..expr.values import Value
    from .cmdline import Known
    from .kinds import Call, Word
    from .tool_command import Parsed

# Commands outside the facts that print text whatever --output says.
_TEXT_FAMILIES = ("auth", "completion", "help", "version", "serverless", "sandbox")
_WHOLE_TEXT = ("stdout", "lines")


class DoctlSurface(Surface):
    """Commands of DigitalOcean's `doctl`; facts from doctl 1.166."""

    name = "doctl"
    program = "doctl"
    shorthand = "command"
    args: Mapping[str, Arg] = {
        "command": Arg("words", "The command without the program's name, for example `apps list-deployments ${app_id}`.", required=True),
        "token": Arg("text", "The access token; by default DIGITALOCEAN_ACCESS_TOKEN of the environment.", secret_ok=True),
        "api_url": Arg("text", "The address of the API; by default DIGITALOCEAN_API_URL of the environment, or DigitalOcean's."),
        "context": Arg("text", "A context of doctl's own configuration, used when there is no token."),
    }
    secrets_from = ("DIGITALOCEAN_ACCESS_TOKEN",)
    env_from = ("DIGITALOCEAN_API_URL", "DIGITALOCEAN_CONTEXT", "HOME", "XDG_CONFIG_HOME")

    facts_file = "doctl.json"

    def __init__(self, tool: Tool | None = None) -> None:
        """`tool`: other facts than those of the package, such as a library's own."""
        self._tool = tool

    @property
    def tool(self) -> Tool:
        return self._tool or builtin_tool("doctl")

    def with_facts(self, data: Mapping[str, Any]) -> DoctlSurface:
        return DoctlSurface(Tool(data))

    def facts(self, call: Call, problems: Problems) -> Facts:
        bound = call.args.get("command")
        words = named(marked(bound))
        parsed = parse_tool(words, self.tool)
        printed = _output(words, parsed)
        report(self._faults(words, parsed, printed, call), bound, problems)
        effect, why = effect_of(parsed)
        return Facts(
            effect,
            why,
            result_type(_json_type(printed, parsed, self.tool)),
            repeatable=effect == "read" or bool(parsed.facts and parsed.facts.get("repeatable")),
            taint=_taint(words, parsed, printed),
            targets=tuple(f"{parsed.path.split(' ')[0]} {shown_word(bound, index)}" for index in parsed.positionals[:1] if parsed.path),
        )

    def _faults(self, words: Known, parsed: Parsed, printed: str, call: Call) -> Iterator[Fault]:
        yield from tool_faults(words, parsed, self.tool, json_output=printed == "json", single=call.single, limited=call.limited)
        output = parsed.option("--output")
        if output is not None and printed == "json" and _taint(words, parsed, printed):
            fields = ", ".join((parsed.facts or {})["secret"][:3]) + ", …"
            message = f"`doctl {parsed.path} -o json` prints passwords"
            help = f"Secrets here, and never shown: {fields}. With `--format` and columns without a password none is printed."
            yield Fault("RB598", message, output.index, help, warning=True)
        chosen = parsed.option("--format")
        for column in (chosen.value or "").split(",") if chosen is not None and printed == "text" else ():
            if column in (parsed.facts or {}).get("hidden_columns", ()):
                message = f"the column {column} of `doctl {parsed.path}` holds a password"
                help = "The whole output is a secret here, and never shown. Leave the column out."
                yield Fault("RB598", message, chosen.value_index if chosen else -1, help, warning=True)

    def request(self, args: Mapping[str, Value]) -> Request:
        words = plain_words(args.get("command") or (), "doctl")
        if not words:
            raise ArgumentError("the doctl command is empty")
        env: list[tuple[str, Word]] = []
        for name, variable in (
            ("token", "DIGITALOCEAN_ACCESS_TOKEN"),
            ("api_url", "DIGITALOCEAN_API_URL"),
            ("context", "DIGITALOCEAN_CONTEXT"),
        ):
            word = given_word(args, name)
            if word is not None:
                env.append((variable, word))
        known = named(evaluated(words))
        parsed = parse_tool(known, self.tool)
        return Request(
            "doctl",
            argv=("doctl", *_with_options(words, known, parsed)),
            env=tuple(env),
            data={"output": _output(known, parsed), "path": parsed.path, **_judging(parsed)},
        )

    def effect(self, request: Request) -> str:
        return effect_of(parse_tool(named(evaluated(request.argv[1:])), self.tool))[0]

    def plain(self, request: Request) -> Request:
        return request.replace(argv=without(request.argv, (("-o", "json"), ("--http-retry-max", "0"), ("--force",))), data=None)

    def rehearsed(self, request: Request) -> str:
        return "" if self.rehearsal(request) is None else "the API was asked by `apps propose`"

    def rehearsal(self, request: Request) -> Request | None:
        """`apps propose`: the API checks the specification and says what it would cost."""
        words = named(evaluated(request.argv[1:]))
        parsed = parse_tool(words, self.tool)
        spec = parsed.option("--spec")
        if parsed.path not in ("apps create", "apps update") or spec is None or spec.value in (None, "-") or None in words:
            return None
        app = [str(words[index]) for index in parsed.positionals[:1]]
        argv = ["doctl", "apps", "propose", "--spec", str(spec.value), *(["--app", *app] if app else []), "-o", "json"]
        proposed = parse_tool(argv[1:], self.tool)
        return request.replace(argv=tuple(argv), data={"output": "json", "path": proposed.path, **_judging(proposed)})


def effect_of(parsed: Parsed) -> tuple[str, str]:
    """Effect and reason. What the facts don't know counts as a change."""
    if parsed.option("--help") is not None:
        return "read", "--help only prints"
    if parsed.facts is None:
        return "change", "a doctl command that isn't in the facts counts as a change"
    effect = parsed.facts["effect"]
    return effect, f"`doctl {parsed.path}` " + {"read": "only reads", "change": "changes something", "destroy": "can't be taken back"}[
        effect
    ]


def _output(words: Known, parsed: Parsed) -> str:
    """'json' or 'text': what the command will print, with the option that the request adds."""
    if parsed.path == "apps spec get":
        chosen = parsed.option("--format")
        return "json" if chosen is not None and chosen.value == "json" else "text"
    if parsed.option("--help") is not None or (parsed.facts or {}).get("text") or (words and words[0] in _TEXT_FAMILIES):
        return "text"
    chosen = parsed.option("--output")
    if chosen is not None:
        return "json" if chosen.value == "json" else "text"
    # Columns and --no-header are meant for text: with JSON they would have no effect.
    return "text" if parsed.option("--format") or parsed.option("--no-header") else "json"


def _with_options(words: tuple[Word, ...], known: Known, parsed: Parsed) -> list[Word]:
    """The words with what a run without a terminal needs, before any `--`."""
    extra: list[Word] = []
    text_only = parsed.path == "apps spec get" or (parsed.facts or {}).get("text")
    if _output(known, parsed) == "json" and parsed.option("--output") is None and not text_only:
        extra += ["-o", "json"]
    if (
        (parsed.facts or {}).get("effect") == "destroy"
        and "--force" in (parsed.facts or {}).get("flags", {})
        and not parsed.option("--force")
    ):
        extra.append("--force")  # doctl asks at a terminal; the runbook has asked already
    if effect_of(parsed)[0] != "read" and parsed.option("--http-retry-max") is None:
        extra += ["--http-retry-max", "0"]  # its own retries would start a change more than once
    at = known.index("--") if "--" in known else len(words)
    return [*words[:at], *extra, *words[at:]]


def _judging(parsed: Parsed) -> dict[str, object]:
    """What the part that runs needs to judge the end: is JSON a must and of which shape, could several things have been done."""
    facts = parsed.facts or {}
    least_most = facts.get("positionals")
    return {
        "json_needed": bool(facts.get("columns")),
        "shape": facts.get("shape", ""),
        "wait": parsed.option("--wait") is not None,
        "one_call": least_most is not None and least_most[1] is not None,
    }


def _json_type(printed: str, parsed: Parsed, tool: Tool) -> Type | None:
    if printed != "json":
        return None
    return tool.type((parsed.facts or {}).get("shape", "")) or DYN


def result_type(json: Type | None) -> RecordType:
    """The result of a doctl step; without a `json` field for a command that prints text."""
    fields: dict[str, Type] = {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING)}
    if json is not None:
        fields["json"] = json
    return RecordType("doctl result", fields)


def prints_secrets(words: Known, parsed: Parsed, *, json_output: bool) -> bool:
    """Whether the output holds passwords."""
    return bool(_taint(words, parsed, "json" if json_output else "text"))


def _taint(words: Known, parsed: Parsed, printed: str) -> tuple[str, ...]:
    """Secret fields of the result. Text is secret as a whole unless only harmless columns were asked for."""
    if parsed.path == "" and words[:1] == ["auth"]:
        return _WHOLE_TEXT
    facts = parsed.facts or {}
    if "secret" not in facts:
        return ()
    if printed == "json":
        return (*facts["secret"], *_WHOLE_TEXT)
    chosen = parsed.option("--format")
    columns = chosen.value.split(",") if chosen is not None and chosen.value else None
    if columns is not None and not set(columns) & set(facts.get("hidden_columns", ())):
        return ()
    return _WHOLE_TEXT


SURFACE = DoctlSurface()
