"""Undo: in strict reverse of success, and only once."""

from __future__ import annotations

import pytest

from runbook_lang.machine.events import StepWaived
from tests.machine.play import EXIT_1, HANG, NOT_STARTED, TIMEOUT, Play, play, program_of

THREE = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: b, shell: touch b, undo: {shell: rm b}}
  - {id: c, shell: touch c, undo: {shell: rm c}}
  - {id: d, shell: touch d}
on_failure: [undo: all, escalate: help]
"""


def test_the_last_success_is_undone_first() -> None:
    run = play(THREE, {"d": EXIT_1})
    assert run.commands[4:] == ["rm c", "rm b", "rm a"]
    assert (run.closed["undone"], run.closed["exit"]) == ("complete", 5)


def test_a_step_that_failed_without_effect_is_not_undone() -> None:
    run = play(THREE, {"c": NOT_STARTED})
    assert run.commands[3:] == ["rm b", "rm a"]


def test_the_order_is_that_of_success_across_branches_and_loops() -> None:
    text = """
runbook: x
inputs: {l: {type: list}}
steps:
  - {id: p, parallel: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b, undo: {shell: rm b}}]}
  - {id: f, for_each: {over: l, as: i, key: i, max: 5, steps: [{id: c, shell: "touch ${i}", undo: {shell: "rm ${i}"}}]}}
  - {id: d, shell: touch d}
on_failure: [undo: all]
"""
    run = Play(program_of(text), {"a": HANG, "d": EXIT_1}).go({"l": ["u", "v"]})
    run.end("a#1/main")
    run.go()
    assert run.commands[-4:] == ["rm v", "rm u", "rm a", "rm b"]


def test_an_undo_that_fails_stops_the_rest_and_is_not_tried_again() -> None:
    run = play(THREE, {"d": EXIT_1, "b/undo": EXIT_1})
    assert run.commands[4:] == ["rm c", "rm b"]
    assert (run.closed["undone"], run.closed["exit"]) == ("incomplete", 7)
    assert run.told == ["help"]


def test_a_failed_undo_of_a_call_is_not_tried_again_by_the_caller() -> None:
    called = """
runbook: called
steps: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b}]
on_failure: [undo: all]
"""
    text = """
runbook: x
steps: [{id: z, shell: touch z, undo: {shell: rm z}}, {id: sub, call: called.yml}]
on_failure: [undo: all]
"""
    run = play(text, {"sub/b": EXIT_1, "sub/a/undo": EXIT_1}, called_yml=called)
    assert run.commands == ["touch z", "touch a", "touch b", "rm a"]
    assert run.closed["undone"] == "incomplete"
    good = play(text, {"sub/b": EXIT_1}, called_yml=called)
    assert good.commands == ["touch z", "touch a", "touch b", "rm a", "rm z"]
    assert good.closed["exit"] == 4


def test_undo_all_in_a_call_leaves_what_the_caller_did() -> None:
    called = "runbook: called\nsteps: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: u, undo: all}]\n"
    text = "runbook: x\nsteps: [{id: z, shell: touch z, undo: {shell: rm z}}, {id: sub, call: called.yml}]\n"
    assert play(text, called_yml=called).commands == ["touch z", "touch a", "rm a"]


def test_the_caller_undoes_what_a_call_did() -> None:
    called = "runbook: called\nsteps: [{id: a, shell: touch a, undo: {shell: rm a}}]\n"
    text = "runbook: x\nsteps: [{id: sub, call: called.yml}, {id: z, shell: touch z}]\non_failure: [undo: [sub]]\n"
    assert play(text, {"z": EXIT_1}, called_yml=called).commands == ["touch a", "touch z", "rm a"]


def test_a_named_step_is_undone_also_out_of_its_turn() -> None:
    run = play(THREE.replace("undo: all", "undo: [a]"), {"d": EXIT_1})
    assert run.commands[4:] == ["rm a"]


def test_what_was_settled_is_not_undone_and_nothing_before_it() -> None:
    text = THREE.replace("{id: c, shell: touch c, undo: {shell: rm c}}", "{id: c, shell: touch c, undo: {shell: rm c}, settles: [b]}")
    run = play(text, {"d": EXIT_1})
    assert run.commands[4:] == ["rm c"]
    assert run.closed["undone"] == "complete"


def test_where_all_is_settled_nothing_was_undone() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: b, shell: touch b, settles: [a]}
  - {id: c, shell: touch c}
on_failure: [undo: all]
"""
    run = play(text, {"c": EXIT_1})
    assert len(run.started) == 3
    assert (run.closed["undone"], run.closed["exit"]) == ("none", 1)


CALLED = """
runbook: called
steps: [{id: check, shell: "true"}]
"""
BESIDE = {
    "set": "{id: b, set: {x: 1}, settles: [a]}",
    "wait": "{id: b, wait: 5m, settles: [a]}",
    "a choose": "{id: b, choose: [{when: 'true', steps: [{shell: cat b}]}], settles: [a]}",
    "parallel": "{id: b, parallel: [{shell: cat b}, {shell: cat c}], settles: [a]}",
    "a loop": "{id: b, for_each: {over: '[1, 2]', as: i, steps: [{shell: cat b}]}, settles: [a]}",
    "a try that was rescued": "{id: b, try: [{id: bad, shell: cat b}], rescue: [{shell: cat c}], settles: [a]}",
    "a call": "{id: b, call: called.yml, settles: [a]}",
    "an undo": "{id: b, undo: z, settles: [a]}",
    "an escalation": "{id: b, escalate: look, settles: [a]}",
    "an action that may fail": "{id: b, shell: cat b, may_fail: true, settles: [a]}",
    "a guarded set": "{id: b, set: {x: 1}, guard: 'true', settles: [a]}",
}
NOT_DONE = {
    "a set that is skipped": "{id: b, set: {x: 1}, when: 'false', settles: [a]}",
    "a set whose guard is false": "{id: b, set: {x: 1}, guard: 'false', settles: [a]}",
    "a set that fails and may": "{id: b, set: {x: 1 / 0}, may_fail: true, settles: [a]}",
    "an action that fails and may": "{id: bad, shell: cat b, may_fail: true, settles: [a]}",
    "a loop of which a turn failed": "{id: b, for_each: {over: '[1]', as: i, steps: [{id: bad, shell: cat b}]}, may_fail: true, settles: [a]}",
    "a call that failed": "{id: b, call: failing.yml, may_fail: true, settles: [a]}",
}
AROUND = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: z, shell: touch z, undo: {shell: rm z}}
  - %s
  - {id: d, shell: touch d}
on_failure: [undo: all]
"""
FILES = {"called_yml": CALLED, "failing_yml": "runbook: called\nsteps: [{stop: failed}]\n"}


@pytest.mark.parametrize("step", BESIDE.values(), ids=BESIDE)
def test_a_step_of_any_kind_settles_once_it_is_done(step: str) -> None:
    run = play(AROUND % step, {"d": EXIT_1, "bad": EXIT_1, "b[0]/bad": EXIT_1}, **FILES)
    assert "rm a" not in run.commands
    assert "rm z" in run.commands


@pytest.mark.parametrize("step", NOT_DONE.values(), ids=NOT_DONE)
def test_a_step_that_is_not_done_settles_nothing(step: str) -> None:
    run = play(AROUND % step, {"d": EXIT_1, "bad": EXIT_1, "b[0]/bad": EXIT_1}, **FILES)
    assert run.commands[-2:] == ["rm z", "rm a"]


def test_an_answer_settles_and_a_refusal_does_not() -> None:
    text = AROUND % "{id: b, ask: {do: Look at it}, settles: [a]}"
    run = play(text, {"d": EXIT_1}).meet("b")
    assert run.commands[-1:] == ["rm z"]
    run = play(text, {"d": EXIT_1}).meet("b", verdict="refused")
    assert run.commands[-2:] == ["rm z", "rm a"]


def test_a_question_that_a_person_lets_go_settles_nothing() -> None:
    run = play(AROUND % "{id: b, ask: {do: Look at it}, settles: [a]}", {"d": EXIT_1})
    run.record(StepWaived, path="b", by="ana", why="seen already")
    assert run.go().commands[-2:] == ["rm z", "rm a"]


def test_what_a_loop_did_can_be_settled_as_a_whole() -> None:
    text = """
runbook: x
steps:
  - {id: f, for_each: {over: '[1, 2]', as: i, steps: [{id: a, shell: "touch ${i}", undo: {shell: "rm ${i}"}}]}}
  - {id: b, set: {x: 1}, settles: [f]}
  - {id: d, shell: touch d}
on_failure: [undo: all]
"""
    assert play(text, {"d": EXIT_1}).closed["undone"] == "none"


def test_a_step_settles_one_outside_of_its_loop_and_one_of_its_own_turn() -> None:
    text = """
runbook: x
inputs: {l: {type: list}}
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - id: f
    for_each:
      over: l
      as: i
      key: i
      max: 3
      steps:
        - {id: b, shell: "touch ${i}", undo: {shell: "rm ${i}"}}
        - {id: c, when: i == 'u', shell: "cat ${i}", settles: [%s]}
  - {id: d, shell: touch d}
on_failure: [undo: all]
"""
    own = play(text % "b", {"d": EXIT_1}, inputs={"l": ["u", "v"]})
    assert own.commands[-1:] == ["rm v"]
    assert own.notes[-1] == "undo_1: undo"
    outer = play(text % "a", {"d": EXIT_1}, inputs={"l": ["u", "v"]})
    assert outer.commands[-2:] == ["rm v", "rm u"]


def test_the_undo_of_a_loop_undoes_its_turns() -> None:
    text = """
runbook: x
inputs: {l: {type: list}}
steps:
  - {id: f, for_each: {over: l, as: i, key: i, max: 3, steps: [{id: b, shell: "touch ${i}", undo: {shell: "rm ${i}"}}]}}
  - {id: d, shell: touch d}
on_failure: [undo: [%s]]
"""
    assert play(text % "f", {"d": EXIT_1}, inputs={"l": ["u", "v"]}).commands[-2:] == ["rm v", "rm u"]


def test_the_words_of_an_undo_are_those_of_the_moment_of_success() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: "rm ${a.stdout}"}}
  - {id: b, shell: touch b}
on_failure: [undo: all]
"""
    run = play(text, {"a": {"stdout": "made"}, "b": EXIT_1})
    assert run.commands[-1] == "rm made"


def test_an_undo_whose_words_cannot_be_made_is_incomplete() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: "rm ${a.lines[0]}"}}
  - {id: b, shell: touch b}
on_failure: [undo: all]
"""
    run = play(text, {"a": {"lines": []}, "b": EXIT_1})
    assert len(run.started) == 2
    assert run.closed["exit"] == 7


def test_the_expectation_of_an_undo_sees_the_names_of_its_place() -> None:
    text = """
runbook: x
inputs: {l: {type: list}}
steps:
  - id: f
    for_each:
      over: l
      as: i
      max: 3
      steps: [{id: b, shell: "touch ${i}", undo: {shell: "rm ${i}", expect: "result.stdout == i + '!'"}}]
  - {id: sub, call: called.yml}
  - {id: d, shell: touch d}
on_failure: [undo: all]
"""
    called = """
runbook: called
steps:
  - {id: name, set: {v: "'q'"}}
  - {id: c, shell: touch c, undo: {shell: rm c, expect: result.stdout == name.v}}
"""
    world = {"d": EXIT_1, "f[0]/b/undo": {"stdout": "u!"}, "sub/c/undo": {"stdout": "q"}}
    run = play(text, world, inputs={"l": ["u"]}, called_yml=called)
    assert run.closed["undone"] == "complete"


def test_an_undo_in_a_rescue_is_done_and_not_done_again() -> None:
    text = """
runbook: x
steps:
  - id: t
    try: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b}]
    rescue: [{id: u, undo: all}]
  - {id: c, shell: touch c}
on_failure: [undo: all]
"""
    run = play(text, {"b": EXIT_1, "c": EXIT_1})
    assert run.commands == ["touch a", "touch b", "rm a", "touch c"]


def test_two_unwindings_side_by_side_undo_a_step_once() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: b, shell: touch b, undo: {shell: rm b}}
  - {id: p, parallel: [{id: u, undo: [a, b]}, {id: v, undo: [a, b]}]}
"""
    run = Play(program_of(text), {"a/undo": HANG, "b/undo": HANG}).go()
    for id_ in list(run.running()):
        run.end(id_)
        run.go()
    for id_ in list(run.running()):
        run.end(id_)
        run.go()
    assert sorted(run.commands[2:]) == ["rm a", "rm b"]
    assert run.closed["undone"] == "complete"


def test_an_unwinding_that_was_stopped_goes_on_in_a_later_one() -> None:
    text = """
runbook: x
steps:
  - {id: z, shell: touch z, undo: {shell: rm z}}
  - id: p
    parallel:
      - {id: sub, call: called.yml}
      - {id: w, shell: touch w}
on_failure: [undo: all]
"""
    called = """
runbook: called
steps: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b, undo: {shell: rm b}}, {id: c, shell: touch c}]
on_failure: [undo: all]
"""
    run = Play(program_of(text, called_yml=called), {"sub/c": EXIT_1, "sub/b/undo": HANG, "w": HANG}).go()
    run.end("w#1/main", ok=False, kind="exit")
    run.end("sub/b#1/undo")
    run.go()
    assert run.commands[-3:] == ["rm b", "rm a", "rm z"]
    assert run.closed["undone"] == "complete"


def test_an_undo_is_tried_again_by_its_own_retry_and_keeps_counting() -> None:
    text = """
runbook: x
steps: [{id: a, shell: touch a, undo: {shell: rm a, retry: {times: 2}}}, {id: b, shell: touch b}]
on_failure: [undo: all]
"""
    run = play(text, {"b": EXIT_1, "a/undo": [NOT_STARTED, {}]})
    assert run.started[2:] == ["a#1/undo", "a#2/undo"]
    assert run.closed["undone"] == "complete"


def test_a_timed_out_undo_is_a_doubt_and_no_failure() -> None:
    run = play(THREE, {"d": EXIT_1, "c/undo": TIMEOUT})
    assert run.waits == ["c#undo: doubt"]
    run.settle("c#1/undo", "no")
    assert run.closed["undone"] == "incomplete"


LOOP = """
runbook: x
steps:
  - id: l
    for_each:
      over: "['u', 'v', 'w']"
      as: i
      key: i
      max: 3
      LIMIT
      steps:
        - id: t
          try: [{id: a, when: i != 'v', shell: "touch ${i}", undo: {shell: "rm ${i}"}}, {id: b, shell: "touch b-${i}"}]
          rescue: [{id: r, DO}]
  - {id: end, shell: touch end}
on_failure: [undo: all]
"""


@pytest.mark.parametrize("limit", ["limit: 1", ""])
def test_a_turn_without_an_undo_of_its_own_leaves_those_of_the_other_turns(limit: str) -> None:
    text = LOOP.replace("LIMIT", limit).replace("DO", "undo: [a]")
    run = play(text, {"l[v]/b": EXIT_1})
    assert [command for command in run.commands if command.startswith("rm")] == []
    run = play(text, {"l[w]/b": EXIT_1})
    assert [command for command in run.commands if command.startswith("rm")] == ["rm w"]


def test_a_turn_settles_nothing_of_the_other_turns() -> None:
    text = LOOP.replace("LIMIT", "limit: 1").replace("DO", "shell: touch r, settles: [a]")
    run = play(text, {"l[v]/b": EXIT_1, "end": EXIT_1})
    assert run.commands[-2:] == ["rm w", "rm u"]


def test_a_repeatable_change_without_an_outcome_is_in_doubt_where_an_undo_hangs_on_it() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, repeatable: true, retry: {times: 2, every: 1s}, MORE}
on_failure: [undo: all]
"""
    probed = text.replace("MORE", "undo: {shell: rm a}, applied: {shell: test -f a, expect: result.exit == 0}")
    run = play(probed, {"a": TIMEOUT})
    assert run.started == ["a", "a#2/main", "a#1/applied"]
    assert run.closed["result"] == "succeeded"
    assert play(text.replace("MORE", "undo: {shell: rm a}"), {"a": TIMEOUT}).waits == ["a: doubt"]
    assert play(text.replace(", MORE", ""), {"a": TIMEOUT}).closed["failure"]["kind"] == "timeout"


def test_what_a_rescue_undid_is_not_the_undo_of_what_failed_later() -> None:
    text = """
runbook: x
steps:
  - id: t
    try: [{id: a, shell: touch a, undo: {shell: rm a}}, {id: b, shell: touch b}]
    rescue: [{id: u, undo: all}]
  - {id: c, shell: touch c, undo: {shell: rm c}}
  - {id: d, shell: touch d}
"""
    run = play(text, {"b": EXIT_1, "d": EXIT_1})
    assert (run.closed["undone"], run.closed["exit"]) == ("none", 1)
    run = play(text + "on_failure: [undo: all]\n", {"b": EXIT_1, "d": EXIT_1})
    assert (run.closed["undone"], run.closed["exit"]) == ("complete", 4)
