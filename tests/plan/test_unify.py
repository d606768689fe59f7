"""What a start may be, for the holes that a plan has."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.expr.types import DYN, INT, STRING, ListType
from runbook_lang.expr.values import SecretRef, SecretText, Unknown
from runbook_lang.plan.entry import Entry
from runbook_lang.plan.holes import pieces
from runbook_lang.plan.unify import bindings, matches
from runbook_lang.surfaces.kinds import Request


def planned(**fields: Any) -> Entry:
    return Entry("loop[*]/a", "act", request=Request("x", **fields))


ONE, MANY, ANY = Unknown("one", STRING), Unknown("many", ListType(STRING)), Unknown("any", DYN)


@pytest.mark.parametrize(
    ("words", "real", "found"),
    [
        (("a", "b"), ("a", "b"), ()),
        (("a", "b"), ("a", "c"), None),
        (("a",), ("a", "b"), None),
        (("a", ONE, "c"), ("a", "b", "c"), (("one", "b"),)),
        (("a", ONE), ("a",), None),
        (("a", MANY, "z"), ("a", "z"), (("many", []),)),
        (("a", MANY, "z"), ("a", "1", "2", "z"), (("many", ["1", "2"]),)),
        (("a", MANY, "z"), ("a", "1", "2"), None),
        (("a", ANY), ("a", "1"), (("any", "1"),)),
        ((ANY, "-", MANY), ("1", "2", "-", "-"), (("any", ["1", "2"]), ("many", "-"))),
        ((Unknown("a/⟨id⟩/b"),), ("a/7/b",), (("id", "7"),)),
        ((Unknown("a/⟨id⟩/b"),), ("a/7/c",), None),
        ((Unknown("⟨x⟩.⟨y⟩"),), ("1.2",), (("x", "1"), ("y", "2"))),
        ((Unknown("⟨x⟩⟨y⟩!"),), ("12!",), ()),
        ((Unknown("a⟨x⟩a"),), ("a",), None),
        ((Unknown("v=⟨x⟩"),), ("v=",), (("x", ""),)),
        (("say ⟨x⟩",), ("say ⟨x⟩",), ()),
    ],
)
def test_words_fit_where_they_are_equal_or_stand_for_a_hole(words: Any, real: Any, found: Any) -> None:
    entry = planned(argv=words)
    assert bindings(entry, Request("x", argv=real)) == found
    assert matches(entry, "loop[k]/a", "main", Request("x", argv=real)) is (found is not None)


@pytest.mark.parametrize(
    ("field", "plan", "real", "fits"),
    [
        ("data", {"n": 1, "x": [True, None, "s"]}, {"n": 1, "x": [True, None, "s"]}, True),
        ("data", {"n": 1}, {"n": 1.0}, False),
        ("data", {"n": 1}, {"n": True}, False),
        ("data", {"n": Unknown("n", INT)}, {"n": 5}, True),
        ("data", {"n": Unknown("n", INT)}, {"m": 5}, False),
        ("data", {"x": [ANY]}, {"x": [1, 2]}, False),
        ("stdin", "a", "b", False),
        ("stdin", SecretRef("t"), SecretRef("t"), True),
        ("stdin", SecretRef("t"), SecretRef("u"), False),
        ("stdin", SecretText(("a ", SecretRef("t"))), SecretText(("a ", SecretRef("t"))), True),
        ("env", (("A", ONE),), (("A", "1"),), True),
        ("env", (("A", ONE),), (("B", "1"),), False),
        ("on", "root@⟨host⟩", "root@h1", True),
        ("on", "root@⟨host⟩", "bob@h1", False),
    ],
)
def test_the_other_parts_of_a_request_fit_likewise(field: str, plan: Any, real: Any, fits: bool) -> None:
    assert (bindings(planned(**{field: plan}), Request("x", **{field: real})) is not None) is fits


@pytest.mark.parametrize(
    ("path", "role", "executor"),
    [("loop[k]/b", "main", "x"), ("loop/a", "main", "x"), ("loop[k]/a", "undo", "x"), ("loop[k]/a", "main", "y")],
)
def test_another_place_role_or_executor_does_not_fit(path: str, role: str, executor: str) -> None:
    assert not matches(planned(argv=("a",)), path, role, Request(executor, argv=("a",)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain", [(False, "plain")]),
        ("a⟨b⟩c", [(False, "a"), (True, "b"), (False, "c")]),
        ("⟨a⟨b⟩c⟩d", [(True, "a⟨b⟩c"), (False, "d")]),
        ("a/⟨b", [(False, "a/"), (True, "b")]),
        ("a⟩/b", [(True, "a"), (False, "/b")]),
        ("", []),
    ],
)
def test_a_mixed_text_falls_into_pieces(text: str, found: list[tuple[bool, str]]) -> None:
    assert pieces(text) == found
