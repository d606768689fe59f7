"""A running lab for tests: import the fixtures you use into a `conftest.py`, or the class into a test.

The lab runs as a process of its own, is started once for each worker and each set of parts, and is as new before
every test (its PostgreSQL keeps its rows).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).resolve().parent.parent
LAB = ROOT / "examples" / "lab" / "lab"
SERVERS = ("pg", "redis", "s3", "ssh")
DEPLOYMENT_SECONDS = 0.4
HOLD = "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read()"


class Done(NamedTuple):
    code: int
    out: str
    err: str


class RunningLab:
    """`env` is the environment of a command inside; `run` runs one."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def run(self, *argv: str, stdin: str = "", without: tuple[str, ...] = (), limit: float = 60, **changed: str) -> Done:
        env = {name: value for name, value in (self.env | changed).items() if name not in without}
        done = subprocess.run(argv, input=stdin, env=env, capture_output=True, text=True, timeout=limit, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    def broken(self, *what: str) -> None:
        """Breaks these things; the end of the test mends them."""
        for name in what:
            self._post(f"break/{name}")

    def mend(self, *what: str) -> None:
        for name in what:
            self._post(f"mend/{name}")

    def reset(self) -> None:
        self._post("reset")

    def state(self) -> dict[str, Any]:
        return self._ask("GET", "state")

    def _post(self, path: str) -> None:
        answer = self._ask("POST", path)
        assert "error" not in answer, answer["error"]

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        host, _, secret = self.env["LAB_CONTROL"].removeprefix("http://").partition("/")
        link = http.client.HTTPConnection(host, timeout=30)
        with contextlib.closing(link):
            link.request(method, f"/{secret}/{path}")
            answer: dict[str, Any] = json.loads(link.getresponse().read() or b"{}")
        return answer


@contextlib.contextmanager
def running(*parts: str, **environment: str) -> Iterator[RunningLab]:
    """A lab with these parts; all of them where none is named."""
    only = ["--only", ",".join(parts)] if parts else []
    argv = [sys.executable, str(LAB), "exec", *only, "--deployment-seconds", str(DEPLOYMENT_SECONDS), "--", sys.executable, "-c", HOLD]
    env = {**os.environ, "LAB_PYTHON": sys.executable, "LAB_DOCTL": "standin", "LAB_DOCTL_POLL_SECONDS": "0.1", **environment}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the lab did not start; its own words are on stderr"
        try:
            yield RunningLab(json.loads(line))
        finally:
            process.stdin.close()
            process.wait(30)


@pytest.fixture(scope="session")
def _whole_lab() -> Generator[RunningLab]:
    with running() as lab:
        yield lab


@pytest.fixture(scope="session")
def _platform_lab() -> Generator[RunningLab]:
    with running("app", "api") as lab:
        yield lab


def _as_new(lab: RunningLab) -> Iterator[RunningLab]:
    lab.reset()
    yield lab
    lab.reset()


@pytest.fixture
def platform(_platform_lab: RunningLab) -> Iterator[RunningLab]:
    """The application, the API and doctl: pure Python, there on every machine."""
    yield from _as_new(_platform_lab)


@pytest.fixture
def lab(_whole_lab: RunningLab) -> Iterator[RunningLab]:
    """Everything that this machine has. Mark the test with `lab`, and say with `need` what it can't do without."""
    yield from _as_new(_whole_lab)


def need(lab: RunningLab, *parts: str) -> None:
    """Skips the test where the machine lacks a server; on a build machine a skip counts as a failure."""
    missing = set(parts) - set(lab.env["LAB_PARTS"].split(","))
    if missing:
        pytest.skip(reason=f"the lab runs without {', '.join(sorted(missing))}; see `examples/lab/lab doctor`")
