"""What a plan says of a runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.planning import plan as plan_of
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.plan.entry import FAILURE, MAYBE, NO, YES
from tests.plan.reading import entry, loaded, planned, shown

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "runbook: case\ninputs:\n  host: {type: string}\n  size: {type: int, default: 3, env: CASE_SIZE}\nsteps:\n"
MINUTE = 60_000_000


def test_an_input_is_given_or_its_default_or_open(tmp_path: Path) -> None:
    text = HEAD + "  - {id: a, shell: '/bin/echo ${host} ${size}'}\n"
    found = planned(tmp_path, text)
    assert [(item.name, item.origin) for item in found.inputs] == [("host", "open"), ("size", "default")]
    assert shown(found, "a") == "/bin/echo ⟨host⟩ 3"
    assert [(hole.text, hole.type) for hole in found.unknowns] == [("host", "string")]
    given = planned(tmp_path, text, {"host": "h1"})
    assert shown(given, "a") == "/bin/echo h1 3"
    assert given.unknowns == ()
    assert given.digest != found.digest


@pytest.mark.parametrize(("inputs", "code"), [({"hots": "x"}, "RB710"), ({"size": "x"}, "RB712")])
def test_an_input_that_does_not_fit_is_an_error(tmp_path: Path, inputs: dict[str, object], code: str) -> None:
    file = loaded(tmp_path, HEAD + "  - {id: a, shell: /bin/true}\n")
    with pytest.raises(RunbookError) as caught:
        plan_of(file, inputs)
    assert [item.code for item in caught.value.diagnostics] == [code]


def test_the_environment_is_the_callers_to_bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASE_SIZE", "9")
    found = planned(tmp_path, HEAD + "  - {id: a, shell: '/bin/echo ${size}'}\n")
    assert shown(found, "a") == "/bin/echo 3"


def test_results_are_holes_with_their_type_and_set_names_them(tmp_path: Path) -> None:
    steps = """
  - {id: a, shell: /bin/ls}
  - {id: b, set: {first: "a.lines[0]", fixed: 'host + "-1"', all: a.lines}}
  - {id: c, shell: '/bin/echo ${b.first} ${b.fixed} ${a.exit} x/${a.exit}/y'}
  - {id: d, shell: {command: '/bin/echo ${b.all}'}}
"""
    found = planned(tmp_path, HEAD + steps, {"host": "h"})
    assert shown(found, "c") == "/bin/echo ⟨b.first⟩ h-1 ⟨a.exit⟩ x/⟨a.exit⟩/y"
    assert [(hole.text, hole.type, hole.path) for hole in found.unknowns] == [
        ("b.first", "string", "c"),
        ("a.exit", "int", "c"),
        ("b.all", "list(string)", "d"),
    ]
    assert [hole.means for hole in found.unknowns] == ["b.first = a.lines[0]", "", "b.all = a.lines"]


@pytest.mark.parametrize(
    ("condition", "value", "arms"),
    [
        ("size > 2", "true", (YES, NO)),
        ("size > 5", "false", (NO, YES)),
        ("a.exit == 0", "undecided", (MAYBE, MAYBE)),
    ],
)
def test_both_arms_of_a_decision_are_shown(tmp_path: Path, condition: str, value: str, arms: tuple[str, str]) -> None:
    steps = f"""
  - {{id: a, shell: /bin/ls}}
  - id: which
    choose:
      - when: {condition}
        steps: [{{id: one, shell: /bin/echo one}}]
      - else: [{{id: other, shell: /bin/echo other}}]
"""
    found = planned(tmp_path, HEAD + steps)
    decision = entry(found, "which", "choose")
    assert decision.condition is not None
    assert (decision.condition.value, entry(found, "one").reached, entry(found, "other").reached) == (value, *arms)
    assert found.counts["read"] == 1 + sum(arm != NO for arm in arms)


def test_a_guard_that_is_false_beforehand_ends_the_way(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + "  - {id: a, guard: size > 5, shell: /bin/ls}\n  - {id: b, shell: /bin/ls}\n")
    assert (entry(found, "a").reached, entry(found, "b").reached) == (NO, NO)
    assert entry(found, "a").condition is not None


def test_a_step_that_may_have_failed_is_unsure(tmp_path: Path) -> None:
    steps = """
  - {id: a, shell: /bin/ls, may_fail: true}
  - {id: b, shell: '/bin/echo ${a.ok}'}
  - {id: c, shell: '/bin/echo ${b.ok}'}
"""
    found = planned(tmp_path, HEAD + steps)
    assert shown(found, "b") == "/bin/echo ⟨a.ok⟩"
    assert shown(found, "c") == "/bin/echo true"


def test_what_only_one_arm_does_is_unsure_behind_both(tmp_path: Path) -> None:
    steps = """
  - {id: a, shell: /bin/ls}
  - {id: b, when: a.exit == 0, shell: /bin/ls}
  - {id: c, when: size > 2, shell: /bin/ls}
  - {id: d, when: size > 5, shell: /bin/ls}
  - {id: e, shell: '/bin/echo ${b.state} ${c.state} ${d.state}'}
"""
    assert shown(planned(tmp_path, HEAD + steps), "e") == "/bin/echo ⟨b.state⟩ done skipped"


def test_a_call_that_may_stop_early_is_unsure_of_what_it_did(tmp_path: Path) -> None:
    part = """\
runbook: part
steps:
  - {id: a, shell: /bin/ls}
  - {id: enough, when: a.exit == 0, stop: succeeded}
  - {id: b, shell: /bin/ls}
outputs: {did: "${b.ok}"}
"""
    steps = "  - {id: sub, call: part.yml}\n  - {id: e, shell: '/bin/echo ${sub.did} ${sub.ok}'}\n"
    assert shown(planned(tmp_path, HEAD + steps, part_yml=part), "e") == "/bin/echo ⟨sub.did⟩ true"


def test_an_undo_does_not_know_how_its_step_was_judged(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + "  - {id: a, shell: touch x, undo: {shell: 'rm ${a.ok} ${a.state} ${size}'}}\n")
    assert shown(found, "a", "undo") == "rm ⟨a.ok⟩ ⟨a.state⟩ 3"


def test_what_handles_a_failure_knows_nothing_for_sure(tmp_path: Path) -> None:
    text = (
        HEAD + "  - {id: a, shell: /bin/ls}\non_failure:\n  - {id: b, shell: '/bin/echo ${a.ok} ${failure.kind} ${host}'}\n  - undo: all\n"
    )
    found = planned(tmp_path, text, {"host": "h"})
    assert shown(found, "b") == "/bin/echo ⟨a.ok⟩ ⟨failure.kind⟩ h"
    assert entry(found, "b").reached == FAILURE


@pytest.mark.parametrize(
    ("over", "facts", "reached"),
    [
        ('["x", "y"]', {"turns": 2, "keys": ["0", "1"]}, YES),
        ("[]", {"turns": 0, "keys": []}, NO),
        ("a.lines", {"max": 5}, MAYBE),
    ],
)
def test_a_loop_is_planned_once_for_all_its_turns(tmp_path: Path, over: str, facts: dict[str, object], reached: str) -> None:
    steps = f"""
  - {{id: a, shell: /bin/ls}}
  - id: each
    for_each: {{over: '{over}', as: item, max: 5, steps: [{{id: b, timeout: 10s, shell: '/bin/echo ${{item}}'}}]}}
"""
    found = planned(tmp_path, HEAD + steps)
    assert shown(found, "each[*]/b") == "/bin/echo ⟨item⟩"
    assert entry(found, "each[*]/b").reached == reached
    loop = entry(found, "each", "loop").facts
    assert {name: loop.get(name) for name in facts} == facts
    turns = loop.get("turns", 5)
    assert found.longest.steps_us == MINUTE + 10_000_000 * turns


def test_a_call_is_planned_with_its_inputs(tmp_path: Path) -> None:
    part = "runbook: part\ninputs: {name: string}\nsteps:\n  - {id: in, shell: '/bin/echo ${name}'}\noutputs: {said: '${in.stdout}', who: '${name}'}\n"
    part = part.replace("id: in,", "id: say,").replace("in.stdout", "say.stdout")
    steps = (
        "  - {id: sub, call: {runbook: part.yml, inputs: {name: 'x-${host}'}}}\n  - {id: b, shell: '/bin/echo ${sub.said} ${sub.who}'}\n"
    )
    found = planned(tmp_path, HEAD + steps, {"host": "h"}, part_yml=part)
    assert shown(found, "sub/say") == "/bin/echo x-h"
    assert shown(found, "b") == "/bin/echo ⟨sub.said⟩ x-h"
    assert entry(found, "sub", "call").facts["runbook"] == "part"


def test_what_stands_beside_a_change_is_planned_too(tmp_path: Path) -> None:
    steps = """
  - id: a
    shell: touch ${host}
    rehearse: {shell: /bin/ls -d ., effect: read, because: it only looks}
    applied: {shell: '/bin/ls ${host}'}
    undo: {shell: 'rm ${host} ${a.exit}'}
    approve: {text: "Touch ${host}?", count: 2}
    settles: []
  - {id: b, shell: touch b}
"""
    found = planned(tmp_path, HEAD + steps.replace("    settles: []\n", ""), {"host": "h"})
    assert shown(found, "a", "applied") == "/bin/ls h"
    assert shown(found, "a", "undo") == "rm h ⟨a.exit⟩"
    assert shown(found, "a", "rehearse") == "/bin/ls -d ."
    assert entry(found, "a").roles == ("rehearse", "applied", "undo")
    assert [(wait.path, wait.what, wait.text, wait.count) for wait in found.waits] == [("a", "approval", "Touch h?", 2)]
    assert found.not_undoable == ("b",)
    assert (found.risk.effect, found.risk.undoable) == ("change", False)
    assert found.counts["change"] == 2


def test_what_an_http_step_touches_is_the_address_as_it_is_sent(tmp_path: Path) -> None:
    steps = "  - {id: a, http: {get: 'https://h/${host}/x?q=1', query: {k: v}}}\n  - {id: b, http: {get: 'https://h/${a.body}'}}\n"
    found = planned(tmp_path, HEAD + steps, {"host": "a b#c"})
    assert found.targets == ("https://h/a%20b%23c/x", "https://h/⟨a.body⟩")
    assert shown(found, "a").startswith("http GET https://h/a%20b%23c/x?q=1&k=v")


def test_destroying_wants_an_approval_and_says_why(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + "  - {id: a, http: {delete: 'https://${host}/x'}, because: it is old}\n", {"host": "h"})
    assert found.risk.effect == "destroy"
    wanted = entry(found, "a").approval
    assert wanted is not None
    assert wanted.why == "it destroys"


def test_a_lowered_effect_shows_what_it_looks_like(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + "  - {id: a, shell: look, effect: read, because: it only looks}\n")
    one = entry(found, "a")
    assert (one.effect, one.inferred, one.why) == ("read", "change", "it only looks")


def test_words_that_can_not_be_made_are_a_problem_of_the_plan(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + '  - {id: a, set: {list: "[1, 2]"}}\n  - {id: b, shell: "/bin/echo ${a.list[size]}"}\n')
    assert found.problems == (("b", "index 3 is outside a list of 2"),)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("redis-cli: {command: '${words}', host: '${host}'}", "destroys, and the step was taken for one that changes something"),
        ("aws: 's3 rm s3://${host}/x --dryrun ${words}'", ""),
        ("shell: '/bin/echo ${words}'", ""),
    ],
)
def test_words_that_are_worse_than_the_step_are_a_problem_of_the_plan(tmp_path: Path, step: str, problem: str) -> None:
    """As far as they are known: the host is still open."""
    text = f"runbook: case\ninputs: {{host: string, words: {{type: list, default: [DEL, x]}}}}\nsteps:\n  - {{id: a, {step}}}\n"
    found = planned(tmp_path, text)
    assert [path for path, _ in found.problems] == (["a"] if problem else [])
    assert problem in "".join(text for _, text in found.problems)


@pytest.mark.parametrize(
    ("step", "longest"),
    [
        ("{id: a, shell: x, timeout: 10s}", 10_000_000),
        ("{id: a, shell: /bin/ls, timeout: 10s, retry: {every: 5s, times: 3}}", 40_000_000),
        ("{id: a, shell: /bin/ls, timeout: 10s, retry: {every: 5s, for: 30s}}", 40_000_000),
        ("{id: a, shell: /bin/ls, timeout: 10s, retry: {every: 5s, for: 2m, times: 2}}", 25_000_000),
        ("{id: a, shell: /bin/ls, timeout: 1s, retry: {every: 1s, factor: 2, longest: 3s, times: 4}}", 10_000_000),
        ("{id: a, wait: 90s}", 90_000_000),
        ("{id: a, parallel: [{id: b, shell: x, timeout: 10s}, {id: c, shell: x, timeout: 30s}]}", 30_000_000),
        ("{id: a, try: [{id: b, shell: x, timeout: 10s}], always: [{id: c, shell: x, timeout: 30s}]}", 40_000_000),
    ],
)
def test_the_longest_time_counts_attempts_pauses_and_branches(tmp_path: Path, step: str, longest: int) -> None:
    assert planned(tmp_path, f"runbook: case\nsteps:\n  - {step}\n").longest.steps_us == longest


def test_waits_for_people_are_listed_with_their_end(tmp_path: Path) -> None:
    steps = "  - {id: a, ask: {answer: 'Go on with ${host}?', within: 2h}}\n  - {id: b, when: a.answer, shell: /bin/ls}\n"
    found = planned(tmp_path, HEAD + steps, {"host": "h"})
    assert [(wait.path, wait.text, wait.within_us) for wait in found.waits] == [("a", "Go on with h?", 120 * MINUTE)]
    assert found.longest.steps_us == MINUTE
    assert entry(found, "b").reached == MAYBE


def test_whether_a_window_is_open_is_a_hole(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text("zone: UTC\nwindows: {night: {hours: 'mon-sun 02:00-04:00'}}\n")
    text = "runbook: x\npolicy: policy.yml\nsteps:\n  - {id: a, shell: '/bin/echo ${window(\"night\")}'}\n"
    assert shown(planned(tmp_path, text), "a") == '/bin/echo ⟨window("night")⟩'


def test_now_is_a_hole(tmp_path: Path) -> None:
    found = planned(tmp_path, HEAD + "  - {id: a, shell: '/bin/echo ${now()}'}\n")
    assert shown(found, "a") == "/bin/echo ⟨now()⟩"


def test_a_secret_is_there_by_name_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "s3cr3t-value")
    text = "runbook: case\nsecrets: {token: {env: TOKEN}}\nsteps:\n  - {id: a, shell: {command: /bin/ls, env: {T: '${token}', U: 'x ${token}'}}}\n"
    body = planned(tmp_path, text).as_json()["plan"]
    assert body["entries"][0]["env"] == {"T": "${token}", "U": "x ${token}"}
    assert "s3cr3t" not in str(body)


def test_the_json_begins_with_the_digest_and_holds_plain_data(tmp_path: Path) -> None:
    import json

    body = planned(tmp_path, HEAD + "  - {id: a, shell: '/bin/echo ${host}'}\n").as_json()
    assert next(iter(body)) == "digest"
    assert json.loads(json.dumps(body)) == body
    assert len(body["digest"]) == 64
