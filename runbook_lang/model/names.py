"""Which words may be names, and whether a name is already taken."""

from __future__ import annotations

import re

from ..base.diagnostics import Related
from ..expr.lexer import LITERAL_WORDS, RESERVED
from .nodes import Name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..syntax.tree import Scalar

OWN_NAMES = frozenset({"result", "failure", "success", "inputs", "secrets"})
"""Names with a meaning of their own in expressions."""

OF_EVERY_STEP = frozenset({"state", "ok", "error"})
"""Fields that every step has from the machine, so that no field of an author's can have their names."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RUNBOOK_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
LONGEST = 100


class Names:
    """The names of one file: one namespace for inputs, secrets, steps and loop variables."""

    __slots__ = ("loops", "problems", "taken")

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.taken: dict[str, tuple[str, Name]] = {}
        self.loops: dict[str, tuple[str, Name]] = {}

    def declare(self, name: Name, what: str) -> None:
        """Take a name; a second one is an error that shows the first."""
        first = self.taken.get(name.text) or self.loops.get(name.text)
        if first is None:
            self.taken[name.text] = (what, name)
        else:
            self._twice(name, what, first)

    def _twice(self, name: Name, what: str, first: tuple[str, Name]) -> None:
        self.problems.error(
            "RB312",
            f"The name {name.text!r} of {what} is already the name of {first[0]}.",
            name.span,
            "All inputs, secrets, steps and loop variables of a file share one namespace; rename one of the two.",
            (Related("first defined here", first[1].span),),
        )

    def begin_loop(self, name: Name) -> None:
        """A loop variable is taken while its loop lasts; two loops one after the other may share it."""
        first = self.taken.get(name.text)
        if first is None:
            self.taken[name.text] = ("a loop variable", name)
        else:
            self._twice(name, "a loop variable", first)

    def end_loop(self, name: Name) -> None:
        """Give the name back, for other loops only."""
        found = self.taken.get(name.text)
        if found is not None and found[1] is name:
            self.loops[name.text] = self.taken.pop(name.text)

    def made(self, stem: str, counts: dict[str, int], given: frozenset[str]) -> str:
        """`stem_n` with the next n of that stem that no author's name takes."""
        while True:
            counts[stem] = counts.get(stem, 0) + 1
            text = f"{stem}_{counts[stem]}"
            if text not in given and text not in self.taken:
                return text


def identifier(scalar: Scalar, problems: Problems, what: str, help: str = "") -> Name | None:
    """A name that expressions can use; says what is wrong with any other. `help`: what to write instead, if more is known."""
    text = scalar.value
    if not IDENTIFIER.fullmatch(text) or len(text) > LONGEST:
        better = repaired(text)
        problems.error(
            "RB310",
            f"{what[0].upper()}{what[1:]} can't be named {text!r}: a name is letters, digits and '_', and begins with no digit.",
            scalar.span,
            help or (f"Write {better!r}." if better else "Write a word of the letters a to z, such as 'step_1'."),
        )
        return None
    if text in RESERVED or text in LITERAL_WORDS or text in OWN_NAMES:
        why = "has a meaning of its own in expressions" if text in OWN_NAMES else "is a reserved word of expressions"
        problems.error("RB311", f"{what[0].upper()}{what[1:]} can't be named {text!r}: it {why}.", scalar.span, f"Write {text + '_'!r}.")
        return None
    return Name(text, scalar.span)


def repaired(text: str) -> str:
    """The nearest identifier to a text, '' when there is none worth proposing."""
    better = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")[:LONGEST]
    if better[:1].isdigit():
        better = "_" + better
    return better
