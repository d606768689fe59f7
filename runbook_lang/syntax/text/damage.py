"""What the tree of a text with errors lacks is filled in, so that the rest of it can be looked at."""

from __future__ import annotations

from ...base.quiet import Quiet
from ...base.source import Span
from ..tree import Entry, Mapping, Scalar, Sequence
from .statements import BESIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..tree import Node
    from .reader import Damage

STAND_IN = ("shell", "true")
"""The action of a step of which only this is known, that it was there."""
_NO_KIND = (BESIDE - {"try"}) | {"id", "title"}
_MADE_INSIDE = frozenset(("set", "for_each", "call"))
"""Kinds whose results depend on what stands in their blocks."""
_INNER = ("applied", "undo", "rehearse")
_STEPS = frozenset(("steps", "on_failure", "try", "rescue", "always", "else", "parallel"))
"""Keys whose lists can't be empty."""


def made_whole(tree: Node, damage: Damage, errors: Iterable[Span]) -> tuple[Node, Quiet]:
    """The tree with an action in each step that lost its own, and what not to say about it."""
    filler = _Filler(damage.ended)
    whole = filler.node(tree, "")
    source = tree.span.source
    quiet = Quiet(source, [(span.start, span.end) for span in errors], damage.lost, damage.ended)
    quiet.steps = frozenset(filler.steps)
    quiet.unknown = tuple(filler.unknown)
    return whole, quiet


class _Filler:
    """`blocks` are the places of those of which a statement is missing, from their brace on and from their first word on."""

    def __init__(self, blocks: set[tuple[int, int]]) -> None:
        self.blocks = blocks
        self.steps: list[str] = []
        self.unknown: list[tuple[int, int]] = []

    def node(self, node: Node, key: str) -> Node:
        if isinstance(node, Sequence):
            return self._sequence(node, key)
        return self._mapping(node, key) if isinstance(node, Mapping) else node

    def _sequence(self, node: Sequence, key: str) -> Sequence:
        once = {id(item): item for item in node.items}  # where the parser was put back, it may have kept a statement and read it again
        items = tuple(self.node(item, "step" if key in _STEPS else "") for item in once.values())
        if self._is_open(node) and not items:
            arm = (Entry(_word(node, "when"), _word(node, "true")), Entry(_word(node, "steps"), _steps(node)))
            items = (Mapping(_at(node), arm) if key == "choose" else _step(node),)
        return node.replace(items=items)

    def _mapping(self, node: Mapping, key: str) -> Mapping:
        entries = tuple(entry.replace(value=self.node(entry.value, entry.key.value)) for entry in node.entries)
        made = node.replace(entries=entries)
        keys = frozenset(made.keys())
        if key == "step" and keys & _MADE_INSIDE and any(node.span.start <= start and end <= node.span.end for start, end in self.blocks):
            self._unsure(made)
        if not self._is_open(node):
            return made
        if "runbook" in keys or "over" in keys:
            return made if "steps" in keys else made.replace(entries=(*entries, Entry(_word(node, "steps"), _steps(node))))
        if "try" in keys and not keys & {"rescue", "always"}:
            return made.replace(entries=(*entries, Entry(_word(node, "always"), _steps(node))))
        if key in _INNER or key == "step" or not keys:
            takes_kind = _NO_KIND - {"undo"} if key not in _INNER and not isinstance(made.get("undo"), Mapping) else _NO_KIND
            if not keys - takes_kind:
                self.unknown.append((node.span.start, node.span.end))
                self._unsure(made)
                return made.replace(entries=(*entries, _action(node)))
        return made

    def _unsure(self, step: Mapping) -> None:
        """Nothing is known about the result of a step."""
        id = step.get("id")
        if isinstance(id, Scalar):
            self.steps.append(id.value)

    def _is_open(self, node: Node) -> bool:
        """Whether a statement of the block that a node was made of is missing."""
        return (node.span.start, node.span.end) in self.blocks


def _at(node: Node) -> Span:
    return node.span.replace(end=node.span.start)


def _word(node: Node, text: str) -> Scalar:
    return Scalar(_at(node), text)


def _action(node: Node) -> Entry:
    executor, command = STAND_IN
    return Entry(_word(node, executor), _word(node, command))


def _step(node: Node) -> Mapping:
    return Mapping(_at(node), (_action(node),))


def _steps(node: Node) -> Sequence:
    return Sequence(_at(node), (_step(node),))
