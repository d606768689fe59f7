"""The writers of JSON against Python's own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.base.json_text import encoder, indented

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_indented_is_what_json_writes(value: Any) -> None:
    assert indented(value) == json.dumps(value, ensure_ascii=False, indent=2)


@given(PLAIN)
def test_a_line_is_what_json_writes(value: Any) -> None:
    assert encoder(nan=True)(value) == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("value", [{1: "a"}, {None: 1}, [object()]])
def test_what_is_no_plain_data_is_an_error(value: Any) -> None:
    with pytest.raises(TypeError):
        indented(value)
