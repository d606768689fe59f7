"""The difference in meaning between two versions of a runbook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_lang.plan.diff import SAME, diff_plans
from runbook_lang.plan.diff_conditions import SAME as EQUAL
from runbook_lang.plan.diff_conditions import STRONGER, UNCLEAR, WEAKER, compare
from runbook_lang.plan.diff_policy import diff_policies
from runbook_lang.plan.diff_words import diff_words, in_order
from runbook_lang.plan.make import make_plan
from runbook_lang.reports.diff_markdown import markdown
from runbook_lang.reports.diff_text import render
from tests.plan.programs import programs
from tests.plan.reading import loaded, planned

if TYPE_CHECKING:
    from pathlib import Path

    from runbook_lang.machine.core import Program
    from runbook_lang.plan.diff import Diff

BASE = """\
runbook: case
title: Case
severity: P1
policy: policy.yml
window: night
locks: [one]
inputs: {n: {type: int, default: 3}}
steps:
  - {id: look, title: Look, shell: /bin/ls -l, expect: [result.exit == 0, size(result.lines) > 2], retry: {every: 1s, times: 3}}
  - id: put
    title: Put
    guard: look.ok && size(look.lines) > 3
    shell: touch /tmp/a /tmp/b
    approve: "Put?"
    undo: {shell: rm /tmp/a}
    applied: {shell: /bin/ls /tmp/a}
  - {id: each, for_each: {over: "[1, 2]", as: x, max: 5, limit: 1, steps: [{id: say, shell: "/bin/echo ${x}"}]}}
  - {id: sure, ask: {approve: "Sure?"}}
  - {id: last, title: Last, shell: /bin/df}
success: put.ok && last.ok
on_failure:
  - escalate: "it failed"
  - undo: all
"""
POLICY = """\
zone: UTC
tiers:
  dev: {hours: 24x7, ack_within: 30m, notify: [{slack: "#dev"}, {email: dev@example.com}]}
  ops: {hours: 24x7, notify: [{slack: "#ops"}]}
people: {ann: {email: ann@example.com}, bob: {email: bob@example.com}}
severities: {P1: {tiers: [dev, ops], sla: 4h}, P2: {tiers: [dev]}}
approvals: {destroy: 2, roles: {ops: [ann]}}
windows: {night: {hours: "mon-sun 01:00-03:00"}}
"""
ONE_STEP = "  - {id: last, title: Last, shell: /bin/df}\n"


def changed(folder: Path, old: str, new: str, base: str = BASE) -> Diff:
    """The runbook with one text replaced, against itself."""
    assert old in base
    plans = [planned(folder, text, policy_yml=POLICY).as_json()["plan"] for text in (base, base.replace(old, new))]
    return diff_plans("case.yml", *plans)


CASES: list[tuple[str, str, str, str, str]] = [
    # what is replaced, by what, the level, the word, the path of what has to be told
    (ONE_STEP, "", "changed", "removed", "last"),
    (ONE_STEP, ONE_STEP + "  - {id: more, shell: /bin/df -h}\n", "changed", "added", "more"),
    (ONE_STEP, ONE_STEP + "  - {id: more, shell: touch x}\n", "risk", "added", "more"),
    (ONE_STEP, ONE_STEP + "  - {id: more, shell: rm x, effect: destroy, because: x, approve: x}\n", "risk", "added", "more"),
    (ONE_STEP, ONE_STEP + "  - {id: more, shell: rm x, effect: destroy, because: x, approve: x}\n", "risk", "risk", "runbook"),
    ("/bin/ls -l", "/bin/ls -la", "changed", "command", "look"),
    ("shell: /bin/df}", "shell: /bin/df, effect: change}", "risk", "effect", "last"),
    ("shell: /bin/df}", "shell: mkdir x}", "risk", "effect", "last"),
    ("shell: touch /tmp/a /tmp/b", "shell: touch /tmp/a /tmp/b\n    effect: read\n    because: x", "weakened", "effect", "put"),
    ("shell: touch /tmp/a /tmp/b", "shell: touch /tmp/a /tmp/b\n    repeatable: true", "risk", "repeatable", "put"),
    ("guard: look.ok && size(look.lines) > 3", "guard: look.ok", "weakened", "guard", "put"),
    ("guard: look.ok && size(look.lines) > 3", "guard: look.ok && size(look.lines) > 2", "weakened", "guard", "put"),
    ("guard: look.ok && size(look.lines) > 3", "guard: look.ok && size(look.lines) > 4", "strengthened", "guard", "put"),
    (
        "guard: look.ok && size(look.lines) > 3",
        'guard: look.ok && size(look.lines) > 3 && look.stdout != ""',
        "strengthened",
        "guard",
        "put",
    ),
    ("guard: look.ok && size(look.lines) > 3", 'guard: look.stdout.contains("x")', "weakened", "guard", "put"),
    ("    guard: look.ok && size(look.lines) > 3\n", "", "weakened", "guard", "put"),
    ("expect: [result.exit == 0, size(result.lines) > 2], ", "", "weakened", "expect", "look"),
    ("[result.exit == 0, size(result.lines) > 2]", "result.exit == 0", "weakened", "expect", "look"),
    ("[result.exit == 0, size(result.lines) > 2]", "[result.exit == 0, size(result.lines) > 3]", "strengthened", "expect", "look"),
    ('    approve: "Put?"\n', "", "weakened", "approval", "put"),
    ('approve: "Put?"', 'approve: {text: "Put?", count: 2}', "strengthened", "approval", "put"),
    ("    undo: {shell: rm /tmp/a}\n", "", "weakened", "removed undo", "put (undo)"),
    ("    undo: {shell: rm /tmp/a}\n", "", "risk", "not_undoable", "put"),
    ("    applied: {shell: /bin/ls /tmp/a}\n", "", "weakened", "removed applied", "put (applied)"),
    ("success: put.ok && last.ok", "success: put.ok", "weakened", "success", "success"),
    ("success: put.ok && last.ok\n", "", "weakened", "removed success", "success"),
    ('  - escalate: "it failed"\n', "", "weakened", "removed escalate", "escalate_1"),
    ('  - escalate: "it failed"\n  - undo: all\n', '  - undo: all\n  - escalate: "it failed"\n', "weakened", "escalation", "escalate_1"),
    ("times: 3", "times: 300", "weakened", "escalation", "escalate_1"),
    ("  - undo: all\n", "", "weakened", "removed undo", "undo_1"),
    ("window: night\n", "", "weakened", "window", "runbook"),
    ("locks: [one]\n", "", "weakened", "locks", "runbook"),
    ("locks: [one]", "locks: [one, two]", "strengthened", "locks", "runbook"),
    ("max: 5", "max: 50", "weakened", "max", "each"),
    ("limit: 1,", "limit: 2,", "weakened", "limit", "each"),
    ('  - {id: sure, ask: {approve: "Sure?"}}\n', "", "weakened", "removed ask", "sure"),
    ("title: Last, shell: /bin/df}", "title: Last, shell: /bin/df, may_fail: true}", "weakened", "may_fail", "last"),
    ("{id: each, for_each", "{id: each, may_fail: true, for_each", "weakened", "may_fail", "each"),
    ('approve: "Sure?"}}', 'approve: "Sure?"}, settles: [put]}', "weakened", "settles", "sure"),
    ("severity: P1", "severity: P2", "changed", "severity", "runbook"),
    ("default: 3", "default: 4", "changed", "input", "runbook"),
    ("title: Last", "title: The last", "changed", "title", "last"),
    ("{id: last, title", "{id: final, title", "changed", "renamed", "final"),
    ("times: 3", "times: 4", "changed", "retry", "look"),
    ('approve: "Put?"', 'approve: {text: "Put?", within: 5h}', "changed", "approval", "put"),
    ("shell: touch /tmp/a /tmp/b", "shell: touch /tmp/a /tmp/b\n    sensitive: [stdout]", "strengthened", "sensitive", "put"),
    ("shell: touch /tmp/a /tmp/b", "shell: touch /tmp/a /tmp/b\n    because: x", "changed", "because", "put"),
    ("{type: int, default: 3}", "{type: int, default: 3, choices: [1, 2, 3]}", "changed", "input", "runbook"),
]


@pytest.mark.parametrize(("old", "new", "level", "what", "path"), CASES)
def test_a_change_is_told(tmp_path: Path, old: str, new: str, level: str, what: str, path: str) -> None:
    base = (
        BASE.replace("last.ok", "look.ok").replace("put.ok && look.ok", "put.ok && look.ok") if "final" in new or old == ONE_STEP else BASE
    )
    diff = changed(tmp_path, old, new, base)
    told = [(item.level, item.what, item.path) for item in diff.items]
    assert (level, what, path) in told, told
    assert json.loads(json.dumps(diff.as_json())) == diff.as_json()


def test_a_step_that_stands_elsewhere_is_moved_and_nothing_else(tmp_path: Path) -> None:
    first = "  - {id: look, title"
    moved = BASE.replace(ONE_STEP, "").replace(first, ONE_STEP + first)
    plans = [planned(tmp_path, text, policy_yml=POLICY).as_json()["plan"] for text in (BASE, moved)]
    assert [(item.what, item.path) for item in diff_plans("case.yml", *plans).items] == [("moved", "last")]


GUARDED = """\
runbook: guarded
inputs: {name: {type: string, pattern: "[a-z]+", choices: [a, b]}}
secrets: {pw: {env: PW, for: ["https://one.example"]}}
steps:
  - {id: send, http: {post: "https://one.example/x", auth: {bearer: "${pw}"}}, sensitive: [body]}
"""


@pytest.mark.parametrize(
    ("old", "new", "level", "text"),
    [
        (", sensitive: [body]", "", "weakened", "shows what was kept secret: body, json"),
        ('pattern: "[a-z]+", ', "", "weakened", "what the input name may be is checked less"),
        ("choices: [a, b]", "choices: [a, b, c]", "weakened", "what the input name may be is checked otherwise"),
        ("choices: [a, b]", "choices: [a]", "changed", "what the input name may be is checked otherwise"),
        ('for: ["https://one.example"]', 'for: ["https://one.example", "https://two.example"]', "risk", "the secret pw may be sent to further hosts"),
        (', for: ["https://one.example"]', "", "risk", "the secret pw may be sent to further hosts"),
        ("{pw: {env: PW,", "{pw: {env: QW,", "changed", "takes the secret pw from elsewhere"),
    ],
)  # fmt: skip
def test_what_protects_inputs_and_secrets_is_compared(tmp_path: Path, old: str, new: str, level: str, text: str) -> None:
    assert [(item.level, item.text) for item in changed(tmp_path, old, new, GUARDED).items] == [(level, text)]


def test_what_no_plan_shows_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """Only that which says the same is the same: a description changes the program that a review covers."""
    base = "runbook: case\ndescription: One.\nsteps:\n  - {id: look, shell: /bin/ls}\n"
    plain, comment, other = (planned(tmp_path, text).as_json()["plan"] for text in (base, f"# Hello\n{base}", base.replace("One.", "Two.")))
    assert diff_plans("case.yml", plain, comment).status == SAME
    assert [(item.level, item.text) for item in diff_plans("case.yml", plain, other).items] == [
        ("changed", "what its files say changed, and no plan shows it: case")
    ]


def test_the_same_text_in_another_form_is_the_same(tmp_path: Path) -> None:
    assert changed(tmp_path, "guard: look.ok && size(look.lines) > 3", "guard: (look.ok  &&  3 < size(look.lines))").status == SAME
    assert changed(tmp_path, "runbook: case", "# a remark\nrunbook: case").status == SAME


POLICIES = [
    ("ack_within: 30m", "ack_within: 1h", "weakened", "policy escalation"),
    ("ack_within: 30m, ", "", "weakened", "policy escalation"),
    ("ack_within: 30m", "ack_within: 10m", "strengthened", "policy escalation"),
    ("tiers: [dev, ops]", "tiers: [ops]", "weakened", "policy escalation"),
    ("destroy: 2", "destroy: 1", "weakened", "policy approvals"),
    ("[ann]", "[ann, bob]", "weakened", "policy roles"),
    ("[ann]}}", "[ann]}, waive: [P1]}", "weakened", "policy waive"),
    ("sla: 4h", "sla: 8h", "weakened", "policy sla"),
    ("sla: 4h", "sla: 4h, rollback: immediate", "weakened", "policy rollback"),
    (", {email: dev@example.com}", "", "weakened", "policy notify"),
    ("01:00-03:00", "01:00-05:00", "changed", "policy window"),
    ("{hours: 24x7, ack", '{hours: "mon-fri 09:00-18:00", ack', "weakened", "policy hours"),
    ("destroy: 2,", "destroy: 2, four_eyes: false,", "weakened", "policy four_eyes"),
    ("destroy: 2,", "destroy: 2, proven: true,", "strengthened", "policy proven"),
    ("destroy: 2,", "destroy: 2, role: ops,", "strengthened", "policy role"),
    ("destroy: 2,", "destroy: 2, within: 5h,", "changed", "policy approvals"),
    ('01:00-03:00"}', '01:00-03:00", notice: 2d}', "strengthened", "policy notice"),
]


@pytest.mark.parametrize(("old", "new", "level", "what"), POLICIES)
def test_a_laxer_policy_is_told(tmp_path: Path, old: str, new: str, level: str, what: str) -> None:
    assert old in POLICY
    sides = [loaded(tmp_path, BASE, policy_yml=text).policy for text in (POLICY, POLICY.replace(old, new))]
    assert (level, what) in [(item.level, item.what) for item in diff_policies(*sides)]
    assert not list(diff_policies(sides[0], sides[0]))


CONDITIONS = [
    ("a && b", "b && a", EQUAL),
    ("a", "a || b", WEAKER),
    ("a || b", "a", STRONGER),
    ("a && b", "a || c", WEAKER),
    ("a", "b", UNCLEAR),
    ("x > 5", "x >= 5", WEAKER),
    ("x >= 5", "x > 5", STRONGER),
    ("5 < x", "x > 5", EQUAL),
    ("x == 5", "x > 3", WEAKER),
    ("x == 5", "x != 4", WEAKER),
    ("x < 5", "x < 9", WEAKER),
    ("x < 5", "x <= 5", WEAKER),
    ("x <= 5", "x < 5", STRONGER),
    ("x > -5", "x > -6", WEAKER),
    ("x > 5", "y > 5", UNCLEAR),
    ("x > 5", "x < 5", UNCLEAR),
    ("x < 5", "x != 5", WEAKER),
    ("a && x > 5", "x > 3", WEAKER),
    ("(a || b) && c", "a || b", WEAKER),
    ("a", "true", WEAKER),
    ("a", "false", STRONGER),
    ("a == 'x'", 'a  ==  "x"', EQUAL),
]


@pytest.mark.parametrize(("old", "new", "verdict"), CONDITIONS)
def test_how_two_conditions_stand_to_each_other(old: str, new: str, verdict: str) -> None:
    assert compare(old, new) == verdict
    back = {WEAKER: STRONGER, STRONGER: WEAKER}.get(verdict, verdict)
    assert compare(new, old) == back


_ATOMS = st.builds(lambda op, n: ("x", op, n), st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), st.integers(-3, 3))
_TREES = st.recursive(_ATOMS, lambda inner: st.tuples(inner, st.sampled_from(("&&", "||")), inner), max_leaves=6)


def _text(tree: Any) -> str:
    left, op, right = tree
    return f"x {op} {right}" if left == "x" else f"({_text(left)} {op} {_text(right)})"


def _holds(tree: Any, x: float) -> bool:
    left, op, right = tree
    if left == "x":
        return {"<": x < right, "<=": x <= right, ">": x > right, ">=": x >= right, "==": x == right, "!=": x != right}[op]
    return (_holds(left, x) and _holds(right, x)) if op == "&&" else (_holds(left, x) or _holds(right, x))


@given(_TREES, _TREES)
def test_a_verdict_is_never_wrong(old: Any, new: Any) -> None:
    """Whatever is called weaker, stronger or the same is so for every number."""
    verdict = compare(_text(old), _text(new))
    points = [half / 2 for half in range(-9, 10)]
    if verdict in (WEAKER, EQUAL):
        assert all(_holds(new, x) for x in points if _holds(old, x))
    if verdict in (STRONGER, EQUAL):
        assert all(_holds(old, x) for x in points if _holds(new, x))


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_words_add_up_to_both_commands(old: list[str], new: list[str]) -> None:
    words = diff_words(old, new)
    assert [word for mark, word in words if mark != "+"] == old
    assert [word for mark, word in words if mark != "-"] == new


@given(st.permutations("abcdefg"), st.permutations("abcdefghi"))
def test_what_stays_in_order_is_in_order_and_no_more_could(old: list[str], new: list[str]) -> None:
    from itertools import combinations

    kept = in_order(old, new)
    assert [one for one in old if one in kept] == [one for one in new if one in kept]
    longer = combinations([one for one in new if one in old], len(kept) + 1)
    assert not any([old.index(one) for one in more] == sorted(old.index(one) for one in more) for more in longer)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programs(), programs())
def test_any_two_plans_can_be_compared(one: Program, other: Program) -> None:
    plans = [make_plan(program, {}).as_json()["plan"] for program in (one, other)]
    assert diff_plans("x", plans[0], plans[0]).status == SAME
    diff = diff_plans("x", *plans)
    json.dumps(diff.as_json())
    assert render([diff])
    assert markdown([diff])


def test_a_runbook_on_one_side_only(tmp_path: Path) -> None:
    plan = planned(tmp_path, BASE, policy_yml=POLICY).as_json()["plan"]
    assert (diff_plans("x", None, plan).status, diff_plans("x", plan, None).status) == ("added", "removed")
    assert diff_plans("x", None, plan).has("risk")
    assert not diff_plans("x", plan, None).has("risk")
