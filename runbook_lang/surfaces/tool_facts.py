"""The facts of a command-line tool, as its surface file gives them. The format is described in docs/reference/tools.md."""

from __future__ import annotations

from functools import cache

from .facts_files import facts_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.types import Type

FORMAT = 1
"""The newest format of surface files that is understood."""

_MAX_DEPTH = 24


class Tool:
    """What is known of one tool. Immutable by agreement; what is looked up often is kept.

    `commands` maps a command's full name (`apps list`) to its facts; a group of commands has no `effect`. A tool without
    subcommands has one command, named ''.
    """

    __slots__ = ("_below", "_types", "commands", "covers", "data", "global_flags", "hints", "program", "version")

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.program: str = data["program"]
        self.version: str = data.get("version", "")
        self.commands: Mapping[str, Any] = data["commands"]
        self.global_flags: Mapping[str, Any] = data.get("global_flags", {})
        self.hints: Mapping[str, str] = data.get("hints", {})
        self.covers: tuple[str, ...] = tuple(data.get("covers", ("",)))
        self._below: dict[str, dict[str, str]] | None = None
        self._types: dict[str, Type] = {}

    def below(self, path: str) -> Mapping[str, str]:
        """The words that may follow a command's name, aliases included, to the full name that each leads to."""
        if self._below is None:
            self._below = _tree(self.commands)
        return self._below.get(path, {})

    def children(self, path: str) -> list[str]:
        """The names (without aliases) of the commands below a group, sorted."""
        start = len(path) + 1 if path else 0
        return sorted({full[start:] for full in self.below(path).values()})

    def is_covered(self, path: str) -> bool:
        """Whether all commands at this place are in the facts, so that an unknown one is an error."""
        return any(not family or path == family or path.startswith(family + " ") for family in self.covers)

    def type(self, shape: str) -> Type | None:
        """The type of a result by the name of its shape; None when there is no such shape."""
        schema = self.data.get("shapes", {}).get(shape)
        if schema is None:
            return None
        if shape not in self._types:
            from ..expr.types import from_json_schema

            self._types[shape] = from_json_schema(_resolved(schema, self.data["shapes"], 0), shape)
        return self._types[shape]


def _tree(commands: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    below: dict[str, dict[str, str]] = {}
    for name in commands:
        words = name.split(" ") if name else []
        for depth, word in enumerate(words):
            # A group that the file doesn't list (`compute` of `compute cdn list`) is one all the same.
            below.setdefault(" ".join(words[:depth]), {})[word] = " ".join(words[: depth + 1])
    for name, facts in commands.items():
        path, _, _ = name.rpartition(" ")
        for alias in facts.get("aliases", ()):
            below.setdefault(path, {}).setdefault(alias, name)
    return below


def _resolved(schema: Any, shapes: Mapping[str, Any], depth: int) -> Any:
    """A schema with its `#/shapes/NAME` references filled in; what is nested too deeply may be anything."""
    if isinstance(schema, list):
        return [_resolved(item, shapes, depth + 1) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if depth > _MAX_DEPTH:
        return {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _resolved(shapes.get(reference.removeprefix("#/shapes/"), {}), shapes, depth + 1)
    return {key: _resolved(value, shapes, depth + 1) for key, value in schema.items()}


@cache
def builtin_tool(name: str) -> Tool:
    """The facts of a tool that come with this package (`doctl`, `psql`), read once."""
    return Tool(facts_file(name))
