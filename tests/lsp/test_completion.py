"""What may be written at the cursor, in both forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook_lang.lsp.completion import complete
from tests.lsp.asking import MARK, asked

if TYPE_CHECKING:
    from pathlib import Path

YAML = """\
runbook: x
inputs:
  host: {type: string, default: a}
secrets:
  token: {env: TOKEN}
steps:
  - id: apps
    doctl: apps list -o json
  - id: change
    shell: /bin/true
    undo: {shell: /bin/false}
"""
TEXT = """\
runbook x {
  input host: string = "a"
  secret token from env "TOKEN"

  step apps {
    doctl apps list -o json
  }
  step change {
    shell /bin/true
    undo {
      shell /bin/false
    }
"""

POLICY = "zone: UTC\npeople:\n  ann: {name: A}\ntiers:\n  devops:\n    notify: [{slack: x}]\nseverities: {P1: {tiers: [devops]}}\n"

CASES = {
    # name: (text, some of what is proposed, some of what isn't)
    "the first key": ("‸", "runbook title steps", "shell"),
    "a key of the file": (YAML + "su‸", "success on_failure outputs", "steps runbook"),
    "an item that has no dash yet": (YAML + "  ‸", "id shell choose", "every"),
    "keys of a new step": (YAML + "  - ‸", "id shell doctl set", "title2 every"),
    "keys beside an action": (YAML + "    ‸", "expect retry timeout", "undo shell set"),
    "keys in between": (YAML.replace("    undo", "    ti‸\n    undo"), "title timeout", "undo shell id"),
    "keys beside a choose": (YAML + "  - choose: []\n    ‸", "when guard", "expect retry"),
    "keys beside a try": (YAML + "  - try:\n      - shell: x\n    ‸", "rescue always may_fail", "expect"),
    "keys of a retry": (YAML + "    retry: {every: 1s, ‸", "for times factor", "every"),
    "keys of a retry below": (YAML + "    retry:\n      ‸", "every for times", "expect"),
    "keys of an input": (YAML.replace("type: string", "‸"), "type format env", "steps"),
    "types of inputs": (YAML.replace("type: string", "type: ‸"), "string int bool", "uuid"),
    "keys of a secret": (YAML.replace("env: TOKEN", "‸"), "env file command prompt for", "type"),
    "arguments of an executor": (YAML + "  - psql:\n      ‸", "sql host database", "command"),
    "executors of an undo": (YAML.replace("{shell: /bin/false}", "{‸"), "shell doctl effect", "id choose"),
    "arms": (YAML + "  - choose:\n      - ‸", "when else steps", "id"),
    "effects": (YAML + "    effect: ‸", "read change destroy", "apps"),
    "yes or no": (YAML + "    may_fail: ‸", "true false", "apps"),
    "durations": (YAML + "    timeout: ‸", "30s 5m", "true"),
    "steps to undo": (YAML + "  - undo: [‸", "all apps change", "host"),
    "steps that are settled": (YAML + "    settles: ‸", "apps change", "all host"),
    "names in an expression": (YAML + "success: ‸", "apps change host token size has", "result"),
    "names behind an operator": (YAML + "success: apps.ok && ch‸", "apps change host", "result"),
    "names in a condition of a step": (YAML + "    when: ‸", "apps host", "change"),
    "names in a hole": (YAML + "  - shell: echo ${‸", "apps change host", "result"),
    "names in a hole in quotes": (YAML + '  - shell: "echo ${‸"', "apps change host", "result"),
    "names in a block": (YAML + "  - psql: |\n      SELECT ${‸", "apps change host", "id"),
    "names in a list": (YAML + "    expect:\n      - ‸", "apps result", "exit"),
    "the fields of a result": (YAML + "    expect: result.‸", "exit stdout lines ok", "host"),
    "a field that is begun": (YAML + "success: apps.js‸", "json stdout state", "host"),
    "fields of an element": (YAML + "success: apps.json[0].‸", "id spec created_at", "host"),
    "fields of fields": (YAML + "success: apps.json[0].spec.‸", "services name", "host"),
    "fields of a macro's variable": (YAML + "success: apps.json.exists(a, a.‸", "id spec", "host"),
    "fields in the middle": (YAML + "success: apps.json.exists(a, a.‸ == change.stdout)", "id spec", "host"),
    "a macro's variable": (YAML + "success: apps.json.exists(one, ‸", "one apps", "id"),
    "functions of lists": (YAML + "success: apps.json.‸", "exists filter map size", "startsWith"),
    "functions of strings": (YAML + "success: host.‸", "startsWith contains size", "filter join"),
    "fields behind a condition": (YAML + "success: 'size(apps.json) > 0 ? apps.json[0].‸", "id spec", "host"),
    "commands": (YAML + "  - doctl: ‸", "apps databases compute", "list"),
    "subcommands": (YAML + "  - doctl: apps ‸", "list get create-deployment", "databases"),
    "subcommands of an argument": (YAML + "  - doctl:\n      command: apps l‸", "list logs", "databases"),
    "flags": (YAML + "  - doctl: apps list --‸", "--format --output", "apps"),
    "values of flags": (YAML + "  - doctl: apps list --output ‸", "json text", "apps"),
    "columns": (YAML + "  - doctl: apps list --format ‸", "ID", "json"),
    "commands of redis": (YAML + "  - redis-cli: ‸", "GET CONFIG", "get"),
    "subcommands of redis": (YAML + "  - redis-cli: config ‸", "GET SET", "get"),
    "services": (YAML + "  - aws: ‸", "s3 s3api ec2", "ls"),
    "operations": (YAML + "  - aws: s3api ‸", "create-bucket", "s3"),
    "options of operations": (YAML + "  - aws: s3api create-bucket --b‸", "--bucket", "create-bucket"),
    "nothing in a comment": (YAML + "    # ret‸", "", "retry expect"),
    "nothing in a text": (YAML + "    title: re‸", "", "retry expect"),
    "nothing in a string of an expression": (YAML + "success: host == 'a‸", "", "apps host"),
    "a policy's keys": ("zone: UTC\n‸", "people tiers severities", "steps zone"),
    "a policy's tiers": ("zone: UTC\ntiers:\n  devops:\n    ‸", "hours ack_within notify", "tiers"),
    "a policy's people": (
        "zone: UTC\npeople:\n  ann: {name: A}\ntiers:\n  devops:\n    notify: [{slack: x}]\n    people: [‸",
        "ann",
        "devops",
    ),
}
TEXT_CASES = {
    "the first word": ("‸", "runbook", "step"),
    "words of the file": (TEXT + "  }\n  ‸", "step success on output", "expect"),
    "words of a step": (TEXT + "    ‸", "expect retry timeout shell", "input"),
    "a word that is begun": (TEXT + "    re‸", "retry repeatable rehearse", "input"),
    "words of a retry": (TEXT + "    retry every 1s ‸", "for times factor", "every2 expect"),
    "types of inputs": ("runbook x {\n  input a: ‸", "string int bool", "uuid"),
    "effects": (TEXT + "    effect ‸", "read change destroy", "apps"),
    "durations": (TEXT + "    timeout ‸", "30s 5m", "apps"),
    "steps that are settled": (TEXT + "    settles ‸", "apps change", "host"),
    "steps to undo": (TEXT + "  }\n  undo ‸", "all apps change", "host"),
    "names in an expression": (TEXT + "  }\n  success ‸", "apps change host token size", "result"),
    "the fields of a result": (TEXT + "    expect result.‸", "exit stdout lines", "host"),
    "an expression over lines": (TEXT + "    expect apps.ok &&\n      result.‸", "exit stdout lines", "host"),
    "fields of a macro's variable": (TEXT + "    when apps.json.exists(a, a.‸", "id spec", "host"),
    "names in a hole": (TEXT + "  }\n  shell echo ${‸", "apps change host", "result"),
    "names in a text": (TEXT + '    title "on ${‸', "apps host", "result"),
    "names in a block": (TEXT + "  }\n  psql |\n    SELECT ${‸", "apps change host", "result"),
    "a value": (TEXT + "  }\n  set y = ‸", "apps change host", "result"),
    "a list": (TEXT + "  }\n  for each a in ‸", "apps change host", "result"),
    "arms": (TEXT + "  }\n  choose {\n    ‸", "when else", "step"),
    "arguments": (TEXT + "  }\n  shell x with { ‸", "cwd env stdin", "expect"),
    "arguments alone": (TEXT + "  }\n  psql { sql: \"x\", ‸", "host database", "sql expect"),
    "subcommands": (TEXT + "  }\n  doctl apps ‸", "list get", "databases"),
    "flags": (TEXT + "  }\n  doctl apps list --‸", "--format --output", "apps"),
    "nothing in a comment": (TEXT + "    # ret‸", "", "retry expect"),
    "what is asked": (TEXT + "  }\n  ask ‸", "answer do approve", "step"),
    "how it ends": (TEXT + "  }\n  stop ‸", "succeeded failed", "step"),
}  # fmt: skip


def check(folder: Path, name: str, case: tuple[str, str, str], before: str) -> None:
    text, wanted, unwanted = case
    view, at = asked(folder, name, text, before)
    items = complete(view, at)
    labels = {item.label for item in items}
    assert set(wanted.split()) <= labels
    assert not set(unwanted.split()) & labels
    assert all(item.start <= at for item in items)
    begun = {view.text[item.start : at] for item in items}
    assert all(part == "" or part.strip() == part for part in begun), begun


@pytest.mark.parametrize("what", CASES)
def test_yaml(tmp_path: Path, what: str) -> None:
    check(tmp_path, "x.yml", CASES[what], POLICY if what.startswith("a policy") else YAML)


@pytest.mark.parametrize("what", TEXT_CASES)
def test_text_form(tmp_path: Path, what: str) -> None:
    check(tmp_path, "x.runbook", TEXT_CASES[what], TEXT + "  }\n}\n")


def test_a_yaml_file_of_another_kind_has_no_proposals(tmp_path: Path) -> None:
    view, at = asked(tmp_path, "compose.yml", "services:\n  web: {image: x}\n‸")
    assert complete(view, at) == []


def test_inputs_of_a_called_runbook(tmp_path: Path) -> None:
    (tmp_path / "part.yml").write_text(
        "runbook: part\ninputs:\n  app: {description: The app}\n  max: {type: int, default: 1}\nsteps:\n  - shell: x\n"
    )
    text = YAML + "  - call: {runbook: part.yml, inputs: {app: x, ‸}}\n"
    view, at = asked(tmp_path, "x.yml", text)
    assert [item.label for item in complete(view, at)] == ["max"]
    view, at = asked(tmp_path, "x.yml", YAML + "  - call: ‸\n", YAML)
    assert [item.label for item in complete(view, at)] == ["part.yml"]


def test_names_of_the_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.yml").write_text("zone: UTC\nseverities: {P1: {tiers: [ops]}}\ntiers: {ops: {notify: [{slack: x}]}}\n")
    text = YAML.replace("inputs:", "policy: policy.yml\nseverity: ‸\ninputs:")
    view, at = asked(tmp_path, "x.yml", text, text.replace("severity: ‸\n", ""))
    assert [item.label for item in complete(view, at)] == ["P1"]


@pytest.mark.parametrize(("text", "after"), [("    ret‸", "    retry: "), ("  - ch‸", "  - choose:"), ("  ‸", "  - id: ")])
def test_what_a_key_writes(tmp_path: Path, text: str, after: str) -> None:
    view, at = asked(tmp_path, "x.yml", YAML + text)
    wanted = after.strip(" -:")
    item = next(item for item in complete(view, at) if item.label == wanted)
    assert view.text[: item.start] + item.insert == (YAML + after)
    assert MARK not in view.text
