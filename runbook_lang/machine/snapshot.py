"""A state as text, and back: so that a resume of a long run needn't fold it from its first event.

A snapshot is an index and never the truth: its digest stands in the journal, an audit folds everything and compares, and whoever
can't read one folds everything too. Nodes of the program aren't written, only their numbers in it. What stands in a state more than
once (the names around a step, a request) is written once, in `shared`.
"""

from __future__ import annotations

import json

from ..base.record import Record
from ..expr import tagged
from ..expr.values import Unknown
from ..surfaces.kinds import Request
from ..surfaces.sql_text import Bound, SqlValue
from . import control
from .core import Act, Fan, If, Node, Scope, Try
from .names import Names
from .turn import Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .control import State
    from .core import Program

FORMAT = 2
"""Rises with every change of what is written; a snapshot of another format isn't read."""

_RECORDS = {cls.__name__: cls for cls in vars(control).values() if isinstance(cls, type) and issubclass(cls, Record)}
_RECORDS |= {"Request": Request, "Bound": Bound, "SqlValue": SqlValue}
_PLAIN = frozenset((str, int, bool, type(None)))


class Unpackable(Exception):
    """The state holds what no snapshot can: a part that was made for the moment, an unknown of a rehearsal."""


def pack(program: Program, state: State) -> str:
    """One line of JSON; equal states give equal texts. Raises Unpackable."""
    packer = _Packer(program)
    body = packer.pack(state)
    return json.dumps({"format": FORMAT, "shared": packer.shared, "state": body}, ensure_ascii=False, separators=(",", ":"))


def unpack(program: Program, text: str) -> State:
    """The state that `pack` wrote for the same program. Raises ValueError for anything else."""
    try:
        body = json.loads(text)
        if body["format"] != FORMAT:
            raise ValueError(f"the snapshot has format {body['format']}")
        state = _Unpacker(program, body["shared"]).unpack(body["state"])
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"the snapshot can't be read: {error}") from None
    if not isinstance(state, control.State):
        raise ValueError("the snapshot holds no state")  # noqa: TRY004 - a text that is wrong, not a caller
    return state


def _nodes(program: Program) -> Iterator[Node]:
    """Every node of a program, those that stand in acts too; always in the same order."""
    stack: list[Node] = [program.root]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Act):
            stack.extend(part for part in (node.applied, node.undo, node.rehearse) if part is not None)
        for body in _bodies(node):
            stack.extend(body)


def _bodies(node: Node) -> tuple[tuple[Node, ...], ...]:
    """The bodies of a node, each at a fixed place."""
    if isinstance(node, If):
        return node.body, node.orelse
    if isinstance(node, Fan):
        return node.template, *(body for _, body in node.branches)
    if isinstance(node, Try):
        return node.body, node.rescue or (), node.always
    if isinstance(node, Scope):
        return node.body, node.on_failure
    return ()


class _Packer:
    """Writes each thing that is shared once, found again by what it holds: equal states give equal texts, whatever they share in memory."""

    def __init__(self, program: Program) -> None:
        self.shared: list[Any] = []
        self._known: dict[str, int] = {}
        self._chains: dict[int, list[int]] = {}
        self._nodes: dict[int, int] = {}
        self._bodies: dict[int, list[int]] = {}
        for number, node in enumerate(_nodes(program)):
            self._nodes.setdefault(id(node), number)
            for place, body in enumerate(_bodies(node)):
                self._bodies.setdefault(id(body), [number, place])

    def pack(self, thing: object) -> Any:
        kind = type(thing)
        if kind in _PLAIN:
            return thing
        if isinstance(thing, Node):
            return {"node": self._node(thing)}
        if isinstance(thing, tuple):
            place = self._bodies.get(id(thing)) if thing else None
            return [self.pack(item) for item in thing] if place is None else {"body": place}
        if isinstance(thing, frozenset):
            return {"shared": self._share({"set": sorted(thing)})}
        if isinstance(thing, Names):
            return {"names": self._chain(thing)}
        if isinstance(thing, Frame):
            parts = thing.names, thing.parent, thing.prefix, thing.steps
            return {"shared": self._share({"frame": [self.pack(part) for part in parts]})}
        if isinstance(thing, dict) and any(isinstance(item, (Record, tuple)) for item in thing.values()):
            return {"map": [[self.pack(key), self.pack(item)] for key, item in thing.items()]}
        if isinstance(thing, Record) and _RECORDS.get(kind.__name__) is kind:
            return self._record(thing)
        return {"value": _value(thing)}

    def _record(self, thing: Record) -> Any:
        kind = type(thing)
        item = {"record": kind.__name__, "fields": [self.pack(getattr(thing, field)) for field in kind.__fields__]}
        return {"shared": self._share(item)} if kind is Request else item

    def _node(self, node: Node) -> int:
        number = self._nodes.get(id(node))
        if number is None:
            raise Unpackable("a node that is not the program's")
        return number

    def _share(self, item: Any) -> int:
        text = json.dumps(item)
        number = self._known.setdefault(text, len(self.shared))
        if number == len(self.shared):
            self.shared.append(item)
        return number

    def _chain(self, names: Names) -> int:
        """The number of the last name, which knows the one before it; -1 for no names. Maps that grew from one another share
        their beginning."""
        chain = self._chains.setdefault(names.lineage, [])
        for name, value in names.since(len(chain)):
            chain.append(self._share({"name": name, "is": self.pack(value), "after": chain[-1] if chain else -1}))
        return chain[len(names) - 1] if len(names) else -1


def _value(thing: Any) -> str:
    if isinstance(thing, Unknown):
        raise Unpackable("an unknown of a rehearsal")
    try:
        return tagged.dumps(thing)
    except (TypeError, ValueError) as error:
        raise Unpackable(str(error)) from None


class _Unpacker:
    def __init__(self, program: Program, shared: list[Any]) -> None:
        self._items = shared
        self._made: dict[int, Any] = {-1: Names()}
        self._nodes = list(_nodes(program))

    def unpack(self, item: Any) -> Any:
        if isinstance(item, list):
            return tuple([self.unpack(part) for part in item])
        if not isinstance(item, dict):
            return item
        ((tag, content), *_) = item.items()
        if tag == "record":
            return _RECORDS[content](*[self.unpack(part) for part in item["fields"]])
        if tag == "value":
            return tagged.loads(content)
        if tag == "shared":
            return self._shared(content)
        if tag == "names":
            return self._names(content)
        if tag == "node":
            return self._nodes[content]
        if tag == "body":
            return _bodies(self._nodes[content[0]])[content[1]]
        return {self.unpack(key): self.unpack(part) for key, part in content}

    def _shared(self, number: int) -> Any:
        if number not in self._made:
            item = self._items[number]
            if "frame" in item:
                names, parent, prefix, steps = item["frame"]
                self._made[number] = Frame(self.unpack(names), self.unpack(parent), prefix, self.unpack(steps))
            elif "set" in item:
                self._made[number] = frozenset(item["set"])
            else:
                self._made[number] = self.unpack(item)
        return self._made[number]

    def _names(self, number: int) -> Names:
        missing = []
        while number not in self._made:
            missing.append(number)
            number = self._items[number]["after"]
        names: Names = self._made[number]
        for one in reversed(missing):
            item = self._items[one]
            names = self._made[one] = names.with_(item["name"], self.unpack(item["is"]))
        return names
