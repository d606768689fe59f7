"""Where `${…}` may stand in SQL: only where a value may, never inside a literal, a name or a comment."""

from __future__ import annotations

from ..base.pattern import lazy
from . import sql_lexer
from .sql_lexer import tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..base.diagnostics import Problems
    from ..expr.expression import Expression, Template

_MARK = "\ufffc"  # stands for a hole while the text is split; the lexer takes it for a letter
_GLUE_BEFORE = lazy(rf"(?:{sql_lexer.LETTER_OR_DIGIT}|[.$'\":\\]|[uU]&)$")
_GLUE_AFTER = lazy(rf"{sql_lexer.LETTER_OR_DIGIT}|[.$'\"]")

_ADVICE = {
    sql_lexer.QUOTED: "A name can't be filled in. Write it out, or choose between steps with `choose`.",
    sql_lexer.DOLLAR: "Inside dollar quotes nothing is filled in. Hand the value over outside of them, for example with set_config().",
    sql_lexer.COMMENT: "Remove it from the comment.",
    sql_lexer.BACKSLASH: "A psql command can't be filled in. Use SQL.",
}
_INSIDE = {
    sql_lexer.STRING: "a SQL literal",
    sql_lexer.QUOTED: "a quoted SQL name",
    sql_lexer.DOLLAR: "a dollar-quoted text",
    sql_lexer.COMMENT: "a SQL comment",
    sql_lexer.BACKSLASH: "a psql command",
}


def check_holes(template: Template, problems: Problems) -> bool:
    """Whether every hole of a SQL template stands alone, as a value; each that doesn't is a diagnostic RB335."""
    pieces: list[str] = []
    holes: list[tuple[int, Expression]] = []
    at = 0
    for part in template.parts:
        if not isinstance(part, str):
            holes.append((at, part))
        piece = part if isinstance(part, str) else _MARK
        pieces.append(piece)
        at += len(piece)
    text = "".join(pieces)
    found = tokens(text)
    index = 0
    good = True
    for offset, hole in holes:
        while found[index].end <= offset:
            index += 1
        message = _wrong(text, found[index], offset, hole)
        if message is not None:
            good = False
            problems.error("RB335", message[0], hole.span(), message[1])
    return good


def _wrong(text: str, token: sql_lexer.Token, offset: int, hole: Expression) -> tuple[str, str] | None:
    """The message and the advice for a hole that can't be bound; None for a good one."""
    shown = "${" + hole.text + "}"
    inside = _INSIDE.get(token.kind)
    if inside is not None:
        advice = _ADVICE.get(token.kind) or _literal_advice(token, offset, shown)
        return f"{shown} stands inside {inside}, where it would become a part of the SQL itself.", advice
    before, after = text[:offset], text[offset + 1 : offset + 2]
    if _GLUE_BEFORE.search(before[-2:]) or _GLUE_AFTER.match(after):
        return f"{shown} touches the text beside it; a bound value stands alone.", f"Put spaces around {shown}, or join texts with ||."
    return None


def _literal_advice(token: sql_lexer.Token, offset: int, shown: str) -> str:
    quote = token.text.index("'")
    before = token.text[quote + 1 : offset - token.start]
    after = token.text[offset - token.start + 1 : -1 if token.closed else None]
    if _MARK in before or _MARK in after:
        return f"End the literal before each value and join with ||: '…' || {shown} || '…'."
    parts = [f"'{before}'" if before else "", shown, f"'{after}'" if after else ""]
    written = " || ".join(part for part in parts if part)
    return f"Write {written} without quotes around the value." if written == shown else f"Write {written}"
