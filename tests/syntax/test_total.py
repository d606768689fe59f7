"""Whatever the input: a tree or findings, never an exception, and spans that lie inside the file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.catalogue.rb1xx import CODES
from runbook_lang.base.diagnostics import Problems
from runbook_lang.syntax.tree import Entry, Mapping, Sequence
from runbook_lang.syntax.yaml_reader import decode
from tests.syntax.reading import read, scalars

PIECES = st.sampled_from(
    ["a", "b: ", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", " ", "  ", "\t", "[", "]", "{", "}", ",", "'", '"', "\\", "\\u12", "!", "!x ", "!!str ",
     "&x ", "*x", "<<: ", "? ", " ? b : c", "#", " # ", "|", "|-\n", ">2", "> 5", "%", "%YAML 1.1\n", "---\n", "...\n", "@", "`", "${a}", "a[0] == 1",
     "\r", "\r\n", "\x00", "\x85", "\u2028", "\ufeff", "é", "😀", "\ud800", "\x07", "true", "~", "1", "'a' == b", '"a" == b', "k: v\n", "- x: 1\n  y: 2\n"]
)  # fmt: skip
YAMLISH = st.lists(PIECES, max_size=40).map("".join)


def check(text: str) -> None:
    node, problems = read(text)
    assert node is not None or problems.failed
    for item in problems:
        assert item.code in CODES
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end <= len(text)
        assert all(0 <= other.span.start <= other.span.end <= len(text) for other in item.related)
    for scalar in scalars(node):
        assert 0 <= scalar.span.start <= scalar.span.end <= len(text)
        for at in range(len(scalar.value)):
            span = scalar.locate(at, at + 1)
            assert scalar.span.start <= span.start <= span.end <= scalar.span.end
        assert scalar.kind == "string" or scalar.style == "plain"
    nested(node)


def nested(root: object) -> None:
    """A child's span lies in its parent's, and siblings come in order."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Entry):
            waiting.append(node.value)
        if not isinstance(node, (Mapping, Sequence)):
            continue
        children = node.items if isinstance(node, Sequence) else node.entries
        at = node.span.start
        for child in children:
            assert at <= child.span.start <= child.span.end <= node.span.end
            at = child.span.end
        if isinstance(node, Mapping):
            assert len(set(node.keys())) == len(node.entries)
        waiting += children


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    check(text)


@given(YAMLISH)
def test_anything_that_looks_like_yaml(text: str) -> None:
    check(text)


@given(st.binary(max_size=80))
def test_any_bytes(raw: bytes) -> None:
    problems = Problems()
    source = decode("file.yml", raw, problems)
    assert (source is None) == problems.failed
    if source is not None:
        check(source.text)


@given(YAMLISH)
def test_the_python_parser_never_raises_either(text: str) -> None:
    import pytest
    import yaml

    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader")
        check(text)
