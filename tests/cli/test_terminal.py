"""A run at a terminal: the live view, questions, Ctrl-C. The command runs in a pseudo-terminal, and a person types."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, Self

import pytest

from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")
PATIENCE_S = 50
"""Waits end as soon as what they wait for is there; only a machine that stands still needs this long."""


class Terminal:
    """A command in a terminal of its own. `seen` is all that it wrote, without what steers the terminal."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        self.text = ""
        self.at = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            env = {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "HOME": str(folder),
                "TERM": "xterm",
                "LC_ALL": "C.UTF-8",
                "COLUMNS": "100",
            }
            os.execve(sys.executable, [sys.executable, "-m", "runbook_lang", *words], {**env, **settings})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    @property
    def seen(self) -> str:
        return CONTROL.sub("", self.text)

    def read(self) -> bool:
        """Takes what is there; False at the end."""
        ready, _, _ = select.select([self.fd], [], [], 0.1)
        if not ready:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def wait_for(self, wanted: str) -> None:
        """Until something new that fits has been written."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = re.search(wanted, self.seen[self.at :])
            if found:
                self.at += found.end()
                return
            if not self.read():
                break
        pytest.fail(f"{wanted!r} was not written:\n{self.seen[self.at :]}")

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def interrupt(self, wanted: str) -> None:
        """Ctrl-C, and what is made of it. Only then the next may be typed: of two at once the process sees one."""
        self.type("\x03")
        self.wait_for(rf"stopping +{wanted}")

    def hang_up(self) -> int:
        """The window is closed, or the connection lost; the exit code."""
        fd, self.fd = self.fd, os.open(os.devnull, os.O_RDONLY)
        os.close(fd)
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def end(self) -> int:
        """The exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read():
            if time.monotonic() > deadline:
                pytest.fail(f"it doesn't end:\n{self.seen[self.at :]}")
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)


ASKS = """\
runbook: asks
steps:
  - id: replicas
    ask: {answer: "¿Cuántas réplicas?", type: int}
  - id: drop
    title: Borrar
    shell: touch dropped-${replicas.answer}
    effect: destroy
    because: a test
    approve: "It drops ${replicas.answer}."
outputs: {n: "${replicas.answer}"}
"""
SLOW = """\
runbook: slow
steps:
  - {id: change, title: Cambiar, shell: sh -c 'touch began; until test -e go; do sleep 0.05; done; touch changed'}
  - {id: after, shell: touch after}
"""
"""Its change ends when somebody makes the file `go`."""
LONG = "runbook: long\nsteps:\n  - {id: change, shell: sh -c 'touch began; sleep 3600'}\n"
STUBBORN = "runbook: long\nsteps:\n  - {id: change, shell: sh -c 'trap \"\" TERM; touch began; while true; do sleep 1; done'}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("asks", ASKS), ("slow", SLOW), ("long", LONG), ("stubborn", STUBBORN)):
        (tmp_path / f"{name}.yml").write_text(text)
    return tmp_path


def began(folder: Path) -> None:
    """Until the program of the step runs."""
    until((folder / "began").exists)


def until(so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_asks_before_it_starts(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml") as terminal:
        terminal.wait_for(r"Start\? \[y/N\]")
        terminal.type("\n")
        assert terminal.end() == 3  # a script's `runbook run … && …` goes no further
    assert not (folder / ".runbook").exists()


def test_nothing_is_drawn_over_the_question_whether_to_start(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml") as terminal:
        terminal.wait_for(r"Start\? \[y/N\]")
        until_later = time.monotonic() + 1.5  # longer than what a run may take before it gets a live view
        while time.monotonic() < until_later:
            assert terminal.read()
        assert terminal.seen[terminal.at :].strip() == ""
        terminal.type("y\n")
        terminal.wait_for("0/2 steps")
        (folder / "go").touch()
        assert terminal.end() == 0


def test_ctrl_c_at_the_question_whether_to_start_starts_nothing(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml") as terminal:
        terminal.wait_for(r"Start\? \[y/N\]")
        terminal.type("\x03")
        terminal.wait_for(r"\n *Nothing was started\.")
        assert terminal.end() == 3
    assert not (folder / "began").exists()


def test_a_read_that_ctrl_c_ends_is_told_as_cut_short(folder: Path) -> None:
    """It is no success, and starts again with the run."""
    (folder / "read.yml").write_text(
        "runbook: read\nsteps:\n"
        "  - {id: look, title: Mirar, shell: sh -c 'touch began; test -e go || sleep 3600', effect: read, because: a test}\n"
    )
    with Terminal(folder, "run", "read.yml", "--yes") as terminal:
        began(folder)
        terminal.interrupt("nothing new is started")
        terminal.wait_for(r"look +cut short .*it starts again when the run goes on")
        assert terminal.end() == 8
    assert not re.search(r"look +(ok|failed)", terminal.seen)
    (folder / "go").touch()
    with Terminal(folder, "resume", "last") as terminal:
        terminal.wait_for(r"look +ok .* at attempt 2")
        assert terminal.end() == 0


def test_what_is_ended_is_looked_for_before_it_is_asked(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml", "--yes") as terminal:
        terminal.wait_for("Answer")
        terminal.type("\x03")
        assert terminal.end() == 8
    with Terminal(folder, "abort", "nosuch") as terminal:
        assert terminal.end() == 2
    assert "[y/N]" not in terminal.seen
    with Terminal(folder, "abort", "last") as terminal:
        terminal.wait_for(r"End run [0-9a-f]{8} of asks\? What it did stays\. \[y/N\]")
        terminal.type("n\n")
        terminal.wait_for("Nothing was done")
        assert terminal.end() == 3
    with Terminal(folder, "undo", "last") as terminal:
        terminal.wait_for(r"End run [0-9a-f]{8} of asks and undo what it did\? \[y/N\]")
        terminal.type("y\n")
        assert terminal.end() == 6
    with Terminal(folder, "undo", "last") as terminal:
        terminal.wait_for("is closed")
        assert terminal.end() == 2
    assert "[y/N]" not in terminal.seen


def test_runs_that_somebody_wants_to_keep_stay(folder: Path) -> None:
    (folder / "quick.yml").write_text("runbook: quick\nsteps: [{id: one, shell: echo one}]\n")
    with Terminal(folder, "run", "quick.yml", "--yes") as terminal:
        assert terminal.end() == 0
    with Terminal(folder, "runs", "--prune", "--keep", "0s") as terminal:
        terminal.wait_for(r"Remove 1 of 1 runs .*\[y/N\]")
        terminal.type("n\n")
        assert terminal.end() == 3
    assert "Nothing was removed." in terminal.seen
    assert "No run is older" not in terminal.seen


def test_questions_and_approvals_are_answered_at_the_terminal(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml") as terminal:
        terminal.wait_for(r"Start\?")
        terminal.type("y\n")
        terminal.wait_for(r"¿Cuántas réplicas\?\s+until [\s\S]*Answer \[a whole number\]:")
        terminal.type("many\n")
        terminal.wait_for("expected a whole number")
        terminal.type("3\n")
        terminal.wait_for(r"It drops 3\.\s+command   touch dropped-3\s+asked     anyone")
        terminal.type("y\n")
        terminal.wait_for("succeeded")
        assert terminal.end() == 0
    assert (folder / "dropped-3").exists()


def test_yes_starts_and_approves_nothing(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml", "--yes") as terminal:
        terminal.wait_for(r"Answer")
        terminal.type("3\n")
        terminal.wait_for(r"Approve\?")
        terminal.type("n\n")
        terminal.wait_for("Why not")
        terminal.type("not today\n")
        assert terminal.end() == 3
    assert "not today" in terminal.seen


def test_ctrl_c_at_a_question_pauses_the_run(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml", "--yes") as terminal:
        terminal.wait_for("Answer")
        terminal.type("\x03")
        terminal.wait_for("paused")
        assert terminal.end() == 8
    assert "runbook answer" in terminal.seen


def test_an_answer_from_elsewhere_ends_the_question_here(folder: Path) -> None:
    with Terminal(folder, "run", "asks.yml", "--yes") as terminal:
        terminal.wait_for("Answer")
        with Terminal(folder, "answer", "last", "replicas", "7") as other:
            assert other.end() == 0
        terminal.wait_for("answered .* 7 by")
        terminal.wait_for(r"Approve\?")
        terminal.type("y\n")
        assert terminal.end() == 0
    assert (folder / "dropped-7").exists()


def test_the_live_view_shows_what_runs_and_leaves_plain_lines(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml", "--yes") as terminal:
        terminal.wait_for(r"change .* \d+\.\ds .*Cambiar")
        terminal.wait_for("0/2 steps")
        (folder / "go").touch()
        terminal.wait_for("after +ok")
        assert terminal.end() == 0
    assert terminal.text.endswith("\n")
    assert "\x1b[?25h" in terminal.text  # the cursor is back


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_stay_away_where_they_are_not_wanted(folder: Path, setting: dict[str, str]) -> None:
    with Terminal(folder, "run", "slow.yml", "--yes", **setting) as terminal:
        began(folder)
        time.sleep(1.2)  # long enough for the live view, where there is one
        (folder / "go").touch()
        assert terminal.end() == 0
    assert not re.search(r"\x1b\[[0-9;]*m", re.sub(r"\x1b\[0?m|\x1b\[[12]m|\x1b\[1;?2?m", "", terminal.text))


def test_what_a_live_run_does_is_told_as_running(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml", "--yes") as terminal:
        began(folder)
        with Terminal(folder, "status") as other:
            other.wait_for(r"slow +live")
            other.wait_for(r"change is running")
            assert other.end() == 0
        assert "resume" not in other.seen
        (folder / "go").touch()
        assert terminal.end() == 0


def test_ctrl_c_once_awaits_the_change_and_starts_nothing_new(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml", "--yes") as terminal:
        began(folder)
        terminal.interrupt("nothing new is started")
        (folder / "go").touch()
        terminal.wait_for("change +ok")
        assert terminal.end() == 8
    assert (folder / "changed").exists()
    assert not (folder / "after").exists()
    (folder / "slow.yml").touch()
    with Terminal(folder, "resume", "last") as terminal:
        terminal.wait_for("after +ok")
        assert terminal.end() == 0
    assert "change" not in terminal.seen  # it is done, and not told as if it were to come
    assert (folder / "after").exists()


def test_ctrl_c_twice_asks_the_program_to_end_and_the_change_is_in_doubt(folder: Path) -> None:
    with Terminal(folder, "run", "long.yml", "--yes") as terminal:
        began(folder)
        terminal.interrupt("nothing new is started")
        terminal.interrupt("running programs are asked to end")
        terminal.wait_for("in doubt")
        assert terminal.end() == 8
    assert "runbook answer" in terminal.seen


def test_ctrl_c_three_times_kills_it(folder: Path) -> None:
    with Terminal(folder, "run", "stubborn.yml", "--yes") as terminal:
        began(folder)
        for said in ("nothing new", "running programs are asked to end", "running programs are killed"):
            terminal.interrupt(said)
        terminal.wait_for("in doubt")
        assert terminal.end() == 8


def killed(folder: Path, book: str) -> int:
    """A run whose process was killed while its change goes on; the change's process."""
    with Terminal(folder, "run", book, "--yes"):
        began(folder)
        until(lambda: any(one.read_text(encoding="utf-8").endswith("\n") for one in (folder / ".runbook" / "runs").glob("*/children")))
    (note,) = (folder / ".runbook" / "runs").glob("*/children")
    return int(json.loads(note.read_text(encoding="utf-8"))["pid"])


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_ctrl_c_once_awaits_a_change_that_outlived_its_run(folder: Path) -> None:
    pid = killed(folder, "slow.yml")
    with Terminal(folder, "resume", "last") as terminal:
        terminal.wait_for("still running")
        terminal.interrupt("nothing new is started")
        time.sleep(1)
        assert alive(pid)
        (folder / "go").touch()
        terminal.wait_for("in doubt")
        assert terminal.end() == 8
    assert (folder / "changed").exists()
    assert not (folder / "after").exists()


def test_ctrl_c_twice_ends_a_change_that_outlived_its_run(folder: Path) -> None:
    pid = killed(folder, "long.yml")
    with Terminal(folder, "resume", "last") as terminal:
        terminal.wait_for("still running")
        for said in ("nothing new", "running programs are asked to end"):
            terminal.interrupt(said)
        terminal.wait_for("in doubt")
        assert terminal.end() == 8
    assert not alive(pid)


def test_ctrl_c_three_times_kills_a_change_that_outlived_its_run(folder: Path) -> None:
    pid = killed(folder, "stubborn.yml")
    with Terminal(folder, "resume", "last") as terminal:
        terminal.wait_for("still running")
        for said in ("nothing new", "running programs are asked to end", "running programs are killed"):
            terminal.interrupt(said)
        terminal.wait_for("in doubt")
        assert terminal.end() == 8
    assert not alive(pid)


def test_a_termination_pauses_the_run_in_order(folder: Path) -> None:
    with Terminal(folder, "run", "slow.yml", "--yes") as terminal:
        began(folder)
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.wait_for("nothing new is started")
        (folder / "go").touch()
        assert terminal.end() == 8
    assert (folder / "changed").exists()


def test_a_reader_that_goes_away_does_not_end_the_run(folder: Path) -> None:
    """`runbook run … | head -1`: the steps go on to the end."""
    reader, writer = os.pipe()
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    os.set_inheritable(writer, True)
    actions = [(os.POSIX_SPAWN_DUP2, writer, 1)]
    here = os.getcwd()
    os.chdir(folder)
    try:
        pid = os.posix_spawn(sys.executable, [sys.executable, "-m", "runbook_lang", "run", "slow.yml", "--yes"], env, file_actions=actions)
    finally:
        os.chdir(here)
    os.close(writer)
    os.read(reader, 10)
    os.close(reader)
    (folder / "go").touch()
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert (folder / "after").exists()
