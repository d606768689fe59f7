"""How diagnostics look: the place, the spot in the line, the help."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import Diagnostic, Related
from runbook_lang.base.source import Source, Span
from runbook_lang.base.text import Style, cells, clean, wrap
from runbook_lang.cli.render import render, summary


def marked(line: str, start: int, end: int, width: int = 80) -> tuple[str, str]:
    """The line and the mark below it, without the gutter."""
    source = Source("a.yml", f"first\n{line}\nlast\n")
    item = Diagnostic("RB101", "it is wrong", Span(source, 6 + start, 6 + end))
    text = render(item, Style(False, width)).split("\n")
    assert text[0] == f"a.yml:2:{start + 1}: error RB101: it is wrong"
    assert all(cells(one) <= width for one in text)
    return text[1].removeprefix("2 | "), text[2].removeprefix("  | ")


@pytest.mark.parametrize(
    ("line", "start", "end", "wanted"),
    [
        ("key: value", 5, 10, ("key: value", "     ^~~~~")),
        ("key: value", 0, 1, ("key: value", "^")),
        ("key: value", 10, 10, ("key: value", "          ^")),
        ("\tkey: value", 1, 4, ("    key: value", "    ^~~")),
        ("ab\tc", 3, 4, ("ab  c", "    ^")),
        ("título: más", 8, 11, ("título: más", "        ^~~")),
        ("名前: 値段", 4, 6, ("名前: 値段", "      ^~~~")),
        ("e\u0301a: x", 2, 3, ("e\u0301a: x", " ^")),
        ("x: \x1b[31mred", 3, 4, ("x: �[31mred", "   ^")),
        ("x: \u202eevil", 4, 8, ("x: �evil", "    ^~~~")),
        ("spans: over", 7, 40, ("spans: over", "       ^~~~")),
    ],
)
def test_the_mark_stands_below_the_place(line: str, start: int, end: int, wanted: tuple[str, str]) -> None:
    assert marked(line, start, end) == wanted


@pytest.mark.parametrize("start", [0, 20, 100, 250, 380])
def test_a_long_line_is_cut_around_the_place(start: int) -> None:
    line = "".join(f"{number:03} " for number in range(100))
    shown, mark = marked(line, start, start + 3)
    begin = mark.index("^")
    assert shown[begin : begin + 3] == line[start : start + 3]
    assert mark[begin:] == "^~~"
    assert "…" in shown


def test_a_place_longer_than_the_line_is_cut_too() -> None:
    shown, mark = marked("x" * 300, 10, 290, width=60)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert set(mark.strip()) == {"^", "~"}


def test_help_and_the_second_place_follow() -> None:
    source = Source("a.yml", "one: 1\none: 2\n")
    first, second = Span(source, 0, 3), Span(source, 7, 10)
    item = Diagnostic("RB312", "taken already", second, "Give it another name.", related=(Related("the first is here", first),))
    assert render(item, Style()) == "\n".join(
        [
            "a.yml:2:1: error RB312: taken already",
            "2 | one: 2",
            "  | ^~~",
            "  = help: Give it another name.",
            "  = a.yml:1:1: the first is here",
            "1 | one: 1",
            "  | ^~~",
        ]
    )


def test_colours_only_where_they_are_wanted() -> None:
    item = Diagnostic("RB101", "it is wrong", None, "Do this.")
    assert "\x1b" not in render(item, Style(False))
    assert "\x1b[31;1merror RB101\x1b[0m" in render(item, Style(True))


def test_a_message_can_not_steer_the_terminal() -> None:
    item = Diagnostic("RB101", "bad \x1b]0;title\x07 name", None, "\x1b[2J")
    assert "\x1b" not in render(item, Style(False))
    assert clean("a\x1bb\x00\x9b\u2028") == "a\\x1bb\\x00\\x9b\\u2028"
    assert clean("línea\n\tdos") == "línea\n\tdos"


def test_words_are_wrapped_by_columns() -> None:
    assert wrap("uno dos tres cuatro", 8) == "uno dos\ntres\ncuatro"
    assert wrap("値段 値段 値段", 9) == "値段 値段\n値段"


@pytest.mark.parametrize(
    ("errors", "warnings", "files", "wanted"),
    [
        (0, 0, ["a.yml"], "ok: a.yml"),
        (0, 0, ["a.yml", "b.yml"], "ok: 2 files"),
        (1, 0, ["a.yml"], "1 error in a.yml"),
        (2, 1, ["a.yml"], "2 errors, 1 warning in a.yml"),
        (0, 3, ["a.yml", "b.yml"], "3 warnings in 2 files"),
    ],
)
def test_the_last_line_sums_up(errors: int, warnings: int, files: list[str], wanted: str) -> None:
    assert summary(errors, warnings, files, Style()) == wanted
