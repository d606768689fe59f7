"""The notify executor without a run around it: the console, and what it says of other channels."""

from __future__ import annotations

import pytest

from runbook_lang.executors import conformance as kit
from runbook_lang.executors.conformance import FakeAttempt
from runbook_lang.executors.notify import NotifyExecutor
from runbook_lang.expr.values import SecretRef, Unknown
from runbook_lang.surfaces.kinds import ArgumentError
from runbook_lang.surfaces.notify import RESULT, SURFACE

NOTIFY = NotifyExecutor()


def test_a_message_reaches_the_console() -> None:
    attempt = FakeAttempt(SURFACE.request({"message": "Rollback listo: ñ"}))
    out = kit.check_executor(NOTIFY, attempt, RESULT)
    assert (out.ok, out.message) == (True, "")
    assert out.value == {"sent": True, "channel": "console", "told": ["console"], "owed": [], "failed": [], "links": []}
    assert attempt.output.text("message") == "Rollback listo: ñ\n"


def test_another_channel_falls_back_and_says_so() -> None:
    attempt = FakeAttempt(SURFACE.request({"message": "x", "to": ["ops", {"pager": "devops"}]}))
    out = kit.check_executor(NOTIFY, attempt, RESULT)
    assert (out.value["sent"], out.value["channel"]) == (False, "console")
    assert "ops, pager devops" in out.message
    assert attempt.output.text("message") == "x\n"


def test_nothing_is_said_after_a_cancel_or_with_an_unknown() -> None:
    attempt = FakeAttempt(SURFACE.request({"message": "x"}))
    attempt.cancel.raise_to(1)
    assert NOTIFY.run(attempt).kind == "killed"
    assert attempt.output.streams == {}
    assert NOTIFY.run(FakeAttempt(SURFACE.request({"message": Unknown("a.b")}))).kind == "refused"


@pytest.mark.parametrize("to", [SecretRef("s"), [""], [{}], {"slack": 3}, [["slack", "x"]], 7])
def test_what_names_nobody(to: object) -> None:
    with pytest.raises(ArgumentError):
        SURFACE.request({"message": "x", "to": to})


@pytest.mark.parametrize("message", ["", None, SecretRef("s")])
def test_what_is_no_message(message: object) -> None:
    with pytest.raises(ArgumentError):
        SURFACE.request({"message": message})
