"""The steps of a page of a library, as plain data: what each does, in the words of its file."""

from __future__ import annotations

import os

from ..base.duration import format_duration
from ..base.record import Record
from ..machine.core import Act
from ..manual.yaml_text import block_lines
from ..model import nodes as m
from ..syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..expr.expression import Expression, Template
    from ..manual.yaml_text import Data
    from ..model.policy import Policy
    from ..syntax.tree import Node
    from .load import Loaded

    Row = dict[str, Any]

_MAIN = {
    "psql": "sql",
    "shell": "command",
    "doctl": "command",
    "redis-cli": "command",
    "aws": "command",
    "tls": "address",
    "render": "template",
}
_METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


class Book(Record):
    """A runbook with what checking it has found."""

    path: str
    loaded: Loaded
    book: m.Runbook


def shown_value(value: object) -> str:
    """A value as the file writes it."""
    text = getattr(value, "text", None)
    if isinstance(text, str):
        return text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown_value(item) for item in value) + "]"
    return "null" if value is None else str(value)


class Steps:
    """The steps of one runbook as rows."""

    def __init__(self, one: Book, names: MappingType[str, str]) -> None:
        self.one = one
        self.names = names
        self.calls: list[Row] = []
        program = one.loaded.program
        self.acts: dict[tuple[str, int], Act] = {}
        for node in program.nodes if program is not None else ():
            if isinstance(node, Act):
                self.acts.setdefault((node.span.source.name, node.span.start), node)

    def steps(self, steps: tuple[m.Step, ...]) -> list[Row]:
        return [self.step(step) for step in steps]

    def step(self, step: m.Step) -> Row:
        mods = step.mods
        act = self.acts.get((step.span.source.name, step.span.start))
        row: Row = {
            "id": step.id.text,
            "title": step.title,
            "kind": "act",
            "effect": act.effect if act is not None and not isinstance(step.kind, m.Escalate) else "",
            "why": act.why if act is not None else "",
            "because": mods.because,
            "when": _text(mods.when),
            "guard": _text(mods.guard),
            "expect": [condition.text for condition in mods.expect],
            "retry": _retry(mods.retry),
            "timeout": format_duration(mods.timeout) if mods.timeout else "",
            "on": mods.on.text if mods.on is not None else "",
            "may_fail": mods.may_fail,
            "settles": [name.text for name in mods.settles],
            "approval": self.approval(step, act),
            "approval_text": "",
            "applied": _action(mods.applied),
            "undo": _action(mods.undo),
            "rehearse": _action(mods.rehearse),
            "code": "",
            "short": "",
            "label": "",
            "page": "",
            "steps": [],
            "arms": [],
            "rescue": [],
            "always": [],
        }
        self.kind(step, row)
        if row["approval"]:
            row["approval_text"] = f"after the approval of {row['approval']['who']}"
        return row

    def approval(self, step: m.Step, act: Act | None) -> Row | None:
        """Who has to agree: the step's own word, the policy's for what destroys, or an `ask: {approve: …}`."""
        if isinstance(step.kind, m.Ask) and step.kind.what == "approve":
            count, role, text, within = step.kind.count, step.kind.role, step.kind.text.text, step.kind.within
        elif act is not None and act.approval is not None:
            wanted = act.approval
            count, role, within = wanted.count, wanted.role, wanted.within_us
            text = wanted.text.text if wanted.text is not None else ""
        elif step.mods.approve is not None:
            given = step.mods.approve
            count, role, within, text = given.count, given.role, given.within, given.text.text if given.text is not None else ""
        else:
            return None
        policy = self.one.loaded.policy
        if count == m.BY_POLICY:
            count = 1 if policy is None else max(1, policy.approvals.counts.get("destroy", 1))
        members = [] if policy is None else [_person(policy, name.text) for name in policy.approvals.roles.get(role, ())]
        who = f"{count} people" if count > 1 else "one person"
        who += f" of {role}" if role else ""
        return {
            "who": who,
            "count": count,
            "role": role,
            "people": members,
            "text": text,
            "within": format_duration(within) if within else "",
        }

    def kind(self, step: m.Step, row: Row) -> None:
        kind = step.kind
        if isinstance(kind, m.Action):
            row["code"], row["short"] = _code(kind), _short(kind)
        elif isinstance(kind, m.SetFields):
            row["kind"] = "set"
            row["code"] = "\n".join(f"{name.text} = {value.text}" for name, value in kind.fields)
            row["short"] = ", ".join(name.text for name, _ in kind.fields)
        elif isinstance(kind, m.Ask):
            row["kind"], row["code"] = "ask", kind.text.text
            row["short"] = {"answer": "a person answers", "do": "a person does it", "approve": "people agree"}[kind.what]
            row["title"] = row["title"] or kind.text.text
        elif isinstance(kind, m.Wait):
            row["kind"] = "wait"
            row["short"] = (
                format_duration(kind.span_us) if kind.span_us else kind.at.text if kind.at is not None else f"window {kind.window}"
            )
            row["title"] = row["title"] or f"Wait: {row['short']}"
        elif isinstance(kind, m.Escalate):
            row["kind"], row["code"] = "escalate", kind.message.text
            row["short"] = " ".join(part for part in (kind.severity, kind.tier) if part)
            row["title"] = row["title"] or f"Escalate: {kind.message.text}"
        elif isinstance(kind, m.Undo):
            row["kind"], row["short"] = "undo", "everything, newest first" if kind.everything else ", ".join(name.text for name in kind.ids)
            row["title"] = row["title"] or "Undo what was done"
        elif isinstance(kind, m.Stop):
            row["kind"], row["short"] = "stop", f"ends as {kind.outcome}"
            row["title"] = row["title"] or (kind.message.text if kind.message is not None else f"Stop: {kind.outcome}")
        else:
            self.block(kind, row)

    def block(self, kind: m.Choose | m.Parallel | m.ForEach | m.Try | m.Call, row: Row) -> None:
        if isinstance(kind, m.Choose):
            row["kind"] = "choose"
            row["arms"] = [
                {"label": arm.when.text if arm.when is not None else "else", "steps": self.steps(arm.steps)} for arm in kind.arms
            ]
        elif isinstance(kind, m.Parallel):
            row["kind"] = "parallel"
            row["arms"] = [{"label": _branch(branch), "steps": self.steps(branch.steps)} for branch in kind.branches]
        elif isinstance(kind, m.ForEach):
            row["kind"], row["label"], row["steps"] = "loop", f"for each {kind.var.text} of {kind.over.text}", self.steps(kind.steps)
        elif isinstance(kind, m.Try):
            row["kind"], row["steps"] = "try", self.steps(kind.body)
            row["rescue"], row["always"] = self.steps(kind.rescue), self.steps(kind.always)
        else:
            row["kind"], row["short"] = "call", kind.file.text
            row["code"] = "\n".join(f"{name.text}: {shown_value(value)}" for name, value in kind.inputs)
            here = os.path.dirname(self.one.book.source.name)
            page = self.names.get(os.path.realpath(os.path.join(here, kind.file.text)), "")
            row["page"] = page
            if page and all(call["file"] != page for call in self.calls):
                self.calls.append({"name": kind.file.text, "file": page})


def _branch(branch: m.Branch) -> str:
    """A branch's name, where it isn't that of its only step."""
    return "" if [step.id.text for step in branch.steps] == [branch.name.text] else branch.name.text


def _person(policy: Policy, name: str) -> str:
    person = policy.people.get(name)
    return (person.full_name if person is not None else "") or name


def _text(condition: Expression | Template | None) -> str:
    return "" if condition is None else condition.text


def _retry(retry: m.Retry | None) -> str:
    if retry is None:
        return ""
    parts = [f"every {format_duration(retry.every)}"]
    if retry.limit is not None:
        parts.append(f"for {format_duration(retry.limit)}")
    if retry.times is not None:
        parts.append(f"{retry.times} times at most")
    return ", ".join(parts)


def _action(step: m.Step | None) -> str:
    return _code(step.kind) if step is not None and isinstance(step.kind, m.Action) else ""


def _code(action: m.Action) -> str:
    """The action as the file has it: the executor and its arguments."""
    return "\n".join(block_lines(action.executor.text, plain_node(action.node), ""))


def _short(action: m.Action) -> str:
    """One line that says what is run or sent."""
    name, data = action.executor.text, plain_node(action.node)
    if isinstance(data, dict):
        if name == "http":
            method = next((one for one in _METHODS if one in data), "")
            return f"{method.upper()} {data.get(method, '')}".strip()
        main = data.get(_MAIN.get(name, ""), data.get("argv"))
        data = "" if main is None else main
    words = " ".join(str(item) for item in data) if isinstance(data, (list, tuple)) else str(data)
    return f"{name} {' '.join(words.split())}".strip()


def plain_node(node: Node) -> Data:
    """A syntax node as data; bools and whole numbers as such, other scalars as their text."""
    if isinstance(node, Mapping):
        return {entry.key.value: plain_node(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [plain_node(item) for item in node.items]
    assert isinstance(node, Scalar)
    data = node.data
    return data if isinstance(data, (bool, int)) else node.value
