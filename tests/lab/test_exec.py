"""`lab exec`: exit codes, environment, and nothing left behind, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pymerp_lab.api.apps import HISTORY

from tests.conftest_lab import LAB

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest_lab import RunningLab

SAY_AND_WAIT = "import json, os, time; print(json.dumps(dict(os.environ)), flush=True); time.sleep(60)"


def environment(**changed: str) -> dict[str, str]:
    return {**os.environ, "LAB_PYTHON": sys.executable, "LAB_DOCTL": "standin", **changed}


def lab_program(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    options.setdefault("env", environment())
    return subprocess.run([sys.executable, str(LAB), *words], capture_output=True, text=True, timeout=60, check=False, **options)


def inside(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return lab_program("exec", "--only", "app,api", "--", *words, **options)


def processes_of(folder: str) -> list[int]:
    """Who carries the mark of this lab in its environment or names its folder in its arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                text = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if folder.encode() in text:
                found.append(int(entry.name))
    return found


def eventually(condition: Callable[[], bool], limit: float = 15) -> bool:
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("raise SystemExit(0)", 0), ("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 15)", 143)],
)
def test_the_exit_code_is_the_command_s(code: str, wanted: int) -> None:
    assert inside(sys.executable, "-c", code).returncode == wanted


def test_a_command_that_is_not_there_is_127() -> None:
    done = inside("no-such-command-here")
    assert done.returncode == 127
    assert "command not found" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["exec"], 2, "which command"),
        (["exec", "--only", "app,database", "--", "true"], 125, "no such part: database"),
        (["exec", "--only", "app", "--break", "nonsense", "--", "true"], 125, "nonsense"),
        (["break", "health"], 2, "no lab around"),
        (["status"], 2, "no lab around"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(words: list[str], code: int, text: str) -> None:
    done = lab_program(*words, env={name: value for name, value in environment().items() if name != "LAB_CONTROL"})
    assert done.returncode == code
    assert text in done.stderr


def test_the_command_gets_streams_arguments_and_a_home() -> None:
    env = {name: value for name, value in environment().items() if name != "HOME"}
    code = "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.access(os.environ['HOME'], os.W_OK))"
    done = inside(sys.executable, "-c", code, "a b", "--only", input="text", env=env)
    assert done.stdout == "['a b', '--only'] text True\n"


def test_the_environment_says_where_things_are(platform: RunningLab) -> None:
    wanted = {"DIGITALOCEAN_ACCESS_TOKEN", "DIGITALOCEAN_API_URL", "DO_APP_ID", "DB_CLUSTER_ID", "PYMERP_URL", "PYMERP_HEALTH_URL"}
    wanted |= {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "LAB_STATE", "LAB_CONTROL", "HOME"}
    assert wanted <= set(platform.env)
    assert platform.env["LAB_PARTS"] == "api,app"


def test_break_mend_status_and_reset_from_inside(platform: RunningLab) -> None:
    assert platform.run("lab", "break", "health", "api-401").out == "broken: health, api-401\n"
    assert "health: DOWN" in platform.run("lab", "status").out
    assert platform.run("lab", "mend", "health").out == "broken: api-401\n"
    assert platform.run("lab", "mend", "all").out == "broken: nothing\n"
    platform.run("doctl", "apps", "create-deployment", platform.env["DO_APP_ID"])
    assert platform.run("lab", "reset").code == 0
    assert len(platform.state()["api"]["deployments"]) == len(HISTORY)


def test_several_things_may_be_named_with_commas_too(platform: RunningLab) -> None:
    assert platform.run("lab", "break", "health,api-401").out == "broken: health, api-401\n"
    assert platform.run("lab", "mend", "all").code == 0


def test_inside_of_a_lab_that_has_ended_says_so(platform: RunningLab) -> None:
    done = platform.run("env", "LAB_CONTROL=http://127.0.0.1:1/x", "lab", "status")
    assert done.code == 1
    assert done.err.startswith("lab: the lab around this command doesn't answer any more")


def test_breaking_what_does_not_run_says_why(platform: RunningLab) -> None:
    done = platform.run("lab", "break", "redis-password")
    assert done.code == 1
    assert "redis is not running" in done.err


def test_things_can_be_broken_before_the_command_starts() -> None:
    done = lab_program("exec", "--only", "app,api", "--break", "deploy", "--", "lab", "status")
    assert "broken: deploy\nhealth: DOWN" in done.stdout


def test_everything_that_can_be_broken_is_listed_once() -> None:
    lines = [line.split()[0] for line in lab_program("list").stdout.splitlines() if line.startswith("  ")]
    assert {"health", "deploy", "certificate-expired", "api-hang"} <= set(lines)
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_the_lab_is_ended(how: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, str(LAB), "exec", "--only", "app,api", "--", sys.executable, "-c", SAY_AND_WAIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        folder = json.loads(process.stdout.readline())["LAB_FOLDER"]
        process.send_signal(how)
        process.wait(20)
    assert eventually(lambda: not processes_of(folder) and not Path(folder).exists())


def test_what_the_command_left_running_is_ended_with_the_lab() -> None:
    code = f"import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', {SAY_AND_WAIT!r}], stdout=subprocess.DEVNULL, start_new_session=True); print(os.environ['LAB_FOLDER'])"
    folder = inside(sys.executable, "-c", code).stdout.strip()
    assert not processes_of(folder)
    assert not Path(folder).exists()


@pytest.mark.lab
@pytest.mark.slow
def test_no_server_outlives_a_killed_lab() -> None:
    with subprocess.Popen(
        [sys.executable, str(LAB), "exec", "--break", "postgres-hang", "--", sys.executable, "-c", SAY_AND_WAIT],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.skip(reason="the lab runs without a PostgreSQL to freeze; see `examples/lab/lab doctor`")
        folder = json.loads(line)["LAB_FOLDER"]
        assert len(processes_of(folder)) > 2
        process.kill()
        process.wait(20)
    assert eventually(lambda: not processes_of(folder) and not Path(folder).exists())
