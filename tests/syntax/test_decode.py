"""From bytes to text: encoding, size, byte order marks, and the place of the first wrong byte."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.syntax import decode as module
from runbook_lang.syntax.yaml_reader import MAX_BYTES, decode, read_yaml


def decoded(raw: bytes) -> tuple[str | None, list[str]]:
    problems = Problems()
    source = decode("file.yml", raw, problems)
    return source.text if source else None, [f"{item.span.line if item.span else 0}: {item.code}" for item in problems]


def test_utf8_is_read_as_it_is() -> None:
    assert decoded("título: ñandú 😀\r\n".encode()) == ("título: ñandú 😀\r\n", [])


def test_a_byte_order_mark_is_dropped() -> None:
    assert decoded(b"\xef\xbb\xbfa: 1\n") == ("a: 1\n", [])


def test_a_wrong_byte_is_placed_on_its_line_and_column() -> None:
    problems = Problems()
    assert decode("file.yml", "é: 1\nb: á".encode() + "ñ".encode("latin-1") + b"\n", problems) is None
    (item,) = problems
    assert item.span is not None
    assert (item.code, item.span.line, item.span.column) == ("RB101", 2, 5)
    assert "0xf1" in item.message


@pytest.mark.parametrize("raw", ["a: 1\n".encode("utf-16"), "a: 1\n".encode("utf-16-be"), b"\x7fELF\0\0", b"a: \0"])
def test_other_encodings_and_binary_files_are_named(raw: bytes) -> None:
    assert decoded(raw) == (None, ["1: RB101"])


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not() -> None:
    assert decoded(b"#" * MAX_BYTES)[1] == []
    assert decoded(b"#" * (MAX_BYTES + 1)) == (None, ["1: RB102"])


def test_a_text_that_is_too_large_is_not_parsed() -> None:
    problems = Problems()
    assert read_yaml(Source("given", "#" * (MAX_BYTES + 1)), problems) is None
    assert [item.code for item in problems] == ["RB102"]


def test_many_bad_characters_are_summed_up() -> None:
    problems = Problems()
    source = Source("file.yml", "a: x" + "\x07" * 1000 + "\n")
    text = module.clean(source, problems)
    assert len(problems) == module.MAX_REPORTED + 1
    assert "980 more" in list(problems)[-1].message
    assert text == "a: x" + " " * 1000 + "\n"
