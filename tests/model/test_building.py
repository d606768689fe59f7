"""What a right file becomes: kinds, modifiers, defaults, made ids."""

from __future__ import annotations

import pytest

from runbook_lang.expr.expression import Template
from runbook_lang.model import nodes as m
from runbook_lang.model.nodes import Runbook, Step
from tests.model.reading import good

HEAD = "runbook: case\nsteps:\n"


def step(text: str) -> Step:
    return good(HEAD + text).steps[0]


WHOLE = """
runbook: rollback-app
title: Volver atrás
description: Texto
source: RUNBOOK.md §4.1
severity: P1
policy: policy.yml
window: maintenance
locks: ["app/${app_id}", all]
inputs:
  app_id: {type: string, format: uuid, env: DO_APP_ID, description: La app}
  count: {type: int, default: 3, choices: [1, 3]}
  short: bool
secrets:
  token: {env: TOKEN, for: ["${api}"], description: key}
  other: {command: pass show x}
defaults: {psql: {host: db}}
steps:
  - id: list
    title: Listar
    doctl: apps list
success: list.ok
on_failure:
  - undo: all
outputs: {id: "${list.exit}", n: 3, deep: {a: ["${list.ok}", null]}}
"""


def test_the_head_of_a_runbook() -> None:
    book = good(WHOLE)
    assert (book.name.text, book.title, book.manual, book.severity, book.window) == (
        "rollback-app",
        "Volver atrás",
        "RUNBOOK.md §4.1",
        "P1",
        "maintenance",
    )
    assert book.policy is not None
    assert book.policy.text == "policy.yml"
    assert [lock.text for lock in book.locks] == ["app/${app_id}", "all"]
    app, count, short = book.inputs
    assert (app.type, app.format, app.env, app.has_default) == ("string", "uuid", "DO_APP_ID", False)
    assert (count.type, count.default, count.has_default, count.choices) == ("int", 3, True, (1, 3))
    assert short.type == "bool"
    token, other = book.secrets
    assert (token.source, token.where, [host.text for host in token.hosts]) == ("env", "TOKEN", ["${api}"])
    assert (other.source, other.where) == ("command", "pass show x")
    assert [name.text for name, _ in book.defaults] == ["psql"]
    assert book.success is not None
    assert book.success.text == "list.ok"
    assert isinstance(book.on_failure[0].kind, m.Undo)


def test_outputs_keep_their_structure() -> None:
    outputs = {name.text: value for name, value in good(WHOLE).outputs}
    assert isinstance(outputs["id"], Template)
    assert outputs["n"] == 3
    deep = outputs["deep"]
    assert isinstance(deep, dict)
    assert deep["a"][0].whole.text == "list.ok"
    assert deep["a"][1] is None


def test_every_modifier_of_an_action() -> None:
    mods = step(
        """
  - id: deploy
    doctl: apps create-deployment x
    when: a
    guard: b
    expect: [result.ok, result.exit == 0]
    retry: {every: 10s, for: 5m, times: 4, factor: 2, longest: 1m}
    timeout: 30s
    effect: destroy
    because: it must be
    repeatable: true
    applied: {doctl: apps get x, expect: result.ok}
    undo: {title: Back, http: {post: /x}, timeout: 5s}
    settles: deploy
    rehearse: {doctl: apps propose, effect: read, because: only asks}
    approve: {text: Sure?, role: devops, count: 2, within: 1h}
    may_fail: true
    sensitive: [stdout, json]
    on: ops@${host}
"""
    ).mods
    assert mods.when is not None
    assert [item.text for item in mods.expect] == ["result.ok", "result.exit == 0"]
    assert mods.retry == m.Retry(10_000_000, 300_000_000, 4, 2.0, 60_000_000)
    assert (mods.timeout, mods.effect, mods.because, mods.repeatable, mods.may_fail) == (30_000_000, "destroy", "it must be", True, True)
    assert mods.undo is not None
    assert (mods.undo.title, mods.undo.id.text, mods.undo.given_id, mods.undo.mods.timeout) == ("Back", "deploy", False, 5_000_000)
    assert isinstance(mods.undo.kind, m.Action)
    assert mods.undo.kind.executor.text == "http"
    assert mods.applied is not None
    assert [item.text for item in mods.applied.mods.expect] == ["result.ok"]
    assert mods.rehearse is not None
    assert mods.rehearse.mods.effect == "read"
    assert [name.text for name in mods.settles] == ["deploy"]
    assert mods.approve is not None
    assert (mods.approve.role, mods.approve.count, mods.approve.within) == ("devops", 2, 3_600_000_000)
    assert [name.text for name in mods.sensitive] == ["stdout", "json"]
    assert mods.on is not None
    assert mods.on.text == "ops@${host}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("true", (True, "")), ("Sure?", (True, "Sure?")), ("false", (False, ""))],
)
def test_the_forms_of_an_approval(text: str, wanted: tuple[bool, str]) -> None:
    approve = step(f"  - doctl: a\n    approve: {text}").mods.approve
    assert (approve is not None, approve.text.text if approve and approve.text else "") == wanted


KINDS = [
    ("wait: 1h30m", m.Wait(span_us=5_400_000_000)),
    ("wait: {window: maintenance}", m.Wait(window="maintenance")),
    ("undo: all", m.Undo(everything=True)),
    ("stop: failed", m.Stop("failed")),
    ("stop: {as: succeeded}", m.Stop("succeeded")),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_kinds_of_one_line(text: str, kind: object) -> None:
    assert step(f"  - {text}").kind == kind


def test_set_keeps_the_order() -> None:
    kind = step("  - set: {b: 1, a: b}").kind
    assert isinstance(kind, m.SetFields)
    assert [(name.text, value.text) for name, value in kind.fields] == [("b", "1"), ("a", "b")]


def test_ask() -> None:
    kind = step("  - ask: {answer: 'How many?', type: int, choices: [1, 2], default: 2, within: 1h, role: devops}").kind
    assert isinstance(kind, m.Ask)
    assert (kind.what, kind.text.text, kind.type, kind.choices, kind.default, kind.within, kind.role) == (
        "answer",
        "How many?",
        "int",
        (1, 2),
        2,
        3_600_000_000,
        "devops",
    )


def test_an_answer_with_choices_and_no_type_is_text() -> None:
    kind = step("  - ask: {answer: Which?, choices: [a, b]}").kind
    assert isinstance(kind, m.Ask)
    assert (kind.type, kind.has_default) == ("string", False)


BLOCKS = """
  - id: pick
    choose:
      - {when: a, steps: [{wait: 1m}]}
      - {else: [{wait: 2m}, {stop: failed}]}
  - parallel:
      - {id: left, wait: 1m}
      - {id: right, wait: 1m}
  - parallel: {branches: {x: [{wait: 1m}], y: [{wait: 1m}]}, limit: 1, fail: late}
  - for_each: {over: list, as: one, key: one.id, steps: [{wait: 1m}], yield: one, max: 5, limit: 2, fail: late}
  - try: [{wait: 1m}]
    rescue: [{wait: 2m}]
    always: [{wait: 3m}]
  - try: [{wait: 1m}]
    always: [{wait: 3m}]
  - call: other.yml
  - call: {runbook: sub/other.yml, inputs: {a: "${x}", b: 2, c: [1, "${y}"]}}
  - escalate: It ${x}
  - escalate: {message: m, severity: P2, tier: devops}
  - undo: [pick, left]
"""


def blocks() -> Runbook:
    return good(HEAD + BLOCKS)


def test_blocks() -> None:
    pick, pair, named, loop, tried, plain, *_ = (item.kind for item in blocks().steps)
    assert isinstance(pick, m.Choose)
    assert [arm.when.text if arm.when else None for arm in pick.arms] == ["a", None]
    assert isinstance(pair, m.Parallel)
    assert [branch.name.text for branch in pair.branches] == ["left", "right"]
    assert isinstance(named, m.Parallel)
    assert ([branch.name.text for branch in named.branches], named.limit, named.fail) == (["x", "y"], 1, "late")
    assert isinstance(loop, m.ForEach)
    assert (loop.over.text, loop.var.text, loop.max, loop.limit, loop.fail) == ("list", "one", 5, 2, "late")
    assert isinstance(tried, m.Try)
    assert (len(tried.body), len(tried.rescue), len(tried.always), tried.has_rescue) == (1, 1, 1, True)
    assert isinstance(plain, m.Try)
    assert (plain.rescue, plain.has_rescue) == ((), False)


def test_calls_and_verbs() -> None:
    short, call, told, tier, undo = (item.kind for item in blocks().steps[6:])
    assert isinstance(short, m.Call)
    assert (short.file.text, short.inputs) == ("other.yml", ())
    assert isinstance(call, m.Call)
    values = [value for _, value in call.inputs]
    assert isinstance(values[2], tuple)
    assert (values[1], values[2][0]) == (2, 1)
    assert isinstance(told, m.Escalate)
    assert told.message.text == "It ${x}"
    assert isinstance(tier, m.Escalate)
    assert (tier.severity, tier.tier) == ("P2", "devops")
    assert isinstance(undo, m.Undo)
    assert [name.text for name in undo.ids] == ["pick", "left"]


def test_made_ids_count_by_kind_in_the_order_of_the_file() -> None:
    book = good(
        HEAD
        + """
  - choose: [{when: a, steps: [{wait: 1m}, {redis-cli: PING}]}]
  - wait: 1m
  - {id: wait_3, set: {x: 1}}
  - wait: 1m
  - kubectl: get pods
"""
    )
    inner = book.steps[0].kind
    assert isinstance(inner, m.Choose)
    assert [item.id.text for item in inner.arms[0].steps] == ["wait_1", "redis_cli_1"]
    assert [item.id.text for item in book.steps] == ["choose_1", "wait_2", "wait_3", "wait_4", "kubectl_1"]
    assert [item.given_id for item in book.steps] == [False, False, True, False, False]


def test_an_unknown_key_on_a_step_without_a_kind_is_the_action_of_a_plugin() -> None:
    kind = step("  - {kubectl: get pods, when: a}").kind
    assert isinstance(kind, m.Action)
    assert kind.executor.text == "kubectl"


def test_undo_beside_a_plugins_action_is_its_undo() -> None:
    found = step("  - {kubectl: apply, undo: {kubectl: delete}}")
    assert isinstance(found.kind, m.Action)
    assert found.mods.undo is not None
    assert isinstance(found.mods.undo.kind, m.Action)
    assert found.mods.undo.kind.node.span.text == "delete"


def test_spans_point_at_what_was_written() -> None:
    book = good(WHOLE)
    only = book.steps[0]
    assert only.id.span.text == "list"
    assert isinstance(only.kind, m.Action)
    assert only.kind.executor.span.text == "doctl"
    assert only.kind.node.span.text == "apps list"
    assert book.success is not None
    span = book.success.span(5, 7)
    assert span is not None
    assert span.text == "ok"
