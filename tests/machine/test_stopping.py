"""Cancel, abort, resume: pauses and ends that come from outside."""

from __future__ import annotations

import pytest

from runbook_lang.machine.events import AbortAsked, ActStarted, IncidentOpened, RunClosed, RunOpened
from runbook_lang.machine.moves import EndAct, Locate
from tests.machine.play import EXIT_1, HANG, KILLED, TIMEOUT, Play, play, program_of

BOTH = """
runbook: x
steps:
  - {id: p, parallel: [{id: r, shell: cat r}, {id: c, shell: touch c}, {id: w, wait: 1h}]}
  - {id: d, shell: touch d}
"""


def ends(run: Play) -> dict[str, str]:
    return {move.id: move.how for move in run.moves if isinstance(move, EndAct)}


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        (0, {}),
        (1, {"r#1/main": "polite"}),
        (2, {"r#1/main": "polite", "c#1/main": "polite"}),
        (3, {"r#1/main": "now", "c#1/main": "now"}),
    ],
)
def test_each_level_of_cancel(level: int, wanted: dict[str, str]) -> None:
    run = Play(program_of(BOTH), {"r": HANG, "c": HANG}).go(timers=False)
    if level:
        run.cancel(level)
        assert run.timers == {}
    assert ends(run) == wanted


def test_after_a_cancel_nothing_starts_and_the_run_goes_on_when_taken_up() -> None:
    run = Play(program_of(BOTH), {"r#1/main": HANG, "c": HANG}).go(timers=False).cancel()
    run.end("r#1/main", ok=False, kind="killed")
    run.end("c#1/main")
    run.go()
    assert run.started == ["r", "c"]
    assert run.moves == ()
    run.resume().go()
    assert run.started == ["r", "c", "r#2/main", "d"]
    assert run.closed["result"] == "succeeded"


def test_a_cancelled_run_starts_nothing_and_tells_nobody() -> None:
    run = Play(program_of("runbook: x\nsteps: [{id: a, shell: touch a}]\n"))
    run.open()
    run.cancel()
    assert "cancelled" in run.refused(ActStarted, id="a#1/main", argv=["touch", "a"], argv_digest="")
    told = Play(program_of("runbook: x\nsteps: [{id: a, escalate: help}]\n"))
    told.open()
    told.cancel()
    assert "cancelled" in told.refused(IncidentOpened, id="a#1/main")


def test_a_change_that_was_killed_by_a_cancel_is_in_doubt() -> None:
    run = Play(program_of(BOTH), {"r": HANG, "c": HANG}).go(timers=False).cancel(3)
    run.end("r#1/main", **KILLED)
    run.end("c#1/main", **KILLED)
    run.resume()
    run.go(timers=False)
    assert run.waits == ["c: doubt"]


def test_orphans_are_not_looked_for_while_the_run_is_cancelled() -> None:
    run = Play(program_of(BOTH), {"r": HANG, "c": HANG}).go(timers=False).resume()
    assert len([move for move in run.moves if isinstance(move, Locate)]) == 2
    assert run.cancel().moves == ()
    assert len([move for move in run.resume().moves if isinstance(move, Locate)]) == 2


UNDOABLE = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: q, ask: {answer: go on?}}
  - {id: b, shell: touch b, undo: {shell: rm b}}
on_failure: [undo: all, escalate: help]
outputs: {a: "${a.state}"}
"""


def test_an_abort_ends_the_run_and_takes_no_failure_path() -> None:
    run = play(UNDOABLE).resume().abort()
    assert run.started == ["a"]
    assert run.told == []
    assert (run.closed["result"], run.closed["undone"], run.closed["exit"]) == ("aborted", "none", 6)
    assert run.outputs == {"a": "done"}


def test_an_abort_with_undo() -> None:
    run = play(UNDOABLE).resume().abort(undo=True)
    assert run.started == ["a", "a#1/undo"]
    assert (run.closed["result"], run.closed["undone"], run.closed["exit"]) == ("aborted", "complete", 6)


def test_an_abort_with_undo_whose_undo_fails() -> None:
    run = Play(program_of(UNDOABLE), {"a/undo": EXIT_1}).go().resume().abort(undo=True)
    assert (run.closed["result"], run.closed["exit"]) == ("aborted", 7)


def test_an_abort_waits_for_a_doubt_and_then_undoes() -> None:
    run = Play(program_of(UNDOABLE), {"b": TIMEOUT}).go().meet("q", answer=True)
    assert run.waits == ["b: doubt"]
    run.resume().abort(undo=True)
    assert run.waits == ["b: doubt"]
    run.settle("b#1/main", "yes")
    assert run.started == ["a", "b", "b#1/undo", "a#1/undo"]
    assert run.closed["exit"] == 6


def test_an_abort_of_what_was_running_looks_for_it_first() -> None:
    run = Play(program_of(UNDOABLE), {"b": HANG}).go().meet("q", answer=True).resume().abort(undo=True)
    assert [move.id for move in run.moves if isinstance(move, Locate)] == ["b#1/main"]
    run.lose("b#1/main").settle("b#1/main", "no")
    assert run.started == ["a", "b", "a#1/undo"]
    assert run.closed["undone"] == "complete"


def test_an_abort_before_the_locks_are_taken_runs_nothing() -> None:
    run = Play(program_of("runbook: x\nlocks: [l]\nsteps: [{id: a, shell: touch a}]\n"))
    run.open()
    run.resume().abort()
    assert run.started == []
    assert run.closed["exit"] == 6


def test_an_abort_of_what_is_through_changes_nothing() -> None:
    run = Play(program_of("runbook: x\nsteps: [{id: a, stop: succeeded}]\n"))
    run.open()
    run.resume().abort()
    assert run.closed["result"] == "succeeded"
    assert "closed" in run.refused(AbortAsked, by="ana")


ALWAYS = """
runbook: x
steps:
  - {id: t, try: [{id: a, shell: touch a}%s], always: [{id: z, shell: touch z}, {id: y, shell: touch y}]}
  - {id: b, shell: touch b}
on_failure: [{id: n, shell: touch n}]
"""


def test_always_runs_after_an_abort() -> None:
    run = play(ALWAYS % ", {id: q, ask: {do: look}}").resume().abort()
    assert run.started == ["a", "z", "y"]
    assert run.closed["exit"] == 6


def test_an_abort_in_always_lets_it_finish_and_nothing_after_it() -> None:
    run = Play(program_of(ALWAYS % ""), {"z#1/main": HANG}).go().resume()
    run.record(AbortAsked, by="ana")
    run.lose("z#1/main").settle("z#1/main", "yes")
    assert run.started == ["a", "z", "y"]
    assert run.closed["exit"] == 6


def test_nor_does_a_failure_before_always_go_on_after_the_abort() -> None:
    run = Play(program_of(ALWAYS % ""), {"a": EXIT_1, "z#1/main": HANG}).go().resume()
    run.record(AbortAsked, by="ana")
    run.lose("z#1/main").settle("z#1/main", "yes")
    assert run.started == ["a", "z", "y"]
    assert run.closed["result"] == "aborted"


def test_a_second_abort_cuts_always_short() -> None:
    run = Play(program_of(ALWAYS % ", {id: q, ask: {do: look}}"), {"z": HANG}).go().resume()
    run.record(AbortAsked, by="ana")
    run.go()
    run.resume().find("z#1/main")
    run.record(AbortAsked, by="ana")
    run.lose("z#1/main").settle("z#1/main", "yes")
    assert run.started == ["a", "z"]


def test_an_abort_while_undoing_stops_and_a_second_one_with_undo_goes_on() -> None:
    text = """
runbook: x
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: b, shell: touch b, undo: {shell: rm b}}
  - {id: c, shell: touch c}
on_failure: [undo: all]
"""
    run = Play(program_of(text), {"c": EXIT_1, "b/undo": HANG}).go().resume().abort()
    run.find("b#1/undo")
    run.record(AbortAsked, by="ana", undo=True)
    run.lose("b#1/undo").settle("b#1/undo", "yes")
    assert run.started[3:] == ["b#1/undo", "a#1/undo"]
    assert (run.closed["undone"], run.closed["exit"]) == ("complete", 6)


def test_a_run_of_another_program_is_refused() -> None:
    run = Play(program_of(BOTH))
    fields = {
        "run": "r",
        "rules": 1,
        "mode": "live",
        "runbook": "x",
        "plan": "",
        "inputs": "{}",
        "secret_names": [],
        "operator": "o",
        "host": "h",
    }
    assert "another program" in run.refused(RunOpened, program="other", **fields)
    assert "plays by" in run.refused(RunOpened, program=run.program.digest, **{**fields, "rules": 2})


def test_a_run_closes_with_its_own_outcome_only() -> None:
    run = Play(program_of("runbook: x\nsteps: [{id: a, stop: succeeded}]\n"))
    run.open()
    assert "not the one" in run.refused(RunClosed, outcome={"result": "failed"})


@pytest.mark.parametrize(
    ("steps", "on_failure", "world", "exit"),
    [
        ("shell: touch a", "", {}, 0),
        ("shell: touch a", "", {"a": EXIT_1}, 1),
        ("guard: 1 > 2, shell: touch a", "", {}, 3),
        ("guard: 1 > 2, shell: touch a", "undo: all", {}, 4),
        ("shell: touch a", "undo: all", {"a": EXIT_1}, 4),
        ("shell: touch a", "undo: all, escalate: help", {"a": EXIT_1}, 5),
        ("guard: 1 > 2, shell: touch a", "escalate: help", {}, 5),
        ("shell: touch a", "undo: all, escalate: help", {"a": EXIT_1, "z/undo": EXIT_1}, 7),
    ],
)
def test_the_most_urgent_thing_gives_the_exit(steps: str, on_failure: str, world: dict[str, object], exit: int) -> None:
    items = ", ".join(f"{{{item}}}" for item in on_failure.split(", ")) if on_failure else ""
    text = f"""
runbook: x
steps: [{{id: z, shell: touch z, undo: {{shell: rm z}}}}, {{id: a, {steps}}}]
{f"on_failure: [{items}]" if items else ""}
"""
    assert play(text, world).closed["exit"] == exit
