"""Questions, deeds and approvals."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.expr.tagged import dumps
from runbook_lang.machine.events import NeedExpired, NeedMet, StepWaived
from tests.machine.play import HANG, SECOND, Play, play, program_of


def asking(more: str) -> str:
    return f"runbook: x\nsteps:\n  - {{id: q, ask: {{answer: well?, {more}}}}}\n  - {{id: a, shell: 'echo ${{q.answer}} ${{q.by}}'}}\n"


@pytest.mark.parametrize(
    ("type_", "answer", "wrong"),
    [
        ("bool", True, 1),
        ("string", "x", True),
        ("int", 3, 2.5),
        ("number", 2.5, "2.5"),
        ("int, choices: [3, 4]", 4, 5),
    ],
)
def test_an_answer_of_the_right_type_is_taken_and_another_is_not(type_: str, answer: Any, wrong: Any) -> None:
    run = play(asking(f"type: {type_}"))
    assert run.waits == ["q: answer"]
    assert "wants" in run.refused(NeedMet, path="q", by="ana", value=dumps(wrong))
    run.meet("q", answer=answer)
    assert run.closed["result"] == "succeeded"
    assert run.commands[0].endswith(" ana")


def test_an_answer_that_is_no_value_is_refused() -> None:
    run = play(asking("type: int"))
    for value in ("", "{", "[1", '{"$timestamp": 3}'):
        assert run.refused(NeedMet, path="q", by="ana", value=value)


def test_nobody_answers_in_time() -> None:
    run = play(asking("type: int, within: 10m"))
    assert run.await_("q").deadline == run.now + 600 * SECOND
    assert "not expire yet" in run.refused(NeedExpired, path="q")
    run.expire("q")
    assert run.closed["failure"] == {"step": "q", "kind": "expired", "message": "nobody answered in time"}
    assert run.closed["exit"] == 3


def test_nobody_answers_in_time_and_there_is_a_default() -> None:
    run = play(asking("type: int, default: 7, within: 10m")).expire("q")
    assert run.commands == ["echo 7 "]
    assert run.closed["result"] == "succeeded"


def test_the_deadline_of_the_policy_holds_where_the_step_gives_none() -> None:
    text = "runbook: x\npolicy: policy.yml\nsteps: [{id: q, ask: {do: look}}]\n"
    run = play(text, policy_yml="zone: UTC\nwaits: {people: 2h}\n")
    assert run.await_("q").deadline == run.now + 7200 * SECOND


def test_a_deed_is_done_or_not() -> None:
    text = "runbook: x\nsteps: [{id: q, ask: {do: pull the plug}}]\n"
    assert play(text).meet("q").closed["result"] == "succeeded"
    run = play(text).meet("q", verdict="refused", note="no plug")
    assert run.closed["failure"]["message"] == "ana did not do it: no plug"
    assert run.closed["exit"] == 3


def test_an_approval_by_two_wants_two_people() -> None:
    text = "runbook: x\nsteps: [{id: q, ask: {approve: sure?, count: 2}}]\n"
    run = play(text).meet("q", by="ana")
    assert run.waits == ["q: approval"]
    assert "approved q already" in run.refused(NeedMet, path="q", by="ana", verdict="approved")
    assert run.meet("q", by="eva").closed["result"] == "succeeded"


ACT = "runbook: x\nsteps: [{id: a, approve: {text: sure?, count: 2}, shell: touch a}]\n"


def test_an_act_starts_only_with_all_its_approvals_for_these_words() -> None:
    run = play(ACT)
    assert run.waits == ["a: approval"]
    assert "for other words" in run.refused(NeedMet, path="a", by="ana", verdict="approved", bind="0" * 64)
    run.meet("a", by="ana")
    assert run.started == []
    assert "approved a already" in run.refused(NeedMet, path="a", by="ana", verdict="approved", bind=run.await_("a").bind)
    run.meet("a", by="eva")
    assert run.started == ["a"]


def test_one_refusal_is_enough() -> None:
    run = play(ACT).meet("a", by="ana").meet("a", by="eva", verdict="refused", note="not today")
    assert run.closed["failure"] == {"step": "a", "kind": "refused", "message": "eva refused: not today"}
    assert run.closed["exit"] == 3


def test_an_approval_that_is_not_given_expires() -> None:
    run = play(ACT).expire("a")
    assert run.closed["failure"]["kind"] == "expired"
    assert run.closed["exit"] == 3


def test_what_destroys_wants_at_least_the_approvals_of_the_policy() -> None:
    text = """
runbook: x
policy: policy.yml
steps: [{id: a, approve: true, effect: destroy, because: it does, shell: rm a}]
"""
    run = play(text, policy_yml="zone: UTC\napprovals: {destroy: 2}\n").meet("a", by="ana")
    assert run.started == []
    assert run.meet("a", by="eva").started == ["a"]


@pytest.mark.parametrize("step", ["ask: {approve: Drop it?, count: destroy}", "approve: {count: destroy}, shell: touch a"])
@pytest.mark.parametrize(("policy", "people"), [("zone: UTC\napprovals: {destroy: 2}\n", 2), ("zone: UTC\n", 1), ("", 1)])
def test_as_many_people_as_for_what_destroys(step: str, policy: str, people: int) -> None:
    named = "policy: policy.yml\n" if policy else ""
    text = f"runbook: x\n{named}steps: [{{id: a, {step}}}, {{id: b, shell: touch b}}]\n"
    run = play(text, **({"policy_yml": policy} if policy else {}))
    for name in ("ana", "eva")[:people]:
        assert "b" not in run.started
        run.meet("a", by=name)
    assert run.started[-1:] == ["b"]


@pytest.mark.parametrize("ask", ["answer: Go on?, type: bool", "do: Turn the switch"])
def test_a_question_for_a_role_takes_no_answer_of_others(ask: str) -> None:
    policy = "zone: UTC\npeople: {eva: {os_user: eva}}\napprovals: {roles: {devops: [eva]}}\n"
    run = play(f"runbook: x\npolicy: policy.yml\nsteps: [{{id: a, ask: {{{ask}, role: devops}}}}]\n", policy_yml=policy)
    wait = run.await_("a")
    assert wait.role == "devops"
    for verdict in ("approved", "refused"):
        assert "not in the role" in run.refused(NeedMet, path="a", by="ana", value="true", verdict=verdict)
    run.record(NeedMet, path="a", by="eva", value="true", verdict="approved")
    assert run.go().closed["result"] == "succeeded"


GUARDED = """
runbook: x
steps:
  - {id: a, guard: "now() < timestamp('1970-01-01T01:00:00Z')", approve: true, shell: touch a}
"""


def test_a_guard_that_turned_false_while_people_thought_refuses() -> None:
    run = play(GUARDED)
    run.now = 3601 * SECOND
    run.meet("a")
    assert run.started == []
    assert run.closed["failure"]["message"].startswith("its guard is false")


def test_what_was_decided_is_decided_again_when_the_run_is_taken_up() -> None:
    run = Play(program_of(GUARDED), {"a": HANG}).go()
    run.record(NeedMet, path="a", by="ana", verdict="approved", bind=run.await_("a").bind)
    assert [type(move).__name__ for move in run.moves] == ["Start"]
    run.resume(down=2 * 3600 * SECOND).go()
    assert run.started == []
    assert run.closed["exit"] == 3


def test_an_approval_stays_when_the_run_is_taken_up() -> None:
    run = Play(program_of(GUARDED)).go()
    run.record(NeedMet, path="a", by="ana", verdict="approved", bind=run.await_("a").bind)
    run.resume().go()
    assert run.started == ["a"]


def test_a_person_skips_what_waits_and_nothing_else() -> None:
    text = "runbook: x\nsteps: [{id: a, approve: true, shell: touch a}, {id: b, shell: touch b}]\noutputs: {a: '${a.state}'}\n"
    run = Play(program_of(text), {"b": HANG}).go()
    run.record(StepWaived, path="a", by="ana", why="not needed")
    run.go()
    assert "only a step that waits" in run.refused(StepWaived, path="b", by="ana", why="x")
    assert run.started == ["b"]
    run.end("b#1/main")
    assert run.go().outputs == {"a": "skipped"}
