"""Runbooks that together use every kind of step, for the world of counted.py, and what has to be true of each of their runs."""

from __future__ import annotations

TOKEN = "canary-token-7731"
BORN = "born-secret-9d41"
"""A secret that the run is started with, and one that a step brings."""


def probe(name: str) -> str:
    return f'{{shell: "world probe {name}", effect: read, because: it looks, expect: result.exit == 0}}'


def probed(id_: str, verb: str = "do", more: str = "") -> str:
    return f"{{id: {id_}, shell: world {verb} {id_}, applied: {probe(id_)}, {more}}}"


STEPS = f"""
runbook: steps
secrets: {{token: {{env: TOKEN}}}}
locks: [steps]
steps:
  - {{id: look, shell: world say hello, effect: read, because: it prints}}
  - {{id: much, shell: world much, effect: read, because: it prints}}
  - {{id: born, shell: world token, effect: read, because: it prints, sensitive: [stdout]}}
  - id: a
    shell: {{command: world do a, env: {{TOKEN: "${{token}}", OTHER: "${{born.stdout}}"}}}}
    applied: {probe("a")}
  - {{id: named, set: {{n: size(look.lines)}}}}
  - {{id: q, ask: {{answer: go on?, type: bool}}}}
  - {probed("guarded", more="guard: q.answer, approve: true")}
  - {{id: w, wait: 1ms}}
  - id: pick
    choose:
      - {{when: named.n > 3, steps: [{{id: few, shell: world do few}}]}}
      - {{else: [{{id: many, shell: world do many}}]}}
  - {{id: t, call: {{runbook: sub.yml, inputs: {{name: "${{named.n > 0}}"}}}}}}
  - {{id: tell, escalate: "${{t.said}}"}}
  - {{id: end, stop: succeeded}}
success: t.ok && a.ok
outputs: {{said: "${{t.said}}"}}
"""
SUB = f"""
runbook: sub
inputs: {{name: {{type: bool}}}}
steps: [{probed("inner")}]
outputs: {{said: "it was ${{name}}"}}
"""
FLOW = f"""
runbook: flow
secrets: {{token: {{env: TOKEN}}}}
steps:
  - id: side
    parallel:
      - {probed("b")}
      - {probed("c", "blow")}
      - {{id: d, shell: world say hello, effect: read, because: it prints}}
  - id: each
    for_each:
      over: "['u', 'v']"
      as: i
      key: i
      max: 2
      steps:
        - {{id: e, shell: "world do ${{i}}", applied: {probe("${i}")}}}
  - {probed("f", "flaky", "retry: {every: 1ms, times: 5}").replace("world flaky f", "world flaky f 3")}
  - {{id: again, shell: world do again, repeatable: true}}
  - id: t
    try:
      - {{id: made, shell: world do made, undo: {{shell: world do unmade}}}}
      - {{id: bad, shell: {{command: world bad, env: {{TOKEN: "${{token}}"}}}}}}
    rescue: [{{id: back, undo: [made]}}, {probed("rescued")}]
    always: [{probed("z")}]
  - {{id: hand, ask: {{do: turn the switch}}}}
  - {{id: yes, ask: {{approve: is it good?}}}}
success: "!bad.ok && each.ok"
"""
RENDER = f"""
runbook: page
secrets: {{token: {{env: TOKEN}}}}
steps:
  - {{id: page, render: {{template: page.j2, to: page.txt, values: {{word: "${{token}}"}}}}}}
  - {probed("after")}
"""
FILES = {"sub.yml": SUB, "page.j2": "{{ word }}\n"}
BOOKS = {"steps": STEPS, "flow": FLOW, "page": RENDER}
ANSWERS = {"q": True, "guarded": True, "hand": True, "yes": True}
EFFECTS = {
    "steps": {"a", "guarded", "many", "inner"},
    "flow": {"b", "c", "u", "v", "f", "again", "made", "unmade", "rescued", "z"},
    "page": {"after"},
}
REPEATABLE = {"again"}
"""Done twice is done once: may have two marks after a crash."""
OWN = {"e": "", "made#undo": "unmade"}
"""Steps whose mark has another name than they have; '' for those that a loop names."""
