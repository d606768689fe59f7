"""What checks of commands cost: no facts that aren't wanted, none slow to load, many commands at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.load import load
from runbook_lang.surfaces.registry import BUILTIN
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STEPS = (
    "  - doctl: apps list-deployments ${app} --format ID,Cause,Phase,Progress --no-header\n",
    "  - doctl: apps get ${app}\n",
    "  - doctl: databases fork new-${app} --restore-from-cluster-id ${app} --wait\n",
    "  - doctl: apps logs ${app} --type=run --tail 100\n",
)
# Loading the facts of everything that one command may need.
LOAD = """
import sys, time, json
import runbook_lang.api.load, runbook_lang.surfaces.registry as registry
start = time.process_time()
registry.surface(sys.argv[1])
if sys.argv[1] == "doctl":
    from runbook_lang.surfaces.tool_facts import builtin_tool
    builtin_tool("doctl").below("apps"), builtin_tool("doctl").type("apps")
if sys.argv[1] == "redis-cli":
    from runbook_lang.surfaces.redis_command import builtin_table
    builtin_table()
if sys.argv[1] == "aws":
    from runbook_lang.surfaces.aws_model import find_model, find_service
    find_model(find_service("ec2"), "describe-instances")
print(json.dumps(time.process_time() - start))
"""

LOADED = """
import sys, json
from runbook_lang.api.files import check_file
assert check_file(sys.argv[1]).diagnostics == ()
print(json.dumps(sorted(sys.modules)))
"""


def started(*words: str, cwd: Path) -> str:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd), "LC_ALL": "C.UTF-8"}
    done = subprocess.run([sys.executable, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_thousand_commands_are_checked_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "many.yml"
    path.write_text("runbook: many\ninputs: {app: string}\nsteps:\n" + "".join(STEPS[index % len(STEPS)] for index in range(1000)))
    best = float("inf")
    for _ in range(3):
        start = time.process_time()  # of this process alone: other work on the machine says nothing of the checks
        assert load(str(path), digest=False).problems.sorted() == []
        best = min(best, time.process_time() - start)
    assert best < 1.0


@pytest.mark.parametrize("name", BUILTIN)
def test_no_surface_takes_long_to_load(name: str, tmp_path: Path) -> None:
    assert min(json.loads(started("-c", LOAD, name, cwd=tmp_path)) for _ in range(3)) < 0.030


def test_only_surfaces_that_a_file_names_are_loaded(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text("runbook: r\nsteps:\n  - shell: ls\n  - tls: example.com:443\n")
    names = json.loads(started("-c", LOADED, "r.yml", cwd=tmp_path))
    found = {name.rpartition(".")[2] for name in names if name.startswith("runbook_lang.surfaces.")}
    assert {"shell", "tls"} <= found
    assert found & (set(BUILTIN.values()) - {"shell", "tls"}) == set()
    assert found & {"tool_facts", "tool_rules", "programs", "redis_command", "aws_command", "sql_effect"} == set()
