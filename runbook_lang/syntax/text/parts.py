"""The pieces of which the tree is put together: statements, and what of them belongs under one key."""

from __future__ import annotations

from ...base.diagnostics import Related
from ...base.source import Span
from ..tree import Entry, Mapping, Scalar, Sequence
from .scanner import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ..tree import Node

    Found = list[Any]

ONE, LISTED, NAMED = 0, 1, 2


class Part:
    """One statement: an entry of the mapping it stands in, or an item (LISTED) or entry (NAMED) of what is under its key there.

    `key` has the place of the statement's keyword; `token` is that keyword, for messages.
    """

    __slots__ = ("how", "key", "node", "token")

    def __init__(self, key: Scalar, node: Any, how: int = ONE, token: Token | None = None) -> None:
        self.key = key
        self.node = node
        self.how = how
        self.token = token


def keyed(token: Token, node: Any, name: str = "", how: int = ONE) -> Part:
    """A statement that begins with a keyword; `name` is the key where it isn't called the same."""
    return Part(Scalar(token.span, name or token.value), node, how, token)


def before(node: Node, name: str) -> Scalar:
    """A key that isn't written: it stands before its value."""
    return Scalar(Span(node.span.source, node.span.start, node.span.start), name)


def between(first: Token, last: Token) -> Span:
    return Span(first.file.source, first.start, last.end)


def over(nodes: list[Any]) -> Span:
    """From the first of the nodes to the last."""
    return Span(nodes[0].span.source, nodes[0].span.start, max(node.span.end for node in nodes))


def nodes_of(found: Found) -> list[Any]:
    return [item for item in found if type(item) is not Token]


def gathered(parts: Iterable[Part]) -> list[Entry]:
    """The entries of the statements of one block, what belongs together under one key."""
    slots: dict[str, list[Part]] = {}
    for part in parts:
        slots.setdefault(part.key.value, []).append(part)
    return [_together(key, found) for key, found in slots.items()]


def _together(name: str, parts: list[Part]) -> Entry:
    first = parts[0]
    if first.how == ONE:
        for part in parts[1:]:
            if part is not first:  # after an error a statement may be seen again
                twice(part, first)
        return Entry(first.key, first.node)
    nodes = [part.node for part in parts]
    if first.how == LISTED:
        if len(nodes) == 1 and name == "expect":
            return Entry(first.key, nodes[0])
        return Entry(before(first.key, name), Sequence(over(nodes), tuple(nodes)))
    seen: dict[str, Part] = {}
    for part in parts:
        other = seen.setdefault(part.node.key.value, part)
        if other is not part:
            twice(part, other, part.node.key)
    entries = tuple(part.node for part in seen.values())
    return Entry(
        Scalar(Span(first.key.span.source, first.key.span.start, first.key.span.start), name), Mapping(over([first.key, *entries]), entries)
    )


def twice(part: Part, first: Part, name: Scalar | None = None) -> None:
    token = part.token
    if token is None:
        return
    what = f"`{token.value} {name.value}`" if name is not None else f"`{token.value}`"
    related = (Related("the first one is here", first.key.span),)
    help = "Keep one of the two."
    token.file.problems.error(
        "RB110", f"{what} stands twice in one block.", name.span if name is not None else part.key.span, help, related
    )


def mapping(span: Span, entries: Iterable[Entry]) -> Mapping:
    """A mapping of entries; a second one of a key is left out."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        seen.setdefault(entry.key.value, entry)
    return Mapping(span, tuple(seen.values()))
