"""Where each character of a decoded scalar stands in the raw text, for every YAML style.

The rules are those of YAML 1.1 as libyaml's scanner applies them (`yaml_parser_scan_flow_scalar`,
`…_plain_scalar`, `…_block_scalar`). Nothing is judged here. Where the value isn't what the raw text says
(an error in it was reported and painted over), every place is the whole scalar.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Piece = tuple[str, int, int]

_SPACE = " \t\r\n"
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_HEX = {"x": 2, "u": 4, "U": 8}


class Layout:
    """Offsets, from the start of the raw text, of each character of a value."""

    __slots__ = ("_base", "_ends", "_size", "_starts")

    def __init__(self, size: int, base: int, starts: list[int] | None = None, ends: list[int] | None = None) -> None:
        self._size = size
        self._base = base
        self._starts = starts
        self._ends = ends

    def range(self, start: int, end: int) -> tuple[int, int]:
        """Raw offsets of `value[start:end]`; 0 <= start <= end, both clamped to the value."""
        start, end = min(start, self._size), min(end, self._size)
        starts, ends = self._starts, self._ends
        if starts is None or ends is None:
            return self._base + start, self._base + end
        if end > start:
            return starts[start], ends[end - 1]
        at = starts[start] if start < self._size else ends[-1]
        return at, at


def layout(raw: str, style: str, value: str) -> Layout:
    """The places of `value` in `raw`, the scalar as written with its quotes or block header."""
    size = len(value)
    if style == "plain" and raw == value:
        return Layout(size, 0)
    if style in ("single", "double") and raw[1:-1] == value:
        return Layout(size, 1)
    if not size:
        return Layout(0, 1 if style in ("single", "double") else 0)
    text, starts, ends = _collect(_pieces(raw, style, value), size)
    if text != value:
        return Layout(size, 0, [0] * size, [len(raw)] * size)
    return Layout(size, 0, starts, ends)


def fold_plain(raw: str) -> str:
    """The value of a plain scalar written as `raw`."""
    return "".join(char for char, _, _ in _flow(raw, 0, len(raw), ""))


def decode_double(raw: str) -> str:
    """The value of a text in double quotes, quotes included; its escapes must be good ones."""
    return "".join(char for char, _, _ in _flow(raw, 1, len(raw) - 1, "\\"))


def _collect(pieces: Iterable[Piece], size: int) -> tuple[str, list[int], list[int]]:
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for char, start, end in pieces:
        if len(text) == size:  # what chomping drops
            break
        text.append(char)
        starts.append(start)
        ends.append(end)
    return "".join(text), starts, ends


def _pieces(raw: str, style: str, value: str) -> Iterator[Piece]:
    if style == "single":
        return _flow(raw, 1, len(raw) - 1, "'")
    if style == "double":
        return _flow(raw, 1, len(raw) - 1, "\\")
    if style == "plain":
        return _flow(raw, 0, len(raw), "")
    return _block(raw, style == "folded", value)


def _flow(raw: str, at: int, end: int, escape: str) -> Iterator[Piece]:
    """Plain and quoted text: line breaks fold, `escape` begins an escape (a quote is doubled, a backslash has a letter)."""
    while at < end:
        char = raw[at]
        if char in _SPACE:
            stop = _skip(raw, at, end, _SPACE)
            yield from _blank(raw, at, stop)
            at = stop
        elif char == escape == "'":
            yield "'", at, at + 2
            at += 2
        elif char == escape:
            following = raw[at + 1 : at + 2]
            if following and following in "\r\n":
                stop = _skip(raw, at + 1, end, _SPACE)
                yield from (("\n", first, last) for first, last in _breaks(raw, at + 1, stop)[1:])
                at = stop
            else:
                decoded, stop = _escaped(raw, at, following)
                yield decoded, at, stop
                at = stop
        else:
            yield char, at, at + 1
            at += 1


def _blank(raw: str, start: int, end: int) -> Iterator[Piece]:
    """Blanks between words: kept within a line; one line break is a space, n are n - 1 line breaks."""
    breaks = _breaks(raw, start, end)
    if not breaks:
        yield from ((raw[at], at, at + 1) for at in range(start, end))
    elif len(breaks) == 1:
        yield " ", start, end
    else:
        yield from (("\n", first, last) for first, last in breaks[1:])


def _escaped(raw: str, at: int, letter: str) -> tuple[str, int]:
    digits = _HEX.get(letter)
    if digits is None:
        return _ESCAPES.get(letter, ""), at + 2
    stop = at + 2 + digits
    try:
        return chr(int(raw[at + 2 : stop], 16)), stop
    except (ValueError, OverflowError):
        return "", at + 2


def _breaks(raw: str, start: int, end: int) -> list[tuple[int, int]]:
    """The line breaks in a range as ranges: LF, or CR and LF together."""
    found = []
    at = raw.find("\n", start, end)
    while at >= 0:
        found.append((at - 1 if at > start and raw[at - 1] == "\r" else at, at + 1))
        at = raw.find("\n", at + 1, end)
    return found


def _skip(raw: str, at: int, end: int, chars: str) -> int:
    while at < end and raw[at] in chars:
        at += 1
    return at


def _block(raw: str, folded: bool, value: str) -> Iterator[Piece]:
    """Literal and folded text. Breaks wait in `held` until the next line with text says what they become."""
    lines = _lines(raw)
    indent = _indent(raw, lines, value)
    held: list[Piece] = []
    folds = False  # the line before has text and doesn't begin with a blank
    for start, end, stop in lines:
        line_break: list[Piece] = [("\n", end, stop)] if stop > end else []
        begin = start + indent
        if end <= begin:
            held += line_break
            continue
        blank = raw[begin] in " \t"
        if folds and folded and not blank and held:
            yield from held[1:] or [(" ", held[0][1], held[0][2])]
        else:
            yield from held
        yield from ((raw[at], at, at + 1) for at in range(begin, end))
        held = line_break
        folds = not blank
    yield from held


def _lines(raw: str) -> list[tuple[int, int, int]]:
    """(start, end, end with its break) of each line after the block header."""
    found = []
    start = raw.find("\n") + 1
    while 0 < start < len(raw):
        end = raw.find("\n", start)
        stop = len(raw) if end < 0 else end + 1
        end = stop if end < 0 else end
        found.append((start, end - 1 if end > start and raw[end - 1] == "\r" else end, stop))
        start = stop
    return found


def _indent(raw: str, lines: list[tuple[int, int, int]], value: str) -> int:
    """How many columns the block dropped, read off the first line that has text."""
    text = value.lstrip("\n")
    number = len(value) - len(text)
    if not text or number >= len(lines):
        return len(raw)
    start, end, _ = lines[number]
    line = raw[start:end]
    return (len(line) - len(line.lstrip(" "))) - (len(text) - len(text.lstrip(" ")))
