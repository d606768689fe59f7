"""A SQL text cut into statements, exactly where psql cuts it."""

from __future__ import annotations

from ..base.record import Record
from .sql_lexer import COMMENT, IDENT, tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .sql_lexer import Token


class Statement(Record):
    """One statement without its `;`. `depths[i]` is the depth of parentheses and brackets at token i."""

    tokens: tuple[Token, ...]
    depths: tuple[int, ...]

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    def word(self, index: int) -> str:
        """The keyword or plain name at a token, in lower case; '' for anything else and past the end."""
        if not 0 <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        return token.text.lower() if token.kind == IDENT else ""

    def words(self, count: int) -> tuple[str, ...]:
        """The first words."""
        return tuple(self.word(index) for index in range(count))

    def top(self) -> Iterator[tuple[int, str]]:
        """The words outside of all parentheses, with their indexes."""
        for index, depth in enumerate(self.depths):
            if depth == 0 and self.tokens[index].kind == IDENT:
                yield index, self.word(index)

    def has_top(self, *wanted: str) -> bool:
        return any(word in wanted for _, word in self.top())


def split(text: str) -> tuple[tuple[Statement, ...], tuple[Token, ...]]:
    """The statements, and all tokens, comments included.

    As psql's scanner does it: a `;` inside parentheses doesn't end a statement (inside brackets it does), nor does one
    inside the `BEGIN … END` body of CREATE FUNCTION or CREATE PROCEDURE.
    """
    found = tuple(tokens(text))
    statements: list[Statement] = []
    current: list[Token] = []
    depths: list[int] = []
    depth = parens = body = 0
    for token in found:
        if token.kind == COMMENT:
            continue
        if token.text == ";" and parens == 0 and body == 0:
            _finish(statements, current, depths)
            depth = 0
            continue
        parens = max(0, parens + (token.text == "(") - (token.text == ")"))
        if token.text in (")", "]"):
            depth = max(0, depth - 1)
        current.append(token)
        depths.append(depth)
        if token.text in ("(", "["):
            depth += 1
        if token.kind == IDENT and parens == 0:
            body = _body_depth(current, token.text.lower(), body)
    _finish(statements, current, depths)
    return tuple(statements), found


def _finish(statements: list[Statement], current: list[Token], depths: list[int]) -> None:
    if current:
        statements.append(Statement(tuple(current), tuple(depths)))
        current.clear()
        depths.clear()


def _body_depth(current: Sequence[Token], word: str, depth: int) -> int:
    if word == "begin" and _defines_routine(current):
        return depth + 1
    if word == "case" and depth:
        return depth + 1
    return depth - 1 if word == "end" and depth else depth


def _defines_routine(current: Sequence[Token]) -> bool:
    words = [token.text.lower() for token in current[:4]]
    if words[:1] != ["create"]:
        return False
    return words[1:2] in (["function"], ["procedure"]) or (words[1:3] == ["or", "replace"] and words[3:4] in (["function"], ["procedure"]))
