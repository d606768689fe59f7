"""What can be seen to be wrong with a command before it runs, by the facts of its tool."""

from __future__ import annotations

from ..base.pattern import lazy
from ..base.suggest import did_you_mean
from .fault import Fault, unchecked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .cmdline import Known
    from .tool_command import Option, Parsed
    from .tool_facts import Tool

_FORMS = {
    "int": (lazy(r"[+-]?(\d+|0[xX][0-9a-fA-F]+)"), "a whole number"),
    "float": (lazy(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"), "a number"),
    "duration": (lazy(r"[+-]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h))+)"), "a duration such as 10s or 1h30m"),
    "bool": (lazy(r"(?i:true|false|t|f|1|0)"), "true or false"),
}
"""The forms of values by type; any other type takes any text."""


def tool_faults(
    words: Known, parsed: Parsed, tool: Tool, *, json_output: bool = False, single: bool = False, limited: bool = False
) -> Iterator[Fault]:
    """All findings. `json_output`: the command prints JSON, so that columns say nothing. `single`: each unknown word is surely one.

    `limited`: somebody has said how long it may take, so that it may be one that never ends by itself.
    """
    yield from _secret_options(parsed, tool)
    if parsed.facts is None:
        yield from _no_command(words, parsed, tool)
        return
    if parsed.option("--help") is not None:
        return
    shown = f"{tool.program} {parsed.path}".rstrip()
    if parsed.facts.get("deprecated"):
        yield Fault("RB561", f"`{shown}` is an old form", 0, f"The modern form: `{parsed.facts['deprecated']}`.", warning=True)
    yield from _options(words, parsed, tool, shown, limited)
    yield from _required(parsed, shown)
    yield from _count(words, parsed, tool, shown, single)
    yield from _columns(words, parsed, tool, shown, json_output)


def _flag(parsed: Parsed, tool: Tool, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (parsed.facts or {}).get("flags", {}).get(name) or tool.global_flags.get(name, {})
    return found


def _secret_options(parsed: Parsed, tool: Tool) -> Iterator[Fault]:
    for option in parsed.options:
        facts = _flag(parsed, tool, option.name)
        if facts.get("secret"):
            help = tool.hints.get(option.name) or "Leave it out, and hand it over by the environment."
            message = f"what {option.name} hands over stands in the command line, where every process of the host can read it"
            yield Fault("RB567", message, option.index, help)


def _no_command(words: Known, parsed: Parsed, tool: Tool) -> Iterator[Fault]:
    """The command line ends in no command that the facts have."""
    path, stop = parsed.path, parsed.stop
    program = tool.program
    if not words:
        yield Fault("RB560", f"the {program} command is empty")
        return
    if parsed.option("--help") is not None or parsed.option("--version") is not None:
        return
    children = tool.children(path)
    listed = f"One of: {', '.join(children)}."
    if stop is None:
        if tool.is_covered(path) or path:
            yield Fault("RB560", f"`{program} {path}` is not a command but a group: {program} prints help and exits 0", -1, listed)
        else:
            yield Fault("RB560", f"the {program} command names no command", -1, listed)
        return
    word = words[stop]
    shown = f"{program} {path}".rstrip()
    if word is None:
        help = "Write the command out, and choose between steps with `choose`."
        yield unchecked(f"the subcommand of `{shown}` is known only when it runs", stop, help)
        return
    if word == program and not path:
        yield Fault("RB560", "the command begins behind the program's name", stop, f"Leave the word `{program}` out.")
        return
    hint = tool.hints.get(f"{path} {word}".strip())
    if tool.is_covered(path):
        help = hint or did_you_mean(word, children) or listed
        yield Fault("RB560", f"{program} has no command `{f'{path} {word}'.strip()}`: it prints help and exits 0", stop, help)
        return
    near = did_you_mean(word, children)
    if path == "" and near and word not in tool.data.get("others", ()):
        yield Fault("RB560", f"{program} has no command `{word}`", stop, near)
        return
    help = f"`runbook tools snapshot {program}` makes it known." if tool.data.get("snapshot") else ""
    yield unchecked(f"`{shown} {word}` isn't in the facts of {program} {tool.version}", stop, help)


def _options(words: Known, parsed: Parsed, tool: Tool, shown: str, limited: bool) -> Iterator[Fault]:
    assert parsed.facts is not None
    own = parsed.facts.get("flags", {})
    for option in parsed.options:
        if not option.known:
            names = [*own, *tool.global_flags]
            help = tool.hints.get(f"{parsed.path} {option.name}".strip()) or did_you_mean(option.name, names)
            help = help or f"Its own options: {', '.join(own) or 'none'}."
            yield Fault("RB562", f"`{shown}` has no option {option.name}", option.index, help)
            continue
        facts = _flag(parsed, tool, option.name)
        if option.missing:
            yield Fault("RB565", f"{words[option.index]} needs a value", option.index)
        elif option.value is not None:
            yield from _value(words, option, facts, shown)
        if facts.get("deprecated"):
            help = f"The modern form: {facts['deprecated']}."
            yield Fault("RB561", f"{option.name} of `{shown}` is an old form", option.index, help, warning=True)
        if facts.get("endless") and not limited and option.value != "false":
            yield Fault(
                "RB568",
                f"`{shown} {option.name}` never ends by itself, and nothing says how long it may take",
                option.index,
                facts.get("instead") or "Give the step a timeout of its own.",
                warning=True,
            )


def _value(words: Known, option: Option, facts: Mapping[str, Any], shown: str) -> Iterator[Fault]:
    value = option.value or ""
    place = _within(words, option, 0, len(value))
    choices = facts.get("choices")
    if choices:
        if value not in choices:
            lower = value.lower()
            help = f"Write it in lower case: {lower}." if lower in choices else f"One of: {', '.join(choices)}."
            yield Fault("RB564", f"{option.name} of `{shown}` can't be {value!r}", option.value_index, help, False, *place)
        return
    form = _FORMS.get(facts.get("type", ""))
    if form is not None and not form[0].fullmatch(value):
        yield Fault("RB564", f"{option.name} of `{shown}` takes {form[1]}, not {value!r}", option.value_index, "", False, *place)


def _within(words: Known, option: Option, start: int, end: int) -> tuple[int, int]:
    """The range of a part of an option's value within its word; (0, 0) for all of it."""
    word = words[option.value_index] or ""
    before = len(word) - len(option.value or "")
    return before + start, before + end


def _required(parsed: Parsed, shown: str) -> Iterator[Fault]:
    assert parsed.facts is not None
    for name, facts in parsed.facts.get("flags", {}).items():
        if facts.get("required") and parsed.option(name) is None:
            yield Fault("RB565", f"`{shown}` needs the option {name}", -1)


def _count(words: Known, parsed: Parsed, tool: Tool, shown: str, single: bool) -> Iterator[Fault]:
    assert parsed.facts is not None
    least, most = parsed.facts.get("positionals", (0, None))
    count = len(parsed.positionals)
    if most is not None and count - parsed.loose > most:
        first = parsed.positionals[most - 1] if most else parsed.positionals[0]
        hint = tool.hints.get(f"{parsed.path} {words[first]}", "")
        takes = "no arguments" if most == 0 else "one argument" if most == 1 else f"at most {most} arguments"
        yield Fault("RB565", f"`{shown}` takes {takes}, here are {count}", parsed.positionals[most], hint)
    # A word that only the run knows may splat into several: too few is only sure when none can.
    elif count < least and (single or None not in words):
        yield Fault("RB565", f"`{shown}` needs {least} argument{'s' if least > 1 else ''}, here are {count}")


def _columns(words: Known, parsed: Parsed, tool: Tool, shown: str, json_output: bool) -> Iterator[Fault]:
    assert parsed.facts is not None
    columns = parsed.facts.get("columns")
    option = parsed.option("--format")
    if not columns or option is None or option.missing:
        return
    if json_output:
        help = "Read the fields of `result.json`."
        yield Fault("RB566", "--format has no effect with JSON output", option.value_index, help, warning=True)
    hint = tool.hints.get(f"{parsed.path} --format", "")
    at = 0
    for column in (option.value or "").split(","):
        if column and column not in columns:
            help = did_you_mean(column, columns) or hint or f"Its columns: {', '.join(columns)}."
            place = _within(words, option, at, at + len(column))
            yield Fault("RB563", f"`{shown}` has no column {column!r}", option.value_index, help, False, *place)
        at += len(column) + 1
