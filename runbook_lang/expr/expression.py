"""Expressions, templates and word lists as the model holds them: a text with its place in a file, ready to evaluate."""

from __future__ import annotations

from ..base.record import Record
from .ast import Expr, free_names
from .limits import MAX_STRING
from .values import EvalError, SecretRef, SecretText, Unknown, Value, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Protocol, TypeAlias

    from ..base.source import Span
    from .compile import Compiled, Names
    from .types import Type
    from .values import Now

    Functions: TypeAlias = Mapping[str, Callable[..., Value]]

    class Where(Protocol):
        """What knows the place of a range of a text: a scalar of a file."""

        def locate(self, start: int, end: int) -> Span:
            """The place of `value[start:end]`."""


class Expression(Record):
    """One expression. `where` locates offsets of `text`; None for an expression that comes from no file.

    `offset` is where `text` begins within what `where` locates (an expression inside a template).
    """

    text: str
    tree: Expr
    where: Where | None = None
    offset: int = 0
    _run: Compiled | None = None
    _roots: frozenset[str] | None = None

    def evaluate(self, names: Names | dict[str, Value], now: Now, functions: Functions | None = None) -> Value:
        """The value; raises EvalError. `now` is the moment of `now()`, `functions` are further ones like `window`."""
        run = self._run
        if run is None:
            # Whoever only checks a file never pays for what evaluates it.
            from .compile import compile_expr

            run = compile_expr(self.tree)
            object.__setattr__(self, "_run", run)
        return run(names, now, functions)

    def span(self, start: int = 0, end: int | None = None) -> Span | None:
        """The place of a range of the text in its file."""
        if self.where is None:
            return None
        return self.where.locate(self.offset + start, self.offset + (len(self.text) if end is None else end))

    @property
    def computed(self) -> bool:
        """An expression's value is never known beforehand."""
        return True

    @property
    def roots(self) -> frozenset[str]:
        """The names that the expression reads."""
        roots = self._roots
        if roots is None:
            roots = free_names(self.tree)
            object.__setattr__(self, "_roots", roots)
        return roots

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Expression and self.text == other.text)

    def __hash__(self) -> int:
        return hash(self.text)


class Template(Record):
    """Text with `${…}` in it. `parts` alternate as written; neighbouring pieces of text are one part."""

    parts: tuple[str | Expression, ...]
    text: str
    where: Where | None = None

    @property
    def whole(self) -> Expression | None:
        """The expression of a template that is exactly one `${…}`, which keeps its type."""
        part = self.parts[0] if len(self.parts) == 1 else ""
        return None if isinstance(part, str) else part

    @property
    def constant(self) -> str | None:
        """The text of a template without `${…}`; `$${` is already `${`."""
        if not self.parts:
            return ""
        part = self.parts[0] if len(self.parts) == 1 else None
        return part if isinstance(part, str) else None

    @property
    def computed(self) -> bool:
        """Whether there is a `${…}` in it."""
        parts = self.parts
        return len(parts) > 1 or (len(parts) == 1 and not isinstance(parts[0], str))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in the order of the text."""
        if not self.computed:
            return ()
        return tuple(part for part in self.parts if isinstance(part, Expression))

    @property
    def roots(self) -> frozenset[str]:
        """The names that the template reads."""
        return frozenset().union(*(part.roots for part in self.expressions))

    def span(self, start: int = 0, end: int | None = None) -> Span | None:
        """The place of a range of the text in its file."""
        return None if self.where is None else self.where.locate(start, len(self.text) if end is None else end)

    def evaluate(self, names: Names | dict[str, Value], now: Now, functions: Functions | None = None) -> Value:
        """One `${…}`: its value. Mixed text: a string, a SecretText when secrets are in it, an Unknown when holes are.

        Raises EvalError; its offsets are those of the failing expression's text.
        """
        parts = self.parts
        if len(parts) == 1:
            only = parts[0]
            if not isinstance(only, str):
                return only.evaluate(names, now, functions)
            if len(only) <= MAX_STRING:
                return only
        pieces: list[Value] = []
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
            else:
                pieces.append(in_text(part.evaluate(names, now, functions), part))
        return joined(pieces)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Template and self.text == other.text and self.parts == other.parts)

    def __hash__(self) -> int:
        return hash(self.text)


class Words(Record):
    """A command: words of which each is one argument, whatever the values in it are.

    `quoted`: what looks like a value in single quotes, and stays as it is.
    """

    words: tuple[Template, ...]
    text: str
    where: Where | None = None
    quoted: tuple[Expression, ...] = ()
    _computed: bool | None = None

    @property
    def roots(self) -> frozenset[str]:
        """The names that the words read."""
        return frozenset().union(*(word.roots for word in self.words))

    @property
    def computed(self) -> bool:
        """Whether there is a `${…}` in one of them."""
        found = self._computed
        if found is None:
            found = False
            for word in self.words:
                found = found or word.computed
            object.__setattr__(self, "_computed", found)
        return found

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions in the order of the text."""
        return tuple(part for word in self.words for part in word.expressions)

    def span(self, start: int = 0, end: int | None = None) -> Span | None:
        """The place of a range of the text in its file."""
        return None if self.where is None else self.where.locate(start, len(self.text) if end is None else end)

    def evaluate(
        self, names: Names | dict[str, Value], now: Now, functions: Functions | None = None
    ) -> list[str | SecretRef | SecretText | Unknown]:
        """The arguments. A word that is exactly one `${…}` with a list gives one argument for each element. Raises EvalError."""
        out: list[str | SecretRef | SecretText | Unknown] = []
        for word in self.words:
            parts = word.parts
            if len(parts) == 1 and type(parts[0]) is str and len(parts[0]) <= MAX_STRING:
                out.append(parts[0])
                continue
            value = word.evaluate(names, now, functions)
            whole = word.whole
            if whole is None:
                out.append(value)
            elif isinstance(value, list):
                out.extend(in_text(item, whole) for item in value)
            else:
                out.append(in_text(value, whole))
        return out

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Words and self.text == other.text and self.words == other.words)

    def __hash__(self) -> int:
        return hash(self.text)


def in_text(value: Value, source: Expression) -> str | SecretRef | SecretText | Unknown:
    """A value as part of a text: scalars convert as CEL's string() does. Raises EvalError (RB250) for null, lists, maps and types."""
    if isinstance(value, (str, SecretRef, SecretText, Unknown)):
        return value
    from .functions import to_text

    try:
        return to_text(value)
    except EvalError:
        kind = "null" if value is None else f"a {type_name(value)}"
        message = f"${{{source.text.strip()}}} is {kind}, which has no text form"
        raise EvalError("RB250", message, 0, len(source.text)) from None


def joined(pieces: list[Value]) -> str | SecretText | Unknown:
    """One value of the pieces of a mixed text. Raises EvalError (RB246) when it is too long."""
    if all(type(piece) is str for piece in pieces):
        text = "".join(pieces)
        if len(text) > MAX_STRING:
            raise EvalError("RB246", f"the text is longer than {MAX_STRING} characters", 0, 0)
        return text
    flat: list[str | SecretRef] = []
    hole = False
    for piece in pieces:
        parts = piece.parts if isinstance(piece, SecretText) else (piece,)
        for part in parts:
            hole = hole or isinstance(part, Unknown)
            if isinstance(part, str) and flat and isinstance(flat[-1], str):
                flat[-1] += part
            else:
                flat.append(part)
    if not hole:
        return SecretText(tuple(flat))
    return Unknown("".join(_shown(part) for part in flat))


def _shown(part: str | SecretRef | Unknown) -> str:
    """A piece of a text with holes; a secret is only named as one."""
    return part if isinstance(part, str) else str(part) if isinstance(part, Unknown) else "(secret)"


def text_fits(type_: Type) -> bool:
    """Whether values of a static type may stand in mixed text."""
    from .types import BOOL, DOUBLE, DURATION, DYN, INT, SECRET, STRING, TIMESTAMP

    return type_ in (BOOL, DOUBLE, DURATION, DYN, INT, SECRET, STRING, TIMESTAMP)
