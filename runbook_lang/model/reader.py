"""The generic reader: a mapping of the file against a table of fields, all errors at once."""

from __future__ import annotations

from ..base.suggest import did_you_mean, meant
from ..syntax.reader import TEXT_SUFFIX
from ..syntax.tree import Mapping, Scalar, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Problems
    from ..base.source import Span
    from ..syntax.tree import Node
    from .fields import Field, Table
    from .names import Names

    Found = dict[str, Any]
    ReadKind = Callable[["Reader", Node, Field, str], Any]


class Failed:
    """The type of FAILED."""

    __slots__ = ()


ANY = "*"
"""Among the doubtful names: one couldn't be read, so any word may be meant to be it."""
FAILED = Failed()
"""What a reader of a kind returns after it has reported an error; None is a value like any other."""


class Reader:
    """Reads one file. `broken` is set once something is missing without which later stages can't go on. `doubtful` are names of what has an
    error in it, so that its type can't be relied on."""

    __slots__ = ("broken", "counts", "doubtful", "given", "kinds", "names", "owner", "problems")

    def __init__(self, problems: Problems, names: Names, kinds: MappingType[str, ReadKind], given: frozenset[str] = frozenset()) -> None:
        self.problems = problems
        self.names = names
        self.kinds = kinds
        self.given = given
        self.counts: dict[str, int] = {}
        self.broken = False
        self.doubtful: set[str] = set()
        self.owner: Any = None

    def value(self, node: Node, field: Field, key: str) -> Any:
        """The value of a field, or FAILED after an error."""
        return self.kinds[field.kind](self, node, field, key)

    def fields(self, node: Mapping, table: Table, what: str, *, skip: Iterable[str] = (), partly: bool = False) -> Found | None:
        """The values of a mapping by the table; None when a required one is missing or wrong, unless `partly`.

        `what` names the mapping in messages ('a step', "'retry'"). Keys in `skip` are left to the caller.
        """
        found = self.values(node, table, what, skip=skip)
        return found if self._complete(node, table, what, found) or partly else None

    def values(self, node: Mapping, table: Table, what: str, *, skip: Iterable[str] = ()) -> Found:
        """The same where nothing is required."""
        found: Found = {}
        for entry in node.entries:
            key = entry.key.value
            if key in skip:
                continue
            field = table.get(key)
            if field is None:
                self.unknown_key(entry.key, table, what)
                continue
            value = self.value(entry.value, field, key)
            if value is not FAILED:
                found[key] = value
        return found

    def _complete(self, node: Mapping, table: Table, what: str, found: Found) -> bool:
        complete = True
        for key, field in table.items():
            if not field.required or key in found:
                continue
            complete = False
            self.broken = True
            if node.get(key) is None:
                self.problems.error(
                    "RB303", f"{what[0].upper()}{what[1:]} needs {key!r}.", node.span, f"{field.doc} {_missing(node, key, field)}"
                )
        return complete

    def unknown_key(self, key: Scalar, known: Iterable[str], what: str, code: str = "RB302", help: str = "") -> None:
        """Report a key that the mapping doesn't have. `help`: what to do, where more is known than the key."""
        names = list(dict.fromkeys(known))
        help = help or _proposed(key.value, names) or f"Known here: {', '.join(names)}."
        self.problems.error(code, f"{what[0].upper()}{what[1:]} has no key {key.value!r}.", key.span, help)

    def wrong(self, node: Node, key: str, expected: str, help: str = "", code: str = "RB304") -> Failed:
        """Report a value of the wrong sort; returns FAILED for the caller to return."""
        self.problems.error(code, f"{key!r} must be {expected}, not {described(node)}.", place(node), help)
        return FAILED

    def lost(self) -> None:
        """Note that a step or the like was dropped: what refers to it can't be judged any more."""
        self.broken = True


_ELSEWHERE = {
    "if": "when",
    "condition": "when",
    "enum": "choices",
    "retries": "retry",
    "rollback": "undo",
    "loop": "for_each",
    "catch": "rescue",
    "finally": "always",
    "assert": "expect",
    "vars": "inputs",
    "variables": "inputs",
    "params": "inputs",
    "parameters": "inputs",
}
"""What the keys of other tools are called here."""


def _proposed(word: str, names: list[str]) -> str:
    other = _ELSEWHERE.get(word, "")
    return meant(word, other) if other in names else did_you_mean(word, names)


def _missing(node: Node, key: str, field: Field) -> str:
    """How a key that is missing is written. In the text form steps have none; it always writes the other required ones."""
    if key == "steps" and node.span.source.name.endswith(TEXT_SUFFIX):
        return 'Write at least one, such as `step list "List the apps" { doctl apps list }`.'
    return f"Add `{key}{f': {field.example}' if field.example else ''}`."


def described(node: Node) -> str:
    """A value of the file in words: 'a list', 'the number 90', 'nothing'."""
    if isinstance(node, Mapping):
        return "a mapping" if node.entries else "an empty mapping"
    if isinstance(node, Sequence):
        return "a list" if node.items else "an empty list"
    assert isinstance(node, Scalar)
    if node.kind == "null":
        return "nothing" if not node.value else "null"
    if node.kind == "bool":
        return node.value
    if node.kind in ("int", "float"):
        return f"the number {node.value}"
    shown = node.value if len(node.value) <= 40 else node.value[:37] + "…"
    return f"the text {shown!r}" if shown else "an empty text"


def place(node: Node) -> Span:
    """Where to point for a node: a mapping or a list by its first line, so that a message doesn't mark half a file."""
    span = node.span
    if isinstance(node, Scalar):
        return span
    line_end = span.source.text.find("\n", span.start)
    return span if line_end < 0 or line_end >= span.end else span.replace(end=max(line_end, span.start))
