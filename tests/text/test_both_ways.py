"""Whatever the runbook: both forms say the same, one layout is the last one, and no comment is lost."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from runbook_lang.api.forms import File, comments, convert_source, form_of, format_source, parse, written
from runbook_lang.base.diagnostics import Problems, RunbookError
from runbook_lang.base.source import Source
from runbook_lang.model.build import build
from runbook_lang.model.meaning import meaning
from runbook_lang.syntax.tree import Entry, Scalar
from runbook_lang.syntax.trivia import elements
from tests.examples import many
from tests.text.books import BOOKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NAMES = {"text": "x.runbook", "yaml": "x.yml"}
UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\u202e\ufeff]")
"""What a file may hold only by its escape; JSON's own escapes of larger characters are two halves, which YAML doesn't put together."""
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def opened(text: str, form: str) -> File:
    return parse(Source(NAMES[form], text), form)


def said(file: File) -> Any:
    problems = Problems()
    runbook = build(file.tree, file.source, problems)
    if runbook is None or problems.failed:
        return None
    return meaning(runbook)


def with_comments(text: str, form: str, places: list[int]) -> str:
    """Comments before and behind some of the lines on which something begins."""
    file = opened(text, form)
    lines = text.split("\n")
    starts = file.source.starts
    begins = sorted({file.source.position(element.span.start)[0] - 1 for element in elements(file.tree)})
    inside: set[int] = set()
    for element in elements(file.tree):
        value = element.value if isinstance(element, Entry) else element
        if isinstance(value, Scalar):
            first, last = file.source.position(value.span.start)[0], file.source.position(max(value.span.start, value.span.end - 1))[0]
            inside.update(range(first, last))
            if last > first and form == "text":
                inside.add(first - 1)
    assert starts
    for number, place in enumerate(places):
        at = begins[place % len(begins)]
        if at in inside:
            continue
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        if place % 3 == 0:
            lines[at] += f"  # behind {number}"
        elif place % 3 == 1:
            lines[at] = f"\n{indent}# before {number}\n{lines[at]}"
        else:
            lines[at] = f"{indent}# before {number}\n\n{lines[at]}"
    return "\n".join(lines)


def check(book: dict[str, Any], places: list[int]) -> None:
    flow = opened(UNREADABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(book, ensure_ascii=False)), "yaml")
    meant = said(flow)
    if meant is None:
        reject()
    try:
        text = written(flow, "text")
    except RunbookError as error:  # only what has no place at the ends of its lines
        assert [item.code for item in error.diagnostics] == ["RB755"]
        assert "blanks" in error.diagnostics[0].message or "leave it out" in error.diagnostics[0].message
        reject()
    assert said(opened(text, "text")) == meant
    yaml = convert_source(Source("x.runbook", text), "text", "yaml")
    assert said(opened(yaml, "yaml")) == meant
    for form, start in (("text", text), ("yaml", yaml)):
        other = "yaml" if form == "text" else "text"
        assert format_source(Source(NAMES[form], start), form) == start
        noted = with_comments(start, form, places)
        count = sorted(comments(opened(noted, form)))
        once = format_source(Source(NAMES[form], noted), form)
        assert format_source(Source(NAMES[form], once), form) == once
        assert sorted(comments(opened(once, form))) == count
        there = convert_source(Source(NAMES[form], once), form, other)
        back = convert_source(Source(NAMES[other], there), other, form)
        assert said(opened(there, other)) == said(opened(back, form)) == meant
        assert sorted(comments(opened(there, other))) == sorted(comments(opened(back, form))) == count
        assert form_of(NAMES[form]) == form


@settings(max_examples=20, deadline=None, suppress_health_check=QUIET)
@given(BOOKS, st.lists(st.integers(0, 200), max_size=8))
def test_there_and_back(book: dict[str, Any], places: list[int]) -> None:
    check(book, places)


ODD = [":0", ":", "-0", "?0", ":a", "a:", "-", "--- a", "...", "a: b", "a :b", ":,", ":[", "-[", "?{", "=", "<<", "a?b", "? a", "!a", "%a", "@a", "`a",
       "a #", "#a", "~", "0x1", "\\", "'", '"', "&a", "*a", "|", ">", "{", "]", ",", "null", "true", "1.0", "-1", "one\ntwo", " a", "a ", "\t", "\u2028", "\ufeff", "\x07", "\x85", "\x7f", "\U0001f600"]  # fmt: skip


@pytest.mark.parametrize("title", ODD)
def test_a_text_that_yaml_could_take_for_something_else(title: str) -> None:
    step = {"id": "s", "title": title, "shell": ["ls", title], "sensitive": ["stdout"], "undo": {"shell": "ls", "title": title}}
    more = {"outputs": {"a": [title, {title: title}]}, "defaults": {"shell": {"env": {title: title}}}}
    for book in ({"title": title, "steps": [{"shell": "ls", "title": title}]}, {"steps": [step], **more}):
        check({"runbook": "x", **book}, [])
        check({"runbook": "x", **book}, [*range(8)])


def test_a_quoted_text_of_several_lines_keeps_its_layout() -> None:
    flow = opened(json.dumps({"runbook": "x", "steps": [{"escalate": {"message": "one\ntwo ${a}\n"}}]}), "yaml")
    text = written(flow, "text")
    assert format_source(Source("x.runbook", text), "text") == text
    yaml = convert_source(Source("x.runbook", text), "text", "yaml")
    assert convert_source(Source("x.yml", yaml), "yaml", "text") == text


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=many(2000, 20), deadline=None, suppress_health_check=QUIET)
@given(BOOKS, st.lists(st.integers(0, 200), max_size=12))
def test_there_and_back_long(book: dict[str, Any], places: list[int]) -> None:
    check(book, places)
