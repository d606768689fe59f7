"""Children of a killed run are found by their environment or by the note of their id, and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from runbook_lang.adapters.orphans import Orphan, find_orphans, is_alive, marks, note_child, wait_for, wait_to_the_end
from runbook_lang.adapters.uuid7 import uuid7

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def start():
    children = []

    def begin(program=SLEEP, env=None, group=True):
        child = subprocess.Popen(
            [sys.executable, "-c", program], env={**os.environ, **(env or {})}, stdout=subprocess.PIPE, start_new_session=group
        )
        children.append(child)
        child.stdout.readline()
        return child

    yield begin
    for child in children:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_child_is_found_by_its_environment(start, tmp_path):
    run = uuid7()
    child = start(env=marks(run, "deploy#1/main"))
    start(env=marks(uuid7(), "deploy#1/main"))
    start(env={"OTHER": f"RUNBOOK_RUN={run}"})
    (found,) = find_orphans(run, str(tmp_path))
    assert (found.pid, found.act) == (child.pid, "deploy#1/main")
    assert found.argv[-1] == SLEEP
    assert [one.pid for one in find_orphans(run, str(tmp_path), ["deploy#1/main"])] == [child.pid]
    assert find_orphans(run, str(tmp_path), ["other#1/main"]) == []


def test_a_child_that_cleared_its_environment_is_found_by_the_note(start, tmp_path):
    child = start()
    note_child(str(tmp_path), "deploy#2/main", child.pid)
    with (tmp_path / "children").open("ab") as stream:
        stream.write(b'{"act":"torn","pi')
    (found,) = find_orphans(uuid7(), str(tmp_path))
    assert (found.pid, found.act) == (child.pid, "deploy#2/main")


def test_a_later_process_of_the_same_id_is_no_orphan(start, tmp_path):
    child = start()
    note_child(str(tmp_path), "a", child.pid)
    text = (tmp_path / "children").read_text()
    started = find_orphans("x", str(tmp_path))[0].started
    (tmp_path / "children").write_text(text.replace(str(started), str(started - 1)))
    assert find_orphans("x", str(tmp_path)) == []
    (tmp_path / "children").write_text(text.replace('"boot": "', '"boot": "0'))
    assert find_orphans("x", str(tmp_path)) == []
    assert not is_alive(Orphan(child.pid, "a", started - 1))


def test_a_dead_child_is_neither_noted_nor_found(start, tmp_path):
    run = uuid7()
    child = start(env=marks(run, "a"))
    note_child(str(tmp_path), "a", child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert find_orphans(run, str(tmp_path)) == [], "a zombie"
    child.wait()
    assert find_orphans(run, str(tmp_path)) == []
    note_child(str(tmp_path / "no such folder"), "a", child.pid)


def test_this_process_and_those_above_it_are_no_orphans(start, tmp_path):
    run = uuid7()
    program = "import sys; from runbook_lang.adapters.orphans import find_orphans; print(find_orphans(sys.argv[1], sys.argv[2]))"
    inner = [sys.executable, "-c", program, run, str(tmp_path)]
    outer = [sys.executable, "-c", f"import subprocess; subprocess.run({inner!r})"]
    done = subprocess.run(outer, env={**os.environ, **marks(run, "a")}, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_waiting_tells_who_lives_on(start, tmp_path):
    run = uuid7()
    child = start("import time; print('up', flush=True); time.sleep(0.2)", env=marks(run, "a"))
    start(env=marks(run, "b"))
    found = find_orphans(run, str(tmp_path))
    assert {one.act for one in wait_for(found, 0)} == {"a", "b"}
    assert [one.act for one in wait_for(found, 1)] == ["b"]
    assert child.wait() == 0


@pytest.mark.parametrize(("program", "group", "signal"), [(SLEEP, True, -15), (STUBBORN, True, -9), (SLEEP, False, -15)])
def test_ending_asks_first_and_kills_after_the_grace(start, tmp_path, program, group, signal):
    run = uuid7()
    child = start(program, env=marks(run, "a"), group=group)
    began = time.monotonic()
    assert wait_to_the_end(find_orphans(run, str(tmp_path)), lambda: 2, grace=0.3) == []
    assert child.wait() == signal
    assert time.monotonic() - began < 50  # the program itself would take 60


def test_the_helpers_of_a_child_end_with_it(start, tmp_path):
    run = uuid7()
    program = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], env={});"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, **marks(run, "a")}, stdout=subprocess.PIPE, start_new_session=True
    )
    helper = int(child.stdout.readline())
    assert [one.pid for one in find_orphans(run, str(tmp_path))] == [child.pid]
    wait_to_the_end(find_orphans(run, str(tmp_path)), lambda: 2, grace=1)
    child.wait()
    child.stdout.close()
    deadline = time.monotonic() + 50
    while os.path.exists(f"/proc/{helper}") and time.monotonic() < deadline:
        with open(f"/proc/{helper}/stat") as stream:
            if stream.read().rsplit(")", 1)[1].split()[0] == "Z":
                break
        time.sleep(0.02)
    assert time.monotonic() < deadline


def test_a_child_is_waited_for_as_long_as_nobody_wants_it_ended(start, tmp_path):
    """Once: nothing is done to it; twice: SIGTERM; three times: SIGKILL, without waiting for the end of the grace."""
    run = uuid7()
    child = start(STUBBORN, env=marks(run, "a"))
    wishes = iter([0, 0, 1, 1, 1, 2, 2, 3])
    assert wait_to_the_end(find_orphans(run, str(tmp_path)), lambda: next(wishes), grace=3600) == []
    assert next(wishes, None) is None
    assert child.wait() == -9
