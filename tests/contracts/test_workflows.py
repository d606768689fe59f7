"""The action, the workflows and the hooks that are ready to be copied: well formed, and safe on a stranger's change."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from runbook_lang.cli.table import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / "examples" / "github" / "workflows").glob("*.yml"))
GITLAB = ROOT / "examples" / "gitlab" / ".gitlab-ci.yml"


def ran(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("schema", "files", "more"),
    [
        ("vendor.github-actions", [ACTION], []),
        ("vendor.github-workflows", WORKFLOWS, []),
        ("vendor.gitlab-ci", [GITLAB], ["--data-transform", "gitlab-ci"]),
    ],
    ids=["action", "workflows", "gitlab"],
)
def test_they_fit_their_schemas(schema: str, files: list[Path], more: list[str]) -> None:
    assert files
    ran("check_jsonschema", "--builtin-schema", schema, *more, *map(str, files))


def test_an_auditor_of_workflows_finds_nothing_of_weight() -> None:
    program = Path(sys.executable).with_name("zizmor")
    words = [str(program), "--offline", "--no-progress", "--min-severity", "medium", str(ACTION), *map(str, WORKFLOWS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def jobs(path: Path) -> tuple[dict[Any, Any], list[dict[str, Any]]]:
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    return body, list(body["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_no_right_that_it_does_not_name_and_no_secret(path: Path) -> None:
    body, found = jobs(path)
    assert body["permissions"] == {}
    assert all(job["permissions"] and job["timeout-minutes"] <= 10 for job in found)
    assert "secrets." not in path.read_text(encoding="utf-8")


def test_the_job_that_reads_the_change_may_only_read() -> None:
    body, [job] = jobs(next(path for path in WORKFLOWS if "review" in path.stem))
    assert set(body[True]) == {"pull_request"}, "YAML reads `on` as true"
    assert job["permissions"] == {"contents": "read"}
    checkouts = [step for step in job["steps"] if "checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    local = [step["uses"] for step in job["steps"] if step.get("uses", "").startswith("./")]
    assert local == ["./trusted/.github/actions/runbook-review"], "an action of the change itself would be run"


def test_the_job_that_may_write_takes_nothing_of_the_change() -> None:
    body, [job] = jobs(next(path for path in WORKFLOWS if "comment" in path.stem))
    assert set(body[True]) == {"workflow_run"}
    assert not any("checkout" in step.get("uses", "") or step.get("uses", "").startswith("./") for step in job["steps"])


@pytest.mark.parametrize("path", [ACTION, *WORKFLOWS], ids=lambda path: path.stem)
def test_no_value_is_put_into_the_text_of_a_script(path: Path) -> None:
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    steps = body["runs"]["steps"] if "runs" in body else [step for job in body["jobs"].values() for step in job["steps"]]
    scripts = [step["run"] for step in steps if "run" in step]
    assert not any("${{" in script for script in scripts)
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_foreign_actions_are_pinned(path: Path) -> None:
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    assert all(one.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one) for one in used)


def test_the_hooks_call_commands_that_there_are() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    for hook in hooks:
        program, command, *options = hook["entry"].split()
        assert program == "runbook"
        names = {option.name for option in COMMANDS[command].options}
        assert {word for word in options if word.startswith("--")} <= names
        assert hook["language"] == "python"


def test_the_action_gives_what_the_command_writes() -> None:
    body = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    for name, output in body["outputs"].items():
        assert output["value"] == f"${{{{ steps.review.outputs.{name} }}}}"
    options = {option.name for option in COMMANDS["review"].options}
    assert set(re.findall(r"(--[a-z-]+)\b", body["runs"]["steps"][1]["run"])) <= options
