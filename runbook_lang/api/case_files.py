"""Case files: one runbook, what the world answers, what is wanted. Reading them, and writing what is wanted anew.

A file holds one case (a mapping) or a list of cases. Docs: docs/how-to/case-files.md.
"""

from __future__ import annotations

import json
import os

from ..base.diagnostics import Problems, RunbookError
from ..base.duration import parse_duration
from ..base.record import Record
from ..base.suggest import did_you_mean
from ..model.kinds import constant_of
from ..syntax.tree import Mapping as MappingNode
from ..syntax.tree import Scalar, Sequence
from .files import read_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..base.source import Source
    from ..syntax.tree import Node

MODES = ("run", "check", "plan", "dry-run", "rehearse")
CASE_KEYS = ("case", "mode", "runbook", "files", "inputs", "secrets", "world", "answers", "expect")
ENTRY_KEYS = (
    "step", "attempt", "role", "ok", "kind", "applied", "message", "takes", "then", "result",
    "exit", "stdout", "stderr", "json", "status", "headers", "body", "rows", "affected", "value",
)  # fmt: skip
EXPECT_KEYS = (
    "exit", "result", "undone", "escalated", "failure", "outputs", "steps", "started", "argv",
    "effects", "risk", "verdicts", "ends", "filled", "needs", "told", "diagnostics",
)  # fmt: skip
THEN = ("", "dies", "cancel")


class Case(Record):
    """One case. `files`: texts of a library that the case brings itself; `runbook` is then the name of one of them."""

    title: str
    source: Source
    node: MappingNode
    mode: str
    runbook: str
    files: Mapping[str, bytes]
    inputs: Mapping[str, Any]
    secrets: Mapping[str, str]
    world: tuple[Mapping[str, Any], ...]
    answers: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def path(self) -> str:
        return self.source.name


def read_cases(path: str) -> tuple[Case, ...]:
    """The cases of a file. Raises RunbookError: RB701, RB1xx, RB740."""
    source, tree = read_data(path)
    problems = Problems()
    nodes = tree.items if isinstance(tree, Sequence) else (tree,)
    cases = [_case(node, source, problems) for node in nodes]
    if problems.failed:
        raise RunbookError(*problems.sorted())
    return tuple(case for case in cases if case is not None)


def is_case_file(path: str) -> bool:
    """Whether a file of a folder is meant: its first words that are no comment begin a case."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    lines = (line.strip() for line in head.splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.removeprefix(b"- ").startswith(b"case:")


def _case(node: Node, source: Source, problems: Problems) -> Case | None:
    if not isinstance(node, MappingNode):
        problems.error("RB740", "A case is a mapping.", node.span, "Begin with: case: what it is about")
        return None
    keys = node.keys()
    if "steps" in keys and "case" not in keys:
        help = f"Check it with: runbook check {source.name}. A case begins with `case:` and names the runbook that it tries."
        problems.error("RB740", "This is a runbook, not a case.", _span(node, "steps"), help)
        return None
    _keys(node, CASE_KEYS, "A case", problems)
    found: dict[str, Any] = {entry.key.value: constant_of(entry.value) for entry in node.entries if entry.key.value in CASE_KEYS}
    for key, kind in _KINDS.items():
        if key in found and not isinstance(found[key], kind):
            problems.error("RB740", f"`{key}` of a case has the wrong form.", _span(node, key), _FORMS[key])
            return None
    for key in ("case", "runbook", "expect"):
        if key not in found:
            problems.error("RB740", f"A case lacks `{key}`.", node.span, _FORMS[key])
            return None
    mode = found.get("mode", "run")
    if mode not in MODES:
        problems.error("RB740", f"A case can't be of mode {mode!r}.", _span(node, "mode"), f"Modes: {', '.join(MODES)}.")
        return None
    _inner(node, problems)
    texts = {name: str(text).encode() for name, text in found.get("files", {}).items()}
    runbook = found["runbook"]
    if "\n" in runbook:
        texts["case.yml"] = runbook.encode()
        runbook = "case.yml"
    elif runbook not in texts:
        runbook = os.path.normpath(os.path.join(os.path.dirname(source.name), runbook))
        texts = {}
    return Case(
        str(found["case"]),
        source,
        node,
        mode,
        runbook,
        texts,
        found.get("inputs", {}),
        {name: str(value) for name, value in found.get("secrets", {}).items()},
        tuple(found.get("world", ())),
        found.get("answers", {}),
        found["expect"],
    )


_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("case", "mode", "runbook"), str),
    **dict.fromkeys(("files", "inputs", "secrets", "answers", "expect"), dict),
    "world": list,
}
_FORMS: Mapping[str, str] = {
    "case": "case: what it is about, in one line",
    "mode": "mode: run",
    "runbook": "runbook: a path relative to the case file, or the runbook's text behind `|`",
    "files": "files: {policy.yml: text, …}",
    "inputs": "inputs: {name: value}",
    "secrets": "secrets: {name: value}",
    "world": "world: [{step: health, ok: true, status: 200}, …]",
    "answers": "answers: {step: value, or approve, refuse, done, not-done, expire, abort, undo}",
    "expect": "expect: {exit: 0, result: succeeded}",
}


def _span(node: MappingNode, key: str) -> Any:
    return next((entry.key.span for entry in node.entries if entry.key.value == key), node.span)


def _keys(node: MappingNode, known: tuple[str, ...], what: str, problems: Problems) -> None:
    for entry in node.entries:
        if entry.key.value not in known:
            help = did_you_mean(entry.key.value, known) or f"Known here: {', '.join(known)}."
            problems.error("RB740", f"{what} has no key {entry.key.value!r}.", entry.key.span, help)


def _inner(node: MappingNode, problems: Problems) -> None:
    """The keys of the entries of `world`, and those of `expect`."""
    world = node.get("world")
    for item in world.items if isinstance(world, Sequence) else ():
        if not isinstance(item, MappingNode) or not isinstance(item.get("step"), Scalar):
            problems.error("RB740", "An entry of `world` is a mapping with a `step`.", item.span, _FORMS["world"])
            continue
        _keys(item, ENTRY_KEYS, "An entry of `world`", problems)
        _values(item, problems)
    expect = node.get("expect")
    if isinstance(expect, MappingNode):
        _keys(expect, EXPECT_KEYS, "`expect`", problems)


def _values(item: MappingNode, problems: Problems) -> None:
    found: Any = constant_of(item)
    wrong = {
        "takes": "takes" in found and parse_duration(str(found["takes"])) is None,
        "then": found.get("then", "") not in THEN,
        "applied": found.get("applied", "no") not in ("yes", "no", "unknown"),
        "ok": not isinstance(found.get("ok", True), bool),
        "attempt": type(found.get("attempt", 1)) is not int,
        "result": not isinstance(found.get("result", {}), dict),
    }
    for key, bad in wrong.items():
        if bad:
            forms = {"takes": "takes: 30s", "then": f"then: {' | '.join(THEN[1:])}", "applied": "applied: yes | no | unknown"}
            problems.error("RB740", f"`{key}` of an entry has the wrong form.", _span(item, key), forms.get(key, f"For example {key}: …"))


def update(source: Source, changes: Iterable[tuple[Case, Mapping[str, Any]]]) -> str:
    """The text of a case file with other `expect` mappings; everything else stays as it is, comments too."""
    text = source.text
    spots = []
    for case, expect in changes:
        entry = next(entry for entry in case.node.entries if entry.key.value == "expect")
        end = entry.value.span.end
        while end > entry.key.span.end and text[end - 1] in " \n":
            end -= 1
        indent = entry.key.span.column - 1
        spots.append((entry.key.span.end, end, _written(expect, indent)))
    for start, end, written in sorted(spots, reverse=True):
        text = text[:start] + ":\n" + written + text[end:]
    return text


def _written(expect: Mapping[str, Any], indent: int) -> str:
    """A mapping as YAML: one line for each key, values in JSON's form, which YAML reads alike."""
    pad = " " * (indent + 2)
    lines = []
    for key, value in expect.items():
        if isinstance(value, dict) and value:
            lines.append(f"{pad}{key}:")
            lines += [f"{pad}  {_key(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in value.items()]
        elif isinstance(value, list) and value and len(json.dumps(value)) > 100:
            lines.append(f"{pad}{key}:")
            lines += [f"{pad}  - {json.dumps(item, ensure_ascii=False)}" for item in value]
        else:
            lines.append(f"{pad}{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines)


def _key(name: str) -> str:
    return name if name.replace("_", "").isalnum() and not name.isdigit() else json.dumps(name, ensure_ascii=False)
