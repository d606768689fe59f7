"""Each spelling of the text form, and what it is in YAML."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from runbook_lang.syntax.tree import Mapping, Scalar
from tests.syntax.reading import data, scalars
from tests.text.reading import read, step, top, tree

TOPS = [
    ('description "a\\nb"', 'description: "a\\nb"'),
    ("description |\n  one\n    two\n\n  three\n", "description: |\n  one\n    two\n\n  three\n"),
    ("description |-\n  one\n", "description: one"),
    ("description |2\n    one\n  two\n", "description: |2\n    one\n  two\n"),
    ('source "RUNBOOK.md §4.1"', "source: RUNBOOK.md §4.1"),
    ("severity P1; policy policy.yml; window maintenance", "{severity: P1, policy: policy.yml, window: maintenance}"),
    ('lock "app/${app_id}"\nlock "b"', 'locks: ["app/${app_id}", b]'),
    ("input a: int", "inputs: {a: {type: int}}"),
    (
        'input a: string(uuid) "The app" from env A = "x" one of ["x", "y"] matching "[xy]"\ninput b: number = 1.5',
        (
            "inputs: {a: {type: string, format: uuid, description: The app, env: A, default: x, choices: [x, y], pattern: '[xy]'},"
            " b: {type: number, default: 1.5}}"
        ),
    ),
    ('input m: map = {a: [1, null, {"b c": true}]}', 'inputs: {m: {type: map, default: {a: [1, null, {"b c": true}]}}}'),
    (
        'secret a from env A\nsecret b from file "b.txt" for "${x}", "y" "What"',
        "secrets: {a: {env: A}, b: {file: b.txt, for: ['${x}', y], description: What}}",
    ),
    ('secret a from command "pass show a"\nsecret b from prompt "Which?"', "secrets: {a: {command: pass show a}, b: {prompt: 'Which?'}}"),
    ('defaults redis-cli {host: "h", tls: true}\ndefaults psql {port: 5}', "defaults: {redis-cli: {host: h, tls: true}, psql: {port: 5}}"),
    ("success a.ok && b.ok", "success: a.ok && b.ok"),
    ('output a = "${x}"\noutput b = {c: 1}', "outputs: {a: '${x}', b: {c: 1}}"),
    ('on failure { undo all; escalate "m" }', "on_failure: [{undo: all}, {escalate: m}]"),
    ('step a "T" { wait 5m }\nwait 1m\nstep { wait 2m }', "steps: [{id: a, title: T, wait: 5m}, {wait: 1m}, {wait: 2m}]"),
]

STEPS = [
    ("doctl apps get ${app_id} -o json", "doctl: apps get ${app_id} -o json"),
    ("shell sh -c 'a; b # c' \"}\"", "shell: |-\n  sh -c 'a; b # c' \"}\""),
    ("shell echo a#b ${x[\"}\"]} {y}", "shell: echo a#b ${x[\"}\"]} {y}"),
    ("redis-cli = [\"GET\", \"session ${id}\"]", 'redis-cli: [GET, "session ${id}"]'),
    ("psql |\n  SELECT 1;\n  SELECT '#'\n", "psql: |\n  SELECT 1;\n  SELECT '#'\n"),
    ("psql SELECT 1 AS one", "psql: SELECT 1 AS one"),
    ("psql SELECT 1 with {host: \"h\"}", "psql: {sql: SELECT 1, host: h}"),
    ("tls ${d}:443 with {ca: \"x\"}", 'tls: {address: "${d}:443", ca: x}'),
    ("notify It's done with {to: \"console\"}", "notify: {message: It's done, to: console}"),
    ("shell tee -a f with {\n  stdin: |\n    a\n  env: {A: \"1\"}\n}", "shell: {command: tee -a f, stdin: \"a\\n\", env: {A: '1'}}"),
    ('render {template: "a.j2", to: "a", values: {}}', "render: {template: a.j2, to: a, values: {}}"),
    ("http get https://example.com/a?b=1#c", "http: {get: 'https://example.com/a?b=1#c'}"),
    ("http post ${u}/x with {json: {a: \"b\", c: [1]}}", "http: {post: '${u}/x', json: {a: b, c: [1]}}"),
    ("http {url: \"x\"}", "http: {url: x}"),
    ('"my tool" = "a\\tb"', 'my tool: "a\\tb"'),
    ("shell", "shell: null"),
    ("set a = b + 1\nset c = {\"x\": 1}[\"x\"]", "set: {a: b + 1, c: '{\"x\": 1}[\"x\"]'}"),
    ("set a = f(\n  1,\n  2)\n  && b", "set: {a: 'f( 1, 2) && b'}"),
    ("set a = x # note", "set: {a: x}"),
    ("set a = |-\n  x // why\n  + 1\n", 'set: {a: "x // why\\n+ 1"}'),
    ('ask answer "n?" type int one of [1, 2] = 1 within 1h role r', "ask: {answer: 'n?', type: int, choices: [1, 2], default: 1, within: 1h, role: r}"),
    ('ask do "x"', "ask: {do: x}"),
    ('ask approve "x" role r count 2', "ask: {approve: x, role: r, count: 2}"),
    ("wait 5m", "wait: 5m"),
    ('wait at "${t}"', "wait: {at: '${t}'}"),
    ("wait window maintenance", "wait: {window: maintenance}"),
    ("choose { when a == 1 { wait 1m } when x in {\"b\": 1} { wait 2m }; else { wait 3m } }",
     "choose: [{when: a == 1, steps: [{wait: 1m}]}, {when: 'x in {\"b\": 1}', steps: [{wait: 2m}]}, {else: [{wait: 3m}]}]"),
    ("parallel { wait 1m; step a { wait 2m } }", "parallel: [{wait: 1m}, {id: a, wait: 2m}]"),
    ("parallel { limit 2; fail late; branch a { wait 1m } branch b { wait 2m } }",
     "parallel: {limit: 2, fail: late, branches: {a: [{wait: 1m}], b: [{wait: 2m}]}}"),
    ("for each d in domains { key d; max 3; limit 2; fail late; tls ${d}; yield d }",
     "for_each: {over: domains, as: d, key: d, max: 3, limit: 2, fail: late, steps: [{tls: '${d}'}], yield: d}"),
    ("try { wait 1m } rescue { wait 2m } always { wait 3m }", "{try: [{wait: 1m}], rescue: [{wait: 2m}], always: [{wait: 3m}]}"),
    ("call verify.yml", "call: verify.yml"),
    ('call "my file.runbook" with {a: "${a}", w: true}', "call: {runbook: my file.runbook, inputs: {a: '${a}', w: true}}"),
    ('escalate "m"', "escalate: m"),
    ('escalate "m" severity P1 tier devops', "escalate: {message: m, severity: P1, tier: devops}"),
    ("undo all", "undo: all"),
    ("undo a, b", "undo: [a, b]"),
    ('undo "all"', "undo: [all]"),
    ("stop failed", "stop: failed"),
    ('stop failed "m"', "stop: {as: failed, message: m}"),
    ("when a; guard b; may fail; settles x, y", "{when: a, guard: b, may_fail: true, settles: [x, y]}"),
    ("expect a", "expect: a"),
    ("expect a\nexpect b", "expect: [a, b]"),
    ("retry every 10s for 5m times 3 factor 1.5 longest 1m", "retry: {every: 10s, for: 5m, times: 3, factor: 1.5, longest: 1m}"),
    ('timeout 5s; effect read; because "x"', "{timeout: 5s, effect: read, because: x}"),
    ("repeatable", "repeatable: true"),
    ("not repeatable", "repeatable: false"),
    ("applied { shell a; expect b }", "applied: {shell: a, expect: b}"),
    ('undo { title "T"; shell a }', "undo: {title: T, shell: a}"),
    ("rehearse { shell a }", "rehearse: {shell: a}"),
    ("approve", "approve: true"),
    ('approve "x"', "approve: x"),
    ("approve role r within 1h", "approve: {role: r, within: 1h}"),
    ('approve "x" role r count 2', "approve: {text: x, role: r, count: 2}"),
    ("sensitive a, b", "sensitive: [a, b]"),
    ('on "ops@${h}"', "'on': ops@${h}"),
]  # fmt: skip


def wanted(text: str) -> Any:
    return yaml.safe_load(text)


@pytest.mark.parametrize(("text", "other"), TOPS, ids=[text for text, _ in TOPS])
def test_what_stands_in_a_runbook(text: str, other: str) -> None:
    assert top(text) == wanted(other)


@pytest.mark.parametrize(("text", "other"), STEPS, ids=[text for text, _ in STEPS])
def test_what_stands_in_a_step(text: str, other: str) -> None:
    assert step(text) == wanted(other)


def test_every_character_is_found_again() -> None:
    text = 'runbook x "T\\u00e9\\n" {\n  step {\n    psql |\n      SELECT 1\n        FROM x\n    expect a == "\\n" &&\n      b\n    shell a "b c"\n  }\n}\n'
    node = tree(text)
    for scalar in scalars(node):
        for at, char in enumerate(scalar.value):
            span = scalar.locate(at, at + 1)
            raw = text[span.start : span.end]
            assert raw == char or raw.startswith("\\") or (char == " " and raw.isspace()) or scalar.span.start == scalar.span.end
    assert {scalar.value for scalar in scalars(node)} >= {"SELECT 1\n  FROM x\n", 'a == "\\n" && b', 'a "b c"', "Té\n"}


def test_line_ends_of_windows_are_line_ends() -> None:
    text = "runbook x {\r\n  severity P1\r\n  psql |\r\n    SELECT 1\r\n    FROM a\r\n\r\n  shell a b # c\r\n}\r\n"
    assert data(tree(text)) == {"runbook": "x", "severity": "P1", "steps": [{"psql": "SELECT 1\nFROM a\n"}, {"shell": "a b"}]}


def test_a_kind_of_a_word_is_that_of_yaml() -> None:
    node = tree("runbook x {\n  input a: list = [1, 1.5, true, null, -3]\n}")
    kinds = [item.kind for item in scalars(node) if isinstance(item, Scalar) and item.kind != "string"]
    assert sorted(kinds) == ["bool", "float", "int", "int", "null"]


def test_a_tree_comes_with_the_places_of_statements() -> None:
    text = "runbook x {\n  step a {\n    retry every 10s\n  }\n}\n"
    node = tree(text).get("steps")
    assert node is not None
    entry = node.items[0].entry("retry")  # type: ignore[attr-defined]  # a sequence of mappings
    assert text[entry.span.start : entry.span.end] == "retry every 10s"
    assert isinstance(entry.value, Mapping)


def test_after_an_error_the_rest_is_in_the_tree() -> None:
    node, problems = read("runbook x {\n  severity\n  step a { shell ls; timeout; may fail }\n}\n")
    assert data(node) == {"runbook": "x", "steps": [{"id": "a", "shell": "ls", "may_fail": True}]}
    assert problems.failed


def test_after_an_error_from_which_there_is_no_way_on_there_is_no_tree() -> None:
    node, problems = read("runbook x {\n  step a { shell ls\n")
    assert node is None
    assert problems.failed
