"""doctl against the API of the lab: the real program where one is on PATH, else the lab's stand-in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.executors.conformance import FakeAttempt
from runbook_lang.executors.doctl import DoctlExecutor
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.doctl import SURFACE

pytestmark = pytest.mark.lab
LAB = Path(__file__).resolve().parents[2] / "examples" / "lab"


@pytest.fixture(scope="module")
def lab() -> Iterator[Any]:
    sys.path.insert(0, str(LAB))
    try:
        from pymerp_lab.lab import Lab

        with Lab(["api"], duration=0.2) as lab:
            yield lab
    finally:
        sys.path.remove(str(LAB))


@pytest.fixture
def run(lab: Any) -> Iterator[Callable[..., Outcome]]:
    environment = lab.environment()

    def run(command: str, **env: str) -> Outcome:
        words = [environment["DO_APP_ID"] if word == "APP" else word for word in command.split()]
        request = SURFACE.request({"command": words})
        effect = "read" if "--http-retry-max" not in request.argv else "change"
        return DoctlExecutor().run(FakeAttempt(request, effect=effect, env={**environment, **env}))

    yield run
    lab.control.reset()


def test_apps_and_deployments(run: Callable[..., Outcome]) -> None:
    apps = run("apps list")
    assert apps.ok, apps.message
    assert apps.value["json"][0]["spec"]["name"] == "pymerp-backend"
    deployments = run("apps list-deployments APP").value["json"]
    assert [item["phase"] for item in deployments].count("ACTIVE") == 1
    lines = run("apps list-deployments APP --format ID,Cause,Phase,Progress --no-header").value["lines"]
    assert len(lines) == len(deployments)


def test_databases(run: Callable[..., Outcome]) -> None:
    cluster = run("databases list").value["json"][0]["id"]
    assert run(f"databases get {cluster}").value["json"][0]["status"] == "online"
    assert run(f"databases get {cluster} --format Status --no-header").value["lines"] == ["online"]
    assert run(f"databases backups {cluster}").ok
    wrong = run(f"databases backups list {cluster}")
    assert not wrong.ok


def test_an_unknown_subcommand(run: Callable[..., Outcome]) -> None:
    outcome = run("apps rollback APP")
    assert (outcome.ok, outcome.value["exit"], outcome.applied) == (False, 0, "no")
    assert "no such subcommand" in outcome.message


def test_a_column_that_is_not_there(run: Callable[..., Outcome]) -> None:
    hidden = run("apps get APP --format ActiveDeployment.Phase --no-header")
    assert (hidden.ok, hidden.kind) == (False, "expect")
    assert not run("apps get APP --format ActiveDeployment.Phase").ok


def test_refusals(run: Callable[..., Outcome]) -> None:
    assert run("apps get nosuch").kind == "status"
    denied = run("apps restart APP", DIGITALOCEAN_ACCESS_TOKEN="wrong")
    assert (denied.kind, denied.applied) == ("auth", "no")
    missing = run("apps restart APP", DIGITALOCEAN_ACCESS_TOKEN="")
    assert (missing.kind, missing.applied) == ("auth", "no")
    refused = run("apps restart APP", DIGITALOCEAN_API_URL="http://127.0.0.1:1")
    assert (refused.kind, refused.applied) == ("refused", "no")
    assert run("apps logs APP --type RUN").applied == "no"


def test_a_server_error_is_tried_once_and_leaves_the_change_open(run: Callable[..., Outcome], lab: Any) -> None:
    lab.control.set_fault("api-500", True)
    outcome = run("apps restart APP")
    assert (outcome.kind, outcome.applied) == ("status", "unknown")


def test_a_deployment_that_fails_was_made(run: Callable[..., Outcome], lab: Any) -> None:
    lab.control.set_fault("deployment-fails", True)
    outcome = run("apps create-deployment APP --wait")
    assert (outcome.ok, outcome.applied) == (False, "yes"), outcome.message
    assert outcome.value["json"][0]["id"]


def test_a_deployment_that_goes_well(run: Callable[..., Outcome]) -> None:
    outcome = run("apps create-deployment APP --wait")
    assert outcome.ok, outcome.message
