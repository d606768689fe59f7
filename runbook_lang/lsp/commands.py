"""What may come next in a command, by the facts about its tool; and what is known of a word in it."""

from __future__ import annotations

import re

from ..base.record import Record
from ..surfaces.aws_model import find_model, find_service
from ..surfaces.facts_files import facts_file
from ..surfaces.redis_command import builtin_table
from ..surfaces.tool_command import parse_tool
from ..surfaces.tool_facts import Tool, builtin_tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..surfaces.kinds import Surface

_WORD = re.compile(r"(?:\$\{[^}]*\}|\"[^\"]*\"|'[^']*'|\S)+")
_TYPES = {"i": "int", "b": "switch", "*": "list", "": "text"}


class Choice(Record):
    """A word that may stand in a command. `kind`: command | flag | value."""

    word: str
    kind: str
    detail: str = ""
    doc: str = ""


def words_of(text: str) -> list[str | None]:
    """The words of a command as it is written; None for one that only the run knows."""
    return [None if "${" in word else word.strip("\"'") for word in _WORD.findall(text)]


def choices(surface: Surface, left: str) -> tuple[str, list[Choice]]:
    """The word that is being written at the end of a command, and what it may become."""
    found = re.search(r"\S*$", left)
    prefix = found[0] if found else ""
    if "${" in prefix:
        return prefix, []
    words = words_of(left[: len(left) - len(prefix)])
    return prefix, list(_choices(surface, words, prefix))


def _choices(surface: Surface, words: list[str | None], prefix: str) -> Iterator[Choice]:
    tool = tool_of(surface)
    if tool is not None:
        yield from _of_tool(tool, words, prefix)
    elif surface.name == "redis-cli":
        yield from _of_redis(words, prefix)
    elif surface.name == "aws":
        yield from _of_aws(words, prefix)
    elif surface.name == "shell" and words and words[0] in ("doctl", "psql"):
        yield from _of_tool(builtin_tool(words[0]), words[1:], prefix)


def tool_of(surface: Surface) -> Tool | None:
    """The facts of a surface that is made of them."""
    found = getattr(surface, "tool", None)
    return found if isinstance(found, Tool) else None


def _of_tool(tool: Tool, words: list[str | None], prefix: str) -> Iterator[Choice]:
    parsed = parse_tool(words, tool)
    facts = parsed.facts or {}
    own: Mapping[str, Any] = facts.get("flags", {})
    last = parsed.options[-1] if parsed.options else None
    if last is not None and last.missing:
        yield from _values(last.name, {**tool.global_flags, **own}.get(last.name, {}), facts)
        return
    if prefix.startswith("-"):
        for group, which in ((own, tool.program + " " + parsed.path), (tool.global_flags, tool.program)):
            for name, flag in group.items():
                yield Choice(name, "flag", flag_text(flag), f"An option of `{which.strip()}`.")
        return
    if parsed.facts is not None or (parsed.stop is not None and parsed.stop < len(words)):
        return
    for child in tool.children(parsed.path):
        full = f"{parsed.path} {child}".strip()
        yield Choice(child, "command", command_text(tool.commands.get(full, {})), f"`{tool.program} {full}`")


def _values(name: str, flag: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Choice]:
    for value in flag.get("choices", ()) or (("json", "text") if name == "--output" else ()):
        yield Choice(str(value), "value", name)
    if name == "--format":
        for column in (*facts.get("columns", ()), *facts.get("hidden_columns", ())):
            yield Choice(column, "value", "a column")


def flag_text(flag: Mapping[str, Any]) -> str:
    """A flag's facts in one line."""
    notes = [str(flag.get("type", "text")).replace("bool", "switch")]
    notes += [str(flag["short"])] if flag.get("short") else []
    notes += [word for word in ("required", "secret", "deprecated", "endless") if flag.get(word)]
    return ", ".join(notes)


def command_text(facts: Mapping[str, Any]) -> str:
    """A command's facts in one line: its effect and what it gives."""
    if "effect" not in facts:
        return "group"
    shape = f" → {facts['shape']}" if facts.get("shape") else ""
    return f"{facts['effect']}{shape}"


def _of_redis(words: list[str | None], prefix: str) -> Iterator[Choice]:
    commands: Mapping[str, Any] = builtin_table()["commands"]
    upper = not prefix.islower()
    if not words:
        for name, facts in commands.items():
            if "|" not in name:
                yield Choice(name.upper() if upper else name, "command", facts["effect"])
    elif len(words) == 1 and words[0] is not None:
        group = words[0].lower() + "|"
        for name, facts in commands.items():
            if name.startswith(group):
                sub = name[len(group) :]
                yield Choice(sub.upper() if upper else sub, "command", facts["effect"])


def _of_aws(words: list[str | None], prefix: str) -> Iterator[Choice]:
    data = facts_file("aws")
    plain = [word for word in words if word is None or not word.startswith("-")]
    if not plain:
        if prefix.startswith("-"):
            yield from (Choice(name, "flag", "global") for name in data["global_options"])
        else:
            yield from (Choice(name, "command", "service") for name in (*data["services"], "s3"))
        return
    name = plain[0]
    if name == "s3" and len(plain) == 1:
        yield from (Choice(verb, "command", effect) for verb, effect in data["s3"].items())
        return
    service = find_service(name) if name else None
    if service is None:
        return
    operation = plain[1] if len(plain) > 1 else ""
    if not operation and not prefix.startswith("-"):
        yield from (Choice(verb, "command", f"{name}") for verb in service.operations)
    elif operation and prefix.startswith("-"):
        model = find_model(service, operation)
        for option, kind in (model.options or {}).items() if model is not None else ():
            required = ", required" if kind.endswith("!") else ""
            shown = option if option.startswith("--") else f"--{option}"
            yield Choice(shown, "flag", _TYPES.get(kind.rstrip("!"), "text") + required)
