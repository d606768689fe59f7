"""Every character of a value is found again in the file, in each of YAML's styles."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.syntax.tree import Mapping, Scalar, Sequence
from tests.syntax.reading import clean

ESCAPED = {"\n": r"\n", "\t": r"\t", '"': r"\"", "\\": r"\\", "\x07": r"\a", "\x1b": r"\e", "\xa0": r"\_", "\x85": r"\N", "\u2028": r"\L"}


def only(text: str) -> Scalar:
    node = clean(text)
    while not isinstance(node, Scalar):
        node = node.entries[-1].value if isinstance(node, Mapping) else node.items[-1] if isinstance(node, Sequence) else node
    return node


def stands_for(written: str, char: str) -> bool:
    """Whether a piece of the file is a way to write one character."""
    if written == char or (char == "'" and written == "''"):
        return True
    if char == "\n":
        return written in ("\r\n", r"\n", r"\x0a")
    if char == " " and "\n" in written:
        return not written.strip() and written.count("\n") == 1
    code = ord(char)
    return written in (ESCAPED.get(char), "\\" + char) or written.lower() in (f"\\x{code:02x}", f"\\u{code:04x}", f"\\u{code:08x}")


def check_every_character(scalar: Scalar) -> None:
    before = scalar.span.start
    for at, char in enumerate(scalar.value):
        span = scalar.locate(at, at + 1)
        assert stands_for(span.text, char), (at, char, span.text, scalar.span.text)
        assert before <= span.start < span.end <= scalar.span.end
        before = span.end
    whole = scalar.locate(0, len(scalar.value))
    if scalar.value:
        assert (whole.start, whole.end) == (scalar.locate(0, 1).start, before)


CASES = [
    "a: one word\n",
    "a: one\n  two\n\n\n  three   four\n",
    "a: it''s\n",
    "a: 'it''s  é'\n",
    "a: ' x\n\n  😀  y\n  z '\n",
    "a: '\n  x'\n",
    'a: "plain"\n',
    'a: "\\u00e9\\n\\"\\U0001F600 \\x41\\t"\n',
    'a: "one \\\n   two\\\n\n  three\n  \\ four  \n\n\n  five"\n',
    "a: |\n  one\n\n    two\n  three\n\n\n",
    "a: |-\n  one\n",
    "a: |+\n\n  one\n\n\n\nb: |+\n\n\n",
    "a: |2\n    one\n   two\n",
    "a: >\n  one\n  two\n\n  three\n    more\n  four\n\n\n\n  five\n",
    "a: >-\n\n  one\n   two\n\n   three\n  four\n  five   \n  six",
    "a: >1+\n   one\n  two\n \n three\n\n",
    "a: >-  # why\n  one && # kept\n  two\n",
    "a: |\r\n  one\r\n  two\r\nb: >\r\n  x\r\n  y\r\n\r\n  z\r\nc: d\r\n  e\r\n",
    "- - |\n   x\n    \n   y\n",
    "a: >\n  x\n  \ty\n  z\n",
    "a: ''\n",
]


@pytest.mark.parametrize("text", CASES)
def test_each_character_is_located(text: str) -> None:
    node = clean(text)
    items = node.items if isinstance(node, Sequence) else [entry.value for entry in node.entries] if isinstance(node, Mapping) else []
    for item in items:
        while isinstance(item, Sequence):
            item = item.items[0]
        assert isinstance(item, Scalar)
        check_every_character(item)


def test_a_range_covers_its_pieces_and_is_clamped() -> None:
    scalar = only('a: "x\\u00e9y z"\n')
    assert scalar.locate(1, 3).text == "\\u00e9y"
    assert scalar.locate(0, 99).text == "x\\u00e9y z"
    assert scalar.locate(3, 3).text == ""
    assert scalar.locate(99, 99).start == scalar.span.end - 1
    assert scalar.locate(-5, 1).text == "x"


def test_an_expression_in_folded_text_is_found_on_its_line() -> None:
    scalar = only("set:\n  stable: >-\n    d.filter(x, x.ok\n      && has(y)\n    )\n")
    at = scalar.value.index("has")
    span = scalar.locate(at, at + 3)
    assert (span.text, span.line, span.column) == ("has", 4, 10)


def test_an_unquoted_expression_is_located_all_the_same() -> None:
    from tests.syntax.reading import data, read, scalars

    node, _ = read("guard: !a.b && c\n")
    assert data(node) == {"guard": "!a.b && c"}
    scalar = next(item for item in scalars(node) if item.value != "guard")
    assert scalar.locate(1, 4).text == "a.b"


def test_where_an_error_was_painted_over_a_place_is_the_whole_scalar() -> None:
    from tests.syntax.reading import read, scalars

    node, _ = read('a: "x\\u12\t-\\d y"\n')
    scalar = next(item for item in scalars(node) if item.style == "double")
    assert scalar.locate(0, 1) == scalar.span


WORDS = st.text(st.sampled_from("ab'\"\\{}[]#:$é😀,.&|>"), min_size=1, max_size=5)
LINES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
PARAGRAPHS = st.lists(st.tuples(st.integers(0, 3), LINES, st.integers(0, 2)), min_size=1, max_size=5)
BREAKS = st.sampled_from(["\n", "\r\n"])


def folded_by_hand(value: str, widths: list[int], line_break: str) -> str:
    """Put line breaks at some single blanks of one-line text."""
    out = value
    for width in widths:
        places = [match.start() for match in re.finditer(r"(?<=\S) (?=\S)", out)]
        if places:
            at = places[width % len(places)]
            out = out[:at] + line_break + "     " + out[at + 1 :]
    return out


@given(LINES, st.lists(st.integers(0, 20), max_size=3), BREAKS)
def test_any_single_quoted_text(value: str, widths: list[int], line_break: str) -> None:
    scalar = only("k: '" + folded_by_hand(value.replace("'", "''"), widths, line_break) + "'\n")
    assert scalar.value == value
    check_every_character(scalar)


@given(st.text(max_size=12), st.booleans())
def test_any_double_quoted_text(value: str, wide: bool) -> None:
    value = "".join(char for char in value if char != "\0" and not "\ud800" <= char <= "\udfff")

    def escaped(char: str) -> str:
        code = ord(char)
        return ESCAPED.get(char) or (f"\\U{code:08x}" if wide or code > 0xFFFF else f"\\u{code:04x}")

    parts = [char if char.isascii() and char.isalnum() else escaped(char) for char in value]
    scalar = only('k: "' + "".join(parts) + '"\n')
    assert scalar.value == value
    check_every_character(scalar)


@given(LINES, st.lists(st.integers(0, 20), max_size=3), BREAKS)
def test_any_double_quoted_text_over_lines(value: str, widths: list[int], line_break: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    scalar = only('k: "' + folded_by_hand(escaped, widths, line_break) + '"\n')
    assert scalar.value == value
    check_every_character(scalar)


@given(st.sampled_from("|>"), st.sampled_from(["", "-", "+"]), st.booleans(), PARAGRAPHS, st.integers(0, 3), BREAKS)
def test_any_block_text(sign: str, chomping: str, indicated: bool, lines: list[tuple[int, str, int]], tail: int, line_break: str) -> None:
    extra = lines[0][0] if not indicated else 0
    body = []
    for indent, line, blanks in lines:
        body.append(" " * (2 + max(0, indent - extra) if not indicated else 2 + indent) + line)
        body += [" " * blanks] * blanks
    if not indicated:
        body[0] = "  " + lines[0][1]
    header = f"k: {sign}{'2' if indicated else ''}{chomping}"
    check_every_character(only(line_break.join([header, *body]) + line_break * tail))


@given(
    st.lists(st.text(st.sampled_from("ab.é😀("), min_size=1, max_size=4), min_size=1, max_size=6),
    st.lists(st.integers(1, 3), max_size=6),
    BREAKS,
)
def test_any_plain_text_over_lines(words: list[str], gaps: list[int], line_break: str) -> None:
    text = words[0]
    for word, gap in zip(words[1:], gaps, strict=False):
        text += (line_break * gap + "  " + word) if gap > 1 else " " + word
    scalar = only(f"k: {text}\n")
    check_every_character(scalar)
