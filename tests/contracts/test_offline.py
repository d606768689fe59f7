"""`check` and `plan` are safe on a stranger's pull request: no connection, no process, no secret, no foreign file."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The interpreter tells what it does; whatever touches the world ends it with a code that no command has.
WATCHED = """\
import os, sys

def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "urllib.")):
        os.write(2, f"{event} {arguments!r}\\n".encode())
        os._exit(99)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        os.write(2, f"{event} {arguments!r}\\n".encode())
        os._exit(99)

sys.dont_write_bytecode = True
sys.addaudithook(watch)
from runbook_lang.cli.main import main
sys.exit(main(sys.argv[1:]))
"""

INPUTS = ("--input", "app_id=3f1c2b4a-0000-4000-8000-000000000000")
SECRET = """\
runbook: curious
secrets:
  token: {command: touch stolen}
  key: {file: ../outside.txt}
steps:
  - id: send
    http: {post: "http://127.0.0.1:9/", auth: {bearer: "${token}"}, headers: {X-Key: "${key}"}}
  - id: run
    shell: touch ran
success: send.ok
"""


def watched(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *words],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_strangers_runbook_does_nothing(command: str, tmp_path: Path) -> None:
    (tmp_path / "curious.yml").write_text(SECRET)
    done = watched(command, "curious.yml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curious.yml"]


def test_a_real_procedure_is_planned_without_its_world(tmp_path: Path) -> None:
    done = watched("plan", str(ROOT / "runbooks" / "rollback-app.yml"), *INPUTS, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_run_is_noticed(tmp_path: Path) -> None:
    """The watch itself is awake."""
    (tmp_path / "look.yml").write_text("runbook: look\nsteps:\n  - {id: look, shell: ls}\n")
    assert watched("run", "look.yml", "--yes", cwd=tmp_path).returncode == 99


@pytest.mark.parametrize("command", ["check", "plan"])
@pytest.mark.parametrize(
    "text",
    ["policy: pipe.yml\nsteps:\n  - shell: ls\n", "steps:\n  - call: pipe.yml\n", "steps:\n  - render: {template: pipe.yml, to: x}\n"],
    ids=["policy", "call", "template"],
)
def test_a_pipe_in_a_library_is_not_waited_for(command: str, text: str, tmp_path: Path) -> None:
    """Whoever opens a pipe waits for somebody who writes into it."""
    os.mkfifo(tmp_path / "pipe.yml")
    (tmp_path / "r.yml").write_text(f"runbook: r\n{text}")
    for target in ("r.yml", "."):
        done = watched(command, target, cwd=tmp_path)
        assert (done.returncode, "RB701: pipe.yml can't be read: it is not a regular file" in done.stdout + done.stderr) == (2, True)
    assert watched(command, "pipe.yml", cwd=tmp_path).returncode == 2
