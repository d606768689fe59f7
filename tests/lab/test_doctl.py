"""What a program that drives doctl relies on: of the stand-in, and of the real one where it is on the PATH."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest_lab import Done, RunningLab

    Doctl = Callable[..., Done]

REAL = shutil.which("doctl")
UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"


@pytest.fixture(params=["standin", *(["real"] if REAL else [])])
def doctl(request: pytest.FixtureRequest, platform: RunningLab) -> Doctl:
    program = REAL if request.param == "real" else shutil.which("doctl", path=platform.env["PATH"])
    assert program

    def run(*words: str, **options: Any) -> Done:
        values = {"app": platform.env["DO_APP_ID"], "cluster": platform.env["DB_CLUSTER_ID"]}
        return platform.run(program, *(word.format(**values) if word.startswith("{") else word for word in words), **options)

    return run


def documents(text: str) -> list[Any]:
    """The JSON documents that stand one after the other in a text."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def only(text: str) -> Any:
    (document,) = documents(text)
    return document


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ("apps get {app} --format ActiveDeployment.Phase", 1, 'unknown column "ActiveDeployment.Phase"'),
        ("apps get {app} --format id", 1, 'unknown column "id"'),
        ("apps get", 1, "(apps.get) command is missing required arguments"),
        ("apps get-deployment {app}", 1, "command is missing required arguments"),
        ("apps update {app}", 1, "command is missing required arguments"),
        ("databases fork copy", 1, "command is missing required arguments"),
        ("apps logs {app} --type RUN", 1, "Invalid log type RUN"),
        ("apps get 0d3db13e-0000-4000-8000-000000000000", 1, "404"),
        ("databases backups list {cluster}", 1, "/v2/databases/list/backups"),
        ("apps list --access-token wrong", 1, "401 Unable to authenticate you"),
        ("apps update {app} --spec missing.yml", 1, "missing.yml"),
    ],
)
def test_an_error_of_a_command_is_one_line_on_stderr_and_exit_1(doctl: Doctl, words: str, code: int, text: str) -> None:
    done = doctl(*words.split())
    assert (done.code, done.out) == (code, "")
    assert re.search(r"^Error: .*" + re.escape(text), done.err, re.MULTILINE)


@pytest.mark.parametrize(
    "words", ["apps get", "apps get 0d3db13e-0000-4000-8000-000000000000", "apps list -t wrong", "apps logs {app} --type RUN"]
)
def test_with_json_an_error_is_an_object_on_stdout(doctl: Doctl, words: str) -> None:
    done = doctl(*words.split(), "-o", "json")
    assert done.code == 1
    (error,) = only(done.out)["errors"]
    assert error["detail"]


def test_the_variable_for_output_makes_only_errors_json(doctl: Doctl) -> None:
    assert only(doctl("apps", "get", DIGITALOCEAN_OUTPUT="json").out)["errors"]
    assert doctl("apps", "list", "--format", "ID", DIGITALOCEAN_OUTPUT="json").out.startswith("ID\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("apps create-deployment {app} --deployment-id x", "unknown flag: --deployment-id"),
        ("apps rollback {app} --deployment-id x", "unknown flag: --deployment-id"),
        ("apps list --no-such", "unknown flag: --no-such"),
    ],
)
def test_an_unknown_flag_is_exit_255_on_both_streams(doctl: Doctl, words: str, complaint: str) -> None:
    done = doctl(*words.split())
    assert done.code == 255
    assert done.out.strip() == complaint
    assert complaint in done.err
    assert "Usage:" in done.err


def test_a_flag_without_its_value_is_exit_255(doctl: Doctl) -> None:
    assert doctl("apps", "list", "--format").code == 255
    assert doctl("apps", "logs", "{app}", "--tail", "many").code == 255


@pytest.mark.parametrize("words", ["apps rollback x", "databases frobnicate", "apps", "apps spec nothing"])
def test_an_unknown_subcommand_prints_help_and_exits_0(doctl: Doctl, words: str) -> None:
    done = doctl(*words.split())
    assert done.code == 0
    assert "Usage:" in done.out


def test_an_unknown_command_at_the_top_is_exit_255(doctl: Doctl) -> None:
    done = doctl("frobnicate")
    assert done.code == 255
    assert 'unknown command "frobnicate"' in done.err


def test_without_a_header_the_columns_go_unchecked(doctl: Doctl) -> None:
    done = doctl("apps", "get", "{app}", "--format", "Spec.Envs", "--no-header")
    assert (done.code, done.out.strip()) == (0, "<nil>")


def test_a_home_is_needed_but_need_not_exist(doctl: Doctl, tmp_path: Path) -> None:
    done = doctl("apps", "list", without=("HOME", "XDG_CONFIG_HOME"))
    assert done.code == 1
    assert "neither $XDG_CONFIG_HOME nor $HOME are defined" in done.err
    assert doctl("apps", "list", HOME=str(tmp_path / "nowhere")).code == 0


def test_a_token_is_needed(doctl: Doctl) -> None:
    done = doctl("apps", "get", without=("DIGITALOCEAN_ACCESS_TOKEN",))
    assert done.code == 1
    assert "access token is required" in done.err


@pytest.mark.parametrize(
    "words", ["apps list", "app ls", "a list", "-o text apps list", "apps --http-retry-max 0 list", "apps list --http-retry-max=0"]
)
def test_aliases_and_flags_in_front(doctl: Doctl, platform: RunningLab, words: str) -> None:
    done = doctl(*words.split(), "--format", "ID,Spec.Name", "--no-header")
    assert (done.code, done.out.split()) == (0, [platform.env["DO_APP_ID"], "pymerp-backend"])


def test_the_columns_of_deployments_in_the_order_that_was_asked_for(doctl: Doctl) -> None:
    done = doctl("apps", "list-deployments", "{app}", "--format", "ID,Cause,Phase,Progress")
    head, first, *_ = done.out.splitlines()
    assert re.split(r"\s{2,}", head) == ["ID", "Cause", "Phase", "Progress"]
    assert re.fullmatch(UUID + r"\s+commit \w+ pushed to github/Ign14/PYMERP\s+ACTIVE\s+6/6", first)
    assert "4/6 (errors: 1)" in done.out


def test_the_shapes_of_apps_and_deployments(doctl: Doctl) -> None:
    (app,) = only(doctl("apps", "get", "{app}", "-o", "json", "--format", "ID").out)
    assert app["spec"]["name"] == "pymerp-backend"
    assert app["active_deployment"]["phase"] == "ACTIVE"
    assert "in_progress_deployment" not in app
    deployments = only(doctl("apps", "list-deployments", "{app}", "-o", "json").out)
    active = [item for item in deployments if item["phase"] == "ACTIVE"]
    assert [item["id"] for item in active] == [app["active_deployment"]["id"]]
    assert "error_steps" not in active[0]["progress"]
    assert {item["phase"] for item in deployments} == {"ACTIVE", "SUPERSEDED", "ERROR", "CANCELED"}


def test_databases_show_their_passwords(doctl: Doctl, platform: RunningLab) -> None:
    first, *_ = only(doctl("databases", "list", "-o", "json").out)
    assert first["connection"]["password"]
    assert first["users"][0]["password"]
    assert first["connection"]["password"] in doctl("databases", "get", "{cluster}").out
    assert doctl("databases", "get", "{cluster}", "--format", "Status", "--no-header").out.strip() == "online"


def test_backups_have_a_size_and_a_time_and_no_id(doctl: Doctl) -> None:
    first, *_ = only(doctl("databases", "backups", "{cluster}", "-o", "json").out)
    assert set(first) == {"created_at", "size_gigabytes"}
    assert re.match(
        r"Size[^\n]*Created At\n0\.03\d*\s+\d{4}-\d\d-\d\d 06:04:00 \+0000 UTC\n", doctl("databases", "backups", "{cluster}").out
    )


def test_an_empty_list_is_an_empty_array(doctl: Doctl, platform: RunningLab) -> None:
    platform.broken("backups")
    assert only(doctl("databases", "backups", "{cluster}", "-o", "json").out) == []


def test_content_delivery_and_registry(doctl: Doctl) -> None:
    assert doctl("compute", "cdn", "list", "--format", "Origin", "--no-header").out.strip() == "pymes-prod.nyc3.digitaloceanspaces.com"
    assert doctl("registry", "get", "--format", "Name", "--no-header").out.strip() == "pymerp"


def test_logs_by_type_and_tail(doctl: Doctl, platform: RunningLab) -> None:
    platform.broken("deploy")
    run = doctl("apps", "logs", "{app}", "--type", "run", "--tail", "2")
    assert (run.code, len(run.out.splitlines())) == (0, 2)
    assert "TenantContext.require" in run.out
    assert "pulling image" in doctl("apps", "logs", "{app}", "--type", "build").out
    assert doctl("apps", "logs", "pymerp-backend", "backend", "--tail", "1").out
    bare = doctl("apps", "logs", "{app}", "--no-prefix", "--tail", "1").out
    assert bare.startswith("WARN")


def test_no_logs_is_a_warning_with_exit_0(doctl: Doctl) -> None:
    done = doctl("apps", "logs", "{app}", "no-such-component")
    assert (done.code, done.out) == (0, "")
    assert "No logs found" in done.err


def test_following_holds_on_until_it_is_stopped(doctl: Doctl, platform: RunningLab) -> None:
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        doctl("apps", "logs", "{app}", "--follow", limit=2)
    assert b"Tomcat started" in (caught.value.stdout or b"")


def test_notices_go_to_stderr(doctl: Doctl) -> None:
    done = doctl("apps", "create-deployment", "{app}", "--format", "Phase", "--no-header")
    assert (done.code, done.out.strip()) == (0, "PENDING_BUILD")
    assert "Notice: Deployment created" in done.err


def test_waiting_ends_with_the_deployment(doctl: Doctl) -> None:
    done = doctl("apps", "create-deployment", "{app}", "--wait", "-o", "json")
    assert done.code == 0
    assert only(done.out)[0]["phase"] == "ACTIVE"


def test_a_failed_wait_leaves_two_documents(doctl: Doctl, platform: RunningLab) -> None:
    platform.broken("deployment-fails")
    done = doctl("apps", "create-deployment", "{app}", "--wait", "-o", "json")
    assert done.code == 1
    deployment, error = documents(done.out)
    assert deployment[0]["phase"] in {"PENDING_BUILD", "BUILDING"}
    assert "error deploying app" in error["errors"][0]["detail"]


def test_waiting_takes_an_empty_progress_for_success_and_crashes_without_one(doctl: Doctl, platform: RunningLab) -> None:
    platform.broken("progress-empty")
    done = doctl("apps", "create-deployment", "{app}", "--wait", "-o", "json")
    assert done.code == 0
    platform.mend("progress-empty")
    platform.broken("progress-missing")
    assert doctl("apps", "create-deployment", "{app}", "--wait", "-o", "json").code == 2


def spec_of(doctl: Doctl) -> dict[str, Any]:
    spec: dict[str, Any] = only(doctl("apps", "spec", "get", "{app}", "--format", "json").out)
    return spec


def test_an_update_applies_the_spec_and_a_proposal_does_not(doctl: Doctl, platform: RunningLab) -> None:
    spec = spec_of(doctl)
    spec["services"][0]["instance_count"] = 3
    text = json.dumps(spec)
    proposal = only(doctl("apps", "propose", "--spec", "-", "--app", "{app}", "-o", "json", stdin=text).out)
    assert proposal["app_cost"] == 30
    assert spec_of(doctl)["services"][0]["instance_count"] == 1
    (app,) = only(doctl("apps", "update", "{app}", "--spec", "-", "--wait", "-o", "json", stdin=text).out)
    assert app["spec"]["services"][0]["instance_count"] == 3
    assert app["active_deployment"]["cause"] == platform.state()["api"]["deployments"][0]["cause"]


def test_yaml_goes_out_and_comes_in(doctl: Doctl, tmp_path: Path) -> None:
    file = tmp_path / "spec.yml"
    file.write_text(doctl("apps", "spec", "get", "{app}").out)
    assert "name: pymerp-backend" in file.read_text()
    assert doctl("apps", "propose", "--app", "{app}", "--spec", str(file)).code == 0


@pytest.mark.parametrize("spec", ['{"nam": "x"}', '{"name": "x", "services": [{"instances": 1}]}'])
def test_unknown_keys_of_a_spec_are_refused_before_anything_is_sent(doctl: Doctl, platform: RunningLab, spec: str) -> None:
    done = doctl("apps", "update", "{app}", "--spec", "-", stdin=spec)
    assert done.code == 1
    assert "unknown field" in done.err
    assert platform.state()["api"]["requests"] == []


def test_what_the_server_refuses_is_an_error(doctl: Doctl) -> None:
    spec = spec_of(doctl)
    spec["services"][0]["instance_size_slug"] = "enormous"
    done = doctl("apps", "propose", "--spec", "-", stdin=json.dumps(spec))
    assert done.code == 1
    assert "instance_size_slug" in done.err


def test_a_fork_copies_what_the_cluster_is_and_a_create_does_not(doctl: Doctl) -> None:
    words = ["--restore-from-cluster-id", "{cluster}", "--restore-from-timestamp", "2026-01-03 06:04:00 +0000 UTC", "-o", "json"]
    (fork,) = only(doctl("databases", "fork", "copy", *words).out)
    assert (fork["region"], fork["status"], fork["tags"]) == ("nyc3", "forking", ["production"])
    (made,) = only(doctl("databases", "create", "other", "--restore-from-cluster-name", "pymerp-db-cluster", "-o", "json").out)
    assert made["region"] != "nyc3"
    bad = doctl("databases", "fork", "third", "--restore-from-cluster-id", "{cluster}", "--restore-from-timestamp", "yesterday")
    assert bad.code == 1


@pytest.mark.parametrize(("fault", "status"), [("api-429", "429"), ("api-500", "500")])
def test_its_own_retries_can_be_turned_off(doctl: Doctl, platform: RunningLab, fault: str, status: str) -> None:
    platform.broken(fault)
    done = doctl("apps", "list", "--http-retry-max", "0")
    assert done.code == 1
    assert status in done.err
    assert len(platform.state()["api"]["requests"]) == 1


def test_by_default_it_tries_again_with_back_off(doctl: Doctl, platform: RunningLab) -> None:
    platform.broken("api-500")
    begun = time.monotonic()
    assert doctl("apps", "list", "--http-retry-max", "1").code == 1
    assert len(platform.state()["api"]["requests"]) == 2
    assert time.monotonic() - begun >= 1


def test_a_refused_connection_is_an_error(doctl: Doctl) -> None:
    done = doctl("apps", "list", "--http-retry-max", "0", "--api-url", "http://127.0.0.1:9")
    assert done.code == 1
    assert "connection refused" in done.err


def test_deleting_asks_unless_forced(doctl: Doctl) -> None:
    assert doctl("apps", "delete", "{app}").code == 1
    assert doctl("apps", "delete", "{app}", "--force").code == 0
    assert only(doctl("apps", "list", "-o", "json").out) == []


def test_the_stand_in_starts_as_fast_as_a_program_does(platform: RunningLab) -> None:
    """No module of weight: the cheapest measure that does not depend on the machine's load."""
    program = shutil.which("doctl", path=platform.env["PATH"])
    assert program
    code = f"import runpy, sys\nsys.argv[1:] = ['version']\ntry:\n    runpy.run_path({program!r})\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    loaded = set(platform.run(platform.env["LAB_PYTHON"], "-IS", "-c", code).out.split())
    assert "pymerp_lab.doctl.main" in loaded
    assert not loaded & {"http.client", "email", "argparse", "ssl", "urllib.request", "inspect", "yaml"}


def test_an_interrupt_ends_it(doctl: Doctl, platform: RunningLab) -> None:
    program = shutil.which("doctl", path=platform.env["PATH"])
    assert program
    argv = [program, "apps", "logs", platform.env["DO_APP_ID"], "--follow"]
    with subprocess.Popen(argv, env=platform.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
