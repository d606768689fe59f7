"""The plain lines of a run, against a scripted world in which time is a number; and the screen that they are written to."""

from __future__ import annotations

import io
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.memory import MemoryJournal
from runbook_lang.adapters.terminal import Screen, Turns
from runbook_lang.adapters.terminal_lines import LineView
from runbook_lang.api.case_files import read_cases
from runbook_lang.api.case_world import RUN, CaseScript, secrets_of
from runbook_lang.api.cases import BEGIN
from runbook_lang.api.load import load
from runbook_lang.api.runs import opening
from runbook_lang.base.text import Style
from runbook_lang.machine.control import State
from runbook_lang.machine.events import RunOpened
from runbook_lang.runtime.recorder import Recorder
from runbook_lang.runtime.scripted import ScriptedDriver, TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "10:00:00  {}run                00000000  views, started by script on here\n"


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def view_of(folder: Path, runbook: str, rest: str, **how: Any) -> str:
    """What the plain view writes for a case; `rest` are its `world` and `answers`."""
    indented = "".join(f"  {line}\n" for line in runbook.splitlines())
    (folder / "case.yml").write_text(f"case: view\nrunbook: |\n{indented}{rest}\nexpect: {{}}\n")
    (case,) = read_cases(str(folder / "case.yml"))
    program = load(case.runbook, kept=case.files).program
    assert program is not None
    out = io.StringIO()
    view = LineView(program, Screen(out, Style()), **how)
    secrets = secrets_of(case, program)
    clock = TickingClock(BEGIN)
    recorder = Recorder(program, State(), MemoryJournal(Masker(secrets.values())), clock, view)
    script = CaseScript(case, program, {}, secrets, Masker(secrets.values()))
    recorder.record(RunOpened, **{**opening(program, RUN, {}, "script", "live"), "host": "here"})
    driver: Any = ScriptedDriver(recorder, clock, script)
    view.follow(driver)
    driver.run()
    return out.getvalue().replace(HEAD.format("·" + " " * (view.width + 1)), "")


RETRY = """\
runbook: views
steps:
  - id: health
    title: Sana
    http: {get: "http://127.0.0.1/"}
    expect: result.status == 200
    retry: {every: 2s, times: 20}
"""


def test_a_retry_tells_once_and_then_now_and_again(tmp_path: Path) -> None:
    world = "world: [{step: health, attempt: 9, status: 200}, {step: health, status: 503}]"
    assert view_of(tmp_path, RETRY, world) == (
        "10:00:00  health  again              attempt 2 in 2.0s: expected result.status == 200; it was 503\n"
        "10:00:10  health  again              attempt 7 in 2.0s: expected result.status == 200; it was 503\n"
        "10:00:16  health  ok          16.0s  Sana · at attempt 9\n"
    )


def test_with_verbose_every_attempt_is_told(tmp_path: Path) -> None:
    world = "world: [{step: health, attempt: 3, status: 200}, {step: health, status: 503}]"
    lines = view_of(tmp_path, RETRY, world, verbose=True).splitlines()
    assert [line.split()[2] for line in lines] == ["starts", "again", "starts", "again", "starts", "ok"]


FAILS = """\
runbook: views
steps:
  - id: change
    title: Cambiar
    shell: ./change
    undo: {shell: ./unchange}
  - id: skipped
    when: change.exit == 3
    shell: ./never
  - id: may
    title: Quizás
    shell: ./may
    may_fail: true
  - id: bad
    title: Romper
    shell: ./bad
on_failure:
  - undo: all
  - escalate: "ayuda: ${failure.summary}"
"""


def test_a_failure_and_its_handling(tmp_path: Path) -> None:
    world = (
        "world: [{step: change}, {step: may, ok: false}, {step: bad, ok: false, message: it broke, takes: 3s}, {step: change, role: undo}]"
    )
    assert view_of(tmp_path, FAILS, world) == (
        "10:00:00  change   ok            1ms  Cambiar\n"
        "10:00:00  skipped  skipped            change.exit == 3 is false\n"
        "10:00:00  may      failed        1ms  Quizás\n"
        "          may failed\n"
        "10:00:00  may      goes on            its failure is passed over\n"
        "10:00:03  bad      failed       3.0s  Romper\n"
        "          it broke\n"
        "10:00:03  change   undone        1ms  Cambiar\n"
        "10:00:03  escalate_1  escalated\n"
    )
    assert view_of(tmp_path, FAILS, world, quiet=True).splitlines()[0].split()[2] == "failed"


def test_waits_for_people_and_for_time(tmp_path: Path) -> None:
    runbook = """\
runbook: views
steps:
  - id: pause
    title: Esperar
    wait: 90s
  - id: sure
    ask: {approve: "¿Seguro?"}
  - id: how_many
    ask: {answer: "¿Cuántas?", type: int}
"""
    answers = "answers: {sure: {say: approve, by: ada, note: adelante}, how_many: {say: 3, by: bob}}"
    assert view_of(tmp_path, runbook, answers) == (
        "10:00:00  pause     waits              for 1m 30s\n"
        "10:01:30  pause     ok         1m 30s  Esperar\n"
        "10:01:30  sure      approval           ¿Seguro?\n"
        "10:01:30  sure      approved           by ada: adelante\n"
        "10:01:30  how_many  asks               ¿Cuántas?\n"
        "10:01:30  how_many  answered           3 by bob\n"
    )


def test_a_run_that_died_and_a_doubt(tmp_path: Path) -> None:
    runbook = "runbook: views\nsteps:\n  - {id: go, title: Ir, shell: ./go}\n"
    said = view_of(tmp_path, runbook, "world: [{step: go, then: dies}]\nanswers: {go: {say: done, by: ada}}")
    assert said == (
        "10:00:01  ·     resumed            by script, 1.0s after it stopped\n"
        "10:00:01  go    in doubt           the run died while it was running; it is not known whether it took place\n"
        "10:00:01  go    settled            it took place, says ada\n"
    )


UNDOES = """\
runbook: views
steps:
  - {id: go, title: Ir, shell: ./go, undo: {shell: ./back}}
  - {id: bad, shell: ./bad}
on_failure: [{undo: all}]
"""


def test_an_undo_in_doubt_is_told_as_one(tmp_path: Path) -> None:
    world = "world: [{step: go}, {step: bad, ok: false}, {step: go, role: undo, attempt: 1, then: dies}, {step: go, role: undo}]"
    for answer, said, after in (
        ("done", "its undo took place, says ada", []),
        ("not-done", "its undo did not take place, says ada", ["10:00:01  go    undone        1ms  Ir · at attempt 2"]),
    ):
        lines = view_of(tmp_path, UNDOES, f"{world}\nanswers: {{go#undo: {{say: {answer}, by: ada}}}}").splitlines()
        first = next(number for number, line in enumerate(lines) if "in doubt" in line)
        assert lines[first:] == [
            "10:00:01  go    in doubt           the run died while its undo was running; it is not known whether that took place",
            f"10:00:01  go    settled            {said}",
            *after,
        ]


def test_what_is_to_be_done_is_done_and_not_approved(tmp_path: Path) -> None:
    runbook = "runbook: views\nsteps:\n  - {id: drain, ask: {do: Take it out}, may_fail: true}\n"
    for answer, said in (("done", "done               by ada"), ("not-done", "not done           by ada")):
        lines = view_of(tmp_path, runbook, f"answers: {{drain: {{say: {answer}, by: ada}}}}").splitlines()
        assert lines[:2] == ["10:00:00  drain  asks               Take it out", f"10:00:00  drain  {said}"]


def test_a_default_that_is_taken_is_told_once(tmp_path: Path) -> None:
    runbook = "runbook: views\nsteps:\n  - {id: q, ask: {answer: how many, type: int, default: 7, within: 1h}}\n"
    assert view_of(tmp_path, runbook, "answers: {q: expire}") == (
        "10:00:00  q     asks               how many\n11:00:00  q     expired            nobody answered in time; the default is taken\n"
    )


def test_what_a_failed_step_wrote_last_is_shown(tmp_path: Path) -> None:
    program = load("a.yml", kept={"a.yml": b"runbook: a\nsteps:\n  - {id: go, shell: ./go}\n"}).program
    assert program is not None
    out = io.StringIO()
    view = LineView(program, Screen(out, Style()))
    view.output("go", "stdout", "línea ".encode() * 3 + b"\n" + b"x\n" * 20 + b"\x1b[31mlast")
    view._show_tail("go")
    lines = out.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[-1] == "          go │ \\x1b[31mlast"


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_reader_that_went_away_is_no_error() -> None:
    screen = Screen(Gone(), Style())
    screen.put("one")
    screen.put("two")


def test_what_a_signal_wants_waits_for_the_end_of_a_write() -> None:
    turns = Turns()
    seen: list[str] = []
    with turns:
        with turns:
            turns.when_free(lambda: seen.append("later"))
            seen.append("inner")
        seen.append("outer")
    turns.when_free(lambda: seen.append("at once"))
    assert seen == ["inner", "outer", "later", "at once"]


def test_another_thread_that_writes_puts_nothing_off() -> None:
    turns = Turns()
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with turns:
            inside.set()
            leave.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    inside.wait(10)
    seen: list[str] = []
    turns.when_free(lambda: seen.append("at once"))
    leave.set()
    other.join()
    assert seen == ["at once"]
    assert os.getpid()


SETS = """\
runbook: views
steps:
  - id: facts
    set: {n: "1 + 1", words: "['a', 'b']", long: "'%s'"}
"""


def test_what_is_set_is_shown_in_one_line(tmp_path: Path) -> None:
    text = SETS % ("long " * 60).strip()
    (line,) = view_of(tmp_path, text, "world: []").splitlines()
    assert line.startswith("10:00:00  facts  set                n = 2, words = ")
    assert len(line) <= 80
    assert line.endswith("…")
    assert "long long" * 5 in view_of(tmp_path, text, "world: []", verbose=True).replace(" long", "long").replace("longlong", "long long")


def test_a_long_line_is_folded_on_a_terminal_and_whole_in_a_log() -> None:
    text = "expected result.status == 200 && result.json.state == 'up'; it was 503, and nobody knows what to make of it"
    head = "10:00:00  health  again              "
    assert Style().folded(head, head, text, len(head)) == head + text
    lines = Style(width=80, fold=True).folded(head, head, text, len(head)).split("\n")
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith(" " * len(head)) for line in lines[1:])
    assert " ".join(line.strip() for line in [lines[0][len(head) :], *lines[1:]]) == text
    painted = Style(True, 40, True).folded("x.yml:1:1: error RB101", "\x1b[1mx.yml:1:1: error RB101\x1b[0m", f": {text}", 4).split("\n")
    assert painted[0].startswith("\x1b[1mx.yml:1:1: error RB101\x1b[0m: expected")
    assert all(line.startswith("    ") and len(line) <= 40 for line in painted[1:])
