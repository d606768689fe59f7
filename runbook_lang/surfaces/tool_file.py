"""Reading a surface file that isn't part of this package: total, bounded, every fault with its place.

The format is described in docs/reference/tools.md.
"""

from __future__ import annotations

import json

from ..base.diagnostics import Problems
from ..base.source import Source, Span
from ..base.suggest import did_you_mean
from .tool_facts import FORMAT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Path = tuple[str | int, ...]
    Found = tuple[Path, str, str]  # where, what is wrong, help

MAX_BYTES = 4 * 1024 * 1024
EFFECTS = ("read", "change", "destroy")
FLAG_TYPES = ("string", "bool", "int", "float", "duration", "stringSlice")

_TOP = {
    "format": "int",
    "program": "text",
    "source": "text",
    "version": "text",
    "global_flags": "flags",
    "hints": "texts",
    "others": "list",
    "covers": "list",
    "shapes": "any",
    "snapshot": "bool",
    "commands": "commands",
}
_COMMAND = {
    "aliases": "list",
    "effect": "effect",
    "positionals": "range",
    "columns": "list",
    "hidden_columns": "list",
    "flags": "flags",
    "shape": "text",
    "secret": "list",
    "text": "bool",
    "repeatable": "bool",
    "deprecated": "text",
}
_REDIS = {
    "arity": "int",
    "effect": "effect",
    "group": "bool",
    "read_unless": "list",
    "repeatable_unless": "list",
    "text": "bool",
    "secret": "bool",
    "endless": "bool",
    "deprecated": "text",
    "caution": "text",
    "instead": "text",
}
_FLAG = {
    "type": "type",
    "short": "text",
    "required": "bool",
    "choices": "list",
    "secret": "bool",
    "endless": "bool",
    "instead": "text",
    "deprecated": "text",
}
_SAID = {
    "int": "a whole number",
    "text": "text",
    "bool": "true or false",
    "list": "a list of texts",
    "texts": "an object of texts",
    "flags": "an object of flags",
    "commands": "an object of commands",
    "effect": f"one of {', '.join(EFFECTS)}",
    "type": f"one of {', '.join(FLAG_TYPES)}",
    "range": "the least and the most number of arguments, such as [1, 2]; null as the most means any number",
}


def read_tool(name: str, raw: bytes, program: str, problems: Problems) -> Mapping[str, Any] | None:
    """The facts of a surface file for a program; None after a diagnostic (RB593 to RB595). Never raises for what is in it."""
    if len(raw) > MAX_BYTES:
        source = Source(name, "")
        help = "Keep to the commands that are used: `runbook tools snapshot --only`."
        problems.error("RB595", f"{name} is larger than {MAX_BYTES // 1024 // 1024} MiB.", Span(source, 0, 0), help)
        return None
    text = raw.decode("utf-8", "replace")
    source = Source(name, text)
    try:
        data = json.loads(text, object_pairs_hook=_no_doubles)
    except json.JSONDecodeError as error:
        problems.error("RB593", f"This is no JSON: {error.msg}.", Span(source, error.pos, min(error.pos + 1, len(text))))
        return None
    except (RecursionError, ValueError) as error:
        message = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        problems.error("RB593", f"This is no surface file: {message}.", Span(source, 0, 0))
        return None
    wrong = next(_faults(data, program), None)
    if wrong is None:
        return data  # type: ignore[no-any-return]  # an object: the faults would have said otherwise
    path, message, help = wrong
    code = "RB594" if path == ("format",) and isinstance(data["format"], int) and data["format"] > FORMAT else "RB593"
    problems.error(code, message, _place(source, path), help)
    return None


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _faults(data: Any, program: str) -> Iterator[Found]:
    if not isinstance(data, dict):
        yield (), "A surface file is a JSON object.", ""
        return
    format_ = data.get("format")
    if type(format_) is not int or format_ < 1:
        yield ("format",) if "format" in data else (), f"'format' must be the number of the file's format, now {FORMAT}.", ""
    elif format_ > FORMAT:
        help = "Update runbook-lang, or make the file again with this version."
        yield ("format",), f"This file has the format {format_}, and this version reads up to {FORMAT}.", help
    for name in ("program", "commands"):
        if name not in data:
            yield (), f"{name!r} is missing.", ""
    if "program" in data and data["program"] != program:
        yield ("program",), f"This file is about {data['program']!r}, and {program!r} is wanted.", ""
    yield from _object(data, _TOP, (), data)


def _object(value: Mapping[str, Any], table: Mapping[str, str], path: Path, data: Mapping[str, Any]) -> Iterator[Found]:
    for key, item in value.items():
        kind = table.get(key)
        if kind is None:
            yield (*path, key), f"There is no key {key!r} here.", did_you_mean(key, table) or f"Known: {', '.join(table)}."
        elif not _fits(kind, item):
            yield (*path, key), f"{key!r} must be {_SAID[kind]}.", ""
        elif kind == "flags":
            yield from _flags(item, (*path, key), data)
        elif kind == "commands":
            yield from _commands(item, (*path, key), data)


def _flags(flags: Mapping[str, Any], path: Path, data: Mapping[str, Any]) -> Iterator[Found]:
    for name, facts in flags.items():
        here = (*path, name)
        if not name.startswith("-"):
            yield here, f"A flag begins with '-', and {name!r} doesn't.", ""
        elif not isinstance(facts, dict) or "type" not in facts:
            yield here, "A flag is an object with 'type'.", ""
        else:
            yield from _object(facts, _FLAG, here, data)


def _commands(commands: Mapping[str, Any], path: Path, data: Mapping[str, Any]) -> Iterator[Found]:
    redis = data.get("program") == "redis-cli"
    for name, facts in commands.items():
        here = (*path, name)
        if not isinstance(facts, dict):
            yield here, "A command is an object.", ""
            continue
        yield from _object(facts, _REDIS if redis else _COMMAND, here, data)
        if redis and not {"arity", "effect"} <= facts.keys():
            yield here, "A redis command needs 'arity' and 'effect'.", ""
        shape = facts.get("shape", "")
        if shape and shape not in data.get("shapes", {}):
            yield (*here, "shape"), f"There is no shape {shape!r}.", did_you_mean(shape, data.get("shapes", {}))


def _fits(kind: str, value: Any) -> bool:
    if kind == "int":
        return type(value) is int
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "text":
        return isinstance(value, str)
    if kind == "list":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "texts":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if kind in ("effect", "type"):
        return value in (EFFECTS if kind == "effect" else FLAG_TYPES)
    if kind == "range":
        return _is_range(value)
    return isinstance(value, dict)


def _is_range(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int or value[0] < 0:
        return False
    return value[1] is None or (type(value[1]) is int and value[1] >= value[0])


def _place(source: Source, path: Path) -> Span:
    """Where a key of the JSON stands: JSON is YAML, whose reader knows places."""
    from ..syntax.tree import Mapping as MappingNode
    from ..syntax.yaml_reader import read_yaml

    node = read_yaml(source, Problems())
    span = Span(source, 0, 0)
    for key in path:
        entry = node.entry(str(key)) if isinstance(node, MappingNode) else None
        if entry is None:
            break
        span, node = entry.key.span, entry.value
    return span
