"""What a well-formed file yields: values by our own scalar rules, spans in characters, order, lookups."""

from __future__ import annotations

import pytest

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source, Span
from runbook_lang.syntax.tree import Mapping, Scalar, Sequence
from runbook_lang.syntax.yaml_reader import read_yaml
from tests.syntax.reading import clean, data, read, scalars


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("true", "bool", True),
        ("false", "bool", False),
        ("null", "null", None),
        ("~", "null", None),
        ("", "null", None),
        ("0", "int", 0),
        ("-12", "int", -12),
        ("9223372036854775807", "int", 2**63 - 1),
        ("-9223372036854775808", "int", -(2**63)),
        ("1.5", "float", 1.5),
        ("-0.25", "float", -0.25),
        ("1e3", "float", 1000.0),
        ("2.5E-2", "float", 0.025),
    ],
)
def test_few_plain_words_are_more_than_text(written: str, kind: str, value: object) -> None:
    node = clean(f"key: {written}\n")
    assert isinstance(node, Mapping)
    scalar = node.get("key")
    assert isinstance(scalar, Scalar)
    assert (scalar.kind, scalar.data, type(scalar.data)) == (kind, value, type(value))


@pytest.mark.parametrize(
    "written",
    [
        "on", "off", "yes", "no", "y", "True", "TRUE", "Null", "NULL", "1.10.3", "12:30", "12:30:00", "2024-01-01", "007", "00",
        "0x1F", "0o17", "1_000", "+1", "+56912345678", ".5", "1.", "--1", ".inf", ".nan", "1e", "1e999", "9223372036854775808",
        "١٢", "10s", "1 000", "-0x1", "=",
    ],
)  # fmt: skip
def test_everything_else_is_text(written: str) -> None:
    assert data(clean(f"key: {written}\n")) == {"key": written}


@pytest.mark.parametrize("written", ["'true'", '"1"', "'null'", "''", "|\n  1", ">-\n  true"])
def test_a_quoted_or_block_scalar_is_always_text(written: str) -> None:
    assert all(type(scalar.data) is str for scalar in scalars(clean(f"key: {written}\n")))


@pytest.mark.parametrize(
    ("written", "style"),
    [("a", "plain"), ("'a'", "single"), ('"a"', "double"), ("|\n  a", "literal"), (">\n  a", "folded")],
)
def test_the_style_is_kept(written: str, style: str) -> None:
    assert {scalar.style for scalar in scalars(clean(f"- {written}\n"))} == {style}


def test_spans_count_characters_after_wide_ones() -> None:
    text = 'título: "ü😀"\nsiguiente: {b: 😀y, c: [é, z]}\r\nfin: x\n'
    found = {scalar.span.text for scalar in scalars(clean(text))}
    assert found == {"título", '"ü😀"', "siguiente", "b", "😀y", "c", "é", "z", "fin", "x"}


def test_a_byte_order_mark_moves_no_span() -> None:
    node = clean("\ufeffkey: 'value'\n")
    assert {scalar.span.text for scalar in scalars(node)} == {"key", "'value'"}
    assert data(node) == {"key": "value"}


def test_a_collection_spans_its_content_and_no_more() -> None:
    text = "a:\n  - x: 1\n    y: [1,\n       2]\n\n# about b\nb: {c: d}   # end\n"
    node = clean(text)
    assert isinstance(node, Mapping)
    assert node.span.text == text[: text.index("   # end")]
    first = node.get("a")
    assert isinstance(first, Sequence)
    assert first.span.text == "- x: 1\n    y: [1,\n       2]"
    assert first.items[0].span.text == "x: 1\n    y: [1,\n       2]"
    second = node.entry("b")
    assert second is not None
    assert second.span.text == "b: {c: d}"


def test_a_missing_value_is_placed_after_its_colon() -> None:
    node = clean("a:\nb: 1\n")
    assert isinstance(node, Mapping)
    value = node.get("a")
    assert value is not None
    assert (value.span.start, value.span.end) == (2, 2)


def test_a_mapping_keeps_order_and_finds_keys() -> None:
    node = clean("b: 1\na: 2\n'c d': 3\n")
    assert isinstance(node, Mapping)
    assert node.keys() == ("b", "a", "c d")
    assert data(node.get("c d")) == 3
    assert node.get("x") is None
    assert node.entry("x") is None


def test_an_explicit_document_start_and_end_are_fine() -> None:
    assert data(clean("# first\n---\na: 1\n...\n")) == {"a": 1}


def test_indentless_lists_and_flow_collections_read_alike() -> None:
    assert data(clean("s:\n- a\n- {b: [c, 'd']}\n")) == data(clean('{"s": ["a", {"b": ["c", "d"]}]}'))


def test_ordinary_comments_raise_no_alarm() -> None:
    clean("# a (b\na: it's fine  # don't (worry\nb: f(x)   # then )\nc: # below\n  d: 1 # '\ne: the users' list # it's\nf: a) # (\n")


def test_without_keep_going_there_is_no_tree_after_an_error() -> None:
    text = "a: 1\nb: !x\n"
    assert data(read(text)[0]) == {"a": 1, "b": "!x"}
    problems = Problems()
    assert read_yaml(Source("file.yml", text), problems, keep_going=False) is None
    assert problems.failed


def test_the_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    text = "\ufeffa: [1, 'é', {b: \"c\\n\"}]\nd: |\n  x\n   y\ne: >-\n  f\n  g\nh:\ni: !x\nj: k\n"
    fast, fast_problems = read(text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    slow, slow_problems = read(text)
    assert data(slow) == data(fast)
    assert [(s.span.start, s.span.end) for s in scalars(slow)] == [(s.span.start, s.span.end) for s in scalars(fast)]
    assert [(p.code, p.message) for p in slow_problems] == [(p.code, p.message) for p in fast_problems]


def test_a_span_of_text_that_was_given_by_hand_can_be_located() -> None:
    source = Source("given", "guard a == b")
    scalar = Scalar(Span(source, 6, 12), "a == b")
    assert scalar.locate(2, 4).text == "=="
