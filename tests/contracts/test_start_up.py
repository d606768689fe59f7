"""Start-up is a feature: what `--version` and `check` load, and what they must not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Each of these costs about as much as a bare start of the interpreter, or more.
HEAVY = (
    "argparse",
    "asyncio",
    "click",
    "cryptography",
    "dataclasses",
    "email",
    "http.client",
    "importlib.metadata",
    "inspect",
    "jinja2",
    "jsonschema",
    "lark",
    "logging",
    "pathlib",
    "plumbum",
    "rich",
    "socket",
    "ssl",
    "subprocess",
    "typing",
    "urllib.request",
)
RUNBOOK = """\
runbook: hello
title: Say hello
steps:
  - id: hello
    title: Hello
    shell: /bin/echo hello
    expect: result.exit == 0
    timeout: 10s
success: hello.ok
"""


def loaded(*arguments: str, cwd: Path) -> set[str]:
    """Names of the modules that a command imports, by the interpreter's own account."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "runbook_lang", *arguments],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + re.sub(r"(?m)^import time:.*\n", "", done.stderr)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def heavy(names: set[str], *more: str) -> list[str]:
    return sorted(name for name in names if any(name == one or name.startswith(one + ".") for one in (*HEAVY, *more)))


def test_the_version_is_told_without_any_heavy_import(tmp_path: Path) -> None:
    assert heavy(loaded("--version", cwd=tmp_path), "yaml", "json", "runbook_lang.api", "runbook_lang.syntax") == []


@pytest.mark.parametrize("command", ["check"])
def test_a_yaml_file_is_read_without_any_heavy_import(command: str, tmp_path: Path) -> None:
    (tmp_path / "hello.yml").write_text(RUNBOOK)
    names = loaded(command, "hello.yml", cwd=tmp_path)
    assert "yaml.events" in names
    assert heavy(names) == []
