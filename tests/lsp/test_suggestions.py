"""Every "did you mean" that is said about a file is a correction that an editor can make, wherever in the code it is said."""

from __future__ import annotations

import ast
import os
import sys
from typing import TYPE_CHECKING

import pytest

from runbook_lang.base import suggest
from runbook_lang.lsp.analysis import analyse
from runbook_lang.lsp.findings import corrections
from runbook_lang.lsp.view import View
from runbook_lang.syntax.text.words import misspelt
from tests.contracts.tree import ROOT
from tests.lsp.asking import TODAY

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
zone: Europe/Madrid
people: {ann: {}, bob: {}}
tiers:
  devops: {hours: "mon-fri 09:00-18:00", notify: [{slack: x}], outside: defer, ack_within: 5min, people: [ann]}
  vendor: {hours: 24x7, notify: [{slack: y}], ack_within: 5m}
severities: {P1: {tiers: [devops, vendor]}}
windows: {nights: {hours: "02:00-04:00"}}
approvals: {role: ops, roles: {ops: [ann, bob]}}
""".replace("5min", "5m")
BOOK = """\
runbook: x
policy: policy.yml
severity: P1
window: nights
locks: ["app/${app}"]
inputs: {app: {type: string, default: a}}
steps:
  - id: list
    doctl: apps list --format ID,Created --output json
    effect: read
  - id: first
    psql: {sql: SELECT 1, sslmode: require}
    expect: size(result.rows) == 1 && result.exit == 0
    timeout: 5m
  - aws: s3api list-buckets --output json
  - aws: s3api get-object-acl --bucket b --key k
  - aws: s3api wait bucket-exists --bucket b
  - aws: s3 ls
  - redis-cli: STRLEN ${app}
    sensitive: [stderr]
  - redis-cli: CLIENT GETNAME
  - ask: {approve: Go, role: ops}
  - notify: {message: m, to: [{slack: "#x"}]}
    undo: {shell: echo}
  - call: {runbook: part.yml, inputs: {app: x}}
  - undo: [first]
  - wait: {window: nights}
    when: window("nights")
  - escalate: {message: m, tier: devops, severity: P1}
""".replace("--format ID,Created --output json", "--format ID,Created")
PART = "runbook: part\ninputs: {app: {type: string}}\nsteps: [{wait: 5m}]\n"
TEXT = """\
runbook x {
  step a { shell ls; may fail }
  choose { when a.ok { stop failed } else { wait 5m } }
}
"""
FILES = {"policy.yml": POLICY, "x.yml": BOOK, "part.yml": PART, "x.runbook": TEXT}
WRONG = {
    "policy.yml": [
        ("Europe/Madrid", "Europe/Madird"), ("outside:", "outsde:"), ("defer", "defr"), ("5m, people", "5min, people"), ("[devops, vendor]", "[devps, vendor]"),
        ("role: ops", "role: opss"), ("mon-fri", "mon-frx"), ("ops: [ann", "ops: [an"),
    ],
    "x.yml": [
        ("severity: P1\nwindow", "severity: P2\nwindow"), ("window: nights\nlocks", "window: nihgts\nlocks"), ("${app}\"", "${apq}\""), ("doctl:", "doctll:"),
        ("apps list", "apps lits"), ("doctl: apps", "doctl: aps"), ("--format", "--fromat"), ("Created", "Creatd"), ("effect: read", "effect: raed"), ("SELECT 1", "SELCT 1"), ("{sql: SELECT", "{sqll: SELECT"),
        ("sslmode", "sslmod"), ("require}", "requre}"), ("size(result", "siz(result"), ("result.rows", "result.row"), ("result.exit", "resul.exit"),
        ("timeout: 5m", "timeout: 5min"), ("timeout:", "timeot:"), ("s3api list-buckets", "s3api list-bucket"), ("aws: s3 ls", "aws: s3 lss"), ("--key k", "--keey k"),
        ("--output json", "--output jsn"), ("bucket-exists", "bucket-exist"), ("s3api list-buckets", "s3ap list-buckets"), ("STRLEN", "STRLN"), ("[stderr]", "[stdrr]"), ("CLIENT GETNAME", "CLIENT GETNAM"),
        ("role: ops", "role: opps"), ("{slack:", "{slak:"), ("inputs: {app: x}", "inputs: {appp: x}"), ("undo: [first]", "undo: [frist]"),
        ("wait: {window: nights}", "wait: {window: nigts}"), ('window("nights")', 'window("nigths")'), ("tier: devops", "tier: devps"), ("severity: P1}", "severity: P3}"),
    ],
    "x.runbook": [("shell ls", "shel ls"), ("may fail", "mya fail"), ("else {", "esle {"), ("step a", "stpe a")],
}  # fmt: skip
CASES = [(name, right, wrong) for name, changes in WRONG.items() for right, wrong in changes]
ELSEWHERE = {
    "runbook_lang/model/steps.py:_plugin_entry": "only decides which key is the kind",
    "runbook_lang/people/ways.py:_name": "said to whoever sends a message by hand",
    "runbook_lang/surfaces/arguments.py:read_name": "none of our executors has an argument with a list of words; a plugin's may",
    "runbook_lang/surfaces/tool_file.py:_commands": "the facts of a tool in a library, which no editor has open as a runbook",
    "runbook_lang/surfaces/tool_file.py:_object": "the same",
}
"""Functions that look for near words and say nothing of a file that is being written."""


@pytest.mark.parametrize(("name", "right", "wrong"), CASES)
def test_what_was_meant_is_a_correction(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    text = FILES[name].replace(right, wrong, 1)
    assert text != FILES[name]
    for other, content in FILES.items():
        (tmp_path / other).write_text(text if other == name else content)
    snapshot = analyse(str(tmp_path / name), text, TODAY)
    found = corrections(View(name, text, snapshot), 0, len(text))
    fixed = [text[: item.start] + item.text + text[item.end :] for item in found]
    assert FILES[name] in fixed, [(item.code, item.message, item.help) for item in snapshot.diagnostics]


@pytest.mark.parametrize("name", FILES)
def test_without_a_mistake_there_is_nothing_to_correct(tmp_path: Path, name: str) -> None:
    for other, content in FILES.items():
        (tmp_path / other).write_text(content)
    snapshot = analyse(str(tmp_path / name), FILES[name], TODAY)
    assert corrections(View(name, FILES[name], snapshot), 0, len(FILES[name])) == []


def places() -> set[str]:
    """The functions that look for a near word, in the layers that judge files."""
    found = set()
    for layer in ("syntax", "expr", "model", "surfaces", "check", "people"):
        for path in (ROOT / "runbook_lang" / layer).rglob("*.py"):
            functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
            for function in functions:
                inner = {
                    id(node) for other in ast.walk(function) if other in functions and other is not function for node in ast.walk(other)
                }
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and id(node) not in inner]
                names = {node.func.id for node in calls if isinstance(node.func, ast.Name)}
                if names & {"did_you_mean", "nearest"}:
                    found.add(f"{path.relative_to(ROOT)}:{function.name}")
    return found


def test_every_place_where_something_near_is_looked_for_has_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    looked = suggest.distance

    def noted(left: str, right: str, limit: int) -> int:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename == suggest.__file__:
            frame = frame.f_back
        name = frame.f_code.co_name
        while name.startswith("<") and frame.f_back is not None:  # a comprehension
            frame = frame.f_back
            name = frame.f_code.co_name
        seen.add(f"{os.path.relpath(frame.f_code.co_filename, ROOT)}:{name}")
        return looked(left, right, limit)

    monkeypatch.setattr(suggest, "distance", noted)
    misspelt.cache_clear()
    for name, right, wrong in CASES:
        for other, content in FILES.items():
            (tmp_path / other).write_text(content)
        analyse(str(tmp_path / name), FILES[name].replace(right, wrong, 1), TODAY)
    assert places() - seen == ELSEWHERE.keys()
