"""Short ways to read a text in a test and to look at what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.syntax.tree import Mapping, Scalar, Sequence
from runbook_lang.syntax.yaml_reader import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook_lang.syntax.tree import Node


def read(text: str) -> tuple[Node | None, Problems]:
    problems = Problems()
    return read_yaml(Source("file.yml", text), problems), problems


def clean(text: str) -> Node:
    """The tree of a text without findings."""
    node, problems = read(text)
    assert [item.message for item in problems] == []
    assert node is not None
    return node


def codes(text: str) -> list[str]:
    """`line: code` of each finding, in order."""
    return [f"{item.span.line if item.span else 0}: {item.code}" for item in read(text)[1].sorted()]


def data(node: Node | None) -> Any:
    if isinstance(node, Mapping):
        return {entry.key.value: data(entry.value) for entry in node.entries}
    if isinstance(node, Sequence):
        return [data(item) for item in node.items]
    return node.data if isinstance(node, Scalar) else None


def scalars(node: Node | None) -> Iterator[Scalar]:
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Mapping):
            for entry in node.entries:
                waiting += [entry.key, entry.value]
        elif isinstance(node, Sequence):
            waiting += node.items
