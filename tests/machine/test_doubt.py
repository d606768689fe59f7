"""A change without an outcome: its probe, or a person, says whether it took place. Nothing rescues a doubt."""

from __future__ import annotations

import pytest

from runbook_lang.machine.events import ActEnded, ActFound, ActLost, ActStarted, DoubtSettled
from runbook_lang.machine.moves import Locate
from tests.machine.play import EXIT_1, HANG, KILLED, TIMEOUT, Play, play, program_of

PROBED = """
runbook: x
steps:
  - id: t
    try:
      - id: a
        shell: touch a
        applied: {shell: test -f a, expect: "result.exit == 0"}
        undo: {shell: rm a}
    rescue: [{id: r, shell: touch r}]
outputs: {a: "${a.state}", r: "${r.state}"}
"""
BARE = "runbook: x\nsteps: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b}]\non_failure: [undo: all]\n"


@pytest.mark.parametrize("end", [TIMEOUT, KILLED])
def test_the_probe_says_yes(end: dict[str, object]) -> None:
    run = play(PROBED, {"a": end})
    assert run.started == ["a", "a#1/applied"]
    assert run.outputs == {"a": "done", "r": "pending"}


def test_the_probe_says_no_and_the_step_has_failed() -> None:
    run = play(PROBED, {"a": TIMEOUT, "a/applied": EXIT_1})
    assert run.started == ["a", "a#1/applied", "r"]
    assert run.outputs == {"a": "failed", "r": "done"}


@pytest.mark.parametrize(
    ("expect", "end"),
    [
        ("result.exit == 0", {"ok": False, "kind": "not_found", "applied": "no"}),
        ("result.exit == 0", TIMEOUT),
        ("result.lines[0] == 'x'", {}),
    ],
)
def test_a_probe_that_does_not_know_leaves_it_to_a_person_and_no_rescue_runs(expect: str, end: dict[str, object]) -> None:
    run = play(PROBED.replace("result.exit == 0", expect), {"a": TIMEOUT, "a/applied": end})
    assert run.waits == ["a: doubt"]
    assert run.started == ["a", "a#1/applied"]


def test_what_a_probe_printed_does_not_make_its_no_uncertain() -> None:
    text = PROBED.replace("result.exit == 0", "result.stdout == 'there'")
    run = play(text, {"a": TIMEOUT, "a/applied": {"stdout": "here, but not there"}})
    assert run.outputs == {"a": "failed", "r": "done"}


@pytest.mark.parametrize(
    ("applied", "started", "exit"),
    [("yes", ["a", "b"], 0), ("no", ["a"], 1), ("unknown", ["a"], 1)],
)
def test_a_person_says(applied: str, started: list[str], exit: int) -> None:
    run = play(BARE, {"a": TIMEOUT})
    assert run.waits == ["a: doubt"]
    run.settle("a#1/main", applied)
    assert run.started == started
    assert run.closed["exit"] == exit


def test_a_doubt_is_settled_in_words_that_are_known() -> None:
    run = play(BARE, {"a": TIMEOUT})
    assert "can't be settled as perhaps" in run.refused(DoubtSettled, id="a#1/main", applied="perhaps", by="ana")
    assert "did not say so" in run.refused(DoubtSettled, id="a#1/main", applied="unknown", by="probe")
    assert "not active" in run.refused(DoubtSettled, id="a#2/main", applied="yes", by="ana")


def test_a_doubt_whose_probe_is_being_asked_is_not_settled_meanwhile() -> None:
    run = play(PROBED, {"a": TIMEOUT, "a/applied": HANG})
    assert "still being asked" in run.refused(DoubtSettled, id="a#1/main", applied="yes", by="ana")


def test_an_end_has_to_say_whether_it_was_applied_in_known_words() -> None:
    run = play(BARE, {"a": HANG})
    assert "unknown word" in run.refused(ActEnded, id="a#1/main", ok=True, applied="perhaps")


def test_what_destroys_and_exit_codes_of_changes_are_no_doubt() -> None:
    assert play(BARE, {"a": EXIT_1}).closed["failure"]["kind"] == "exit"


def test_a_change_that_was_running_when_the_process_died_is_in_doubt() -> None:
    run = Play(program_of(PROBED), {"a": HANG}).go().resume()
    assert [move.id for move in run.moves if isinstance(move, Locate)] == ["a#1/main"]
    run.lose("a#1/main")
    assert run.started == ["a", "a#1/applied"]
    assert run.outputs["a"] == "done"


def test_a_change_that_left_no_trace_starts_again_after_a_crash() -> None:
    run = Play(program_of(PROBED), {"a#1/main": HANG, "a/applied": EXIT_1}).go().resume().lose("a#1/main")
    assert run.started == ["a", "a#1/applied", "a#2/main"]
    assert run.outputs["a"] == "done"


@pytest.mark.parametrize("step", ["shell: cat a", "shell: touch a, repeatable: true"])
def test_a_read_or_a_repeatable_change_just_runs_again(step: str) -> None:
    run = Play(program_of(f"runbook: x\nsteps: [{{id: a, {step}}}]\n"), {"a#1/main": HANG}).go().resume().lose("a#1/main")
    assert run.started == ["a", "a#2/main"]
    assert run.closed["result"] == "succeeded"


def test_an_attempt_that_outlived_the_process_is_awaited_before_anything_else() -> None:
    text = "runbook: x\nsteps: [{id: p, parallel: [{id: a, shell: touch a}, {id: b, wait: 1s}]}, {id: c, shell: touch c}]\n"
    run = Play(program_of(text), {"a": HANG}).go(timers=False).resume().find("a#1/main")
    assert [type(move).__name__ for move in run.moves] == ["Locate"]
    assert "not lost sight of" in run.refused(ActFound, id="a#1/main", pid=1)
    run.resume()
    run.find("a#1/main")
    run.lose("a#1/main")
    assert run.waits == ["a: doubt"]


def test_nothing_starts_before_all_are_found_or_lost() -> None:
    text = "runbook: x\nsteps: [{id: p, parallel: [{id: a, shell: cat a}, {id: b, shell: cat b}]}]\n"
    run = Play(program_of(text), {"a": HANG, "b": HANG}).go().resume()
    run.record(ActLost, id="a#1/main")
    assert [type(move).__name__ for move in run.moves] == ["Locate"]
    digest = next(event.argv_digest for event in run.events if isinstance(event, ActStarted))
    assert "found first" in run.refused(ActStarted, id="a#2/main", argv=["cat", "a"], argv_digest=digest)


def test_a_probe_that_was_running_is_looked_for_too_and_asked_again() -> None:
    run = Play(program_of(PROBED), {"a": TIMEOUT, "a#1/applied": HANG}).go().resume()
    assert [move.id for move in run.moves if isinstance(move, Locate)] == ["a#1/applied"]
    run.find("a#1/applied")
    run.resume()
    assert [move.id for move in run.moves if isinstance(move, Locate)] == ["a#1/applied"]
    run.lose("a#1/applied")
    assert run.started == ["a", "a#1/applied", "a#2/applied"]
    assert run.outputs["a"] == "done"


def test_a_probe_that_did_not_know_is_asked_again_when_the_run_is_taken_up() -> None:
    run = Play(program_of(PROBED), {"a": TIMEOUT, "a/applied": [TIMEOUT, {}]}).go()
    assert run.waits == ["a: doubt"]
    run.resume().go()
    assert run.started == ["a", "a#1/applied", "a#2/applied"]
    assert run.outputs["a"] == "done"


def test_a_probe_that_was_ended_by_a_cancel_is_asked_again_later() -> None:
    run = Play(program_of(PROBED), {"a": TIMEOUT, "a#1/applied": HANG}).go()
    run.cancel()
    run.end("a#1/applied", ok=False, kind="killed")
    assert run.moves == ()
    run.resume().go()
    assert run.outputs["a"] == "done"


def test_a_doubt_within_an_undo_wants_a_person() -> None:
    run = play(BARE, {"b": EXIT_1, "a/undo": TIMEOUT})
    assert run.waits == ["a#undo: doubt"]
    run.settle("a#1/undo", "yes")
    assert run.closed["undone"] == "complete"


GATEWAY = {"ok": False, "kind": "status", "applied": "unknown"}


def test_an_answer_that_says_nothing_of_the_change_is_asked_about_where_a_read_can_tell() -> None:
    assert play(PROBED, {"a": GATEWAY}).outputs == {"a": "done", "r": "pending"}
    assert play(PROBED, {"a": GATEWAY, "a/applied": EXIT_1}).outputs == {"a": "failed", "r": "done"}


@pytest.mark.parametrize("end", [GATEWAY | {"applied": "no"}, EXIT_1])
def test_a_refusal_and_an_exit_code_are_not_asked_about(end: dict[str, object]) -> None:
    assert play(PROBED, {"a": end}).started == ["a", "r"]


def test_without_such_a_read_it_is_a_failure() -> None:
    assert play(BARE, {"a": GATEWAY}).closed["failure"]["kind"] == "status"
