"""PostgreSQL's lexical structure, exactly as far as it decides where a token begins and ends.

After the manual's chapter "Lexical Structure" and `psqlscan.l`: nested comments, doubled quotes, escape
and Unicode strings, dollar quoting, operators that end before a comment or a trailing sign, and what psql
adds: `:name`, `:'name'`, `:"name"`, `:{?name}` and backslash commands. `standard_conforming_strings`
is on, as every server has had it by default since 9.1.
"""

from __future__ import annotations

import re

from ..base.pattern import lazy
from ..base.record import Record

IDENT = "ident"
QUOTED = "quoted"
STRING = "string"
DOLLAR = "dollar"
NUMBER = "number"
PARAM = "param"
OPERATOR = "operator"
PUNCT = "punct"
COMMENT = "comment"
VARIABLE = "variable"
BACKSLASH = "backslash"


class Token(Record):
    """`kind`: ident, quoted (identifier), string, dollar (quoted string), number, param (`$1`), operator, punct,
    comment, variable (psql's `:name`), backslash (a psql command). `closed` is False when the text ends inside it."""

    kind: str
    text: str
    start: int
    end: int
    closed: bool = True


# Letters as PostgreSQL counts them: `_` and everything beyond ASCII too. Written as what they are not, since
# compiling a class with the whole of Unicode in it costs more than all the rest of this module.
LETTER = r"[^\x00-@\[-\^`{-\x7f]"
LETTER_OR_DIGIT = r"[^\x00-/:-@\[-\^`{-\x7f]"
_IDENT_PART = r"[^\x00-#%-/:-@\[-\^`{-\x7f]"

_SPACE = lazy(r"[ \t\n\r\f\v]+")
_LINE_COMMENT = lazy(r"--[^\n\r]*")
_STRING = lazy(r"(?:[nNbBxX]|[uU]&)?'[^']*(?:''[^']*)*('?)")
_ESCAPE_STRING = lazy(r"[eE]'(?:[^'\\]|''|\\.?)*+('?)", re.DOTALL)
_QUOTED = lazy(r'(?:[uU]&)?"[^"]*(?:""[^"]*)*("?)')
_DOLLAR = lazy(rf"\$(?:{LETTER}{LETTER_OR_DIGIT}*)?\$")
_PARAM = lazy(r"\$[0-9]+")
_IDENT = lazy(rf"{LETTER}{_IDENT_PART}*")
_NUMBER = lazy(
    r"0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+"
    r"|(?:[0-9](?:_?[0-9])*(?:\.(?!\.)(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][-+]?[0-9](?:_?[0-9])*)?"
)
_WORD = rf"{LETTER_OR_DIGIT}+"
_VARIABLE = lazy(rf""":(?:{_WORD}|'{_WORD}'|"{_WORD}"|\{{\?{_WORD}\}})""")
_BACKSLASH = lazy(r"\\[^\n\r]*")
_OPERATOR = lazy(r"[-+*/<>=~!@#%^&|`?]+")
_PUNCT = lazy(r"::|:=|\.\.|[()\[\],;:.{}]")
_COMMENT_MARK = lazy(r"/\*|\*/")
_SIGNS_MAY_END = frozenset("~!@#%^&|`?")


def tokens(text: str) -> list[Token]:
    """The tokens of a SQL text, comments included, white space left out. Total: any text has tokens."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
            continue
        token = _token(text, at)
        found.append(token)
        at = token.end
    return found


def _token(text: str, at: int) -> Token:
    char = text[at]
    if text.startswith("/*", at):
        return _block_comment(text, at)
    if char == "$":
        return _dollar(text, at)
    if char == ":" and not text.startswith("::", at):
        variable = _VARIABLE.match(text, at)
        if variable:
            return _as(VARIABLE, text, at, variable.end())
    for pattern, kind in _ORDER:
        match = pattern.match(text, at)
        if match:
            if kind == OPERATOR:
                return _as(OPERATOR, text, at, _operator_end(match.group(), at))
            return _as(kind, text, at, match.end(), closed=not match.groups() or bool(match.group(1)))
    return _as(PUNCT, text, at, at + 1)


_ORDER = (
    (_LINE_COMMENT, COMMENT),
    (_ESCAPE_STRING, STRING),
    (_STRING, STRING),
    (_QUOTED, QUOTED),
    (_IDENT, IDENT),
    (_NUMBER, NUMBER),
    (_BACKSLASH, BACKSLASH),
    (_OPERATOR, OPERATOR),
    (_PUNCT, PUNCT),
)


def _as(kind: str, text: str, start: int, end: int, *, closed: bool = True) -> Token:
    return Token(kind, text[start:end], start, end, closed)


def _block_comment(text: str, at: int) -> Token:
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return _as(COMMENT, text, at, mark.end())
    return _as(COMMENT, text, at, len(text), closed=False)


def _dollar(text: str, at: int) -> Token:
    opening = _DOLLAR.match(text, at)
    if opening:
        end = text.find(opening.group(), opening.end())
        if end < 0:
            return _as(DOLLAR, text, at, len(text), closed=False)
        return _as(DOLLAR, text, at, end + len(opening.group()))
    param = _PARAM.match(text, at)
    return _as(PARAM, text, at, param.end()) if param else _as(PUNCT, text, at, at + 1)


def _operator_end(run: str, at: int) -> int:
    """Where an operator ends: before a comment, and before a trailing sign unless a special character is in it."""
    for mark in ("--", "/*"):
        stop = run.find(mark, 1)
        if stop > 0:
            run = run[:stop]
    while len(run) > 1 and run[-1] in "+-" and not _SIGNS_MAY_END.intersection(run):
        run = run[:-1]
    return at + len(run)
