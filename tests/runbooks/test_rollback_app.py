"""The rollback, healthy and in each way in which it can go wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest_lab import RunningLab, need
from tests.runbooks.operator import RUNBOOK, RUNBOOKS, Operator

pytestmark = pytest.mark.lab


@pytest.fixture
def operator(lab: RunningLab, tmp_path: Path) -> Operator:
    need(lab, "pg", "redis")
    return Operator(lab, tmp_path / "store")


def active_cause(operator: Operator) -> str:
    deployments = json.loads(operator.lab.run("doctl", "apps", "list-deployments", operator.lab.env["DO_APP_ID"], "-o", "json").out)
    return next(str(item["cause"]) for item in deployments if item["phase"] == "ACTIVE")


def is_pinned(operator: Operator) -> bool:
    app = json.loads(operator.lab.run("doctl", "apps", "get", operator.lab.env["DO_APP_ID"], "-o", "json").out)[0]
    return "pinned_deployment" in app


def test_a_bad_deployment_is_rolled_back_and_kept(operator: Operator) -> None:
    operator.lab.broken("deploy")
    code, result = operator.run("rollback-app.yml")
    assert (code, result["result"], result["undone"]) == (0, "succeeded", "none")
    assert "rollback" in active_cause(operator)
    assert not is_pinned(operator), "the commit unpins the app"
    assert operator.started(result["run"])[-1] == "commit#1/main"


def test_a_second_rollback_goes_further_back_and_not_to_the_build_that_was_left(operator: Operator) -> None:
    operator.lab.broken("deploy")
    _, first = operator.run("rollback-app.yml", "--input", "full_check=false")
    code, second = operator.run("rollback-app.yml", "--input", "full_check=false")
    assert code == 0
    deployments = operator.lab.state()["api"]["deployments"]
    chosen = [next(item["cause"] for item in deployments if item["id"] == run["outputs"]["restored_from"]) for run in (first, second)]
    assert [cause.split()[1] for cause in chosen] == ["9c1f0aa", "5aa8e90"]


def test_the_run_leaves_no_secret_behind(operator: Operator) -> None:
    operator.run("rollback-app.yml")
    token = operator.lab.env["DIGITALOCEAN_ACCESS_TOKEN"].encode()
    for path in operator.store.rglob("*"):
        if path.is_file():
            assert token not in path.read_bytes(), path


def test_an_app_that_is_pinned_already_is_left_alone(operator: Operator) -> None:
    env = operator.lab.env
    deployments = json.loads(operator.lab.run("doctl", "apps", "list-deployments", env["DO_APP_ID"], "-o", "json").out)
    good = [item["id"] for item in deployments if item["phase"] == "SUPERSEDED"][-1]
    body = json.dumps({"deployment_id": good, "skip_pin": False})
    url = f"{env['DIGITALOCEAN_API_URL']}/v2/apps/{env['DO_APP_ID']}/rollback"
    header = f"Authorization: Bearer {env['DIGITALOCEAN_ACCESS_TOKEN']}"
    assert operator.lab.run("curl", "-sf", "-X", "POST", "-H", header, "-H", "Content-Type: application/json", "-d", body, url).code == 0
    code, result = operator.run("rollback-app.yml")
    assert (code, result["undone"]) == (5, "none")
    assert result["failure"]["kind"] == "refused"
    assert "rollback#1/main" not in operator.started(result["run"])


ELSEWHERE = """
runbook: elsewhere
inputs: {api: {type: string, env: DIGITALOCEAN_API_URL}}
secrets: {token: {env: DIGITALOCEAN_ACCESS_TOKEN, for: ["https://api.example.com"]}}
steps:
  - {id: by_http, may_fail: true, http: {get: "${api}/v2/account", auth: {bearer: "${token}"}}}
  - {id: by_doctl, may_fail: true, doctl: {command: account get, token: "${token}", api_url: "${api}"}}
outputs: {http: "${by_http.state}", doctl: "${by_doctl.state}"}
"""


def test_the_token_goes_to_no_other_host_than_its_own(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yml").write_text(ELSEWHERE, encoding="utf-8")
    before = operator.lab.state()["api"]["requests"]
    done = operator.type("run", str(tmp_path / "elsewhere.yml"), "--format", "json")
    result = json.loads(done.out)
    assert result["outputs"] == {"http": "failed", "doctl": "failed"}
    ends = [event for event in operator.journal(result["run"]) if event["type"] == "act.ended"]
    assert [(event["kind"], event["applied"]) for event in ends] == [("refused", "no")] * 2
    assert operator.lab.state()["api"]["requests"] == before, "nothing was sent"


def test_a_missing_secret_stops_it_before_anything_ran(operator: Operator) -> None:
    done = operator.lab.run(
        *RUNBOOK, "run", str(RUNBOOKS / "rollback-app.yml"), without=("DIGITALOCEAN_ACCESS_TOKEN",),
        RUNBOOK_STORE=str(operator.store), PYTHONPATH=str(RUNBOOKS.parent),
    )  # fmt: skip
    assert done.code == 2
    assert "RB610" in done.err + done.out
    assert not (operator.store / "runs").exists()


def test_a_second_run_on_the_same_app_is_refused(operator: Operator) -> None:
    operator.lab.broken("health-hang")
    first = _in_background(operator)
    try:
        _wait_for(operator, "health/health#1/main")
        done = operator.type("run", str(RUNBOOKS / "rollback-app.yml"), "--format", "json")
        assert done.code == 3
        assert "RB516" in done.err + done.out
        assert "Wait for it: runbook status" in done.err + done.out
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(10)


def test_killed_in_the_middle_it_is_resumed_and_nothing_is_done_twice(operator: Operator) -> None:
    operator.lab.broken("deploy", "health-hang")
    first = _in_background(operator)
    run = _wait_for(operator, "health/health#1/main")
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    assert operator.type("run", str(RUNBOOKS / "rollback-app.yml")).code == 3, "the run that was cut still holds its lock"
    operator.lab.mend("health-hang")
    done = operator.type("resume", run, "--format", "json")
    assert done.code == 0, done.err
    started = operator.started(run)
    assert [id_ for id_ in started if id_.startswith("rollback#")] == ["rollback#1/main"]
    assert started[-1] == "commit#1/main"
    assert not is_pinned(operator)


def _in_background(operator: Operator) -> subprocess.Popen[bytes]:
    env = {**operator.lab.env, "RUNBOOK_STORE": str(operator.store), "PYTHONPATH": str(RUNBOOKS.parent)}
    words = (*RUNBOOK, "run", str(RUNBOOKS / "rollback-app.yml"))
    return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def _wait_for(operator: Operator, id_: str) -> str:
    """The run in which the attempt has started."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        runs = os.listdir(operator.store / "runs") if (operator.store / "runs").is_dir() else []
        for run in runs:
            path = operator.store / "runs" / run / "journal.jsonl"
            if path.exists() and f'"{id_}"' in path.read_text(encoding="utf-8"):
                return run
        time.sleep(0.05)
    raise AssertionError(f"{id_} never started")


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        (["rollback-refused"], "the image of the deployment is no longer in the registry"),
        (["rollback-fails"], "terminó en ERROR"),
        (["api-401"], "401"),
    ],
)
def test_whoever_is_called_reads_why(operator: Operator, faults: list[str], said: str) -> None:
    operator.lab.broken(*faults)
    _, result = operator.run("rollback-app.yml")
    told = (operator.store / "runs" / result["run"] / "incident.jsonl").read_text(encoding="utf-8")
    assert said in told
    assert "${" not in told, "the words of a template are no message"
