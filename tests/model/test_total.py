"""Whatever a file holds, reading it ends in a model or in diagnostics, each with a place and a known code."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.base.catalogue import rb3xx
from runbook_lang.base.diagnostics import Problems
from runbook_lang.model.build import build
from runbook_lang.model.fields import STEP_KEYS, TABLES
from runbook_lang.model.policy_build import build_policy
from runbook_lang.model.policy_fields import TABLES as POLICY_TABLES
from tests.model.reading import tree

WORDS = sorted({key for table in TABLES.values() for key in table} | set(STEP_KEYS) | {"zzz", "x"})
POLICY_WORDS = sorted({key for table in POLICY_TABLES.values() for key in table} | {"P1", "devops"})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, 1e300]),
    st.sampled_from(["", "x", "a-b", "all", "10s", "${x}", "${", "a + ", "é", "24x7", "mon 10:00-11:00", "2026-01-01", "ed25519:x"]),
    st.text(max_size=6),
)


def documents(words: list[str]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(words)
    return st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=25)


def check(problems: Problems, made: object) -> None:
    for item in problems:
        assert item.span is not None
        assert 0 <= item.span.start <= item.span.end <= len(item.span.source.text)
        assert re.fullmatch(r"RB[12]\d\d", item.code) or item.code in rb3xx.CODES
        assert item.message
    assert made is not None or problems.failed


@settings(max_examples=120, deadline=None)
@given(documents(WORDS))
def test_any_tree_can_be_read_as_a_runbook(data: Any) -> None:
    problems = Problems()
    node = tree(json.dumps(data, ensure_ascii=False))
    check(problems, build(node, node.span.source, problems))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(WORDS), documents(WORDS), min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_steps_can_be_read(steps: list[Any]) -> None:
    problems = Problems()
    node = tree(json.dumps({"runbook": "case", "steps": steps}, ensure_ascii=False))
    check(problems, build(node, node.span.source, problems))


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(POLICY_WORDS), documents(POLICY_WORDS), max_size=5))
def test_any_tree_can_be_read_as_a_policy(data: Any) -> None:
    problems = Problems()
    node = tree(json.dumps(data, ensure_ascii=False))
    check(problems, build_policy(node, node.span.source, problems))
