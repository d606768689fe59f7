"""Text that YAML reads as something else than its author meant, and the quoted form that says it.

Expressions are full of characters that YAML gives a meaning of its own at certain places: `!`, quotes,
brackets, `? :`, ` #`. Here stand the pure questions about one piece of text; offsets are into the file.
"""

from __future__ import annotations

from ..base.pattern import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_SHOWN = 90
LONGEST_TEXT = 4096
_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_WORD = lazy(r"\w")


def quoted(text: str) -> str:
    """The text as a quoted YAML scalar on one line; single quotes unless that would double a quote for nothing."""
    if "'" in text and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def quote_help(text: str, when: str = "") -> str:
    """What to do: the quoted form, or the block form when that would be too long for a message."""
    if "\n" in text or len(text) > LONGEST_SHOWN:
        way = "Put the whole text in single quotes, or on the next line after `>-`, indented."
    else:
        way = f"Write it in quotes: {quoted(text)}"
    return f"{when}, {way[0].lower()}{way[1:]}" if when else way


def text_end(text: str, start: int, flow: bool) -> int:
    """Where the text that begins at `start` ends in its author's mind: at the line's end or a comment, and in flow at `,` `]` `}`.

    Looks at LONGEST_TEXT characters at most. Quotes and brackets inside are stepped over whole, so that
    `${a[0]}` and `f(x, "]")` stay together.
    """
    opened: list[str] = []
    quote = ""
    at = start
    limit = min(len(text), start + LONGEST_TEXT)
    while at < limit:
        char = text[at]
        if char == "\n":
            break
        if quote:
            if char == "\\" and quote == '"':
                at += 1
            elif char == quote:
                quote = ""
        elif _opens_quote(text, at, start):
            quote = char
        elif char in _CLOSERS:
            opened.append(_CLOSERS[char])
        elif opened and char == opened[-1]:
            opened.pop()
        elif (flow and not opened and char in ",]}") or (char == "#" and at > start and text[at - 1] in " \t"):
            break
        at += 1
    return start + len(text[start:at].rstrip())


def value_start(text: str, line_start: int) -> int:
    """Where the value begins on a block line: after the indentation, the dashes and a `key: `."""
    line_end = text.find("\n", line_start)
    line_end = len(text) if line_end < 0 else line_end
    at = _skip_blanks(text, line_start)
    while text.startswith("- ", at):
        at = _skip_blanks(text, at + 1)
    if at >= line_end:
        return at
    if text[at] in "\"'":
        close = closing_quote(text, at)
        after = _skip_blanks(text, close)
        return _skip_blanks(text, after + 1) if close <= line_end and text[after : after + 1] == ":" else at
    if text[at] in "!&*[]{}|>@`%#":
        return at
    colon = next((found for found in _colons(text, at, line_end)), -1)
    if colon < 0 or " ? " in text[at:colon]:
        return at
    return _skip_blanks(text, colon + 1)


def closing_quote(text: str, start: int) -> int:
    """The offset after the quote that closes the one at `start`; the end of the text when none does."""
    quote = text[start]
    at = start + 1
    while at < len(text):
        if text[at] == "\\" and quote == '"':
            at += 1
        elif text[at] == quote:
            if quote == "'" and text[at + 1 : at + 2] == "'":
                at += 1
            else:
                return at + 1
        at += 1
    return len(text)


def cut_by_comment(value: str, comment: str) -> bool:
    """Whether ` #` cut a text in two: something is open at the end of `value`, and the comment closes it."""
    return any(closer in comment for closer in _open_at_end(value)[-1:])


def is_ternary(text: str) -> bool:
    """`a ? b : c`, also with the colon at the end."""
    mark = text.find(" ? ")
    return mark >= 0 and (" : " in text[mark:] or text.endswith(" :"))


def _open_at_end(value: str) -> Sequence[str]:
    """The closers that are still missing at the end, the innermost last; an apostrophe in a word opens nothing."""
    opened: list[str] = []
    quote = ""
    skip = False
    for at, char in enumerate(value):
        if skip:
            skip = False
        elif quote:
            skip = char == "\\"
            quote = "" if char == quote else quote
        elif _opens_quote(value, at, 0):
            quote = char
        elif char in _CLOSERS:
            opened.append(_CLOSERS[char])
        elif opened and char == opened[-1]:
            opened.pop()
    return [*opened, quote] if quote else opened


def _opens_quote(text: str, at: int, start: int) -> bool:
    return text[at] in "\"'" and not (at > start and _WORD.match(text, at - 1))


def _colons(text: str, start: int, end: int) -> list[int]:
    """The colons that YAML takes for the mark of a key: before a blank or the line's end."""
    found = []
    at = text.find(":", start, end)
    while at >= 0:
        if at + 1 >= end or text[at + 1] in " \t\r":
            found.append(at)
        at = text.find(":", at + 1, end)
    return found


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at
