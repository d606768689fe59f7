"""Definitions, uses and renaming; hover; the overview. In both forms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.forms import convert_source
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.base.source import Source
from runbook_lang.lsp.analysis import analyse
from runbook_lang.lsp.findings import corrections
from runbook_lang.lsp.hover import hover
from runbook_lang.lsp.outline import outline
from runbook_lang.lsp.references import all_uses, definitions, renamed
from runbook_lang.lsp.view import View
from tests.contracts.tree import ROOT
from tests.lsp.asking import TODAY, asked

if TYPE_CHECKING:
    from pathlib import Path

    from runbook_lang.lsp.symbols import Use

YAML = """\
runbook: x
title: "🌍"
locks: ["app/${app}"]
inputs:
  app: {description: The app, default: a}
secrets:
  token: {env: TOKEN}
defaults:
  doctl: {token: "${token}"}
steps:
  - id: list
    title: List 🌍
    doctl: apps list -o json
    expect: size(result.json) > 0 && result.json.exists(app, app.id == "x")
  - id: pick
    set: {first: "list.json.filter(a, a.id == app)[0]", again: pick.first.id}
  - id: change
    title: Change ${app}
    when: list.ok && list.json[0].id != app
    shell: /bin/echo ${list.json[0].id} ${pick.first.id}
    undo: {shell: "/bin/echo ${change.stdout}"}
    applied: {doctl: "apps get ${app}"}
  - undo: [change]
  - for_each: {over: list.json, max: 9, as: one, steps: [{shell: "echo ${one.id}"}]}
  - for_each: {over: list.json, max: 9, as: one, steps: [{shell: "echo ${one.id} ${list.ok}"}]}
success: list.ok
outputs: {first: "${list.json[0].id}"}
"""
TEXT = convert_source(Source("x.yml", YAML), "yaml", "text")
FORMS = {"x.yml": YAML, "x.runbook": TEXT}


def marked(text: str, before: str, at: int = 0) -> str:
    """The text with its mark `at` characters behind the begin of the first `before`."""
    place = text.index(before) + at
    return text[:place] + "‸" + text[place:]


def apply(text: str, name: str, changes: list[tuple[Use, str]]) -> str:
    own = [(use, new) for use, new in changes if use.path.endswith(name)]
    for use, new in sorted(own, key=lambda change: change[0].start, reverse=True):
        text = text[: use.start] + new + text[use.end :]
    return text


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("at", "count"), [("list.ok", 10), ("change.stdout", 3), ("token}", 2)])
def test_all_uses_of_a_name(tmp_path: Path, name: str, at: str, count: int) -> None:
    view, offset = asked(tmp_path, name, marked(FORMS[name], at, 1))
    uses = all_uses(view, offset)
    word = re.match(r"\w+", at)
    assert word is not None
    assert {view.text[use.start : use.end] for use in uses} == {word[0]}
    assert len(uses) == count
    (definition,) = definitions(view, offset)
    assert [(use.start, use.end) for use in uses if use.declares] == [(definition.start, definition.end)]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("word", ["app", "token", "list", "pick", "change", "one"])
def test_renaming_changes_every_use_and_nothing_else(tmp_path: Path, name: str, word: str) -> None:
    text = FORMS[name]
    before = {"app": "app}", "token": "token}", "list": "list.ok", "pick": "pick.first", "change": "change.stdout", "one": "one.id"}[word]
    view, offset = asked(tmp_path, name, marked(text, before, 1))
    new = apply(text, name, renamed(view.known, offset, "another_name"))
    again = analyse(str(tmp_path / name), new, TODAY)
    assert again.diagnostics == ()
    assert "another_name" in new
    back = View(name, new, again)
    place = new.index("another_name")
    if word != "one":  # the other loop has a variable of its own
        assert apply(new, name, renamed(again, place, word)) == text
        assert len(all_uses(back, place)) == new.count("another_name")
    else:
        assert new.count("another_name") == 2


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("before", "at", "new", "why"),
    [
        ("list.ok", 1, "change", "is a name of this file already"),
        ("list.ok", 1, "no good", "can't be named"),
        ("list.ok", 1, "true", "reserved word"),
        ("list.ok", 6, "other", "no name"),
        ("exists", 1, "other", "no name"),
        ("first.id", 1, "other", "field"),
    ],
)
def test_what_cannot_be_renamed(tmp_path: Path, name: str, before: str, at: int, new: str, why: str) -> None:
    view, offset = asked(tmp_path, name, marked(FORMS[name], before, at))
    with pytest.raises(RunbookError, match=why):
        renamed(view.known, offset, new)


def test_a_file_that_cannot_be_read_as_a_whole_is_not_renamed_in(tmp_path: Path) -> None:
    text = YAML.replace("success: list.ok", "success: list.ok &&")
    view, offset = asked(tmp_path, "x.yml", marked(text, "list.json", 1))
    with pytest.raises(RunbookError, match="parts that can't be read"):
        renamed(view.known, offset, "other")


def test_an_input_is_renamed_in_the_files_that_give_it(tmp_path: Path) -> None:
    part = "runbook: part\ninputs:\n  app: {default: a}\nsteps:\n  - shell: echo ${app}\n"
    caller = "runbook: top\nsteps:\n  - call: {runbook: part.yml, inputs: {app: x}}\n"
    (tmp_path / "part.yml").write_text(part)
    (tmp_path / "top.yml").write_text(caller)
    for name, text in (("part.yml", part), ("top.yml", caller)):
        view, offset = asked(tmp_path, name, marked(text, "app", 1))
        changes = renamed(view.known, offset, "application")
        assert apply(part, "part.yml", changes) == part.replace("app", "application")
        assert apply(caller, "top.yml", changes) == caller.replace("app", "application")
        (definition,) = definitions(view, offset)
        assert definition.path == str((tmp_path / "part.yml").resolve())
    view, offset = asked(tmp_path, "top.yml", marked(caller, "part.yml", 1))
    assert [use.path for use in definitions(view, offset)] == [str((tmp_path / "part.yml").resolve())]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("before", "at", "said"),
    [
        ("list.ok", 1, "step 'list'"),
        ("list.ok", 1, "because"),
        ("list.ok", 6, "list.ok: bool"),
        ("list.json[0].id !=", 7, "list(app)"),
        ("a.id ==", 0, "a: app"),
        ("size(", 1, "size(string) -> int"),
        ("exists(", 1, "list.exists"),
        ("expect", 2, "What must be true of `result`"),
        ("when", 2, "The step runs only if this is true"),
        ("list -o", 1, "read → apps"),
        ("-o json", 1, "string"),
        ("shell", 2, "Effect: **"),
        ("app}", 1, "The app"),
        ("token", 1, "From env `TOKEN`"),
        ("pick.first", 6, "pick.first: app"),
    ],
)
def test_hover(tmp_path: Path, name: str, before: str, at: int, said: str) -> None:
    view, offset = asked(tmp_path, name, marked(FORMS[name], before, at))
    found = hover(view, offset)
    assert found is not None
    assert said in found.text
    assert found.start <= offset <= found.end


@pytest.mark.parametrize("name", FORMS)
def test_no_hover_on_what_says_nothing(tmp_path: Path, name: str) -> None:
    view, offset = asked(tmp_path, name, marked(FORMS[name], "🌍", 1))
    assert hover(view, offset) is None


@pytest.mark.parametrize("name", FORMS)
def test_the_overview(tmp_path: Path, name: str) -> None:
    view, _ = asked(tmp_path, name, FORMS[name] + "‸")
    parts = outline(view)
    assert [(part.kind, part.name) for part in parts][:5] == [
        ("input", "app"),
        ("secret", "token"),
        ("step", "list"),
        ("step", "pick"),
        ("step", "change"),
    ]
    assert [inner.name for part in parts for inner in part.inner] == ["shell_1", "shell_2"]
    for part in parts:
        assert part.start <= part.name_start <= part.name_end <= part.end
    assert [view.text[part.name_start : part.name_end] for part in parts[:5]] == ["app", "token", "list", "pick", "change"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("list.ok", "lst.ok"),
        ("list.json[0].id !=", "list.jsn[0].id !="),
        ("size(result", "siz(result"),
        ("exists(", "exsts("),
        ("apps list -o", "apps lst -o"),
        ("undo: [change]", "undo: [chnge]"),
        ("expect:", "expct:"),
        ("-o json", "--otput json"),
        ("default: a", "defalt: a"),
        ("max: 9", "mx: 9"),
        ("doctl: {token", "doctl: {tokn"),
    ],
)
def test_every_did_you_mean_is_a_correction(tmp_path: Path, wrong: str, right: str) -> None:
    text = YAML.replace(wrong, right, 1)
    view = View("x.yml", text, analyse(str(tmp_path / "x.yml"), text, TODAY))
    (found,) = corrections(view, 0, len(text))
    fixed = text[: found.start] + found.text + text[found.end :]
    assert fixed == YAML.replace("-o json", "--output json", 1) if "--o" in right else fixed == YAML


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("window: nights", "window: nihgts"),
        ("role: ops", "role: opss"),
        ("tier: devops", "tier: devps"),
        ("wait: {window: nights}", "wait: {window: nigts}"),
    ],
)
def test_names_of_the_policy_are_corrected(tmp_path: Path, wrong: str, right: str) -> None:
    (tmp_path / "policy.yml").write_text(
        "zone: UTC\npeople: {ann: {}, bob: {}}\ntiers: {devops: {notify: [{slack: x}], ack_within: 5m}}\n"
        "severities: {P1: {tiers: [devops]}}\nwindows: {nights: {hours: 02:00-04:00}}\napprovals: {roles: {ops: [ann, bob]}}\n"
    )
    good = (
        "runbook: x\npolicy: policy.yml\nwindow: nights\nsteps:\n  - wait: {window: nights}\n    title: nigts devps opss\n"
        "  - ask: {approve: Go, role: ops}\n    title: tell opss\n  - escalate: {message: devps, tier: devops}\n"
    ).replace("message: devps", "message: tell devps")
    text = good.replace(wrong, right, 1)
    view = View("x.yml", text, analyse(str(tmp_path / "x.yml"), text, TODAY))
    (found,) = corrections(view, 0, len(text))
    assert text[: found.start] + found.text + text[found.end :] == good


def test_corrections_of_a_text_that_was_changed_since(tmp_path: Path) -> None:
    text = YAML.replace("expect:", "expct:")
    known = analyse(str(tmp_path / "x.yml"), text, TODAY)
    longer = "# 🌍 a line more\n" + text
    (found,) = corrections(View("x.yml", longer, known), 0, len(longer))
    assert longer[: found.start] + found.text + longer[found.end :] == "# 🌍 a line more\n" + YAML
    assert corrections(View("x.yml", text.replace("expct", "expc"), known), 0, len(text)) == []


@pytest.mark.parametrize("name", ["rollback-app.yml", "fix-redis.yml", "incident.yml"])
def test_every_name_of_the_library_can_be_renamed(name: str) -> None:
    path = ROOT / "runbooks" / name
    text = path.read_text()
    known = analyse(str(path), text, TODAY)
    from runbook_lang.lsp.references import declared

    for symbol in [symbol for symbol in declared(known) if not symbol.made and symbol.kind != "input"][:2]:
        new = apply(text, name, renamed(known, symbol.span.start, "another_name"))
        assert analyse(str(path), new, TODAY).diagnostics == ()


POLICY = """\
zone: UTC
people: {ann: {email: ann@example.com}, bob: {}}
tiers:
  devops: {hours: {P1: 24x7}, notify: [{slack: x}], ack_within: {P1: 5m}, people: [ann, bob]}
severities:
  P1: {tiers: [devops]}
windows: {nights: {hours: "02:00-04:00"}}
approvals: {role: ops, waive: [P1], roles: {ops: [ann, "bob"]}}
after: {checklist: [{what: Write it down, who: bob}]}
"""
OF_POLICY = """\
runbook: x
title: nights ops
policy: policy.yml
severity: P1
window: nights
steps:
  - wait: {window: nights}
  - ask: {approve: Go, role: ops}
  - choose:
      - when: true == true
        steps:
          - escalate: {message: devops, tier: devops, severity: "P1"}
  - id: nights
    shell: rm x
    effect: destroy
    because: it is old
    approve: {text: ops, role: "ops"}
"""
PLACES = {"nights": (1, 2), "ops": (2, 2), "devops": (2, 1), "P1": (4, 2), "ann": (3, 0), "bob": (4, 0)}
"""How often each name stands in the policy and in the runbook."""


@pytest.mark.parametrize("form", ["x.yml", "x.runbook"])
@pytest.mark.parametrize("word", PLACES)
def test_a_name_of_the_policy_is_one_in_all_files(tmp_path: Path, form: str, word: str) -> None:
    text = OF_POLICY if form == "x.yml" else convert_source(Source("x.yml", OF_POLICY), "yaml", "text")
    files = {"policy.yml": POLICY, form: text, "y.yml": OF_POLICY.replace("policy.yml", "other.yml"), "other.yml": POLICY}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    in_policy, in_book = PLACES[word]
    start = {"x.yml": "window: ", "x.runbook": "window "}[form] if word == "nights" else ""
    asking = [("policy.yml", POLICY, f"role: {word}" if word == "ops" else word)] + ([(form, text, f"{start}{word}")] if in_book else [])
    if word in ("ops", "devops"):
        before = {"ops": "role", "devops": "tier"}[word] + (": " if form == "x.yml" else " ")
        asking[-1] = (form, text, before + word)
    for name, content, before in asking:
        view, offset = asked(tmp_path, name, marked(content, before, len(before) - 1))
        (definition,) = definitions(view, offset)
        assert definition.path == str((tmp_path / "policy.yml").resolve())
        assert POLICY[definition.start : definition.end] == word
        uses = all_uses(view, offset)
        assert [sum(use.path.endswith(f"/{file}") for use in uses) for file in files] == [in_policy, in_book, 0, 0]
        changes = renamed(view.known, offset, "another-name")
        new = {file: apply(content, f"/{file}", changes) for file, content in files.items()}
        assert new["y.yml"] == files["y.yml"]
        assert new["policy.yml"].count("another-name") == in_policy
        for file, content in new.items():
            (tmp_path / file).write_text(content)
        assert analyse(str(tmp_path / form), new[form], TODAY).diagnostics == ()
        assert analyse(str(tmp_path / "policy.yml"), new["policy.yml"], TODAY).diagnostics == ()
        for file, content in files.items():
            (tmp_path / file).write_text(content)


@pytest.mark.parametrize(
    ("before", "new", "why"),
    [("nights", "no good", "can't be called"), ("nights", "12", "can't be called"), ("ann", "bob", "has a person 'bob' already")],
)
def test_a_name_of_the_policy_that_cannot_be_given(tmp_path: Path, before: str, new: str, why: str) -> None:
    view, offset = asked(tmp_path, "policy.yml", marked(POLICY, before, 1))
    with pytest.raises(RunbookError, match=why):
        renamed(view.known, offset, new)


def test_a_runbook_that_cannot_be_read_keeps_the_name(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY)
    (tmp_path / "x.yml").write_text(OF_POLICY.replace("true == true", "true =="))
    view, offset = asked(tmp_path, "policy.yml", marked(POLICY, "nights", 1))
    with pytest.raises(RunbookError, match="parts that can't be read"):
        renamed(view.known, offset, "evenings")


def test_a_window_in_an_expression_is_one_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text(POLICY)
    text = OF_POLICY.replace("true == true", "'window(\"nights\")'")
    view, offset = asked(tmp_path, "x.yml", marked(text, 'window("nights', 10))
    assert [text[use.start - 1 : use.end + 1] for use in all_uses(view, offset) if use.path.endswith("x.yml")][2] == '"nights"'
