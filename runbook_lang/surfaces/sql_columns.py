"""Names and types of a query's columns, as far as its own text tells them; PostgreSQL's rules for the names of columns without AS."""

from __future__ import annotations

from .sql_keywords import NO_BARE_LABEL
from .sql_lexer import IDENT, NUMBER, QUOTED, STRING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sql_lexer import Token
    from .sql_statements import Statement

    Column = tuple[str, str]

_END_OF_LIST = ("from", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for")
_TYPES = {
    "int": ("int", "integer", "bigint", "smallint", "int2", "int4", "int8"),
    "string": ("text", "varchar", "char", "character", "name", "uuid", "date", "time", "timestamp", "timestamptz", "interval", "inet"),
    "bool": ("bool", "boolean"),
}
_TYPE_OF = {name: kind for kind, names in _TYPES.items() for name in names}
# What looks like a call and gets another name, or another one in another version.
_NO_CALLS = (
    "cast",
    "extract",
    "position",
    "substring",
    "overlay",
    "trim",
    "row",
    "treat",
    "normalize",
    "any",
    "all",
    "some",
    "array",
    "case",
)


def columns(statement: Statement, main: int) -> tuple[Column, ...] | None:
    """(name, type) of each column of a plain list; None for anything less plain.

    A type is int, string or bool, with `?` behind it where the value may be NULL; '' for one that the text doesn't tell.
    """
    first = next(index for index, token in enumerate(statement.tokens) if token.start == main)
    if statement.word(first) == "select":
        begin = first + 1
    else:
        begin = next((index + 1 for index, word in statement.top() if word == "returning"), len(statement.tokens))
    if statement.word(begin) in ("all", "distinct") or begin >= len(statement.tokens):
        return None
    found: list[Column] = []
    item: list[Token] = []
    for index in range(begin, len(statement.tokens) + 1):
        token = statement.tokens[index] if index < len(statement.tokens) else None
        top = token is not None and statement.depths[index] == 0
        if token is None or (top and (token.text == "," or statement.word(index) in _END_OF_LIST)):
            column = _column(item)
            if column is None:
                return None
            found.append(column)
            item = []
            if token is None or token.text != ",":
                break
        else:
            item.append(token)
    # Of two columns with one name only the last is left in a row; of a union the first query names them, and all type them.
    several = any(word in ("union", "intersect", "except") for _, word in statement.top())
    return tuple((name, "" if several else kind) for name, kind in found)


def _column(item: list[Token]) -> Column | None:
    if not item:
        return None
    body, name = item, None
    if len(item) > 2 and item[-2].text.lower() == "as" and item[-1].kind in (IDENT, QUOTED):
        body, name = item[:-2], _name(item[-1])
    elif len(item) > 1 and _is_label(item[-1]) and (item[-2].text == ")" or item[-2].kind in (NUMBER, STRING)):
        body, name = item[:-1], _name(item[-1])
    name = name if name is not None else _own_name(body)
    return None if name is None else (name, _type(body))


def _is_label(token: Token) -> bool:
    """Whether a token may name a column without AS: `interval '1' day` and `(a) notnull` end in a part of the expression."""
    return token.kind == QUOTED or (token.kind == IDENT and token.text.lower() not in NO_BARE_LABEL)


def _name(token: Token) -> str:
    return token.text[1:-1].replace('""', '"') if token.kind == QUOTED else token.text.lower()


def _own_name(body: list[Token]) -> str | None:
    """The name that PostgreSQL gives to a column without AS."""
    inner, _ = _cast(body)
    if _is_path(inner):
        return _name(inner[-1])
    call = _call(inner)
    return None if call in ("", *_NO_CALLS) else call


def _is_path(body: list[Token]) -> bool:
    """`a`, `t.a`, `s.t.a`."""
    names = all(token.kind in (IDENT, QUOTED) for token in body[::2])
    return len(body) % 2 == 1 and names and all(token.text == "." for token in body[1::2])


def _call(body: list[Token]) -> str:
    """The function of `f(…)` or `s.f(…)` where that is all there is; '' for anything else."""
    at = next((index for index, token in enumerate(body) if token.text == "("), 0)
    if not at or not _is_path(body[:at]) or body[-1].text != ")":
        return ""
    depth = 0
    for index in range(at, len(body)):
        depth += (body[index].text == "(") - (body[index].text == ")")
        if depth == 0 and index < len(body) - 1:
            return ""
    return _name(body[at - 1])


def _cast(body: list[Token]) -> tuple[list[Token], str]:
    """What is cast by `x::type`, and the type's first name; the body itself and '' where it isn't a cast as a whole."""
    at = next((index for index in range(len(body) - 1, 0, -1) if body[index].text == "::"), 0)
    inner, behind = body[:at], body[at + 1 :]
    single = len(inner) == 1 or _is_path(inner) or bool(_call(inner))
    plain = all(token.kind in (IDENT, NUMBER) or token.text in ("(", ")") for token in behind)
    return (inner, behind[0].text.lower()) if at and behind and single and plain else (body, "")


def _type(body: list[Token]) -> str:
    inner, named = _cast(body)
    if named:
        kind = _TYPE_OF.get(named, "")
        return kind and (kind if _type(inner).isalpha() else f"{kind}?")
    if len(body) == 1:
        return _literal_type(body[0])
    call = _call(body)
    if call == "cast":
        behind = body[-2].text.lower() if body[-3].text.lower() == "as" else ""
        return f"{_TYPE_OF[behind]}?" if behind in _TYPE_OF else ""
    if call == "" and body and body[0].text.lower() == "not" and _call(body[1:]) == "exists":
        return "bool"
    return {"count": "int", "exists": "bool"}.get(call, "")


def _literal_type(token: Token) -> str:
    if token.kind == NUMBER:
        return "int" if token.text.isdigit() and len(token.text) < 19 else ""  # more digits may be of type numeric
    if token.kind == STRING:
        return "string" if token.text.startswith("'") else ""
    return "bool" if token.text.lower() in ("true", "false") else ""
