"""A surface that is nothing but a surface file: for plugins that drive a command-line tool of the usual kind."""

from __future__ import annotations

from ..base.diagnostics import Problems, RunbookError
from ..base.text import reason
from ..expr.types import DYN, INT, STRING, ListType, RecordType
from .cmdline import evaluated, marked, named, plain_words, shown_word
from .fault import report
from .kinds import Arg, ArgumentError, Facts, Request, Surface
from .tool_command import parse_tool
from .tool_facts import Tool
from .tool_rules import tool_faults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.types import Type
    from ..expr.values import Value
    from .kinds import Call
    from .tool_command import Parsed

_TEXT = ("stdout", "lines")
_VERBS = {"read": "only reads", "change": "changes something", "destroy": "can't be taken back"}


class ToolSurface(Surface):
    """Commands of one program, checked by the facts of a surface file.

    The result has `exit`, `stdout`, `stderr`, `lines`, and `json` for a command with a `shape`. The part that runs is
    `runbook_lang.executors.tool.ToolExecutor`.
    """

    shorthand = "command"
    args: Mapping[str, Arg] = {"command": Arg("words", "The command without the program's name.", required=True)}

    def __init__(self, tool: Tool, name: str = "", env_from: tuple[str, ...] = (), secrets_from: tuple[str, ...] = ()) -> None:
        """`name`: that of the executor, by default the program's. The other two are names of variables that it gets."""
        self.tool = tool
        self.program = tool.program
        self.name = name or tool.program
        self.facts_file = f"{tool.program}.json"
        self.env_from = env_from
        self.secrets_from = secrets_from

    @classmethod
    def from_file(cls, path: str, program: str, **more: Any) -> ToolSurface:
        """The surface of a file. Raises RunbookError (RB593 to RB595)."""
        from .tool_file import MAX_BYTES, read_tool

        problems = Problems()
        try:
            with open(path, "rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            problems.error("RB593", f"{path} can't be read: {reason(error)}.", None)
            raise RunbookError(*problems.items) from None
        data = read_tool(path, raw, program, problems)
        if data is None:
            raise RunbookError(*problems.items)
        return cls(Tool(data), **more)

    def with_facts(self, data: Mapping[str, Any]) -> ToolSurface:
        return type(self)(Tool(data), self.name, self.env_from, self.secrets_from)

    def facts(self, call: Call, problems: Problems) -> Facts:
        bound = call.args.get("command")
        words = named(marked(bound))
        parsed = parse_tool(words, self.tool)
        report(tool_faults(words, parsed, self.tool, single=call.single, limited=call.limited), bound, problems)
        known = parsed.facts or {}
        effect, why = self._effect(parsed)
        secret = known.get("secret")
        return Facts(
            effect,
            why,
            self._result(parsed),
            repeatable=effect == "read" or bool(known.get("repeatable")),
            taint=() if secret is None else (*secret, *_TEXT),
            targets=tuple(f"{self.program} {shown_word(bound, index)}" for index in parsed.positionals[:1]),
        )

    def _effect(self, parsed: Parsed) -> tuple[str, str]:
        if parsed.option("--help") is not None:
            return "read", "--help only prints"
        if parsed.facts is None:
            return "change", f"a {self.program} command that isn't in the facts counts as a change"
        effect = parsed.facts["effect"]
        return effect, f"`{f'{self.program} {parsed.path}'.rstrip()}` {_VERBS[effect]}"

    def _result(self, parsed: Parsed) -> RecordType:
        fields: dict[str, Type] = {"exit": INT, "stdout": STRING, "stderr": STRING, "lines": ListType(STRING)}
        shape = (parsed.facts or {}).get("shape")
        if shape:
            fields["json"] = self.tool.type(shape) or DYN
        return RecordType(f"{self.name} result", fields)

    def request(self, args: Mapping[str, Value]) -> Request:
        words = plain_words(args.get("command") or (), self.program)
        if not words:
            raise ArgumentError(f"the {self.program} command is empty")
        parsed = parse_tool(named(evaluated(words)), self.tool)
        return Request(self.name, argv=(self.program, *words), data={"path": parsed.path})

    def effect(self, request: Request) -> str:
        return self._effect(parse_tool(named(evaluated(request.argv[1:])), self.tool))[0]
