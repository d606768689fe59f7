"""Which names an expression may use at a place, and what may follow a dot: from the last text that could be understood."""

from __future__ import annotations

import re

from ..base.record import Record
from ..check.scope import step_record
from ..expr.ast import Binary, Conditional, Logic, Unary
from ..expr.check import Env
from ..expr.parse import parse
from ..expr.parts import parts_of
from ..expr.types import DYN, RecordType, Type
from ..expr.values import SyntaxProblem
from ..machine.core import Act

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..expr.parts import Part
    from ..machine.core import Node
    from .analysis import Snapshot
    from .looking import Seen

_LOOSE = (Binary, Conditional, Logic, Unary)
"""Nodes that a dot behind them doesn't belong to as a whole."""
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?")
LONGEST = 10_000


class Around(Record):
    """The names at a place, with their types; `unsure` are those of steps that may not have run there."""

    names: dict[str, Type]
    unsure: frozenset[str] = frozenset()


def names_at(snapshot: Snapshot, offset: int, *, result: bool = False, own: bool = False) -> Around:
    """The names that an expression at an offset of the snapshot's text may use. `result`: in an `expect`; `own`: in an `undo`, which
    sees the step that it belongs to."""
    inside, before = _nodes_around(snapshot, offset)
    if inside is not None:
        node, seen = inside
        names = seen.after(node.id) if own else seen.names()
        act = _innermost_act(snapshot, offset) if result else None
        if act is not None and act.result is not None:
            names["result"] = step_record("result", dict(getattr(act.result, "fields", {})))
        return Around(names, frozenset(name for name in names if seen.is_maybe(name)))
    if before is None:
        return Around(_declared(snapshot))
    node, seen = before
    names = seen.after(node.id)
    return Around(names, frozenset(name for name in names if seen.is_maybe(name)))


def _declared(snapshot: Snapshot) -> dict[str, Type]:
    from ..check.names import INPUT_TYPES
    from ..expr.types import SECRET

    book = snapshot.book
    if book is None:
        return {}
    return {**{item.name.text: INPUT_TYPES[item.type] for item in book.inputs}, **{item.name.text: SECRET for item in book.secrets}}


def _nodes_around(snapshot: Snapshot, offset: int) -> tuple[tuple[Node, Seen] | None, tuple[Node, Seen] | None]:
    """The innermost step around an offset, and the last one that ends before it."""
    inside: tuple[Node, Seen] | None = None
    before: tuple[Node, Seen] | None = None
    for node, seen in snapshot.look.at_steps:
        start, end = node.span.start, node.span.end
        if start <= offset <= end:
            if inside is None or end - start < inside[0].span.end - inside[0].span.start:
                inside = node, seen
        elif end < offset and (before is None or end > before[0].span.end):
            before = node, seen
    if inside is not None and before is not None and not isinstance(inside[0], Act) and before[0].span.start >= inside[0].span.start:
        return None, before  # between the steps of a block
    return inside, before


def _innermost_act(snapshot: Snapshot, offset: int) -> Act | None:
    found: Act | None = None
    for act in snapshot.acts():
        span = act.span
        if span.start <= offset <= span.end and (found is None or span.end - span.start <= found.span.end - found.span.start):
            found = act
    return found


def completed(left: str, right: str, names: dict[str, Type]) -> tuple[str, Type | None, dict[str, Type]]:
    """What the cursor in an expression asks for, `left` and `right` being its text around the cursor.

    Gives the word being written, the type of what stands before its dot (None when there is no dot), and the variables of macros that
    are visible there.
    """
    left, right = left[-LONGEST:], right[:LONGEST]
    word = re.search(r"\w*$", left)
    prefix = word[0] if word else ""
    stem = left[: len(left) - len(prefix)]
    dotted = re.search(r"\.\s*$", stem)
    base = stem[: dotted.start()] if dotted else stem
    hole = "" if dotted else "null"
    target = len(base.rstrip()) if dotted else len(base)
    rest = re.sub(r"^\w*", "", right)
    for part in _parts(base + hole, rest, names, target if dotted else target + len(hole)):
        return prefix, part.type if dotted else None, part.scope
    chain = _chain(base) if dotted else ""
    if chain:
        for part in _parts(chain, "", names, len(chain)):
            return prefix, part.type, part.scope
    return prefix, DYN if dotted else None, {}


def _parts(left: str, right: str, names: dict[str, Type], end: int) -> Iterator[Part]:
    """The largest part that ends at an offset, in the first way to complete the expression that can be parsed."""
    for text in _candidates(left, right):
        try:
            tree = parse(text)
        except SyntaxProblem:
            continue
        found = [part for part in parts_of(tree, Env(names)) if part.node.end == end and not isinstance(part.node, _LOOSE)]
        if found:
            yield max(found, key=lambda part: part.node.end - part.node.start if part.node.start < end else 0)
            return


def _candidates(left: str, right: str) -> Iterator[str]:
    opened = []
    for char in _STRING.sub('""', left):
        if char in _CLOSERS:
            opened.append(_CLOSERS[char])
        elif opened and char == opened[-1]:
            opened.pop()
    closers = "".join(reversed(opened))
    yield left + right
    yield left + closers
    yield f"{left} : null{closers}"
    if opened:
        yield f"{left}, null{closers}"
        yield f"{left} : null" + closers


def _chain(text: str) -> str:
    """The selections and calls that a text ends with."""
    at = len(text.rstrip())
    depth = 0
    while at > 0:
        char = text[at - 1]
        if char in ")]}":
            depth += 1
        elif char in "([{":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and not (char.isalnum() or char in "_."):
            break
        at -= 1
    return text[at:].strip()


def fields_of(type_: Type) -> dict[str, Type]:
    """The fields of a record's type."""
    return dict(type_.fields) if isinstance(type_, RecordType) else {}
