"""Canary secrets of several shapes through programs, HTTP and rendered files, failures and the verbose mode: found nowhere."""

from __future__ import annotations

import base64
import contextlib
import html
import http.server
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.cli.main import main
from tests.audit.conftest import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARIES = {
    "plain": "canary-7f3a9c51e2",
    "odd": 'ca/na?ry&"quo\'te"<b> \\n ü%2F',
    "lines": "canary-first-line-0123\ncanary-second-line-4567\n",
    "blob": base64.b64encode(bytes(range(60))).decode(),
    "pin": "48151623",
    "dollar": "$canary-after-a-dollar",
}
ECHO = """\
import base64, json, os, sys, time
value = os.environ["CANARY"]
print(value); print(json.dumps({"a": value})); print(base64.b64encode(("x" + value).encode()).decode())
sys.stderr.write(repr(value) + "\\n")
for letter in value * 40:
    sys.stdout.write(letter); sys.stdout.flush()
time.sleep(0.3)
sys.exit(3 if "--fail" in sys.argv else 0)
"""
RUNBOOK = """\
runbook: canaries
title: Say ${name}
inputs: {name: {type: string, default: x}, api: {type: string, format: uri}}
secrets:
SECRETS
steps:
STEPS
  - id: web
    http:
      post: "${api}/echo"
      auth: {bearer: "${plain}"}
      headers: {X-Odd: "a ${pin} b"}
      json: {all: "${odd}", lines: "${lines}"}
    effect: change
    because: it posts
    may_fail: true
    timeout: 10s
  - id: page
    render: {template: page.j2, to: page.txt, values: {secret: "${odd}", pin: "${pin}"}}
    timeout: 10s
  - id: refused
    http: {get: "http://127.0.0.1:1/", auth: {bearer: "${plain}"}}
    effect: read
    because: it gets
    may_fail: true
    timeout: 5s
  - id: read_again
    set: {out: say_dollar.stdout, words: say_dollar.lines, rest: say_odd.stderr}
  - id: last
    shell: {command: python3 echo.py --fail, env: {CANARY: "${odd}"}}
    effect: change
    because: a test
    timeout: 10s
on_failure:
  - escalate: "It failed: ${failure.message}"
"""
STEP = """\
  - id: say_NAME
    shell: {command: python3 echo.py, env: {CANARY: "${NAME}"}}
    effect: read
    because: it prints
    timeout: 10s
"""


def forms(value: str) -> Iterator[bytes]:
    """How a value may look in what somebody reads; the parts that are long enough to be one."""
    yield value.encode()
    yield json.dumps(value)[1:-1].encode()
    yield json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield repr(value)[1:-1].encode()
    yield html.escape(value).encode()
    yield urllib.parse.quote(value, safe="").encode()
    yield base64.b64encode(value.encode()).rstrip(b"=")
    for line in value.splitlines():
        yield line.encode()


def leaks(data: bytes) -> list[str]:
    return [name for name, value in CANARIES.items() if any(form in data for form in forms(value))]


class Echo(http.server.BaseHTTPRequestHandler):
    """Sends back what it got: the worst that a server can do."""

    seen: list[bytes] = []  # noqa: RUF012 - one server for one test

    def do_POST(self) -> None:
        body = str(self.headers).encode() + self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(body)
        self.send_response(500)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def echo_server() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class ProcessTable(threading.Thread):
    """Reads the arguments of all processes, as every user of the machine can, again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.found: set[bytes] = set()
        self.samples = 0

    def run(self) -> None:
        while not self.over.is_set():
            self.samples += 1
            for name in os.listdir("/proc"):
                if name.isdigit():
                    with contextlib.suppress(OSError):
                        self.found.add(Path("/proc", name, "cmdline").read_bytes())
            time.sleep(0.005)


@pytest.mark.slow
def test_a_secret_is_found_nowhere(place: Place) -> None:
    secrets = "".join(f"  {name}: {{env: CANARY_{name.upper()}}}\n" for name in CANARIES)
    steps = "".join(STEP.replace("NAME", name) for name in CANARIES)
    text = RUNBOOK.replace("SECRETS\n", secrets).replace("STEPS\n", steps)
    (place.library / "canaries.yml").write_text(text)
    (place.library / "echo.py").write_text(ECHO)
    (place.library / "page.j2").write_text("{{ secret }} {{ pin }}\n")
    place.ring.new("ops")
    environ = {**place.environ, **{f"CANARY_{name.upper()}": value for name, value in CANARIES.items()}, "PYTHONPATH": os.getcwd()}
    environ["RUNBOOK_TRACEBACK"] = "1"
    shown: dict[str, bytes] = {}

    def runbook(*words: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "runbook_lang", *words], cwd=place.library, env=environ, capture_output=True, check=False
        )
        shown[" ".join(words)] = done.stdout + done.stderr
        return done.returncode

    table = ProcessTable()
    table.start()
    try:
        with echo_server() as api:
            code = runbook("run", "canaries.yml", "--verbose", "--input", f"api={api}")
            again = runbook("run", "canaries.yml", "--format", "json", "--input", f"api={api}")
            dry = runbook("run", "canaries.yml", "--dry-run", "--input", f"api={api}")
            runbook("plan", "canaries.yml", "--verbose", "--input", f"api={api}")
    finally:
        table.over.set()
        table.join()
    assert (code, again) == (5, 5), shown
    assert dry in (0, 1, 5)
    for words in (
        ["show", "--verbose"], ["show", "--output", "say_odd"], ["show", "--output", "say_lines"], ["show", "--format", "json"], ["report"],
        ["report", "--format", "html"], ["report", "--format", "json"], ["audit", "verify"], ["audit", "export"], ["audit", "proof"],
    ):  # fmt: skip
        name, *rest = words
        words = [name, rest[0], "last", *rest[1:]] if name == "audit" else [name, "last", *rest]
        runbook(*words, *(["last"] if words[1] == "proof" else []))
    for form in ("csv", "otlp-json", "cef"):
        runbook("audit", "export", "last", "--format", form)
    assert Echo.seen, "the server got the secrets: the test isn't empty"
    assert leaks(Echo.seen[0]) == ["plain", "odd", "lines", "pin"]
    assert {words: leaks(data) for words, data in shown.items() if leaks(data)} == {}
    files = [path for path in Path(place.store.root).rglob("*") if path.is_file()]
    rendered = [path for path in files if path.parent.name == "files"]
    assert rendered, "a rendered file may hold its secrets; it is for the owner alone"
    assert {path.stat().st_mode & 0o777 for path in rendered} == {0o600}
    assert {str(path): leaks(path.read_bytes()) for path in files if path not in rendered and leaks(path.read_bytes())} == {}
    assert table.samples > 20
    assert any(b"echo.py" in one for one in table.found), "the children were seen"
    assert [one for one in table.found if leaks(one)] == []


TOOLS = """\
runbook: tools
inputs: {host: {type: string, default: 127.0.0.1}}
secrets:
SECRETS
defaults:
  psql: {host: "${host}", user: u, database: d, password: "${odd}"}
  redis-cli: {host: "${host}", password: "${plain}"}
steps:
  - {id: sql, psql: "select 1 as a", may_fail: true, timeout: 20s}
  - {id: sql_change, psql: "update t set a = 2 where b = ${host}", may_fail: true, timeout: 20s}
  - {id: cache, redis-cli: GET a, may_fail: true, timeout: 20s}
  - {id: cache_change, redis-cli: SET a b, may_fail: true, timeout: 20s}
  - {id: bucket, aws: s3 ls s3://shop/, may_fail: true, timeout: 20s}
  - {id: apps, doctl: {command: apps list, token: "${blob}"}, may_fail: true, timeout: 20s}
  - id: far
    shell: {command: "PYTHON LEAKY", env: {CANARY: "${odd}", OTHER: "${pin}"}, stdin: "${lines}"}
    on: "ops@${host}"
    effect: change
    because: it prints
    may_fail: true
    timeout: 20s
  - id: born
    shell: {command: "PYTHON echo.py", env: {CANARY: "${plain}"}}
    sensitive: [stdout]
    effect: read
    because: it prints
    timeout: 20s
  - {id: reads, shell: {command: "PYTHON LEAKY", env: {BORN: "${born.stdout}"}}, effect: read, because: it prints, timeout: 20s}
on_failure:
  - escalate: "It failed: ${failure.message}"
"""


@pytest.mark.slow
def test_a_tool_that_prints_all_it_knows_gives_nothing_away(place: Place) -> None:
    """psql, redis-cli, aws, doctl and ssh played by a program that tells everything it was given."""
    folder = place.folder / "bin"
    folder.mkdir()
    leaky = Path(__file__).with_name("leaky.py")
    for name in ("psql", "redis-cli", "aws", "doctl", "ssh"):
        (folder / name).write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(leaky.parent)!r})\n"
                                   "import leaky\nsys.exit(leaky.main())\n")  # fmt: skip
        (folder / name).chmod(0o755)
    secrets = "".join(f"  {name}: {{env: CANARY_{name.upper()}}}\n" for name in CANARIES)
    text = TOOLS.replace("SECRETS\n", secrets).replace("PYTHON", sys.executable).replace("LEAKY", str(leaky))
    (place.library / "tools.yml").write_text(text)
    (place.library / "echo.py").write_text(ECHO)
    place.ring.new("ops")
    environ = {**place.environ, **{f"CANARY_{name.upper()}": value for name, value in CANARIES.items()}, "PYTHONPATH": os.getcwd()}
    environ |= {"PATH": f"{folder}:{place.environ['PATH']}", "AWS_SECRET_ACCESS_KEY": CANARIES["plain"], "RUNBOOK_TRACEBACK": "1"}
    shown: dict[str, bytes] = {}

    def runbook(*words: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "runbook_lang", *words], cwd=place.library, env=environ, capture_output=True, check=False
        )
        shown[" ".join(words)] = done.stdout + done.stderr
        return done.returncode

    table = ProcessTable()
    table.start()
    try:
        runbook("check", "tools.yml")
        code = runbook("run", "tools.yml", "--verbose", "--yes")
        runbook("plan", "tools.yml", "--verbose")
        runbook("run", "tools.yml", "--dry-run=rehearse", "--verbose")
    finally:
        table.over.set()
        table.join()
    assert code in (0, 1, 5), shown
    first = sorted(Path(place.store.runs).iterdir())[0]
    events = [json.loads(line) for line in (first / "journal.jsonl").read_text().splitlines()]
    started = {event["id"].partition("#")[0] for event in events if event["type"] == "act.started"}
    assert started >= {"sql", "sql_change", "cache", "cache_change", "bucket", "apps", "far", "born"}, shown
    for words in (
        ["show", first.name, "--verbose"],
        ["report", first.name],
        ["report", first.name, "--format", "html"],
        ["show", first.name, "--output", "sql"],
    ):
        runbook(*words)
    printed = b"".join(path.read_bytes() for path in first.rglob("*") if path.is_file())
    assert "«odd»".encode() in printed, "the tools did print the secrets, and they were masked"
    for name in ("plain", "blob", "pin"):
        assert f"«{name}»".encode() in printed, name
    assert {words: leaks(data) for words, data in shown.items() if leaks(data)} == {}
    files = [path for path in Path(place.store.root).rglob("*") if path.is_file()]
    assert {str(path): leaks(path.read_bytes()) for path in files if leaks(path.read_bytes())} == {}
    assert any(b"psql" in one for one in table.found), "the tools were seen"
    assert [one for one in table.found if leaks(one)] == []


def test_the_traceback_of_a_defect_tells_where_and_no_value(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def run(*_: object) -> int:
        try:
            return int(CANARIES["plain"])
        except ValueError as error:
            raise KeyError(CANARIES["odd"]) from error

    monkeypatch.setenv("RUNBOOK_TRACEBACK", "1")
    monkeypatch.setattr("runbook_lang.cli.commands.runs.run", run)
    assert main(["runs"]) == 70
    said = capfd.readouterr()
    assert "test_canaries.py" in said.err
    assert said.err.index("ValueError (its text") < said.err.index("which led to") < said.err.index("KeyError (its text")
    assert leaks((said.out + said.err).encode()) == []


def test_the_output_of_a_sensitive_step_is_masked_in_all_that_follows(place: Place) -> None:
    """A value that a step brings is as secret as a declared one, whatever views its result has."""
    (place.library / "leak.py").write_text("import os, sys; print(os.environ['A']); print(os.environ['A'], file=sys.stderr)\n")
    born = "born-canary-5521-x"
    place.run(
        "runbook: born\nsteps:\n"
        f"  - {{id: born, shell: echo {born}, effect: read, because: it prints, sensitive: [stdout], timeout: 9s}}\n"
        f"  - {{id: say, shell: {{command: '{sys.executable} leak.py', env: {{A: '${{born.stdout}}'}}}}, effect: read, because: x, timeout: 9s}}\n"
    )
    run = place.store.open_run("last")
    lines = (Path(run.path) / "journal.jsonl").read_bytes().splitlines()
    said = [line for line in lines if b"say#1/main" in line and b"act.ended" in line]
    assert "«born#stdout»".encode() in said[0] or "«born#lines[0]»".encode() in said[0]
    assert not [line for line in lines if born.encode() in line and b'"argv"' not in line and b"act.started" not in line]
