"""doctl's traps, each with a program that prints what the real one prints."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.executors.conformance import FakeAttempt, check_outcome, check_secret_argv
from runbook_lang.executors.doctl import DoctlExecutor, read_documents
from runbook_lang.expr.types import DYN
from runbook_lang.expr.values import SecretRef
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.doctl import SURFACE, result_type
from runbook_lang.surfaces.doctl_shapes import SHAPES
from runbook_lang.surfaces.tool_command import parse_tool
from runbook_lang.surfaces.tool_facts import builtin_tool

HELP = """'app' commands manage apps

Usage:
  doctl apps [command]

Aliases:
  apps, app, a

Available Commands:
  list        List all apps
"""


def errors(detail: str) -> str:
    return json.dumps({"errors": [{"detail": detail}]})


@pytest.fixture
def doctl(tmp_path: Path) -> Callable[..., Outcome]:
    """Runs a command with a doctl that prints and exits as told; `tmp_path/seen` holds its arguments and environment."""

    def run(command: str, stdout: str = "", stderr: str = "", exit: int = 0, **more: Any) -> Outcome:
        (tmp_path / "out").write_text(stdout)
        (tmp_path / "err").write_text(stderr)
        program = tmp_path / "doctl"
        folder = shlex.quote(str(tmp_path))
        program.write_text(
            f'#!/bin/sh\n{{ printf "%s\\n" "$@"; env; }} > {folder}/seen\ncat {folder}/out\ncat {folder}/err >&2\nexit {exit}\n'
        )
        program.chmod(0o755)
        args = {"command": shlex.split(command), **more.pop("args", {})}
        request = SURFACE.request(args)
        attempt = FakeAttempt(
            request,
            env={"PATH": f"{tmp_path}{os.pathsep}{os.defpath}", **more.pop("env", {"HOME": "/"})},
            secrets={"token": "dop_v1_secret"},
            **{"effect": "read", **more},
        )
        outcome = DoctlExecutor().run(attempt)
        parsed = parse_tool(args["command"], builtin_tool("doctl"))
        check_outcome(outcome, result_type(SHAPES.get((parsed.facts or {}).get("shape", ""), DYN)))
        return outcome

    return run


def seen(tmp_path: Path) -> list[str]:
    return (tmp_path / "seen").read_text().splitlines()


def test_json_becomes_the_result(doctl: Callable[..., Outcome]) -> None:
    outcome = doctl("apps list", '[{"id": "a1", "n": 1.5}]')
    assert outcome.ok
    assert outcome.value["json"] == [{"id": "a1", "n": 1.5}]


def test_text_becomes_lines(doctl: Callable[..., Outcome]) -> None:
    outcome = doctl("apps logs a1 --type run", "one\ntwo\n", "Warning: no logs\n")
    assert outcome.ok
    assert outcome.value["lines"] == ["one", "two"]
    assert "json" not in outcome.value


def test_the_token_goes_by_the_environment(doctl: Callable[..., Outcome], tmp_path: Path) -> None:
    assert doctl("apps list", "[]", args={"token": SecretRef("token"), "api_url": "http://127.0.0.1:1"}).ok
    lines = seen(tmp_path)
    assert "DIGITALOCEAN_ACCESS_TOKEN=dop_v1_secret" in lines
    assert "DIGITALOCEAN_API_URL=http://127.0.0.1:1" in lines
    assert lines[:4] == ["apps", "list", "-o", "json"]


def test_a_step_s_token_is_not_overruled_by_the_operator_s_context(doctl: Callable[..., Outcome], tmp_path: Path) -> None:
    """In a context other than the default one doctl takes that context's token, whatever DIGITALOCEAN_ACCESS_TOKEN says."""
    mine = {"HOME": "/", "DIGITALOCEAN_CONTEXT": "production"}
    assert doctl("apps list", "[]", args={"token": SecretRef("token")}, env=mine).ok
    assert "DIGITALOCEAN_CONTEXT=default" in seen(tmp_path)
    assert doctl("apps list", "[]", env=mine).ok
    assert "DIGITALOCEAN_CONTEXT=production" in seen(tmp_path)
    assert doctl("apps list", "[]", args={"context": "staging"}, env=mine).ok
    assert "DIGITALOCEAN_CONTEXT=staging" in seen(tmp_path)


def test_a_home_is_given_where_there_is_none(doctl: Callable[..., Outcome], tmp_path: Path) -> None:
    assert doctl("apps list", "[]", env={}).ok
    assert any(line.startswith("HOME=/") for line in seen(tmp_path))
    assert doctl("apps list", "[]", env={"XDG_CONFIG_HOME": "/x"}).ok
    assert not any(line.startswith("HOME=") for line in seen(tmp_path))


def test_help_with_exit_0_is_a_failure(doctl: Callable[..., Outcome]) -> None:
    outcome = doctl("apps rollback a1", HELP, effect="change")
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, "exit", "no")
    assert "`doctl apps` has no such subcommand" in outcome.message


@pytest.mark.parametrize("columns", ["--format Phase", "--format=Phase"])
def test_nil_in_place_of_a_column_is_a_failure(doctl: Callable[..., Outcome], columns: str) -> None:
    outcome = doctl(f"apps get a1 {columns} --no-header", "<nil>\n")
    assert (outcome.ok, outcome.kind) == (False, "expect")
    assert "<nil>" in outcome.message
    assert doctl("apps logs a1 --type run", "a log line with <nil>\n").ok


def test_two_documents_of_a_failed_wait(doctl: Callable[..., Outcome]) -> None:
    text = '[{"id": "d1", "phase": "ERROR"}]\n' + errors("app deployment failed")
    outcome = doctl("apps create-deployment a1 --wait", text, exit=1, effect="change")
    assert (outcome.ok, outcome.applied) == (False, "yes")
    assert outcome.value["json"] == [{"id": "d1", "phase": "ERROR"}]
    assert "app deployment failed" in outcome.message


def test_text_where_json_was_asked_for(doctl: Callable[..., Outcome]) -> None:
    outcome = doctl("apps list", "Notice: something\n")
    assert (outcome.ok, outcome.kind) == (False, "not_json")
    assert "Notice: something" in outcome.message


def test_a_change_may_print_nothing(doctl: Callable[..., Outcome]) -> None:
    assert doctl("compute cdn flush c1 --files '*'", "", effect="change").ok


FAILURES = [
    ("apps list", errors("Unable to initialize DigitalOcean API client: access token is required."), "", 1, "auth", "no"),
    ("apps restart a1", errors("Unable to initialize DigitalOcean API client: access token is required."), "", 1, "auth", "no"),
    ("apps restart a1", errors('POST http://h/v2/apps/a1/restart: 401 (request "r") Unable to authenticate you'), "", 1, "auth", "no"),
    ("apps restart a1", errors('POST http://h/v2/apps/a1/restart: 404 (request "r") not found'), "", 1, "status", "no"),
    ("apps restart a1", errors("POST http://h/v2/apps/a1/restart: 500 oops"), "", 1, "status", "unknown"),
    ("apps restart a1 --wait", errors("GET http://h/v2/apps/a1/deployments/d: 404 gone"), "", 1, "status", "unknown"),
    ("apps restart a1", errors('Post "http://h/": dial tcp 127.0.0.1:1: connect: connection refused'), "", 1, "refused", "no"),
    ("apps restart a1", errors('Post "http://h/": dial tcp: lookup h: no such host'), "", 1, "dns", "no"),
    ("apps restart a1", errors('Post "https://h/": x509: certificate signed by unknown authority'), "", 1, "tls", "no"),
    ("apps restart a1", errors('Post "http://h/": context deadline exceeded'), "", 1, "timeout", "unknown"),
    ("apps restart", "", "Error: (apps.restart) command is missing required arguments\n", 1, "exit", "no"),
    ("apps restart a1 --nope", "unknown flag: --nope\n", "Error: unknown flag: --nope\nUsage: …\n", 255, "exit", "no"),
    ("apps restart a1 --wait", "", "panic: runtime error\n", 2, "exit", "unknown"),
    ("registry repository delete-tag r a b", errors("DELETE http://h/x: 404 not found"), "", 1, "status", "unknown"),
    ("apps logs a1 --type RUN", "", "Notice: x\nError: Invalid log type RUN\n", 1, "exit", "no"),
]


@pytest.mark.parametrize(("command", "stdout", "stderr", "exit", "kind", "applied"), FAILURES)
def test_failures_and_how_far_they_got(
    doctl: Callable[..., Outcome], command: str, stdout: str, stderr: str, exit: int, kind: str, applied: str
) -> None:
    effect = "read" if " list" in command or " logs" in command else "change"
    outcome = doctl(command, stdout, stderr, exit, effect=effect)
    assert (outcome.ok, outcome.kind, outcome.applied) == (False, kind, applied), outcome.message


def test_an_errors_document_fails_whatever_the_exit(doctl: Callable[..., Outcome]) -> None:
    outcome = doctl("apps list", errors("oops"))
    assert not outcome.ok
    assert "oops" in outcome.message


def test_json_is_brought_to_its_type(doctl: Callable[..., Outcome]) -> None:
    cluster = {"id": "d", "name": "n", "engine": "pg", "status": "online", "users": None, "tags": None, "other": None}
    assert doctl("databases list", json.dumps([cluster])).value["json"] == [
        {"id": "d", "name": "n", "engine": "pg", "status": "online", "other": None}
    ]
    size = doctl("databases backups d", '[{"created_at": "x", "size_gigabytes": 1}]').value["json"][0]["size_gigabytes"]
    assert type(size) is float


def test_a_secret_among_the_arguments_is_refused() -> None:
    check_secret_argv(DoctlExecutor(), SURFACE.request({"command": ["apps", "list"]}))


def test_a_sentence_is_one_line(doctl: Callable[..., Outcome]) -> None:
    assert "a b" in doctl("apps list", errors("a\nb"), exit=1).message


def test_without_the_program(doctl: Callable[..., Outcome], tmp_path: Path) -> None:
    attempt = FakeAttempt(SURFACE.request({"command": ["apps", "list"]}), env={"PATH": str(tmp_path)})
    outcome = DoctlExecutor().run(attempt)
    assert (outcome.kind, outcome.applied) == ("not_found", "no")
    assert "doctl" in outcome.message


@pytest.mark.parametrize("text", ["", "{", '{"errors": 1}', '[1] {"errors": [{"detail": "x"}]} tail', "[" * 5000])
def test_reading_documents_is_total(text: str) -> None:
    found = read_documents(text)
    assert found.has_result == text.startswith(('{"errors": 1}', "[1]"))
