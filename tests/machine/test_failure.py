"""The failure path: try, rescue, always, may_fail, on_failure; guards and expectations."""

from __future__ import annotations

import pytest

from runbook_lang.machine.events import NeedMet
from runbook_lang.machine.moves import EndAct
from tests.machine.play import EXIT_1, HANG, NOT_STARTED, Play, play, program_of

REFUSED_CONNECTION = {"ok": False, "kind": "refused", "applied": "no"}


def test_a_false_guard_refuses_the_step_and_the_exit_says_so() -> None:
    run = play("runbook: x\ninputs: {n: {type: int}}\nsteps: [{id: a, guard: n > 1, shell: touch a}]\n", inputs={"n": 1})
    assert run.started == []
    assert run.closed["failure"] == {"step": "a", "kind": "refused", "message": "its guard is false: n > 1"}
    assert (run.closed["result"], run.closed["exit"]) == ("refused", 3)


def test_a_connection_that_is_refused_is_no_refusal_of_the_run() -> None:
    run = play("runbook: x\nsteps: [{id: a, shell: touch a}]\n", {"a": REFUSED_CONNECTION})
    assert run.closed["failure"]["kind"] == "refused"
    assert (run.closed["result"], run.closed["exit"]) == ("failed", 1)


def test_an_error_in_a_guard_is_never_false() -> None:
    run = play("runbook: x\ninputs: {n: {type: int}}\nsteps: [{id: a, guard: 1 / n > 0, shell: touch a}]\n", inputs={"n": 0})
    assert run.started == []
    assert run.closed["failure"]["kind"] == "error"
    assert run.closed["exit"] == 1


@pytest.mark.parametrize(
    ("kind", "ran"),
    [
        ("escalate: help", []),
        ("set: {v: n}", []),
        ("ask: {answer: how many, type: int}", []),
        ("wait: 1s", []),
        ("call: called.yml", []),
        ("parallel: [{id: p, shell: touch p}]", []),
        ("stop: succeeded", []),
    ],
)
def test_a_guard_holds_beside_every_kind_and_its_step_is_then_failed(kind: str, ran: list[str]) -> None:
    text = f"""
runbook: x
inputs: {{n: {{type: int}}}}
steps:
  - {{id: s, guard: n > 1, {kind}, may_fail: true}}
  - {{id: after, shell: "echo ${{n}}"}}
outputs: {{after: "${{after.state}}"}}
"""
    called = "runbook: called\nsteps: [{id: c, shell: touch c}]\n"
    run = play(text, inputs={"n": 1}, called_yml=called)
    assert run.started == [*ran, "after"]
    assert run.told == []
    assert "s: refused" in run.notes


def test_what_a_refused_step_stands_for() -> None:
    text = """
runbook: x
inputs: {n: {type: int}}
steps:
  - {id: s, guard: n > 1, set: {v: n}, may_fail: true}
outputs: {state: "${s.state}", kind: "${has(s.error) ? s.error.kind : ''}"}
"""
    assert play(text, inputs={"n": 1}).outputs == {"state": "failed", "kind": "refused"}
    assert play(text, inputs={"n": 2}).outputs == {"state": "done", "kind": ""}


@pytest.mark.parametrize(
    ("expect", "end", "result"),
    [
        ("result.exit == 3", {"ok": False, "kind": "exit", "applied": "unknown", "exit": 3}, "succeeded"),
        ("result.exit == 3", {"exit": 0}, "failed"),
        ("result.stdout == 'x'", {"ok": False, "kind": "exit", "exit": 3, "stdout": "x"}, "failed"),
        ("result.exit == 0", {"ok": False, "kind": "timeout"}, "failed"),
        ("result.lines[2] == 'x'", {"lines": ["x"]}, "failed"),
        ("size(result.lines) == 1", {"lines": ["x"]}, "succeeded"),
    ],
)
def test_expectations(expect: str, end: dict[str, object], result: str) -> None:
    run = play(f'runbook: x\nsteps: [{{id: a, shell: cat a, expect: "{expect}"}}]\n', {"a": end})
    assert run.closed["result"] == result


def test_a_step_that_passed_in_spite_of_its_exit_is_ok() -> None:
    run = play(
        "runbook: x\nsteps: [{id: a, shell: cat a, expect: result.exit == 3}]\nsuccess: a.ok && a.exit == 3\n",
        {"a": {"ok": False, "kind": "exit", "exit": 3}},
    )
    assert run.closed["result"] == "succeeded"


TRY = """
runbook: x
steps:
  - id: t
    try: [{id: a, shell: touch a}, {id: b, shell: touch b}]
    rescue: [{id: c, shell: "echo ${failure.step} ${failure.kind}"}]
    always: [{id: d, shell: touch d}]
  - {id: e, shell: touch e}
outputs: {t: "${t.state}"}
"""


@pytest.mark.parametrize(
    ("world", "started", "result"),
    [
        ({}, ["a", "b", "d", "e"], "succeeded"),
        ({"a": EXIT_1}, ["a", "c", "d", "e"], "succeeded"),
        ({"a": EXIT_1, "c": EXIT_1}, ["a", "c", "d"], "failed"),
        ({"d": EXIT_1}, ["a", "b", "d"], "failed"),
        ({"a": EXIT_1, "d": EXIT_1}, ["a", "c", "d"], "failed"),
    ],
)
def test_try_rescue_always(world: dict[str, object], started: list[str], result: str) -> None:
    run = play(TRY, world)
    assert run.started == started
    assert run.closed["result"] == result
    assert run.outputs == {"t": "done" if result == "succeeded" else "failed"}
    if "c" in started:
        assert "echo a exit" in run.commands


def test_the_failure_that_always_interrupted_goes_on_even_if_always_fails() -> None:
    text = "runbook: x\nsteps: [{id: t, try: [{id: a, shell: touch a}], always: [{id: d, shell: touch d}]}]\n"
    run = play(text, {"a": EXIT_1, "d": EXIT_1})
    assert run.closed["failure"]["step"] == "a"


def test_a_failure_is_the_one_around_again_after_an_inner_rescue() -> None:
    run = play("""
runbook: x
steps:
  - {id: a, shell: touch a}
on_failure:
  - id: t
    try: [{id: b, shell: touch b}]
    rescue: [{id: c, shell: "echo ${failure.step}"}]
  - {id: d, escalate: "${failure.step} failed"}
""", {"a": EXIT_1, "b": EXIT_1})  # fmt: skip
    assert run.commands[-1] == "echo b"
    assert run.told == ["a failed"]


def test_a_failure_handled_in_a_branch_is_not_seen_outside() -> None:
    run = play("""
runbook: x
steps:
  - {id: a, shell: touch a}
on_failure:
  - id: p
    parallel:
      - id: t
        try: [{id: b, shell: touch b}]
        rescue: [{id: c, shell: touch c}]
      - {id: e, shell: touch e}
  - {id: d, escalate: "${failure.step} failed"}
""", {"a": EXIT_1, "b": EXIT_1})  # fmt: skip
    assert run.told == ["a failed"]


def test_may_fail_records_the_failure_and_goes_on() -> None:
    run = play(
        "runbook: x\nsteps: [{id: a, shell: touch a, may_fail: true}, {id: b, shell: touch b}]\noutputs: {a: '${a.state}'}\n", {"a": EXIT_1}
    )
    assert run.started == ["a", "b"]
    assert run.outputs == {"a": "failed"}
    assert run.closed["exit"] == 0


def test_every_item_of_on_failure_is_tried_and_the_first_failure_stays() -> None:
    run = play("""
runbook: x
steps: [{id: a, shell: touch a}]
on_failure:
  - {id: b, shell: touch b}
  - {id: c, guard: b.ok, shell: touch c}
  - {id: d, escalate: "help with ${failure.summary}"}
  - {id: e, shell: touch e}
""", {"a": {**EXIT_1, "message": "no room"}, "b": EXIT_1})  # fmt: skip
    assert run.started == ["a", "b", "e"]
    assert run.told == ["help with a: no room"]
    assert run.closed["failure"]["step"] == "a"


def test_fail_fast_starts_nothing_new_ends_reads_and_awaits_changes() -> None:
    text = """
runbook: x
steps:
  - id: p
    parallel:
      limit: 3
      branches:
        a: [{id: a, shell: touch a}, {id: a2, shell: touch a2}]
        r: [{id: r, shell: cat r}, {id: r2, shell: touch r2}]
        b: [{id: b, shell: touch b}]
        n: [{id: n, shell: touch n}]
outputs: {a: "${a.state}", r: "${r.state}", n: "${n.state}"}
"""
    run = Play(program_of(text), {"a": HANG, "r": HANG, "b": EXIT_1}).go()
    assert run.started == ["a", "r", "b"]
    assert [(move.id, move.how) for move in run.moves if isinstance(move, EndAct)] == [("r#1/main", "polite")]
    run.end("r#1/main", ok=False, kind="killed")
    run.go()
    run.end("a#1/main")
    run.go()
    assert run.started == ["a", "r", "b"]
    assert run.closed["failure"]["step"] == "b"
    assert run.outputs == {"a": "done", "r": "failed", "n": "pending"}


def test_fail_late_lets_the_others_go_on() -> None:
    text = """
runbook: x
inputs: {l: {type: list}}
steps: [{id: p, for_each: {over: l, as: i, key: i, max: 9, limit: 2, fail: late, steps: [{id: a, shell: "touch ${i}"}]}}]
outputs: {items: "${p.items}"}
"""
    run = play(text, {"p[u]/a": EXIT_1, "p[w]/a": NOT_STARTED}, inputs={"l": ["u", "v", "w", "x"]})
    assert [event["ok"] for event in run.outputs["items"]] == [False, True, False, True]
    assert run.closed["failure"]["step"] == "p[u]/a"


def test_a_need_beside_a_failed_branch_is_given_up() -> None:
    text = """
runbook: x
steps:
  - id: p
    parallel:
      - {id: q, ask: {answer: well?, type: bool}}
      - {id: w, wait: 1h}
      - {id: a, shell: touch a}
outputs: {q: "${q.state}", w: "${w.state}"}
"""
    run = play(text, {"a": EXIT_1})
    assert run.outputs == {"q": "stopped", "w": "stopped"}


def test_an_approval_for_a_branch_that_was_given_up_comes_too_late() -> None:
    text = "runbook: x\nsteps: [{id: p, parallel: [{id: q, approve: true, shell: touch q}, {id: a, shell: touch a}]}]\n"
    run = Play(program_of(text), {"a": HANG}).go()
    bind = run.await_("q").bind
    run.end("a#1/main", ok=False, kind="exit")
    assert "nothing is running" in run.refused(NeedMet, path="q", by="ana", verdict="approved", bind=bind)


def test_stop_in_a_branch_ends_the_scope_and_awaits_what_runs() -> None:
    text = """
runbook: x
steps:
  - id: p
    parallel:
      branches: {a: [{id: a, shell: touch a}, {id: a2, shell: touch a2}], s: [{id: r, shell: cat r}, {id: s, stop: succeeded}], n: [{id: n, wait: 1h}]}
  - {id: z, shell: touch z}
"""
    run = Play(program_of(text), {"a": HANG}).go()
    assert run.running() == ["a#1/main"]
    run.end("a#1/main")
    run.go()
    assert run.started == ["a", "r"]
    assert run.closed["result"] == "succeeded"


STOP_BESIDE = """
runbook: x
steps:
  - {id: z, shell: touch z, undo: {shell: rm z}}
  - id: p
    parallel:
      fail: FAIL
      branches: {one: [{id: a, shell: touch a}], two: [{id: b, shell: touch b}, {id: s, stop: succeeded}]}
  - {id: c, shell: touch c}
on_failure: [undo: all]
"""


@pytest.mark.parametrize("first", ["a#1/main", "b#1/main"])
@pytest.mark.parametrize("fail", ["fast", "late"])
def test_a_stop_in_a_branch_hides_no_failure_of_another(fail: str, first: str) -> None:
    run = Play(program_of(STOP_BESIDE.replace("FAIL", fail)), {"a#1/main": HANG, "b#1/main": HANG}).go()
    for id_ in (first, *(id_ for id_ in ("a#1/main", "b#1/main") if id_ != first)):
        run.end(id_, **(EXIT_1 if id_.startswith("a") else {}))
        run.go()
    assert run.commands == ["touch z", "touch a", "touch b", "rm z"]
    assert (run.closed["failure"]["step"], run.closed["exit"]) == ("a", 4)


def test_a_loop_that_is_stopped_after_a_failure_goes_no_further_and_has_failed() -> None:
    text = """
runbook: x
steps:
  - id: l
    for_each:
      over: "[1, 2, 3]"
      as: i
      max: 3
      limit: 1
      fail: late
      steps: [{id: a, shell: "touch ${string(i)}"}, {id: s, stop: succeeded}]
"""
    run = play(text, {"l[0]/a": EXIT_1})
    assert run.commands == ["touch 1", "touch 2"]
    assert run.closed["failure"]["step"] == "l[0]/a"
