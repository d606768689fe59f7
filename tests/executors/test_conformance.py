"""The conformance kit catches executors that break the contract."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import SECOND, FakeAttempt, mismatch
from runbook_lang.expr import types as t
from runbook_lang.expr.values import Duration, SecretRef, Timestamp
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.kinds import Request

RESULT = t.RecordType("result", {"n": t.INT, "names": t.ListType(t.STRING), "any": t.DYN})


class Stub:
    name = "stub"

    def __init__(self, act: Callable[[Any], Outcome]) -> None:
        self.run = act


def attempt(**more: Any) -> FakeAttempt:
    return FakeAttempt(Request("stub"), **more)


def raises(_: Any) -> Outcome:
    raise KeyError("x")


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (raises, "raised KeyError"),
        (lambda _: Outcome(ok=True, applied="maybe"), "applied is 'maybe'"),
        (lambda _: Outcome(ok=True, kind="exit"), "has no kind"),
        (lambda _: Outcome(ok=False, kind="oops", message="x"), "'oops' isn't one of"),
        (lambda _: Outcome(ok=False, kind="exit"), "needs a message"),
        (lambda _: Outcome(ok=False, kind="exit", message="a\nb"), "one line"),
        (lambda _: Outcome(ok=True, value={"m": 1}), "a field 'm'"),
        (lambda _: Outcome(ok=True, value={"n": 1.0}), "n is a double, not a int"),
        (lambda _: Outcome(ok=True, value={"names": ["a", None]}), r"names\[1\] is a null_type"),
        (lambda _: Outcome(ok=True, value={"any": object()}), "no value of an expression"),
        (lambda a: Outcome(ok=True, value={"any": a.reveal(SecretRef("s"))}), "secret s is in the outcome"),
    ],
)
def test_what_an_outcome_must_not_be(act: Callable[[Any], Outcome], words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        kit.check_executor(Stub(act), attempt(secrets={"s": "abc-def"}), RESULT)


def test_a_good_outcome_passes() -> None:
    good = Outcome(ok=True, value={"n": 1, "names": ["a"], "any": {"x": [Timestamp(0), Duration(1), None]}})
    assert kit.check_executor(Stub(lambda _: good), attempt(), RESULT) == good


def sleepy(seconds: float, kind: str, **more: Any) -> Stub:
    def act(_: Any) -> Outcome:
        time.sleep(seconds)
        return Outcome(ok=not kind, kind=kind, message=kind, **more)

    return Stub(act)


@pytest.mark.parametrize(
    ("stub", "words"),
    [
        (sleepy(0, ""), "isn't ok"),
        (sleepy(0, "exit"), "not 'timeout'"),
        (sleepy(0.2, "timeout"), "with a limit of"),
        (sleepy(0, "timeout", applied="yes"), "isn't known to have taken place"),
    ],
)
def test_a_limit_that_is_not_kept(stub: Stub, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        kit.check_limit(stub, attempt(limit_us=1000, effect="change"), slack_us=SECOND // 10)


@pytest.mark.parametrize(
    ("stub", "words"), [(sleepy(0, ""), "isn't ok"), (sleepy(0, "timeout"), "not 'killed'"), (sleepy(0.3, "killed"), "it went on")]
)
def test_a_cancel_that_is_not_kept(stub: Stub, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        kit.check_cancel(stub, attempt(), after_s=0.01, slack_us=SECOND // 10)


def test_a_secret_argument_that_is_not_refused() -> None:
    def starts(found: Any) -> Outcome:
        found.spawned(1)
        return Outcome(ok=False, applied="no", kind="refused", message="late")

    for stub, words in ((Stub(lambda _: Outcome(ok=True)), "must be refused"), (Stub(starts), "was started")):
        with pytest.raises(AssertionError, match=words):
            kit.check_secret_argv(stub, Request("stub", ("x",)))


@pytest.mark.parametrize(
    ("value", "type_", "fits"),
    [
        (1, t.INT, True),
        (True, t.INT, False),
        (1, t.DOUBLE, False),
        (None, t.STRING, False),
        (None, t.DYN, True),
        ({"a": 1}, t.MapType(t.STRING, t.INT), True),
        ({"a": "1"}, t.MapType(t.STRING, t.INT), False),
        ([1], t.MapType(t.STRING, t.INT), False),
        ({"a": {"b": 1}}, t.RecordType("r", {"a": t.RecordType("s", {"b": t.STRING})}), False),
        (Timestamp(0), t.TIMESTAMP, True),
        ("x", t.TIMESTAMP, False),
    ],
)
def test_values_against_types(value: Any, type_: t.Type, fits: bool) -> None:
    assert (mismatch(value, type_, "v") == "") is fits
