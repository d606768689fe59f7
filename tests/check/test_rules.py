"""What a check of a whole runbook finds. Each finding is wanted on the line that ends with its code after `#!`."""

from __future__ import annotations

import re

import pytest

from runbook_lang.api.load import load

SUB = """
runbook: sub
inputs: {n: {type: int}, name: {type: string, default: x}}
steps: [{id: s, shell: "echo ${n} ${name}"}]
outputs: {said: "${s.stdout}"}
"""
PICKY = """
runbook: picky
inputs:
  mode: {choices: [a, b], default: a}
  id: {format: uuid, default: 3f1c2b4a-0000-4000-8000-000000000000}
  digits: {pattern: "[0-9]+", default: "1"}
  n: {type: int, default: 1}
  l: {type: list, default: []}
steps: [{shell: echo}]
"""
SAYS = """
runbook: says
steps: [{id: a, shell: echo}]
outputs: {ok: "${a.stdout}", said: "${a.stdout}"}
"""
STOPS = """
runbook: stops
steps: [{id: a, shell: echo}, {when: a.exit == 0, stop: succeeded}, {id: b, shell: echo}]
outputs: {said: "${a.stdout}"}
"""
POLICY = """
zone: UTC
people: {ana: {name: Ana, email: ana@example.com, os_user: ana}}
tiers: {ops: {hours: 24x7, ack_within: 15m, notify: [{email: ops@example.com}]}}
severities: {P1: {tiers: [ops]}}
approvals: {destroy: 1, roles: {devops: [ana]}}
windows: {night: {hours: 'mon-sun 02:00-04:00'}}
"""
LIBRARY = {"sub.yml": SUB, "stops.yml": STOPS, "picky.yml": PICKY, "says.yml": SAYS, "policy.yml": POLICY}
WANTED = re.compile(r"#! (RB\d+(?: RB\d+)*)")

CASES = {
    "an action of ours on another host": """
runbook: x
steps:
  - id: a
    http: {get: "http://localhost/"}
    on: ops@app.example.com #! RB428
  - {id: b, shell: uptime, on: ops@app.example.com}
""",
    "a call that comes back to itself": """
runbook: x
steps:
  - id: a
    call: book.yml  #! RB402
""",
    "a step that is read before it has run": """
runbook: x
steps:
  - id: a
    shell: echo ${b.stdout}  #! RB403
  - id: b
    shell: echo b
""",
    "a branch that reads its neighbour": """
runbook: x
steps:
  - id: p
    parallel:
      - id: a
        shell: echo a
      - id: b
        shell: echo ${a.stdout}  #! RB403
""",
    "conditions that are no bool": """
runbook: x
inputs: {n: {type: int}}
steps:
  - id: a
    when: n  #! RB404
    shell: echo a
  - id: b
    guard: n + 1  #! RB404
    shell: echo b
  - id: c
    shell: echo c
    expect: result.stdout  #! RB404
success: c.stdout  #! RB404
""",
    "an applied that can only say yes": """
runbook: x
steps:
  - id: a
    shell: touch f
    applied: {shell: test -e f}  #! RB430
  - id: b
    shell: touch f
    applied: {shell: test -e f, expect: result.exit == 0}
  - id: c
    shell: touch f
    repeatable: true
    applied: {shell: test -e f}
""",
    "things that are no text": """
runbook: x
inputs: {l: {type: list}, m: {type: map}}
steps:
  - id: a
    shell: echo x${l}  #! RB406
  - id: b
    ask: {do: "${m} !"}  #! RB406
  - id: c
    shell: echo ${a}  #! RB406
  - id: d
    psql: select name from shops where id = any(${l}) and about = ${m}
""",
    "secrets where they would be seen": """
runbook: x
secrets: {token: {env: TOKEN}}
steps:
  - id: a
    shell: echo ${token}  #! RB407
  - id: b
    shell: {command: echo b, stdin: "${token}", env: {T: "a ${token}"}}
  - id: c
    escalate: the token is ${token}  #! RB407
""",
    "a secret of a step is one too": """
runbook: x
steps:
  - id: a
    shell: cat token
    sensitive: [stdout]
  - id: b
    shell: echo ${a.stdout}  #! RB407
  - id: c
    shell: echo ${a.lines[0]}  #! RB407
  - id: d
    shell: {command: cat, stdin: "${a.stdout}"}
""",
    "a secret field that the result doesn't have": """
runbook: x
steps:
  - id: a
    shell: cat token
    sensitive: [stdot]  #! RB214
    undo:
      shell: rm token
      sensitive: [token, json]  #! RB214
  - id: b
    http: {get: "http://localhost/"}
    sensitive: [body, headers]
""",
    "a value in a place that takes another": """
runbook: x
inputs: {n: {type: int}, l: {type: list}, m: {type: map}}
locks:
  - ${l}  #! RB406
  - ${n}
steps:
  - id: a
    wait: {at: "${n}"}  #! RB338
  - id: b
    wait: {at: "${now() + duration('1s')}"}
  - id: c
    wait: {at: tomorrow}  #! RB222
  - id: d
    shell: uptime
    on: ${n}  #! RB338
  - id: e
    shell:
      command: cat
      stdin: ${l}  #! RB406
      env: {A: "${n}", B: "${null}"}  #! RB406
  - id: f
    tls: ${m}  #! RB406
  - id: g
    http: {post: "http://localhost/${m.path}", json: "${l}"}
""",
    "hosts of a secret that aren't known at the start": """
runbook: x
inputs: {api: string}
secrets:
  a: {env: A, for: ["${api}", "${apii}"]}  #! RB210
  b: {env: B, for: ["${s.stdout}"]}  #! RB210
steps:
  - {id: s, shell: echo}
""",
    "a secret as the key of a loop": """
runbook: x
secrets: {token: {env: TOKEN}}
steps:
  - id: a
    for_each:
      over: "['x']"
      as: i
      key: token  #! RB407
      steps: [{shell: echo}]
""",
    "turns that stand in the file and can't run": """
runbook: x
steps:
  - id: many
    for_each: {over: "[1, 2, 3]", as: i, max: 2, steps: [{shell: echo}]}  #! RB432
  - id: same
    for_each: {over: "['a', 'a']", as: i, key: i, steps: [{shell: echo}]}  #! RB432
  - id: one
    for_each: {over: "['a', 'b']", as: i, key: "'x'", steps: [{shell: echo}]}  #! RB432
  - id: path
    for_each: {over: "['/etc/hosts']", as: i, key: i, steps: [{shell: echo}]}  #! RB432
  - id: right
    for_each: {over: "['a', 'b']", as: i, key: i, max: 2, steps: [{shell: echo}]}
  - id: unknown
    for_each: {over: "['a', right.items[0].key]", as: i, key: i, max: 2, steps: [{shell: echo}]}
""",
    "undoing and settling what comes later": """
runbook: x
steps:
  - id: early
    undo: [b]  #! RB414
  - id: a
    shell: touch a
    undo: {shell: rm a}
    settles: [a, b]  #! RB414 RB414
  - id: t
    try: [{id: b, shell: touch b, undo: {shell: rm b}}]
    always: [{undo: [a]}]
    settles: [b, a]
  - id: each
    for_each:
      over: "[1]"
      as: i
      steps: [{undo: [c]}, {id: c, shell: touch c, undo: {shell: rm c}}]
  - id: p
    parallel: [{id: d, shell: touch d, undo: {shell: rm d}, settles: [e]}, {id: e, shell: touch e, undo: {shell: rm e}}]
on_failure:
  - undo: [b, d]
""",
    "a loop over no list": """
runbook: x
inputs: {n: {type: int}}
steps:
  - id: a
    for_each:
      over: n  #! RB408
      as: i
      max: 3
      steps: [{shell: echo a}]
""",
    "a loop that may have any number of turns": """
runbook: x
inputs: {l: {type: list}}
steps:
  - id: a
    for_each:
      over: l  #! RB424
      as: i
      steps: [{shell: "echo ${i}"}]
  - id: b
    for_each: {over: "['x']", as: j, steps: [{shell: "echo ${j}"}]}
""",
    "a call with an input of another type": """
runbook: x
steps:
  - id: a  #! RB409
    call: {runbook: sub.yml, inputs: {n: text}}
""",
    "constants that an input of a called runbook doesn't take": """
runbook: x
inputs: {l: {type: list}}
steps:
  - id: choice  #! RB409
    call: {runbook: picky.yml, inputs: {mode: c}}
  - id: format  #! RB409
    call: {runbook: picky.yml, inputs: {id: none}}
  - id: pattern  #! RB409
    call: {runbook: picky.yml, inputs: {digits: "1a"}}
  - id: part  #! RB409
    call: {runbook: picky.yml, inputs: {n: 1.5}}
  - id: large  #! RB409
    call: {runbook: picky.yml, inputs: {n: 99999999999999999999}}
  - id: nothing  #! RB409
    call: {runbook: picky.yml, inputs: {mode: null}}
  - id: list  #! RB409
    call: {runbook: picky.yml, inputs: {mode: [a]}}
  - id: map  #! RB409
    call: {runbook: picky.yml, inputs: {n: {a: 1}}}
  - id: right
    call: {runbook: picky.yml, inputs: {mode: b, n: 2, digits: "12", l: [1, "${l}"]}}
""",
    "fields of set that every step has": """
runbook: x
steps:
  - {id: a, set: {ok: "1 == 1", elapsed: "1"}}  #! RB311
  - {id: b, set: {ok: "'yes'"}}  #! RB311
  - {id: c, set: {state: "1"}}  #! RB311
  - {id: d, set: {error: "1"}}  #! RB311
  - {id: e, set: {state: "'fine'"}}  #! RB311
""",
    "an output of a called runbook that every step has": """
runbook: x
steps:
  - id: a  #! RB311
    call: says.yml
  - id: b
    shell: echo ${a.said}
outputs: {ok: "${a.said}"}
""",
    "a default that its own input doesn't take": """
runbook: x
inputs:
  digits: {pattern: "[0-9]+", default: a}  #! RB314
  id: {format: uuid, default: none}  #! RB314
  n: {type: int, default: 1}
steps: [{shell: echo}]
""",
    "a call with the wrong inputs": """
runbook: x
steps:
  - id: a  #! RB418 RB419
    call: {runbook: sub.yml, inputs: {m: 1}}
""",
    "an effect that is lowered without a reason": """
runbook: x
steps:
  - id: a  #! RB410
    shell: touch a
    effect: read
  - id: b
    shell: touch b
    effect: read
    because: it is a scratch file
""",
    "a probe that changes something": """
runbook: x
steps:
  - id: a
    shell: touch a
    applied:
      shell: touch b  #! RB412
""",
    "undoing and settling what isn't there or has no undo": """
runbook: x
steps:
  - id: a
    shell: touch a
  - id: b
    shell: touch b
    settles: [nowhere]  #! RB413
  - id: c
    shell: touch c
    settles: [a]  #! RB414
  - id: turns
    for_each: {over: "[1]", as: i, steps: [{shell: "echo ${i}"}]}
  - id: settled_as_a_whole
    set: {x: 1}
    settles: [turns]
on_failure:
  - undo: [bb]  #! RB413
  - undo: [a]  #! RB414
""",
    "a value in single quotes": """
runbook: x
inputs: {app: string}
steps:
  - id: a
    shell: echo '## ${app}'  #! RB236
  - id: b
    doctl: apps get 'x ${a.stdout}'  #! RB236
  - id: c
    shell: sh -c 'rm -rf "/srv/${app}"'  #! RB236
  - id: d
    shell: sh -c 'for one in *; do echo ${one} ${HOME}; done' "${app}" "x $${app}" '$${app}' ${"'" + app}
  - id: e
    shell: [echo, "'${app}'"]
""",
    "a text where a value was meant": """
runbook: x
inputs: {app: {type: map, default: {}}}
steps:
  - id: a
    shell: echo
  - id: db
    call: {runbook: sub.yml, inputs: {n: 1, name: a.stdout}}  #! RB237
outputs:
  one: a.stdout  #! RB237
  two: a.other
  three: ${a.stdout}
  four: app.name  #! RB237
  five: a
  six: db.internal
  seven: "a.stdout."
""",
    "a stop that settles": """
runbook: x
steps:
  - id: a
    shell: touch a
    undo: {shell: rm a}
  - id: b
    stop: succeeded
    settles: [a]  #! RB431
""",
    "a retry of a change": """
runbook: x
steps:
  - id: a  #! RB416
    shell: touch a
    retry: {times: 3}
  - id: c
    shell: touch c
    retry: {times: 3}
    applied: {shell: test -e c, effect: read, because: only looks, expect: result.exit == 0}
  - id: b
    shell: touch b
    repeatable: true
    retry: {times: 3}
""",
    "windows that nobody has declared": """
runbook: x  #! RB420
policy: policy.yml
window: noon
steps:
  - id: a  #! RB420
    wait: {window: nigth}
  - id: b
    wait: {window: night}
  - id: c
    when: window("nigth") || window("night")  #! RB420
    shell: touch c
""",
    "a window without a policy": """
runbook: x
steps:
  - id: a
    when: window("night")  #! RB211
    shell: touch a
""",
    "names that the policy doesn't have": """
runbook: x  #! RB422
policy: policy.yml
severity: P9
steps:
  - id: a  #! RB425
    escalate: {message: help, tier: opps}
  - id: b  #! RB425
    approve: {text: sure?, role: dev}
    shell: touch b
  - id: c  #! RB425
    ask: {approve: sure?, role: dev}
  - id: d
    approve: {text: sure?, role: devops}
    shell: touch d
  - id: e  #! RB422
    escalate: {message: help, severity: P7}
""",
    "waits that are longer than the policy lets them be": """
runbook: x
policy: policy.yml
steps:
  - id: a  #! RB429
    ask: {do: wait, within: 25h}
  - id: b  #! RB429
    approve: {text: sure?, within: 3d}
    shell: touch b
  - id: c
    ask: {do: wait, within: 24h}
""",
    "a lock that is made from a step": """
runbook: x
inputs: {app: {type: string}}
locks:
  - app/${app}
  - app/${a.stdout}  #! RB423
steps:
  - id: a
    shell: echo a
""",
    "a lock that can't be made of its inputs": """
runbook: x
inputs: {app: {type: string}, n: {type: int}, any: {type: map}}
locks:
  - app/${app.id}  #! RB215
  - app/${sizee(app)}  #! RB211
  - app/${n + 'x'}  #! RB213
  - app/${now()}  #! RB423
  - app/${n}/${any.id}
steps:
  - id: a
    shell: echo a
""",
    "a step that destroys without a reason": """
runbook: x
steps:
  - id: a  #! RB426
    shell: touch a
    effect: destroy
""",
    "a change that brings a secret that a later step reads": """
runbook: x
steps:
  - id: a  #! RB427
    shell: touch a
    sensitive: [stdout]
  - id: b
    shell: {command: touch b, stdin: "${a.stdout}"}
""",
    "a step of an arm that may not have run": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    when: go
    shell: echo a
  - id: b
    shell: echo ${a.stdout}  #! RB218
  - id: c
    when: a.ok
    shell: echo ${a.stdout}
  - id: d
    shell: echo ${a.state}
""",
    "what a guard has made sure of, for its step and all that follow": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    when: go
    shell: echo a
  - id: early
    shell: echo ${a.stdout}  #! RB218
  - id: b
    guard: a.ok
    shell: echo ${a.stdout}
    undo: {shell: "echo ${a.stdout}"}
  - id: c
    shell: echo ${a.stdout}
on_failure:
  - id: d
    shell: echo ${a.stdout}  #! RB218
outputs: {a: "${a.stdout}"}
""",
    "what a guard hasn't made sure of": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    when: go
    shell: echo a
  - id: may
    guard: a.ok
    may_fail: true
    set: {x: a.stdout}
  - id: b
    shell: echo ${a.stdout}  #! RB218
  - id: skipped
    when: go
    guard: a.ok
    shell: echo ${a.stdout}
  - id: c
    shell: echo ${a.stdout}  #! RB218
  - id: each
    for_each: {over: "[1]", as: i, steps: [{guard: a.ok, set: {x: a.stdout}}]}
  - id: d
    shell: echo ${a.stdout}  #! RB218
  - id: t
    try:
      - id: inner
        guard: a.ok
        shell: echo ${a.stdout}
    rescue:
      - id: e
        shell: echo ${a.stdout}  #! RB218
    always:
      - id: f
        shell: echo ${a.stdout}  #! RB218
  - id: g
    shell: echo ${a.stdout}  #! RB218
""",
    "what is sure where all else has ended": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    when: go
    shell: echo a
  - id: none
    when: "!a.ok"
    stop: {as: failed, message: "no ${a.stdout}"}  #! RB218
  - id: b
    shell: echo ${a.stdout}
  - id: way
    choose:
      - when: go
        steps: [{id: c, shell: echo}]
      - else: [{stop: failed}]
  - id: other
    choose:
      - when: "!go"
        steps: [{id: d, shell: echo}]
      - when: go
        steps: [{id: e, shell: echo}]
  - id: t
    try: [{id: f, guard: other.ok, shell: echo}]
    rescue: [{stop: failed}]
  - id: p
    parallel: [{id: g, guard: c.ok, shell: echo}, {id: h, shell: echo}]
  - id: last
    shell: echo ${c.stdout} ${f.stdout} ${g.stdout} ${h.stdout}
  - id: unsure
    shell: echo ${d.stdout}  #! RB218
""",
    "what success has made sure of": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    when: go
    shell: echo a
  - id: b
    when: go
    shell: echo b
success: a.ok
outputs:
  a: ${a.stdout}
  b: ${b.stdout}  #! RB218
""",
    "an error where there may have been no failure": """
runbook: x
inputs: {go: {type: bool}}
steps:
  - id: a
    shell: echo a
  - id: b
    may_fail: true
    shell: echo b
  - id: c
    when: go
    may_fail: true
    shell: echo c
  - id: d
    guard: go
    may_fail: true
    set: {x: 1}
  - id: e
    shell: echo ${a.error.kind}  #! RB218
  - id: f
    when: "!b.ok"
    shell: echo ${b.error.kind}
  - id: g
    when: b.ok
    shell: echo ${b.stdout} ${b.error.kind}  #! RB218
  - id: h
    when: '!c.ok && c.error.kind == "exit"'  #! RB218
    shell: echo ${has(c.error)}
  - id: i
    when: 'c.state == "failed" && c.error.kind == "exit" || !d.ok && d.error.kind == "refused" || b.ok == false && b.error.message == ""'
    shell: echo
    expect: result.ok || result.error.kind == "auth"
on_failure:
  - id: k
    when: '!b.ok && b.error.kind == "exit"'  #! RB218
    shell: echo
""",
    "outputs after a stop of what is run itself": """
runbook: x
inputs: {done: {type: bool}}
steps:
  - id: a
    shell: echo a
  - id: t
    try:
      - id: nothing
        when: done
        stop: {as: succeeded, message: nothing to do}
      - id: b
        shell: echo b
    always:
      - id: c
        shell: echo c
  - id: d
    shell: echo ${b.stdout}
  - id: broken
    when: d.stdout == ''
    stop: {as: failed}
success: d.ok
outputs:
  a: ${a.stdout}
  b: ${b.stdout}
  c: ${c.stdout}
  d: ${d.stdout}
  e: "${has(d.stdout) ? d.stdout : ''}"
""",
    "what is in doubt in outputs after a stop in a called runbook": """
runbook: x
steps:
  - id: a
    shell: echo a
  - id: sub
    call: stops.yml
  - id: b
    shell: echo ${sub.said}
on_failure:
  - stop: succeeded
outputs: {b: "${b.stdout}"}
""",
    "what is in doubt in rescue, always and after": """
runbook: x
steps:
  - id: t
    try:
      - id: a
        shell: echo a
      - id: b
        shell: echo ${a.stdout}
    rescue:
      - id: c
        shell: echo ${failure.step} ${b.state}
      - id: d
        shell: echo ${a.stdout}  #! RB218
    always:
      - id: e
        shell: echo ${failure.step}  #! RB210
      - id: f
        shell: echo ${c.state} ${c.ok}
  - id: g
    shell: echo ${f.stdout}
""",
    "what is in doubt on the failure path": """
runbook: x
steps:
  - id: a
    shell: echo a
on_failure:
  - id: b
    shell: echo ${failure.summary}
  - id: c
    shell: echo ${b.stdout}  #! RB218
  - id: d
    shell: "echo ${failure.kind} ${b.state} ${has(b.stdout) ? b.stdout : ''}"
  - id: e
    shell: echo ${a.stdout}  #! RB218
""",
    "inner steps of a loop are seen inside only": """
runbook: x
steps:
  - id: l
    for_each:
      over: "['x']"
      as: i
      steps:
        - id: a
          shell: echo ${i}
        - id: b
          shell: echo ${a.stdout}
      yield: b.stdout
  - id: c
    shell: echo ${l.items[0].value}
  - id: d
    shell: echo ${a.stdout}  #! RB210
""",
    "what the turns of a loop that may have failed yield": """
runbook: x
steps:
  - id: sure
    for_each: {over: "[1]", as: i, steps: [{id: a, shell: echo}], yield: a.exit}
  - id: late
    for_each: {over: "[1]", as: i, steps: [{id: b, shell: echo}], yield: b.exit, fail: late}
    may_fail: true
  - id: c
    set: {wrong: "sure.items.filter(i, i.value != null)"}  #! RB213
  - id: d
    when: has(late.items)
    set: {right: "late.items.filter(i, i.value != null && i.value > 0)"}
on_failure:
  - id: e
    when: has(sure.items)
    set: {right: "sure.items.filter(i, i.value != null && i.value > 0)"}
""",
    "a call gives its outputs only": """
runbook: x
steps:
  - id: a
    call: {runbook: sub.yml, inputs: {n: 1}}
  - id: b
    shell: echo ${a.said}
  - id: c
    shell: echo ${a.sed}  #! RB214
""",
    "the expectation of an undo sees the step": """
runbook: x
steps:
  - id: a
    shell: echo a
    undo: {shell: "rm ${a.stdout}", expect: result.stdout == a.stdout}
  - id: b
    shell: echo b
    undo: {shell: "rm ${b.stdout}", expect: result.stdout == c.stdout}  #! RB403
  - id: c
    shell: echo c
""",
}


def library(book: str) -> dict[str, bytes]:
    return {name: text.encode() for name, text in {"book.yml": book, **LIBRARY}.items()}


def wanted(text: str) -> list[tuple[int, str]]:
    lines = enumerate(text.splitlines(), 1)
    return sorted((number, code) for number, line in lines for found in WANTED.findall(line) for code in found.split())


@pytest.mark.parametrize("text", CASES.values(), ids=CASES.keys())
def test_findings_stand_on_the_lines_that_cause_them(text: str) -> None:
    loaded = load("book.yml", kept=library(text))
    found = sorted((item.span.line, item.code) for item in loaded.problems.sorted() if item.span is not None)
    assert found == wanted(text), [item.message for item in loaded.problems.sorted()]
    assert (loaded.program is None) == any(item.is_error for item in loaded.problems)


def test_each_finding_says_what_to_do_next_or_names_the_nearest() -> None:
    for text in CASES.values():
        for item in load("book.yml", kept=library(text)).problems:
            assert item.message.endswith(".") or not item.code.startswith("RB4"), item
            if item.code in (
                "RB402",
                "RB403",
                "RB404",
                "RB406",
                "RB407",
                "RB408",
                "RB409",
                "RB410",
                "RB412",
                "RB416",
                "RB419",
                "RB424",
                "RB426",
                "RB427",
            ):
                assert item.help, item


def test_two_places_of_one_secret_are_told_with_both_places() -> None:
    sub = "runbook: sub\nsecrets: {t: {env: OTHER}}\nsteps: [{id: s, shell: {command: touch a, stdin: '${t}'}}]\n"
    book = "runbook: x\nsecrets: {t: {env: ONE}}\nsteps: [{id: a, call: sub.yml}]\n"
    loaded = load("book.yml", kept={"book.yml": book.encode(), "sub.yml": sub.encode()})
    (item,) = loaded.problems.sorted()
    assert (item.code, item.span and item.span.source.name) == ("RB405", "sub.yml")
    assert [related.span.source.name for related in item.related] == ["book.yml"]


def test_outputs_of_a_called_runbook_know_of_the_stops_before_them() -> None:
    stops = CASES["outputs after a stop of what is run itself"].replace("runbook: x", "runbook: stops")
    book = "runbook: x\nsteps: [{id: sub, call: {runbook: stops.yml, inputs: {done: true}}}]\n"
    loaded = load("book.yml", kept={"book.yml": book.encode(), "stops.yml": stops.encode()})
    found = [(item.code, item.span.text) for item in loaded.problems.sorted() if item.span is not None]
    assert found == [("RB218", "b.stdout"), ("RB218", "d.stdout")]


def test_a_template_that_is_not_there_is_found() -> None:
    book = "runbook: x\nsteps: [{id: a, render: {template: letter.txt, to: out.txt}}]\n"
    loaded = load("book.yml", kept={"book.yml": book.encode()})
    assert [item.code for item in loaded.problems] == ["RB701"]


@pytest.mark.parametrize(
    ("field", "refused"),
    [("ok: 'true'", False), ("ok: dyn(1)", False), ("ok: '1'", True), ("state: \"'up'\"", False), ("error: '1'", True)],
)
def test_a_field_that_every_step_has_is_refused_where_it_is_of_another_type(field: str, refused: bool) -> None:
    loaded = load("book.yml", kept={"book.yml": f"runbook: x\nsteps: [{{id: a, set: {{{field}}}}}]\n".encode()})
    assert [(item.code, item.is_error) for item in loaded.problems] == [("RB311", refused)]
