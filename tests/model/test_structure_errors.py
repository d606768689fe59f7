"""Each structural error is reported with its code on the line that causes it, all of a file at once."""

from __future__ import annotations

import pytest

from tests.model.reading import read, read_steps, wanted

RUNBOOKS = {
    "not a mapping": "- doctl: apps list #! RB301\n",
    "a misspelt key at the top": "runbook: a\ntitel: x #! RB302\nsteps:\n- doctl: apps list\n",
    "nothing to do and no name": "title: x #! RB303 RB303\n",
    "empty steps": "runbook: a\nsteps: [] #! RB313\n",
    "empty failure path": "runbook: a\nsteps:\n- wait: 1m\non_failure: [] #! RB313\n",
    "a name with a space": "runbook: roll back #! RB310\nsteps:\n- wait: 1m\n",
    "steps as a mapping": "runbook: a\nsteps: {doctl: apps list} #! RB304\n",
    "a severity that isn't constant": "runbook: a\nseverity: P${n} #! RB317\nsteps:\n- wait: 1m\n",
    "a number as a title": "runbook: a\ntitle: 12 #! RB304\nsteps:\n- wait: 1m\n",
    "inputs": """
runbook: a
inputs:
  one: sting #! RB305
  flag: {type: boolean, default: true, pattern: a} #! RB305
  two: {type: int, default: x} #! RB314
  three: {choices: [a, b], default: c} #! RB314
  four: {type: int, choices: [1, two]} #! RB314
  my-five: string #! RB310
  six: {type: int, format: uuid} #! RB319
  seven: {pattern: "("} #! RB323
  look: {pattern: "(?=a)a", default: a} #! RB323
  eight: {} #! RB304
  if: string #! RB311
steps:
- wait: 1m
""",
    "secrets": """
runbook: a
secrets:
  one: {env: A, file: b} #! RB316
  two: {description: nothing} #! RB316
  three: env #! RB304
  four: {env: A, for: []} #! RB313
steps:
- wait: 1m
""",
    "one namespace": """
runbook: a
inputs: {app: string}
secrets:
  app: {env: A} #! RB312
steps:
- id: app #! RB312
  doctl: apps list
- id: item
  doctl: apps list
- for_each:
    over: "[1]"
    as: item #! RB312
    steps:
    - id: deep
      doctl: apps list
- for_each: {over: "[1]", as: late, steps: [{wait: 1m}]}
- id: late #! RB312
  doctl: apps list
on_failure:
- id: deep #! RB312
  doctl: apps list
""",
    "nested loops share no variable": """
runbook: a
steps:
- for_each:
    over: "[1]"
    as: x
    steps:
    - for_each:
        over: "[2]"
        as: x #! RB312
        steps:
        - wait: 1m
- for_each: {over: "[1]", as: x, steps: [{wait: 1m}]}
""",
    "defaults": "runbook: a\ndefaults:\n  aws: s3 #! RB304\nsteps:\n- wait: 1m\n",
}

STEPS = {
    "kinds": """
- title: nothing #! RB307
- rescue: [{wait: 1m}] #! RB307
- undo: {doctl: apps list} #! RB307
- doctl: apps list
  psql: SELECT 1 #! RB308
- wait: 1m
  stop: failed #! RB308
- text #! RB304
- [] #! RB304
- {} #! RB304
""",
    "what stands beside": """
- wait: 1m
  retry: {times: 3} #! RB309
- stop: failed
  rescue: [{wait: 1m}] #! RB309
- set: {a: 1}
  expect: a #! RB309
- doctl: apps list
  gaurd: true #! RB302
- doctl: apps list
  applied:
    psql: SELECT 1
    when: ready #! RB309
    foo: 1 #! RB302
- doctl: apps list
  undo: all #! RB304
- doctl: apps list
  rehearse: {title: no action} #! RB307
""",
    "ids": """
- id: 9lives #! RB310
  wait: 1m
- id: result #! RB311
  wait: 1m
- id: in #! RB311
  wait: 1m
- id: [a] #! RB304
  wait: 1m
""",
    "durations": """
- wait: 10 sec #! RB306
- wait: 90 #! RB306
- wait: 1.5h #! RB306
- wait: 400d #! RB306
- wait: [5m] #! RB304
- doctl: apps list
  timeout: 0s #! RB318
""",
    "retry": """
- doctl: apps list
  retry: {every: 10s} #! RB320
- doctl: apps list
  retry: {times: 0, factor: 0.5} #! RB318 RB318
- doctl: apps list
  retry: 3 #! RB304
- doctl: apps list
  retry: {times: 1.5} #! RB304
""",
    "choose": """
- choose: [] #! RB304
- choose: [{else: [{wait: 1m}]}] #! RB315
- choose:
  - else: [{wait: 1m}] #! RB315
  - {when: a, steps: [{wait: 1m}]}
- choose:
  - {when: a} #! RB303
  - {when: a, else: [{wait: 1m}]} #! RB302
""",
    "blocks": """
- parallel: [] #! RB313
- parallel: {branches: {}} #! RB304
- parallel: {branches: {a-b: [{wait: 1m}]}, limit: 0} #! RB310 RB318
- for_each: {over: a, steps: [{wait: 1m}]} #! RB303
- for_each: {over: a, as: in, steps: [{wait: 1m}]} #! RB311
- try: [{wait: 1m}] #! RB321
- call: "${x}.yml" #! RB317
- call: {inputs: {a: 1}} #! RB303
- stop: {as: faled} #! RB305
- escalate: {} #! RB304
- escalate: [a] #! RB304
- undo: [] #! RB313
- undo: a-b #! RB310
""",
    "ask": """
- ask: text #! RB304
- ask: {answer: a, do: b} #! RB316
- ask: {type: int} #! RB316
- ask: {do: b, type: int} #! RB319
- ask: {answer: a, choices: [1, x]} #! RB314
- ask: {answer: a, count: 2} #! RB319
- ask: {approve: a, count: destroy}
- ask: {approve: a, count: change} #! RB304
- ask: {approve: a, count: 0} #! RB318
""",
    "expressions and templates are read with their places": """
- set: {a: 1 +} #! RB201
- escalate: "${" #! RB230
- doctl: apps list
  when: [a] #! RB304
- doctl: apps list
  guard: #! RB304
""",
}


@pytest.mark.parametrize("text", RUNBOOKS.values(), ids=RUNBOOKS)
def test_a_wrong_file(text: str) -> None:
    assert read(text).found == wanted(text)


@pytest.mark.parametrize("text", STEPS.values(), ids=STEPS)
def test_wrong_steps(text: str) -> None:
    assert read_steps(text).found == [(line + 2, code) for line, code in wanted(text)]


SENTENCES = [
    ("- wait: 10 sec", "RB306", "'wait' must be a duration up to 366d, not the text '10 sec'.", "Did you mean '10s'?"),
    ("- wait: 2 weeks", "RB306", "'wait' must be a duration up to 366d, not the text '2 weeks'.", "Did you mean '14d'?"),
    ("- wait: 90", "RB306", "'wait' must be a duration up to 366d, not the number 90.", "A number needs its unit: 90s, 90m or 90h?"),
    ("- {doctl: a, gaurd: b}", "RB302", "A step has no key 'gaurd'.", "Did you mean 'guard'?"),
    ("- {doctl: a, retries: 3}", "RB302", "A step has no key 'retries'.", "Did you mean 'retry'?"),
    ("- {doctl: a, if: b}", "RB302", "A step has no key 'if'.", "Did you mean 'when'?"),
    (
        "- id: a\n  http:\n  get: http://x",
        "RB302",
        "A step has no key 'get'.",
        "What belongs to 'http' begins further right than 'http' itself.",
    ),
    ("- {doctl: a, psql: b}", "RB308", "This step is two things at once: 'doctl' and 'psql'.", "Make a step of each."),
    (
        "- {id: a-b, wait: 1m}",
        "RB310",
        "A step can't be named 'a-b': a name is letters, digits and '_', and begins with no digit.",
        "Write 'a_b'.",
    ),
    (
        "- {shell: ls, approve: 5}",
        "RB304",
        "'approve' must be true, a question or a mapping, not the number 5.",
        "For so many people write `approve: {count: 5}`.",
    ),
    ("- escalate: 5", "RB304", "'escalate' must be a text or a mapping, not the number 5.", 'Write "5", with the quotes, for a text.'),
    ("- stop: x", "RB305", "'stop' must be one of succeeded | failed, not the text 'x'.", "For example `stop: succeeded`."),
    ("- {shell: ls, retry: {times: 0}}", "RB318", "'times' must be at least 1, not 0.", "Write 1 or more."),
    (
        "- {id: ñ, wait: 1m}",
        "RB310",
        "A step can't be named 'ñ': a name is letters, digits and '_', and begins with no digit.",
        "Write a word of the letters a to z, such as 'step_1'.",
    ),
    (
        "- {doctl: apps list, sensitive: [json.token]}",
        "RB310",
        "A name can't be named 'json.token': a name is letters, digits and '_', and begins with no digit.",
        "Write 'json': only a whole one is named here, and no part of it.",
    ),
    ("- {set: {a: 1}, retry: {times: 2}}", "RB309", "'retry' stands beside an executor's action, not beside 'set'.", "Remove it."),
    (
        "- {doctl: a, may_fail: yes}",
        "RB304",
        "'may_fail' must be true or false, not the text 'yes'.",
        "YAML's yes, no, on and off are plain text here.",
    ),
    (
        "- {doctl: a, effect: reads}",
        "RB305",
        "'effect' must be one of read | change | destroy, not the text 'reads'.",
        "Did you mean 'read'?",
    ),
]


@pytest.mark.parametrize(("text", "code", "message", "help"), SENTENCES)
def test_what_a_message_says(text: str, code: str, message: str, help: str) -> None:
    item = read_steps(text).one(code)
    assert (item.message, item.help) == (message, help)


def test_every_structural_error_says_what_to_do() -> None:
    found = [item for text in RUNBOOKS.values() for item in read(text).problems]
    found += [item for text in STEPS.values() for item in read_steps(text).problems]
    for item in found:  # RB316 lists the keys in its message, and RB2 is about expressions
        assert item.help or item.code == "RB316" or item.code.startswith("RB2"), (item.code, item.message)


def test_a_second_name_shows_the_first() -> None:
    item = read_steps("- {id: a, wait: 1m}\n- {id: a, wait: 1m}\n").one("RB312")
    assert item.span is not None
    assert [(related.message, related.span.line) for related in item.related] == [("first defined here", 3)]
    assert item.span.line == 4


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("- {doctl: apps list, gaurd: a}", True),
        ("- {doctl: apps list, timeout: 10 sec}", True),
        ("- {title: nothing}\n- wait: 1m", False),
        ("- {id: a-b, wait: 1m}", False),
        ("- choose: [{when: a}, {else: [{wait: 1m}]}]", False),
    ],
)
def test_a_runbook_comes_back_when_nothing_was_dropped_from_it(text: str, kept: bool) -> None:
    found = read_steps(text)
    assert found.problems.failed
    assert (found.runbook is not None) is kept


def test_blocks_as_deep_as_a_file_may_be_are_read_without_an_error() -> None:
    text = "{wait: 1m}"
    for _ in range(15):
        text = f"{{choose: [{{when: a, steps: [{text}]}}]}}"
    assert read_steps(f"- {text}").found == []
