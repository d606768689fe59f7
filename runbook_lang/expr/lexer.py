"""Text -> tokens, by the lexical rules of CEL's language definition."""

from __future__ import annotations

import re
from functools import cache

from ..base.pattern import lazy
from .limits import INT_MAX, MAX_LENGTH
from .values import SyntaxProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from .values import Value

    Token: TypeAlias = tuple[str, Value, int, int]
    """Kind, value, start, end. Kinds: an operator is its own kind; name, quoted, int, float, string, true, false, null, in, end."""

LITERAL_WORDS = frozenset({"true", "false", "null", "in"})
RESERVED = frozenset("as break const continue else for function if import let loop package namespace return var void while".split())

QUOTED = r"`[a-zA-Z0-9_.\-/ ]+`"
"""A field's name in backticks."""

_TOKEN = lazy(
    r"(?P<skip>(?:[\t\n\f\r ]+|//[^\r\n]*)+)"
    r"|(?P<string>[rRbB]{0,2}(?:\"\"\"|'''|\"|'))"
    r"|(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)"
    r"|(?P<float>[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)"
    r"|(?P<int>0x[0-9a-fA-F]+|[0-9]+)"
    r"|(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:,.()\[\]{}])"
    rf"|(?P<quoted>{QUOTED})"
)
_AFTER_NUMBER = lazy(r"[_a-zA-Z0-9]+")
_BODIES = {
    ('"', False): r'[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"',
    ("'", False): r"[^'\\\r\n]*(?:\\[^\r\n][^'\\\r\n]*)*'",
    ('"', True): r'[^"\r\n]*"',
    ("'", True): r"[^'\r\n]*'",
    ('"""', False): r'[^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*"""',
    ("'''", False): r"[^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*'''",
    ('"""', True): r'(?:[^"]|"(?!""))*"""',
    ("'''", True): r"(?:[^']|'(?!''))*'''",
}
_ESCAPE = lazy(r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|)|\r\n?")
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"} | {char: char for char in "\\?\"'`"}
_STRAY = {
    "=": ("'=' is no operator", "Compare with '=='."),
    "&": ("'&' is no operator", "Write '&&' for 'and'."),
    "|": ("'|' is no operator", "Write '||' for 'or'."),
    "$": ("'$' has no meaning inside an expression", "Write the name without '${…}'; those belong to templates."),
    "`": (
        "this quoted field name is not complete",
        "Between backticks go letters, digits and '_ . - / ' only, as in headers.`content-type`.",
    ),
    ";": ("';' has no meaning in an expression", "One expression yields one value; join conditions with '&&'."),
    "#": ("'#' starts no comment in an expression", "A comment is '// …' up to the end of the line."),
}
_CURLY_QUOTES = "“”„«»‘’‚"


@cache
def _body(quote: str, raw: bool) -> re.Pattern[str]:
    """The rest of a string literal behind its opening quote; compiled when the first such literal comes."""
    return re.compile(_BODIES[quote, raw])


def tokenize(text: str) -> list[Token]:
    """All tokens, the last of kind `end`. Raises SyntaxProblem."""
    if len(text) > MAX_LENGTH:
        raise SyntaxProblem("RB205", f"the expression is longer than {MAX_LENGTH} characters", 0, 1, "Split it up with a 'set' step.")
    tokens: list[Token] = []
    add = tokens.append
    match = _TOKEN.match
    at, length = 0, len(text)
    while at < length:
        found = match(text, at)
        if found is None:
            raise _stray(text, at)
        end = found.end()
        kind = found.lastgroup
        word = found.group()
        if kind == "name":
            add((word if word in LITERAL_WORDS else "name", word, at, end))
        elif kind == "op":
            add((word, word, at, end))
        elif kind == "string":
            value, end = _string(text, word, at, end)
            add(("string", value, at, end))
        elif kind in ("int", "float"):
            add(_number(text, kind, word, at, end))
        elif kind == "quoted":
            add(("quoted", word[1:-1], at, end))
        at = end
    add(("end", "", length, length))
    return tokens


def _stray(text: str, at: int) -> SyntaxProblem:
    char = text[at]
    if char in _STRAY:
        message, help = _STRAY[char]
        return SyntaxProblem("RB202", message, at, at + 1, help)
    if char in _CURLY_QUOTES:
        return SyntaxProblem("RB202", f"the quote {char} is not a string delimiter", at, at + 1, "Use ' or \".")
    shown = char if char.isprintable() else f"U+{ord(char):04X}"
    return SyntaxProblem("RB202", f"the character {shown!r} has no meaning here", at, at + 1, "Names are made of a-z, A-Z, 0-9 and _.")


def _number(text: str, kind: str, word: str, start: int, end: int) -> Token:
    tail = _AFTER_NUMBER.match(text, end)
    if tail:
        if tail.group() in ("u", "U"):
            help = "Leave out the 'u'; int has 64 bits and a sign."
            raise SyntaxProblem("RB206", "unsigned integers are not part of the language", start, tail.end(), help)
        raise SyntaxProblem("RB203", f"{text[start : tail.end()]!r} is not a number", start, tail.end())
    if kind == "float":
        number = float(word)
        if number == float("inf"):
            raise SyntaxProblem("RB203", f"{word} is too large for a double", start, end)
        return "float", number, start, end
    digits = word[2:].lstrip("0") if word.startswith("0x") else word.lstrip("0")
    value = 0 if not digits else int(digits, 16) if word.startswith("0x") else int(digits) if len(digits) < 21 else INT_MAX + 2
    if value > INT_MAX + 1:
        raise SyntaxProblem("RB203", f"{word} is too large for a 64-bit integer", start, end)
    return "int", value, start, end


def _string(text: str, opening: str, start: int, at: int) -> tuple[str, int]:
    """The value of the literal that opens at `start`, and where it ends. Each end of a line in it is a line feed."""
    quote = opening.lstrip("rRbB")
    prefix = opening[: len(opening) - len(quote)].lower()
    if "b" in prefix:
        raise SyntaxProblem("RB207", "bytes are not part of the language", start, at, "Leave out the 'b'; work with strings.")
    if len(prefix) > 1:
        raise SyntaxProblem("RB202", f"{prefix!r} is no prefix of a string", start, at, "A raw string starts with one 'r'.")
    body = _body(quote, bool(prefix)).match(text, at)
    if body is None:
        raise SyntaxProblem("RB202", "this string is not closed", start, _line_end(text, at), f"Close it with {quote}.")
    end = body.end()
    inner = text[at : end - len(quote)]
    if prefix or "\\" not in inner:
        return inner.replace("\r\n", "\n").replace("\r", "\n"), end
    return _unescape(inner, at), end


def string_end(text: str, at: int) -> int:
    """Where the string literal whose quote stands at `at` ends, for scanning templates; -1 when it isn't closed."""
    quote = text[at : at + 3] if text[at : at + 3] in ('"""', "'''") else text[at]
    prefix = text[max(0, at - 1) : at]
    body = _body(quote, prefix in ("r", "R") and _is_prefix(text, at - 1)).match(text, at + len(quote))
    return -1 if body is None else body.end()


def _is_prefix(text: str, at: int) -> bool:
    """Whether the letter at `at` is a string's prefix and not the end of a name."""
    before = text[at - 1 : at] if at > 0 else ""
    return not (before.isalnum() or before == "_")


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _unescape(inner: str, offset: int) -> str:
    def one(found: re.Match[str]) -> str:
        if found[0][0] == "\r":
            return "\n"
        simple, *codes = found.groups()
        if simple:
            return _SIMPLE[simple]
        digits = next((code for code in codes if code), None)
        start = offset + found.start()
        if digits is None:
            seen = inner[found.start() : found.start() + 2]
            help = "Write \\\\ for a backslash, or use a raw string: r'…'."
            raise SyntaxProblem("RB202", f"'{seen}' is no escape", start, start + 2, help)
        code = int(digits, 8 if codes[3] else 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise SyntaxProblem("RB202", f"U+{code:04X} is no Unicode character", start, offset + found.end())
        return chr(code)

    return _ESCAPE.sub(one, inner)
