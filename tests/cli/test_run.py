"""`runbook run` and what looks at runs afterwards: plain lines, JSON, exit codes."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest

from runbook_lang.machine.outcome import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said

HELLO = """\
runbook: hello
title: Un saludo
inputs:
  name: {type: string, default: mundo}
  count: {type: int, env: HELLO_COUNT, default: 1}
steps:
  - id: greet
    title: Saludar
    shell: /bin/echo hola ${name}
  - id: said
    set: {line: "greet.lines[0]"}
outputs: {line: "${said.line}", count: "${count}"}
"""
FAILS = """\
runbook: fails
steps:
  - id: make
    title: Crear
    shell: touch made
    undo: {shell: rm made}
  - id: look
    title: Mirar
    shell: ls nowhere-at-all
on_failure:
  - undo: all
  - escalate: "falló: ${failure.summary}"
"""


def write(here: Path, **texts: str) -> None:
    for name, text in texts.items():
        (here / f"{name}.yml").write_text(text)


LOCKED = "runbook: locked\nlocks: ['app/${int(app)}']\ninputs: {app: string}\nsteps: [{shell: echo}]\n"


@pytest.mark.parametrize("how", [[], ["--dry-run"]])
def test_a_run_whose_inputs_make_no_lock_does_not_start(here: Path, runbook: Callable[..., Said], how: list[str]) -> None:
    write(here, locked=LOCKED)
    said = runbook("run", "locked.yml", "--input", "app=shop", *how)
    assert said.code == 2
    assert "locked.yml:2:10: error RB423: With these inputs the lock 'app/${int(app)}' can't be made: 'shop' is not" in said.err
    assert "There are no runs here" in runbook("runs").err
    assert runbook("run", "locked.yml", "--input", "app=7").code == 0


def test_a_run_tells_each_step_and_its_outcome(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO)
    said = runbook("run", "hello.yml", "--input", "name=Ñandú")
    assert said.code == 0
    assert "  greet  ok " in said.out
    assert "Saludar" in said.out
    assert "succeeded" in said.out
    assert "hola Ñandú" in said.out


def test_json_is_one_document_with_the_outputs(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, hello=HELLO)
    monkeypatch.setenv("HELLO_COUNT", "7")
    said = runbook("run", "hello.yml", "--format", "json")
    document = said.json
    assert set(document) == {
        "run",
        "runbook",
        "result",
        "message",
        "exit",
        "undone",
        "escalated",
        "failure",
        "outputs",
        "outputs_partial",
        "needs",
    }
    assert (document["result"], document["exit"], document["outputs"]) == ("succeeded", 0, {"line": "hola mundo", "count": 7})
    assert "greet" in said.err


def test_a_failure_is_undone_and_told_with_the_last_words_of_the_step(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, fails=FAILS)
    said = runbook("run", "fails.yml")
    assert said.code == 5
    lines = said.out
    assert "make  undone" in lines
    assert "look │ " in lines
    assert "ESCALATION: falló: look: " in lines
    assert f"5 ({EXIT_CODES[5][0]}" in lines
    assert "runbook show " in lines
    assert not (here / "made").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "nowhere.yml"], "RB701"),
        (["run", "hello.yml", "--input", "nme=x"], "RB710"),
        (["run", "hello.yml", "--input", "count=x"], "RB712"),
        (["run", "hello.yml", "--input", "count"], "RB725"),
        (["run", "hello.yml", "--inputs", "nowhere.json"], "RB701"),
        (["run", "hello.yml", "--inputs", "hello.yml"], "RB710"),
        (["run", "hello.yml", "--until", "gret"], "RB726"),
        (["show", "last"], "RB604"),
        (["resume", "last"], "RB604"),
        (["status", "nothing"], "RB604"),
        (["explain", "RB998"], "RB727"),
        (["nope"], "RB720"),
        (["--nope"], "RB721"),
        (["help", "nope"], "RB720"),
    ],
)
def test_what_can_not_be_done_ends_with_2_and_a_code(here: Path, runbook: Callable[..., Said], words: list[str], code: str) -> None:
    write(here, hello=HELLO)
    said = runbook(*words)
    assert said.code == 2
    assert f"error {code}: " in said.err
    assert said.out == ""


def test_inputs_are_shown_as_they_are_written(here: Path, runbook: Callable[..., Said]) -> None:
    given = 'runbook: shown\ninputs:\n  fast: {type: bool, default: true}\n  list: {type: list, default: [1, false, "é"]}\n'
    (here / "shown.yml").write_text(given + "steps:\n  - shell: [echo, '${fast}']\n")
    said = runbook("run", "shown.yml", "--yes")
    (run,) = (here / ".runbook" / "runs").iterdir()
    for text in (said.out + said.err, runbook("show", run.name).out):
        assert "fast = true" in text
        assert 'list = [1, false, "é"]' in text


def test_inputs_come_from_files_and_the_command_line_goes_before(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO, values="name: on\ncount: 3\n")
    said = runbook("run", "hello.yml", "--inputs", "values.yml", "--input", "count=4", "--format=json")
    assert said.json["outputs"] == {"line": "hola on", "count": 4}


def test_a_run_can_be_stopped_before_a_step_and_gone_on_with(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO, two="runbook: two\nsteps:\n  - {id: a, shell: touch a}\n  - {id: b, shell: touch b}\n")
    said = runbook("run", "two.yml", "--until", "b")
    assert said.code == 8
    assert "stopped before b, as asked" in said.out
    assert ((here / "a").exists(), (here / "b").exists()) == (True, False)
    assert runbook("resume", "last").code == 0
    assert (here / "b").exists()
    assert "RB515" in runbook("resume", "last").err


GREETS = "runbook: greets\nsteps: [{id: greet, shell: touch greeted}]\n"
UNTIL = """\
runbook: until
steps:
  - {id: a, shell: touch a, undo: {shell: rm a}}
  - {id: words, set: {x: "1"}}
  - {id: side, parallel: {branches: {one: [{id: left, shell: touch left}]}}}
  - {id: turns, for_each: {over: '["k", "m"]', as: x, key: x, steps: [{id: turn, shell: "touch turn-${x}"}]}}
  - {id: care, try: [{id: risky, shell: touch risky}], always: [{id: tidy, shell: touch tidy}]}
  - {id: way, choose: [{when: 1 == 1, steps: [{id: arm, shell: touch arm}]}]}
  - {id: other, call: greets.yml}
  - {id: when, when: "1 == 1", may_fail: true, shell: touch when}
  - {id: pause, wait: 1ms}
  - {id: back, undo: [a]}
  - {id: agreed, approve: sure?, shell: touch agreed}
  - {id: never, when: "1 == 2", shell: touch never}
  - {id: asked, ask: {answer: how many, type: int}}
  - {id: end, stop: {as: succeeded}}
"""


@pytest.mark.parametrize(
    ("step", "last", "lacks"),
    [
        ("a", "", "a"),
        ("side", "a", "left"),
        ("left", "a", "left"),
        ("turns", "left", "turn-k"),
        ("turns/turn", "left", "turn-k"),
        ("turns[m]", "turn-k", "turn-m"),
        ("turns[m]/turn", "turn-k", "turn-m"),
        ("care", "turn-m", "risky"),
        ("tidy", "risky", "tidy"),
        ("way", "tidy", "arm"),
        ("other", "arm", "greeted"),
        ("other/greet", "arm", "greeted"),
        ("when", "greeted", "when"),
        ("pause", "when", "agreed"),
        ("back", "a", "agreed"),
        ("agreed", "when", "agreed"),
    ],
)
def test_a_run_stops_before_every_kind_of_step(here: Path, runbook: Callable[..., Said], step: str, last: str, lacks: str) -> None:
    write(here, greets=GREETS, until=UNTIL)
    said = runbook("run", "until.yml", "--until", step)
    assert (said.code, f"stopped before {step}, as asked" in said.out) == (8, True)
    assert not last or (here / last).exists()
    assert not (here / lacks).exists()
    runbook("resume", "last")
    assert (here / "when").exists()


@pytest.mark.parametrize("step", ["nope", "turns[k]/nope", "a[k]", "side[one]", "success"])
def test_a_path_that_no_step_has_is_no_place_to_stop(here: Path, runbook: Callable[..., Said], step: str) -> None:
    write(here, greets=GREETS, until=UNTIL)
    said = runbook("run", "until.yml", "--until", step)
    assert (said.code, f"until has no step {step!r}" in said.err) == (2, True)


@pytest.mark.parametrize("step", ["words", "end"])
def test_what_is_over_in_a_moment_is_no_place_to_stop(here: Path, runbook: Callable[..., Said], step: str) -> None:
    write(here, greets=GREETS, until=UNTIL)
    said = runbook("run", "until.yml", "--until", step)
    assert (said.code, "no run can stop before it" in said.err) == (2, True)
    assert not (here / "a").exists()


def test_a_run_that_does_not_come_to_the_step_says_so(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, skips='runbook: skips\nsteps:\n  - {id: a, when: "1 == 2", shell: touch a}\n  - {id: q, ask: {do: it}}\n')
    assert "pauses without having come to a." in runbook("run", "skips.yml", "--until", "a").err
    write(here, skips='runbook: skips\nsteps:\n  - {id: a, when: "1 == 2", shell: touch a}\n  - {id: b, shell: touch b}\n')
    said = runbook("run", "skips.yml", "--until", "a", "--quiet")
    assert (said.code, "didn't stop before a: it ended without coming to it" in said.err) == (0, True)


def test_runs_and_show_tell_what_was(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO, fails=FAILS)
    runbook("run", "hello.yml")
    runbook("run", "fails.yml")
    listed = runbook("runs").out.splitlines()
    assert [line.split()[3:5] for line in listed] == [["failed", "fails"], ["succeeded", "hello"]]
    assert len(runbook("runs", "--limit", "1").out.splitlines()) == 1
    assert runbook("runs", "--limit", "0").code == 0
    rows = runbook("runs", "--format=json").json["runs"]
    assert [row["runbook"] for row in rows] == ["fails", "hello"]
    shown = runbook("show", "last")
    assert "look  failed" in shown.out
    assert "make  undone" in shown.out
    document = runbook("show", rows[1]["id"][-8:], "--format=json").json
    assert [(step["path"], step["state"]) for step in document["steps"]] == [("greet", "done"), ("said", "done")]
    assert runbook("show", rows[1]["id"], "--output", "greet").out == "hola mundo\n"
    assert "RB726" in runbook("show", "last", "--output", "greet").err


def test_runs_are_found_in_folders_above_and_below(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "lib" / "deep").mkdir(parents=True)
    (here / "lib" / "hello.yml").write_text(HELLO)
    runbook("run", "lib/hello.yml")
    assert "hello" in runbook("runs").out
    monkeypatch.chdir(here / "lib" / "deep")
    assert "hello" in runbook("runs").out
    assert runbook("runs", "--store", "elsewhere").out == ""


def test_a_store_that_would_not_be_found_is_named_in_what_to_type(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "a" / "b c").mkdir(parents=True)
    (here / "a" / "b c" / "fails.yml").write_text(FAILS)
    said = runbook("run", "a/b c/fails.yml")
    words = said.out.splitlines()[-1].strip()
    assert words.endswith(" --store 'a/b c/.runbook'")
    assert runbook(*shlex.split(words)[1:]).code == 0


def test_quiet_leaves_the_exit_code_to_say_it(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO)
    assert runbook("run", "hello.yml", "-q") == (0, "", "")


def test_verbose_shows_what_programs_write(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO)
    out = runbook("run", "hello.yml", "-v").out
    assert "greet │ hola mundo" in out
    assert "/bin/echo hola mundo" in out


def test_eval_reads_the_results_of_a_run(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, hello=HELLO)
    runbook("run", "hello.yml")
    assert runbook("eval", "greet.lines[0].size()", "--run", "last").out == "int  10\n"
    assert runbook("eval", "greet.state", "--run", "last").out == 'string  "done"\n'
    assert runbook("eval", "name + '!'", "--run", "last", "--format=json").json == {"type": "string", "value": "mundo!"}


STOPS = """\
runbook: stops
steps:
  - {id: early, when: "true", stop: {as: succeeded, message: "Nothing to do for ${name}"}}
  - {id: late, shell: touch late}
inputs: {name: {type: string, default: shop}}
"""


def test_what_a_stop_says_is_said_at_the_end(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, stops=STOPS)
    said = runbook("run", "stops.yml")
    assert said.code == 0
    assert re.search(r"^result +succeeded\nmessage +Nothing to do for shop$", said.out, re.MULTILINE)
    assert re.search(r"^message +Nothing to do for shop$", runbook("show", "last").out, re.MULTILINE)
    assert runbook("run", "stops.yml", "--format=json").json["message"] == "Nothing to do for shop"
    assert not (here / "late").exists()


def test_what_a_stop_says_in_a_called_runbook_is_said_where_it_stops(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, stops=STOPS, calls="runbook: calls\nsteps: [{id: sub, call: stops.yml}, {id: after, shell: 'true'}]\n")
    said = runbook("run", "calls.yml")
    assert said.code == 0
    assert re.search(r"^\S+ +sub/early +stopped +as succeeded: Nothing to do for shop$", said.out + said.err, re.MULTILINE)
    assert runbook("run", "calls.yml", "--format=json").json["message"] == ""


LACKS = """\
runbook: lacks
inputs: {app: {type: string, env: LACKS_APP}}
secrets:
  token: {env: LACKS_TOKEN}
  key: {file: nowhere.txt}
  asked: {command: touch asked}
steps: [{id: a, shell: {command: "true", stdin: "${token}${key}${asked}"}}]
"""


@pytest.mark.parametrize("further", [[], ["--dry-run"]])
def test_all_that_a_run_lacks_is_said_before_anything_else(here: Path, runbook: Callable[..., Said], further: list[str]) -> None:
    write(here, lacks=LACKS)
    said = runbook("run", "lacks.yml", *further)
    assert (said.code, said.out) == (2, "")
    assert re.findall(r"error (RB\d+)", said.err) == ["RB711", "RB610", "RB611"]
    assert not (here / "asked").exists()
    assert not (here / ".runbook").exists()


HOLDS = """\
runbook: holds
steps:
  - {id: sub, call: sub.yml}
  - {id: each, for_each: {over: "[1, 2]", as: n, key: string(n), steps: [{id: turn, shell: "true"}]}}
  - id: both
    parallel: {branches: {left: [{id: l, shell: "true"}], right: [{id: r, shell: "true"}]}}
  - {id: spare, may_fail: true, call: bad.yml}
  - id: caught
    try: [{id: fails, shell: "false"}]
    rescue: [{id: mends, shell: "true"}]
  - {id: not_now, when: "false", call: sub.yml}
  - {id: worse, call: bad.yml}
  - {id: never, call: sub.yml}
"""


def test_steps_that_hold_others_stand_where_these_stand(here: Path, runbook: Callable[..., Said]) -> None:
    write(here, holds=HOLDS, sub='runbook: sub\nsteps: [{id: a, shell: "true"}]\n', bad='runbook: bad\nsteps: [{id: a, shell: "false"}]\n')
    assert runbook("run", "holds.yml").code == 1
    found = {step["path"]: step["state"] for step in runbook("show", "last", "--format=json").json["steps"]}
    tops = ("sub", "each", "both", "spare", "caught", "not_now", "worse", "never")
    assert {path: found[path] for path in tops} == {
        "sub": "done",
        "each": "done",
        "both": "done",
        "spare": "failed",
        "caught": "done",
        "not_now": "skipped",
        "worse": "failed",
        "never": "pending",
    }
    assert (found["each/turn"], found["worse/a"], found["never/a"]) == ("done", "failed", "pending")


def test_where_no_journal_can_be_written_nothing_runs(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, hello=HELLO)
    (here / "file").touch()
    monkeypatch.setenv("RUNBOOK_STORE", str(here / "file" / "store"))
    said = runbook("run", "hello.yml", "--input", "name=x")
    assert (said.code, "RB602" in said.err) == (2, True)
    assert "greet" not in said.out


@pytest.mark.parametrize("left", [b"", b'{"kind":"run.op'], ids=["nothing", "half a line"])
@pytest.mark.parametrize("words", ["resume", "show", "abort", "report", "approve", "answer"])
def test_a_run_whose_process_died_before_its_first_line_has_not_begun(
    here: Path, runbook: Callable[..., Said], words: str, left: bytes
) -> None:
    write(here, hello=HELLO)
    assert runbook("run", "hello.yml", "--input", "name=x").code == 0
    (run,) = (here / ".runbook" / "runs").iterdir()
    (run / "journal.jsonl").write_bytes(left)
    more = {"approve": ("a",), "answer": ("a", "yes")}.get(words, ())
    said = runbook(words, "last", *more)
    assert (said.code, "RB519" in said.err, "nothing was done" in said.err) == (2, True, True)
    assert "empty" in runbook("runs").out
    assert runbook("status").code == 0


def test_a_folder_that_a_dying_process_left_without_a_journal_is_told_as_that(here: Path, runbook: Callable[..., Said]) -> None:
    """The program is kept before the journal is made, so the cut may have gone through that, too."""
    write(here, hello=HELLO)
    assert runbook("run", "hello.yml", "--input", "name=x").code == 0
    (run,) = (here / ".runbook" / "runs").iterdir()
    (run / "journal.jsonl").unlink()
    (run / "program" / "manifest.json").unlink()
    said = runbook("resume", "last")
    assert (said.code, "RB604" in said.err, "while it starts" in said.err) == (2, True, True)


def test_what_stands_in_spite_of_an_undo_is_named(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "part.yml").write_text("""\
runbook: part
steps:
  - {id: a, shell: "true", effect: change, undo: {shell: "true", effect: change}}
  - {id: b, shell: "true", effect: change, undo: {shell: "true", effect: change}}
  - {id: bad, shell: "false"}
on_failure: [{undo: [b]}]
""")
    said = runbook("run", "part.yml")
    assert said.code == 4
    assert "what was asked for; this stands: a" in said.out


def test_a_false_guard_is_said_once(here: Path, runbook: Callable[..., Said]) -> None:
    (here / "book.yml").write_text("runbook: book\nsteps: [{id: a, shell: touch a, guard: 1 == 2}]\n")
    said = runbook("run", "book.yml", "--plain")
    assert said.code == 3
    assert len([line for line in said.out.splitlines() if " refused " in line and line.startswith(tuple("012"))]) == 1
