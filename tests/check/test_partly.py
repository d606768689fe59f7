"""A file whose structure has errors: what is there is looked at all the same, and nothing follows from what is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.api.load import load

WHOLE = """\
runbook: whole
inputs:
  n: {type: int}
  name: {type: string}
secrets:
  token: {env: TOKEN}
steps:
  - {id: one, http: {get: "https://x.example/${name}", auth: {bearer: "${token}"}}, expect: result.status == 200, retry: {every: 1s, for: 2s}}
  - {id: facts, set: {size: one.json.size, big: n > 3}}
  - {id: asked, ask: {answer: How many?, type: int}}
  - {id: each, for_each: {over: "[1, 2]", as: item, key: string(item), steps: [{id: turn, shell: "echo ${string(item)}"}]}}
  - {id: sub, call: {runbook: sub.yml, inputs: {x: "${n}"}}}
  - {id: four, when: facts.big, shell: "echo ${string(asked.answer)} ${sub.made}", undo: {shell: "echo ${one.status}"}}
success: has(one.status) && asked.answer > 2
on_failure: [{undo: all}]
outputs: {size: "${facts.size}"}
"""
SUB = 'runbook: sub\ninputs: {x: {type: int}}\nsteps: [{id: a, shell: echo}]\noutputs: {made: "${a.stdout}"}\n'


def codes(text: str, sub: str = SUB) -> list[tuple[int, str]]:
    found = load("whole.yml", kept={"whole.yml": text.encode(), "sub.yml": sub.encode()})
    assert not found.problems.failed or found.program is None
    return [(item.span.line if item.span else 0, item.code) for item in found.problems.sorted()]


def test_the_whole_is_right() -> None:
    assert codes(WHOLE) == []


@pytest.mark.parametrize(
    ("was", "becomes", "wanted"),
    [
        ("set: {size: one.json.size", "set: {size: one.jsno.size +", [(9, "RB201")]),
        ("n: {type: int}", "n: {type: itn}", [(3, "RB305")]),
        ("{id: one, http:", "{id: one, htp:", [(8, "RB330")]),
        ("{id: one, http:", "{id: one, http: {}, shell:", [(8, "RB308")]),
        ("ask: {answer: How many?, type: int}", "ask: {answer: How many?, type: itn}", [(10, "RB305")]),
        ("ask: {answer: How many?, type: int}", "ask: [How many?]", [(10, "RB304")]),
        ("as: item", "as: 1tem", [(11, "RB311")]),
        ("{id: turn, shell:", "{id: turn, shel:", [(11, "RB330")]),
        ("{id: one, ", "{id: 1ne, ", [(8, "RB311")]),
        ("runbook: whole\n", "", [(1, "RB303")]),
        ("steps:\n", "stepz:\n", [(1, "RB303"), (7, "RB302")]),
        ("when: facts.big", "when: [facts.big]", [(13, "RB304")]),
        ("token: {env: TOKEN}", "token: {environ: TOKEN}", [(6, "RB302"), (6, "RB315")]),
    ],
)
def test_nothing_follows_from_what_is_missing(was: str, becomes: str, wanted: list[tuple[int, str]]) -> None:
    assert was in WHOLE
    found = codes(WHOLE.replace(was, becomes, 1))
    assert [line for line, _ in found] == [line for line, _ in wanted]
    assert {code[:4] for _, code in found} <= {code[:4] for _, code in wanted}


@pytest.mark.parametrize(
    ("was", "becomes", "code"),
    [
        ("result.status", "result.statsu", "RB214"),
        ("facts.big", "facts.bug", "RB214"),
        ("when: facts.big", "when: facts.size == ", "RB201"),
        ("asked.answer > 2", "asked.answr > 2", "RB214"),
        ("asked.answer > 2", "aksed.answer > 2", "RB210"),
        ("when: facts.big", "when: n", "RB404"),
        ("sub.made", "sub.maed", "RB214"),
    ],
)
def test_what_is_wrong_elsewhere_is_told_together_with_it(was: str, becomes: str, code: str) -> None:
    text = WHOLE.replace(was, becomes, 1).replace("retry: {every", "retyr: {every").replace("on_failure:", "on_failur:")
    found = {code for _, code in codes(text)}
    assert found == {"RB302", code}


def test_a_called_runbook_with_errors_says_nothing_about_its_caller() -> None:
    broken = SUB.replace("type: int", "type: list of int").replace('made: "${a.stdout}"', 'made: "${a.stdout"')
    assert {code[:4] for _, code in codes(WHOLE, broken)} <= {"RB30", "RB20", "RB23"}


@given(st.data())
def test_whatever_is_cut_out_is_told_without_a_traceback(data: st.DataObject) -> None:
    lines = WHOLE.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    start = data.draw(st.integers(0, len(lines[at])))
    end = data.draw(st.integers(start, len(lines[at])))
    lines[at] = lines[at][:start] + data.draw(st.sampled_from(["", "x", "[", "}", ": ", "${", "null"])) + lines[at][end:]
    codes("\n".join(lines))


def test_an_alias_or_a_tag_is_told_once() -> None:
    assert codes("runbook: whole\nsteps:\n  - {id: a, shell: echo}\n  - *a\n  - !!python/object x\n  - {id: b, shell: 3, rety: 1}\n") == [
        (4, "RB112"),
        (5, "RB113"),
        (6, "RB302"),
    ]
