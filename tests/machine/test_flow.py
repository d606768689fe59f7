"""What each kind of step does when nothing goes wrong, and what its name stands for afterwards."""

from __future__ import annotations

import pytest

from runbook_lang.machine.events import Note
from runbook_lang.machine.moves import Start
from tests.machine.play import EXIT_1, HANG, MINUTE, SECOND, Play, play, program_of


def test_a_false_when_skips_the_step_and_all_inside_of_it() -> None:
    run = play("""
runbook: x
inputs: {go: {type: bool}}
steps:
  - {id: a, when: go, shell: touch a}
  - id: both
    when: go
    parallel: [{id: b, shell: touch b}, {id: c, shell: touch c}]
  - {id: d, when: "!a.ok && b.state == 'skipped'", shell: touch d}
outputs: {a: "${a.state}", b: "${b.state}", both: "${both.state}", d: "${d.state}"}
""", inputs={"go": False})  # fmt: skip
    assert run.started == ["d"]
    assert run.outputs == {"a": "skipped", "b": "skipped", "both": "skipped", "d": "done"}
    assert run.notes[:2] == ["a: skipped", "both: skipped"]


def test_an_error_in_when_fails_the_step() -> None:
    run = play("runbook: x\ninputs: {n: {type: int}}\nsteps:\n  - {id: a, when: 1 / n == 1, shell: touch a}\n", inputs={"n": 0})
    assert run.started == []
    assert run.closed["failure"]["kind"] == "error"
    assert run.closed["failure"]["step"] == "a"


CHOOSE = """
runbook: x
inputs: {n: {type: int}}
steps:
  - id: pick
    choose:
      - {when: n == 1, steps: [{id: one, shell: touch one}]}
      - {when: n > 1, steps: [{id: many, shell: touch many}]}
outputs: {pick: "${pick.state}", one: "${one.state}", many: "${many.state}"}
"""


def test_choose_takes_the_first_arm_that_fits_and_skips_the_others() -> None:
    one = play(CHOOSE, inputs={"n": 1})
    assert (one.started, one.outputs) == (["one"], {"pick": "done", "one": "done", "many": "skipped"})
    many = play(CHOOSE, inputs={"n": 7})
    assert (many.started, many.outputs) == (["many"], {"pick": "done", "one": "skipped", "many": "done"})


def test_choose_without_a_fitting_arm_fails() -> None:
    run = play(CHOOSE, inputs={"n": 0})
    assert run.started == []
    assert run.closed["failure"] == {"step": "pick", "kind": "no_arm", "message": "no arm fits and there is no else"}
    assert run.outputs["pick"] == "failed"


def test_parallel_starts_no_more_than_its_limit() -> None:
    text = """
runbook: x
steps:
  - id: all
    parallel:
      limit: 2
      branches: {p: [{id: a, shell: touch a}], q: [{id: b, shell: touch b}], r: [{id: c, shell: touch c}]}
"""
    run = Play(program_of(text), {"a": HANG, "b": HANG, "c": HANG}).go()
    assert run.started == ["a", "b"]
    run.end("a#1/main")
    run.go()
    assert run.started == ["a", "b", "c"]


def test_branches_do_not_see_each_other_and_are_all_visible_afterwards() -> None:
    run = play("""
runbook: x
steps:
  - id: both
    parallel:
      - {id: a, shell: echo a}
      - {id: b, shell: echo b}
  - {id: c, shell: "echo ${a.stdout} ${b.stdout}"}
""", {"a": {"stdout": "A"}, "b": {"stdout": "B"}})  # fmt: skip
    assert run.commands[-1] == "echo A B"


def test_a_loop_goes_in_the_order_of_its_list_and_gives_a_value_a_turn() -> None:
    run = play("""
runbook: x
inputs: {names: {type: list}}
steps:
  - id: all
    for_each: {over: names, as: name, key: name, max: 5, steps: [{id: make, shell: "touch ${name}"}], yield: make.exit}
  - {id: after, shell: "echo ${all.items[1].key}"}
outputs: {items: "${all.items}"}
""", inputs={"names": ["p", "q"]})  # fmt: skip
    assert run.started == ["all[p]/make", "all[q]/make", "after"]
    assert run.commands == ["touch p", "touch q", "echo q"]
    assert run.outputs["items"] == [{"key": "p", "ok": True, "value": 0}, {"key": "q", "ok": True, "value": 0}]


LOOP = """
runbook: x
inputs: {names: {type: list}}
steps:
  - id: all
    for_each: {over: names, as: name, key: name, max: 2, limit: 2, steps: [{id: make, shell: "touch ${name}"}]}
outputs: {items: "${all.items}", state: "${all.state}"}
"""


def test_a_loop_over_nothing_is_done() -> None:
    run = play(LOOP, inputs={"names": []})
    assert run.outputs == {"items": [], "state": "done"}


def test_a_loop_fails_for_equal_keys_keys_that_are_no_words_and_too_many_items() -> None:
    for names, word in ((["a", "a"], "not unique"), (["a/b"], "holds one of"), ([""], "empty"), (["a", "b", "c"], "max is 2")):
        run = play(LOOP, inputs={"names": names})
        assert run.started == []
        assert word in run.closed["failure"]["message"]


def test_a_loop_with_a_limit_goes_side_by_side() -> None:
    run = Play(program_of(LOOP), {"all[a]/make": HANG, "all[b]/make": HANG}).go({"names": ["a", "b"]})
    assert run.started == ["all[a]/make", "all[b]/make"]
    assert run.running() == ["all[a]/make#1/main", "all[b]/make#1/main"]


def test_a_step_of_a_loop_that_has_not_run_is_pending_and_no_error() -> None:
    run = play("""
runbook: x
inputs: {names: {type: list}}
steps:
  - id: all
    for_each:
      over: names
      as: name
      max: 3
      steps:
        - id: both
          try: [{id: a, shell: touch a}, {id: b, shell: touch b}]
          rescue: [{id: c, when: "b.state == 'pending' && !b.ok", shell: touch c}]
""", {"all[0]/a": EXIT_1}, inputs={"names": ["n"]})  # fmt: skip
    assert run.started == ["all[0]/a", "all[0]/c"]
    assert run.closed["result"] == "succeeded"


CALLED = """
runbook: called
inputs: {name: {type: string}, times: {type: int, default: 2}}
steps:
  - {id: make, shell: "echo ${name} ${times}"}
outputs: {said: "${make.stdout}"}
"""


def test_a_call_has_names_of_its_own_and_gives_its_outputs_only() -> None:
    run = play("""
runbook: x
steps:
  - {id: make, shell: echo outer}
  - {id: sub, call: {runbook: called.yml, inputs: {name: "${make.stdout}"}}}
  - {id: last, shell: "echo ${sub.said} ${make.stdout}"}
""", {"make": {"stdout": "outer"}, "sub/make": {"stdout": "inner"}}, called_yml=CALLED)  # fmt: skip
    assert run.started == ["make", "sub/make", "last"]
    assert run.commands == ["echo outer", "echo outer 2", "echo inner outer"]


def test_a_failure_in_a_call_is_that_of_the_step_inside() -> None:
    text = "runbook: x\nsteps:\n  - {id: sub, call: {runbook: called.yml, inputs: {name: n}}}\noutputs: {state: '${sub.state}'}\n"
    run = play(text, {"sub/make": EXIT_1}, called_yml=CALLED)
    assert run.closed["failure"]["step"] == "sub/make"
    assert run.outputs == {"state": "failed"}


def test_an_input_of_a_call_has_to_fit_at_run_time_too() -> None:
    text = """
runbook: x
inputs: {n: {type: string}}
steps: [{id: sub, call: {runbook: called.yml, inputs: {id: "${n}"}}}]
"""
    called = "runbook: called\ninputs: {id: {type: string, format: uuid}}\nsteps: [{id: a, shell: 'echo ${id}'}]\n"
    run = play(text, inputs={"n": "no uuid"}, called_yml=called)
    assert run.started == []
    assert "expected a UUID" in run.closed["failure"]["message"]


def test_stop_ends_the_nearest_scope_only() -> None:
    called = "runbook: called\nsteps:\n  - {id: a, stop: succeeded}\n  - {id: b, shell: touch b}\n"
    run = play("runbook: x\nsteps:\n  - {id: sub, call: called.yml}\n  - {id: c, shell: touch c}\n", called_yml=called)
    assert run.started == ["c"]
    assert run.closed["result"] == "succeeded"


def test_what_a_stop_says_in_a_call_is_noted_where_it_says_it() -> None:
    called = """
runbook: called
inputs: {n: int}
steps:
  - {id: a, for_each: {over: "[n]", as: i, max: 1, steps: [{id: b, stop: {as: succeeded, message: "Nothing to do for ${i}"}}]}}
"""
    text = "runbook: x\nsteps: [{id: sub, call: {runbook: called.yml, inputs: {n: 7}}}, {id: end, stop: {as: succeeded, message: Well}}]\n"
    run = play(text, called_yml=called)
    assert [(note.path, note.what, note.text) for note in run.events if isinstance(note, Note)] == [
        ("sub/a[0]/b", "stopped", "as succeeded: Nothing to do for 7")
    ]
    failing = called.replace("succeeded", "failed")
    run = play(text.replace("id: sub,", "id: sub, may_fail: true,"), called_yml=failing)
    assert [(note.path, note.what) for note in run.events if isinstance(note, Note)] == [("sub/a[0]/b", "stopped"), ("sub", "passed over")]


def test_stop_failed_in_a_call_is_a_failure_of_the_call_and_not_handled_inside() -> None:
    called = "runbook: called\nsteps:\n  - {id: a, stop: failed}\non_failure: [{id: b, shell: touch b}]\n"
    text = "runbook: x\nsteps:\n  - id: t\n    try: [{id: sub, call: called.yml}]\n    rescue: [{id: c, shell: touch c}]\n"
    run = play(text, called_yml=called)
    assert run.started == ["c"]
    assert run.closed["result"] == "succeeded"


def test_an_output_that_cannot_be_made_takes_the_failure_path() -> None:
    run = play("""
runbook: x
steps:
  - {id: a, shell: echo a, undo: {shell: rm a}}
  - id: t
    set: {l: a.lines}
on_failure: [undo: all]
outputs: {first: "${t.l[3]}"}
""")  # fmt: skip
    assert run.started == ["a", "a#1/undo"]
    assert run.closed["failure"]["step"] == "outputs.first"
    assert run.closed["exit"] == 4


def test_waits_end_at_their_moment() -> None:
    run = play("runbook: x\nsteps:\n  - {id: w, wait: 5m}\n", start=0).state
    assert run.phase == "closed"
    waiting = Play(program_of("runbook: x\nsteps:\n  - {id: w, wait: 5m}\n")).go(timers=False)
    assert waiting.timers == {"w": 5 * MINUTE}


def test_a_wait_for_a_moment_that_is_past_ends_at_once() -> None:
    text = "runbook: x\nsteps:\n  - {id: w, wait: {at: '2026-01-01T00:00:00Z'}}\n"
    run = Play(program_of(text), start=1_767_300_000 * SECOND).go(timers=False)
    assert run.timers["w"] < run.now
    assert run.go().closed["result"] == "succeeded"


def test_a_wait_for_a_moment_that_is_none_fails() -> None:
    run = play("runbook: x\ninputs: {t: {type: string}}\nsteps:\n  - {id: w, wait: {at: '${t}'}}\n", inputs={"t": "noon"})
    assert run.closed["failure"]["step"] == "w"
    assert run.closed["failure"]["kind"] == "error"


POLICY = "zone: UTC\nwindows: {night: {hours: 'mon-sun 02:00-04:00'}}\n"
HOUR = 3600 * SECOND


def test_a_window_that_closed_while_nobody_was_there_is_waited_for_anew() -> None:
    text = "runbook: x\npolicy: policy.yml\nsteps:\n  - {id: w, wait: {window: night}}\n  - {id: a, shell: touch a}\n"
    run = Play(program_of(text, policy_yml=POLICY), start=0).go(timers=False)
    assert run.timers == {"w": 2 * HOUR}
    run.resume(down=5 * HOUR).go(timers=False)
    assert run.timers == {"w": 26 * HOUR}
    run.go()
    assert run.started == ["a"]


def test_a_timer_that_fires_when_the_window_is_closed_again_is_set_anew() -> None:
    text = "runbook: x\npolicy: policy.yml\nsteps:\n  - {id: w, wait: {window: night}}\n"
    run = Play(program_of(text, policy_yml=POLICY), start=0).go(timers=False)
    run.now = 5 * HOUR
    run._take(next(iter(run.moves)))
    assert run.timers == {"w": 26 * HOUR}


@pytest.mark.parametrize(("hour", "is_open"), [(1, False), (2, True), (3, True), (4, False)])
def test_an_expression_can_ask_whether_a_window_is_open(hour: int, is_open: bool) -> None:
    text = """
runbook: x
policy: policy.yml
steps:
  - {id: s, set: {open: window("night"), at: now()}}
  - {id: a, when: '!window("night")', shell: touch a}
outputs: {open: "${s.open}", late: "${s.at > timestamp('1970-01-01T00:30:00Z')}"}
"""
    run = Play(program_of(text, policy_yml=POLICY), start=hour * HOUR).go()
    assert run.outputs == {"open": is_open, "late": True}
    assert run.started == ([] if is_open else ["a"])


def test_a_window_that_came_out_of_an_expression_and_is_none_fails_the_step() -> None:
    text = "runbook: x\npolicy: policy.yml\ninputs: {w: {type: string}}\nsteps:\n  - {id: s, set: {open: window(w)}}\n"
    run = Play(program_of(text, policy_yml=POLICY)).go({"w": "noon"})
    assert run.closed["failure"]["message"] == "open: the policy has no window 'noon'"


def test_the_window_of_a_runbook_holds_its_changes_and_not_its_reads_or_undos() -> None:
    text = """
runbook: x
policy: policy.yml
window: night
steps:
  - {id: look, shell: cat a}
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: b, shell: touch b}
on_failure: [undo: all]
"""
    run = Play(program_of(text, policy_yml=POLICY), {"b": EXIT_1}, start=0).go(timers=False)
    assert run.started == ["look"]
    assert run.timers == {"a": 2 * HOUR}
    run.resume(down=5 * HOUR).go(timers=False)
    assert run.timers == {"a": 26 * HOUR}
    run.now = 26 * HOUR
    run.go(timers=False)
    run._take(next(iter(run.moves)))
    run.world["a"] = HANG
    run.go(timers=False)
    run.now = 29 * HOUR
    run.end("a#1/main")
    run.go(timers=False)
    assert run.timers == {"b": 50 * HOUR}
    run.go()
    assert run.started == ["look", "a", "b", "a#1/undo"]


def test_a_window_binds_what_a_called_runbook_changes() -> None:
    text = "runbook: x\npolicy: policy.yml\nwindow: night\nsteps: [{id: sub, call: called.yml}]\n"
    called = "runbook: called\nsteps: [{id: a, shell: touch a}]\n"
    run = Play(program_of(text, policy_yml=POLICY, called_yml=called), start=0).go(timers=False)
    assert run.started == []
    assert run.timers == {"sub/a": 2 * HOUR}


def test_two_locks_of_one_name_are_one() -> None:
    run = play("runbook: x\nlocks: [a, a]\nsteps: [{id: s, shell: touch a}]\n")
    assert run.closed["result"] == "succeeded"


def test_success_decides_after_the_last_step() -> None:
    text = "runbook: x\nsteps: [{id: a, shell: echo a, may_fail: true}]\nsuccess: a.ok\non_failure: [{id: tell, escalate: no good}]\n"
    assert play(text).closed["exit"] == 0
    run = play(text, {"a": EXIT_1})
    assert run.closed["failure"]["kind"] == "unsuccessful"
    assert run.told == ["no good"]
    assert run.closed["exit"] == 5


def test_only_what_is_open_may_start() -> None:
    run = Play(program_of("runbook: x\nlocks: [l]\nsteps: [{id: a, shell: touch a}]\n"), {"a": HANG})
    run.open()
    assert [move for move in run.moves if isinstance(move, Start)] == []
    run.go()
    run.resume()
    assert [type(move).__name__ for move in run.moves] == ["Lock"]


def test_a_field_of_set_sees_the_fields_before_it() -> None:
    text = """
runbook: r
inputs: {n: {type: int}}
steps:
  - id: facts
    set: {twice: n * 2, more: facts.twice + 1, text: 'facts.ok ? string(facts.more) : ""'}
outputs: {text: "${facts.text}", twice: "${facts.twice}"}
"""
    assert play(text, inputs={"n": 3}).outputs == {"text": "7", "twice": 6}


def test_a_runbook_that_was_stopped_has_the_outputs_that_can_be_made() -> None:
    called = """
runbook: called
steps:
  - {id: a, shell: echo a, undo: {shell: rm a}}
  - {id: s, when: a.exit == 0, stop: succeeded}
  - {id: b, shell: echo b}
on_failure: [undo: all]
outputs: {a: "${a.exit}", b: "${string(b.exit)}"}
"""
    run = play(called)
    assert (run.started, run.closed["exit"], run.outputs) == (["a"], 0, {"a": 0})
    called = called.replace(', b: "${string(b.exit)}"', "")
    run = play("runbook: x\nsteps: [{id: sub, call: called.yml}, {id: c, shell: touch c}]\n", called_yml=called)
    assert run.started == ["sub/a", "c"]
