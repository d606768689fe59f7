"""Values as plain data: what documents show of them, and what is sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_lang.expr.plain import KeyClash, plain
from runbook_lang.expr.values import FALSE_KEY, TRUE_KEY, Duration, SecretRef, Timestamp, TypeValue, Unknown
from runbook_lang.plan.shown import plain as shown

NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ([None, True, 1, 2.5, "x"], [None, True, 1, 2.5, "x"]),
        ({TRUE_KEY: "a", 1: "b", "x": {FALSE_KEY: 1}}, {"true": "a", "1": "b", "x": {"false": 1}}),
        ([Timestamp(0), Duration(90 * 10**9)], ["1970-01-01T00:00:00Z", "90s"]),
        ([TypeValue("int"), TypeValue("google.protobuf.Duration")], ["int", "google.protobuf.Duration"]),
    ],
)
def test_what_is_shown_is_what_is_sent(value: Any, data: Any) -> None:
    assert shown(value) == data
    assert plain(value, str, exact=True) == data


@pytest.mark.parametrize("value", [{1: "int", "1": "string"}, [{TRUE_KEY: 0, "true": 0}]])
def test_keys_that_are_one_as_text_are_not_sent(value: Any) -> None:
    with pytest.raises(KeyClash, match="twice once its keys are texts"):
        plain(value, str, exact=True)


def test_keys_that_are_one_as_text_are_all_shown() -> None:
    value = {1: "int", TRUE_KEY: "bool", "1": {"t": TypeValue("int")}}
    assert shown(value) == {"$map": [[1, "int"], [True, "bool"], ["1", {"t": "int"}]]}


def test_numbers_that_json_has_not_are_shown_as_text() -> None:
    assert shown([NAN, INFINITY, -INFINITY]) == ["NaN", "+Inf", "-Inf"]
    with pytest.raises(ValueError, match="JSON"):
        json.dumps(plain(INFINITY, str, exact=True), allow_nan=False)


def test_secrets_and_holes_are_shown_by_name() -> None:
    assert shown({"s": SecretRef("pw"), "h": [Unknown("a.b")]}) == {"s": "${pw}", "h": ["⟨a.b⟩"]}
