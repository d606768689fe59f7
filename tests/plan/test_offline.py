"""A plan opens nothing, starts nothing, and is the same wherever it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Everything that a plan needs is imported and read before the watch begins; then any event of these kinds is an error.
SCRIPT = """\
import json, sys
from runbook_lang.api.load import load
from runbook_lang.api.planning import plan
from runbook_lang.reports.plan_text import render

def make(path):
    found = plan(loaded[path])
    return json.dumps(found.as_json(), ensure_ascii=True) + render(found)

paths = sys.argv[1:]
loaded = {path: load(path) for path in paths}
first = [make(path) for path in paths]
seen = []
WATCHED = ("open", "os.", "socket.", "subprocess.", "pty.", "shutil.", "tempfile.", "ctypes.", "urllib.")

def watch(event, args):
    if event.startswith(WATCHED):
        seen.append(f"{event} {args!r}"[:200])

sys.addaudithook(watch)
loaded = {path: value for path, value in loaded.items()}
second = [make(path) for path in paths]
print(json.dumps({"seen": seen, "same": first == second, "plans": second}))
"""


def run(seed: str) -> dict[str, object]:
    paths = [str(ROOT / "runbooks" / name) for name in ("rollback-app.yml", "health-check.yml")]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, "LC_ALL": "C.UTF-8", "TZ": f"Etc/GMT+{seed}"}
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], env=environ, cwd="/", capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_planning_opens_no_file_no_socket_and_starts_no_process() -> None:
    found = run("1")
    assert found["seen"] == []
    assert found["same"] is True


def test_a_plan_is_the_same_under_another_hash_seed_and_zone() -> None:
    assert run("2")["plans"] == run("3")["plans"]
