"""New surface files: from an installed doctl's own help, and from a redis server's own command table.

What a tool says of itself are names, options, columns and numbers of arguments. Effects, result shapes and what is secret
it doesn't say: those come from the facts of this package where they know the command, else from its name, and what isn't
known counts as a change.
"""

from __future__ import annotations

import json
import re

from ..base.diagnostics import fail
from ..surfaces.redis_command import builtin_table
from ..surfaces.tool_facts import FORMAT, builtin_tool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    Ask = Callable[[Sequence[str]], str]
    """The standard output of a program called with these words; raises RunbookError."""

MAX_COMMANDS = 3000
_HEADING = re.compile(r"^(\S.*):\s*$")
_ENTRY = re.compile(r"^  ([a-z0-9][\w-]*)(?:\s{2,}\S.*)?$")
_FLAG = re.compile(r"^\s{2,}(?:(-\w), )?(--[\w-]+)(?: (\w+))?(?:\s{2,}(.*))?$")
_NO_COMMANDS = ("Usage", "Aliases", "Examples", "Example", "Flags", "Global Flags", "Additional help topics")
_POSITIONAL = re.compile(r"<[^<>]*>(?:\.\.\.)?|\[[^][]*\](?:\.\.\.)?|[A-Z][\w=-]*(?:\.\.\.)?")
_COLUMNS = re.compile(r"Possible values: (.+?)\.?\s*$")
_TYPES = {"int": "int", "duration": "duration", "strings": "stringSlice", "stringSlice": "stringSlice", "float": "float"}
_READ_NAMES = ("list", "get", "show")
_DESTROY_NAMES = ("delete", "remove", "destroy", "purge", "rm", "untag", "detach")


def snapshot_doctl(ask: Ask, only: Sequence[str] = ()) -> dict[str, Any]:
    """A surface file from doctl's help: one page after the other, no call of its API.

    `only`: names of top-level commands to look at; all by default.
    """
    known = builtin_tool("doctl")
    found: dict[str, Any] = {}
    queue: list[tuple[str, ...]] = [()]
    others: list[str] = []
    read = 0
    while queue and read < MAX_COMMANDS:
        path = queue.pop()
        page = _Page(ask([*path, "--help"]))
        read += 1
        children = [name for name in page.children if not (path == () and name in ("help", "completion"))]
        if path == () and only:
            others = [name for name in children if name not in only]
            children = [name for name in children if name in only]
        queue.extend((*path, name) for name in reversed(children))
        if path:
            name = " ".join(path)
            found[name] = page.facts(known.commands.get(name, {}), group=bool(children))
    head = {name: known.data[name] for name in ("global_flags", "hints", "shapes") if name in known.data}
    return {
        "format": FORMAT,
        "program": "doctl",
        "source": "the tool's own help, by `runbook tools snapshot doctl`",
        "version": version_in(ask(["version"])),
        "snapshot": True,
        **head,
        "others": others,
        "covers": list(only) or [""],
        "commands": dict(sorted(found.items())),
    }


class _Page:
    """One help page, cut at its headings."""

    def __init__(self, text: str) -> None:
        self.sections: dict[str, list[str]] = {}
        heading = ""
        for line in text.splitlines():
            match = _HEADING.match(line)
            if match:
                heading = match[1]
            self.sections.setdefault(heading, []).append(line.rstrip())

    @property
    def children(self) -> list[str]:
        """The names of the commands listed, under whatever heading."""
        return [
            match[1]
            for heading, lines in self.sections.items()
            if heading and heading not in _NO_COMMANDS
            for line in lines
            if (match := _ENTRY.match(line))
        ]

    def facts(self, known: Mapping[str, Any], group: bool) -> dict[str, Any]:
        """The facts of the page's command; `known` are those of this package, whose judgement stays."""
        name, usage = self._usage()
        aliases = [word for line in self.sections.get("Aliases", [])[1:] for word in re.split(r"[,\s]+", line.strip()) if word]
        facts: dict[str, Any] = {"aliases": aliases[1:]} if aliases[1:] else {}
        if group:
            return facts
        facts["effect"] = known.get("effect") or _effect_by_name(name)
        facts["positionals"] = known.get("positionals") or positionals(usage)
        columns = self._columns()
        if columns:
            facts["columns"] = columns
        facts["flags"] = {name: {**known.get("flags", {}).get(name, {}), **flag} for name, flag in self._flags().items()}
        for key in ("hidden_columns", "shape", "secret", "text", "repeatable", "deprecated"):
            if key in known:
                facts[key] = known[key]
        return facts

    def _usage(self) -> tuple[str, str]:
        """The command's own name, and what follows it in the line of usage."""
        lines = [line.strip() for line in self.sections.get("Usage", [])[1:] if line.strip()]
        line = lines[0] if lines else ""
        words = line.removesuffix("[flags]").split()
        at = next((index for index, word in enumerate(words) if word[0] in "<[" or word[0].isupper()), len(words))
        return (words[at - 1] if at else ""), " ".join(words[at:])

    def _flags(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for line in self.sections.get("Flags", []):
            match = _FLAG.match(line)
            if match and match[2] != "--help":
                flag: dict[str, Any] = {"type": _TYPES.get(match[3], "string") if match[3] else "bool"}
                if match[1]:
                    flag["short"] = match[1]
                if "(required)" in (match[4] or ""):
                    flag["required"] = True
                found[match[2]] = flag
        return found

    def _columns(self) -> list[str]:
        for line in self.sections.get("Flags", []):
            match = _COLUMNS.search(line) if "--format " in line else None
            if match:
                return [name.strip(" `") for name in match[1].split(",")]
        return []


def positionals(usage: str) -> list[int | None]:
    """The least and the most number of arguments that a line of usage names."""
    least = most = 0
    endless = False
    for word in _POSITIONAL.findall(usage):
        endless = endless or word.endswith("...")
        most += 1
        least += not (word.startswith("[") or "optional" in word or "default" in word)
    return [least, None if endless else most]


def _effect_by_name(name: str) -> str:
    first = name.partition("-")[0]
    if first in _READ_NAMES:
        return "read"
    return "destroy" if first in _DESTROY_NAMES else "change"


def snapshot_redis(ask: Ask) -> dict[str, Any]:
    """A surface file from a server's COMMAND and COMMAND DOCS; `ask` runs redis-cli with `--json` and these words."""
    known: Mapping[str, Any] = builtin_table()["commands"]
    docs = _json(ask(["COMMAND", "DOCS"]), dict)
    found: dict[str, Any] = {}
    for entry in _json(ask(["COMMAND"]), list):
        _add_redis(found, entry, docs, known)
    version = re.search(r"redis_version:([\d.]+)", ask(["INFO", "server"]))
    return {
        "format": FORMAT,
        "program": "redis-cli",
        "source": "COMMAND DOCS of a server, by `runbook tools snapshot redis-cli`",
        "version": version[1] if version else "?",
        "commands": dict(sorted(found.items())),
    }


def _json(text: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, kind):
        raise fail(
            "RB597",
            "The server's answer to COMMAND isn't what was expected.",
            help="It needs redis 7.0 or later, and the right to COMMAND.",
        )
    return value


def _add_redis(found: dict[str, Any], entry: Sequence[Any], docs: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Adds the facts of one entry of COMMAND's reply and of its subcommands."""
    name, arity, flags = str(entry[0]).lower(), int(entry[1]), [str(flag) for flag in entry[2]]
    about = docs.get(name, {})
    facts: dict[str, Any] = {**known.get(name, {}), "arity": arity}
    facts.setdefault("effect", "read" if "readonly" in flags else "change")
    if about.get("replaced_by"):
        facts.setdefault("deprecated", str(about["replaced_by"]).replace("`", ""))
    subcommands = entry[9] if len(entry) > 9 else []
    if subcommands:
        facts["group"] = True
    found[name] = facts
    for sub in subcommands:
        _add_redis(found, sub, about.get("subcommands", {}), known)


def version_in(text: str) -> str:
    """The first version number in a text, '' for none."""
    match = re.search(r"\d+(?:\.\d+)+", text)
    return match[0] if match else ""


def as_file(data: Mapping[str, Any]) -> str:
    """A surface file's text: a line for each command, so that two of them can be compared."""
    parts = []
    for key, value in data.items():
        if key in ("commands", "shapes"):
            inner = ",\n".join(f"  {json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in value.items())
            parts.append(f' "{key}": {{\n{inner}\n }}')
        else:
            parts.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
