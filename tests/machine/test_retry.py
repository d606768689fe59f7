"""When a failed attempt is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_lang.machine.acts import LONGEST_PAUSE_US, pause_after
from runbook_lang.machine.events import StepRetried, StepWaived, TimerFired
from runbook_lang.model.nodes import Retry
from tests.machine.play import EXIT_1, HANG, MINUTE, NOT_STARTED, SECOND, TIMEOUT, Play, play, program_of


def step(more: str, shell: str = "cat a") -> str:
    return f"runbook: x\nsteps: [{{id: a, {more}, shell: {shell}}}]\n"


def test_a_read_is_tried_as_often_as_is_said() -> None:
    run = play(step("retry: {times: 3, every: 10s}"), {"a": EXIT_1}, start=0)
    assert run.started == ["a", "a#2/main", "a#3/main"]
    assert run.closed["failure"]["kind"] == "exit"
    assert run.now >= 20 * SECOND


def test_the_first_that_passes_ends_it() -> None:
    run = play(step("retry: {times: 5}, expect: size(result.lines) > 0"), {"a": [EXIT_1, {}, {"lines": ["x"]}]})
    assert run.started == ["a", "a#2/main", "a#3/main"]
    assert run.closed["result"] == "succeeded"


def test_no_attempt_begins_after_the_time_for_all() -> None:
    run = play(step("retry: {every: 40s, for: 100s}"), {"a": EXIT_1}, start=SECOND)
    assert run.started == ["a", "a#2/main", "a#3/main"]


def test_time_while_the_process_was_dead_does_not_count() -> None:
    run = Play(program_of(step("retry: {every: 40s, for: 100s}")), {"a": EXIT_1}, start=SECOND).go(timers=False)
    run.resume(down=60 * MINUTE)
    run.go()
    assert run.started == ["a", "a#2/main", "a#3/main", "a#4/main"]  # the second at once, as its pause is over


def test_a_timer_does_not_fire_early() -> None:
    run = Play(program_of(step("retry: {times: 2, every: 10s}")), {"a": EXIT_1}).go(timers=False)
    assert "no timer that is due" in run.refused(TimerFired, path="a")


@pytest.mark.parametrize(
    ("factor", "longest", "pauses"),
    [(1.0, None, [10, 10, 10]), (2.0, None, [10, 20, 40]), (3.0, 50, [10, 30, 50]), (1e200, 50, [10, 50, 50])],
)
def test_pauses(factor: float, longest: int | None, pauses: list[int]) -> None:
    retry = Retry(every=10, factor=factor, longest=longest)
    assert [pause_after(retry, n) for n in (1, 2, 3)] == pauses


def test_a_pause_has_an_end_however_it_grows() -> None:
    assert pause_after(Retry(every=10, factor=1e300), 400) == LONGEST_PAUSE_US


@pytest.mark.parametrize(
    ("more", "end", "attempts"),
    [
        ("retry: {times: 2}", EXIT_1, 1),
        ("retry: {times: 2}", NOT_STARTED, 2),
        ("retry: {times: 2}, repeatable: true", EXIT_1, 2),
        ("retry: {times: 2}, repeatable: true", TIMEOUT, 2),
        ("retry: {times: 2}, expect: size(result.lines) > 0", {}, 1),
        ("retry: {times: 2}, expect: size(result.lines) > 0, repeatable: true", {}, 2),
    ],
)
def test_a_change_is_tried_again_only_where_that_does_no_harm(more: str, end: dict[str, Any], attempts: int) -> None:
    run = play(step(more, "touch a"), {"a": end})
    assert len(run.started) == attempts
    assert run.closed["exit"] == 1


def test_an_attempt_that_took_effect_can_be_undone_though_the_last_one_did_not_start() -> None:
    text = """
runbook: x
steps: [{id: a, shell: touch a, repeatable: true, retry: {times: 2}, expect: size(result.lines) > 0, undo: {shell: rm a}}]
on_failure: [undo: all]
"""
    run = play(text, {"a": [{}, NOT_STARTED]})
    assert run.started == ["a", "a#2/main", "a#1/undo"]
    assert run.closed["undone"] == "complete"


def test_so_can_one_that_a_person_let_go_while_it_waited_for_its_next_attempt() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, repeatable: true, retry: {times: 2}, expect: size(result.lines) > 0, undo: {shell: rm a}}
  - {id: b, shell: touch b}
on_failure: [undo: all]
"""
    run = Play(program_of(text), {"b": EXIT_1}).go(timers=False)
    run.record(StepWaived, path="a", by="ana", why="good enough")
    run.go()
    assert run.started == ["a", "b", "a#1/undo"]


def test_a_person_can_ask_for_the_next_attempt_now() -> None:
    run = Play(program_of(step("retry: {times: 2, every: 1h}")), {"a": [EXIT_1, {}]}).go(timers=False)
    run.record(StepRetried, path="a", by="ana")
    assert run.go(timers=False).closed["result"] == "succeeded"
    again = Play(program_of(step("retry: {times: 2}")), {"a": HANG}).go()
    assert "not waiting" in again.refused(StepRetried, path="a", by="ana")


def test_a_probe_does_not_count_as_an_attempt_of_its_step() -> None:
    text = """
runbook: x
steps:
  - id: a
    shell: touch a
    retry: {times: 2, every: 10s, factor: 3}
    applied: {shell: test -f a, expect: result.exit == 0}
"""
    run = Play(program_of(text), {"a": TIMEOUT, "a/applied": EXIT_1}, start=0).go(timers=False)
    assert run.started == ["a", "a#1/applied"]
    assert run.timers["a"] - run.now == 10 * SECOND
    run.go()
    assert run.started == ["a", "a#1/applied", "a#2/main", "a#2/applied"]
    assert run.closed["failure"]["kind"] == "timeout"


def test_a_probe_has_a_retry_of_its_own() -> None:
    text = """
runbook: x
steps: [{id: a, shell: touch a, applied: {shell: cat a, retry: {times: 3, every: 10s}, expect: size(result.lines) > 0}}]
"""
    run = Play(program_of(text), {"a": TIMEOUT, "a/applied": [EXIT_1, EXIT_1, {"lines": ["x"]}]}).go(timers=False)
    assert run.timers.keys() == {"a#applied"}
    run.go()
    assert run.started == ["a", "a#1/applied", "a#2/applied", "a#3/applied"]
    assert run.closed["result"] == "succeeded"
