"""Where each step of a run stands: a row for each step as written, and one for each turn of a loop."""

from __future__ import annotations

import re

from ..machine.control import FanCtl, ScopeCtl, TryCtl
from ..machine.core import Act, Fan, If, Scope, Try

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..machine.control import Ctl, State
    from ..machine.core import Body, Node, Program

_KEYS = re.compile(r"\[[^\]]*\]")


class Row:
    """Where a step stands. `state`: pending | running | again | waits | doubt | done | failed | skipped | undone. `within`: the path of
    the row of the step that holds it; `rescues`: a failure inside of it is caught."""

    __slots__ = (
        "attempts",
        "began",
        "depth",
        "due",
        "effect",
        "ended",
        "key",
        "message",
        "path",
        "rescues",
        "role",
        "state",
        "title",
        "within",
    )

    def __init__(self, path: str, title: str, depth: int = 0, effect: str = "", within: str = "") -> None:
        self.path = path
        self.within = within
        self.rescues = False
        self.title = title
        self.depth = depth
        self.effect = effect
        self.role = "main"
        self.state = "pending"
        self.attempts = 0
        self.began = 0
        self.ended = 0
        self.due = 0
        self.message = ""


def static_path(path: str) -> str:
    """A path without the keys of loops: the step as written."""
    return _KEYS.sub("", path) if "[" in path else path


def rows_of(program: Program) -> Iterator[Row]:
    """The steps as written, in order; what `on_failure` holds comes when it is needed."""
    yield from _rows(program.root.body, "", 0, "")


def _rows(body: Body, prefix: str, depth: int, within: str) -> Iterator[Row]:
    for node in body:
        path = prefix + node.id
        inner: list[tuple[Body, str]] = []
        if isinstance(node, If):
            if node.what != "success":
                yield from _rows((*node.body, *node.orelse), prefix, depth, within)
            continue
        if isinstance(node, Try):
            if not node.names:
                yield from _rows(node.body, prefix, depth, within)
                continue
            inner = [(node.body, prefix)]
        elif isinstance(node, Fan):
            inner = [(part, prefix) for _, part in node.branches] or [(node.template, f"{path}/")]
        elif isinstance(node, Scope):
            inner = [(node.body, f"{path}/")]
        row = Row(path, node.title, depth, node.effect if isinstance(node, Act) else "", within)
        row.rescues = isinstance(node, Try) and node.rescue is not None
        yield row
        for part, under in inner:
            yield from _rows(part, under, depth + 1, path)


def titles_of(program: Program) -> dict[str, str]:
    """Titles by static path, of all steps."""
    found: dict[str, str] = {}
    for path, node in nodes_by_path(program):
        found.setdefault(path, node.title)
    return found


def nodes_by_path(program: Program) -> Iterator[tuple[str, Node]]:
    """Every node with its static path, as written; one that holds others comes before them. A step may be several nodes."""
    stack = [("", node) for node in reversed(program.root.body + program.root.on_failure)]
    while stack:
        prefix, node = stack.pop()
        yield prefix + node.id, node
        stack += reversed([(under, part) for body, under in _inner(node, prefix) for part in body])


def _inner(node: Node, prefix: str) -> list[tuple[Body, str]]:
    path = f"{prefix}{node.id}/"
    if isinstance(node, If):
        return [(node.body, prefix), (node.orelse, prefix)]
    if isinstance(node, Try):
        return [(node.body, prefix), (node.rescue or (), prefix), (node.always, prefix)]
    if isinstance(node, Fan):
        return [(node.template, path), *((part, prefix) for _, part in node.branches)]
    if isinstance(node, Scope):
        return [(node.body, path), (node.on_failure, path)]
    return []


def standing(rows: list[Row], state: State | None, broken: set[str], passed: set[str]) -> dict[str, str]:
    """The state of each row by path, also of steps that hold others: no event is about those, but what is in them tells.

    `broken`: paths of failures that nothing caught; `passed`: of steps whose failures were passed over.
    """
    within = {row.path: row for row in rows}
    active = {ctl.path for ctl in _holders(state.tree)} if state is not None else set()
    inside: dict[str, set[str]] = {}
    found: dict[str, str] = {}
    for row in reversed(rows):  # what is held comes after what holds it
        stands = row.state
        if stands == "pending" and row.path in inside:
            stands = "running" if row.path in active else _together(inside[row.path])
        found[row.path] = stands
        if row.within:
            rescued = within[row.within].rescues and row.path not in broken
            caught = stands == "failed" and (row.path in passed or rescued)
            inside.setdefault(row.within, set()).add("done" if caught else stands)
    return found


def _together(states: set[str]) -> str:
    """Where a step stands of whose parts these are the states."""
    for word in ("running", "waits", "doubt", "failed"):
        if word in states or (word == "running" and "again" in states):
            return word
    if states in ({"pending"}, {"skipped"}):
        return states.copy().pop()
    return "undone" if "undone" in states and "done" not in states else "done"


def _holders(ctl: Ctl | None) -> Iterator[FanCtl | ScopeCtl | TryCtl]:
    """The steps in the tree that hold what is active."""
    while ctl is not None:
        if isinstance(ctl, (FanCtl, ScopeCtl, TryCtl)):
            yield ctl
        if isinstance(ctl, FanCtl):
            for branch in ctl.active.values():
                yield from _holders(branch.child)
        ctl = getattr(ctl, "child", None)
