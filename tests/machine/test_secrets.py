"""Secrets that steps bring: the machine knows handles, and which read brings one back after a crash."""

from __future__ import annotations

from runbook_lang.expr.values import SecretRef
from runbook_lang.machine.events import ActStarted, NeedMet, RefillDone
from runbook_lang.machine.moves import Refill, Start
from tests.machine.play import Play, program_of

TEXT = """
runbook: x
steps:
  - {id: get, shell: cat token, sensitive: [stdout]}
  - {id: wait, ask: {do: look}}
  - {id: use, shell: {command: touch a, stdin: "${get.stdout}"}}
"""
HANDLE = "get#stdout"


def taken() -> Play:
    return Play(program_of(TEXT), {"get": {"stdout": SecretRef(HANDLE), "taint": (HANDLE,)}}).go()


def test_a_secret_travels_as_a_handle() -> None:
    run = taken()
    run.record(NeedMet, path="wait", by="ana", verdict="approved")
    start = next(move for move in run.moves if isinstance(move, Start))
    assert start.request.stdin == SecretRef(HANDLE)


def test_after_a_crash_the_read_is_made_again_before_its_secret_is_used() -> None:
    run = taken().resume()
    run.record(NeedMet, path="wait", by="ana", verdict="approved")
    assert run.moves == (Refill(HANDLE, "get"),)
    assert run.state.sources["get"][1].argv == ("cat", "token")
    digest = run.state.tree.child.child.digest  # type: ignore[union-attr]  # the second step of the root
    assert "read again first" in run.refused(ActStarted, id="use#1/main", argv=["touch", "a"], argv_digest=digest)
    run.record(RefillDone, handle=HANDLE)
    assert [type(move).__name__ for move in run.moves] == ["Start"]
    assert "is not missing" in run.refused(RefillDone, handle=HANDLE)


def test_a_secret_is_not_wanted_back_where_nothing_uses_it() -> None:
    run = taken().resume()
    assert [type(move).__name__ for move in run.moves] == ["Await"]
