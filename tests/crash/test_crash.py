"""A run whose process is killed at any moment goes on in another one: no change twice, none left out."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.crash.conftest import Book

if TYPE_CHECKING:
    from tests.crash.conftest import Driver


def mark(id_: str, more: str = "", body: str = "") -> str:
    """A step that leaves a mark in a file."""
    return f"{{id: {id_}, shell: [sh, -c, '{body}echo x >> {id_}.count'], {more}}}"


def probed(id_: str, more: str = "", body: str = "") -> str:
    return mark(id_, f'applied: {{shell: test -s {id_}.count, expect: "result.exit == 0"}}, {more}', body)


EVERY = f"""
runbook: every
locks: [every]
steps:
  - {{id: look, shell: cat book.yml, expect: size(result.lines) > 3}}
  - {probed("a")}
  - {{id: named, set: {{n: size(look.lines)}}}}
  - {{id: q, ask: {{answer: go on?, type: bool}}}}
  - {probed("guarded", "guard: q.answer, approve: true")}
  - {{id: w, wait: 20ms}}
  - id: pick
    choose:
      - {{when: named.n < 3, steps: [{mark("few")}]}}
      - {{else: [{mark("many")}]}}
  - id: side
    parallel:
      - {probed("b", body="sleep 0.05; ")}
      - {probed("c")}
      - {{id: d, shell: cat book.yml}}
  - id: each
    for_each:
      over: "['u', 'v']"
      as: i
      key: i
      max: 2
      steps:
        - id: e
          shell: [sh, -c, 'echo x >> "$1".count', sh, "${{i}}"]
          applied: {{shell: "test -s ${{i}}.count", expect: "result.exit == 0"}}
  - id: t
    try:
      - {mark("made", "undo: {shell: [sh, -c, 'echo x >> unmade.count']}")}
      - {{id: bad, shell: "false"}}
    rescue: [{{id: back, undo: [made]}}, {probed("rescued")}]
    always: [{probed("z")}]
  - {{id: sub, call: {{runbook: sub.yml, inputs: {{name: "${{named.n > 3}}"}}}}}}
  - {{id: tell, escalate: "${{sub.said}}"}}
  - {{id: end, stop: succeeded}}
success: sub.ok && !bad.ok
outputs: {{said: "${{sub.said}}", n: "${{named.n}}"}}
"""
SUB = f"""
runbook: sub
inputs: {{name: {{type: bool}}}}
steps: [{probed("inner")}]
outputs: {{said: "it was ${{name}}"}}
"""
ANSWERS = {"q": True, "guarded": True}
EFFECTS = ("a", "guarded", "many", "b", "c", "u", "v", "made", "unmade", "rescued", "z", "inner")


def every(folder: Path) -> Book:
    return Book(folder, EVERY, sub_yml=SUB)


def closed(book: Book) -> dict[str, Any] | None:
    """The outcome of a run that was killed just after it had written its last line: there is nothing left to resume."""
    last = book.events()[-1]
    return {"outcome": last["outcome"], "exit": last["outcome"]["exit"]} if last["type"] == "run.closed" else None


def finish(driver: Driver, book: Book, **more: Any) -> dict[str, Any]:
    """Resumes until the run is closed; where only a person knows, the files say what he would find."""
    assume = ""
    for _ in range(6):
        result = closed(book) or driver.run("resume", book, answers=ANSWERS, choices={"assume": assume}, **more)
        if result.get("outcome"):
            return result
        assert result["needs"], result
        path, _, what = result["needs"][0].partition(": ")
        assert what == "doubt", result
        step = {"made#undo": "unmade", "pick": "many"}.get(path, path.rpartition("/")[2])
        assume = "done" if book.count(step) else "not-done"
    raise AssertionError(f"the run doesn't end: {book.types()}")


def test_the_run_without_any_accident(driver: Driver, tmp_path: Path) -> None:
    book = every(tmp_path / "book")
    result = driver.run("start", book, answers=ANSWERS)
    assert result["exit"] == 0
    assert book.counts() == dict.fromkeys(sorted(EFFECTS), 1)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_after_each_line_of_the_journal(driver: Driver, tmp_path: Path) -> None:
    """The k-th append is the last thing that the process does, for every k; what others still do goes on."""
    whole = every(tmp_path / "whole")
    expected = driver.run("start", whole, answers=ANSWERS)
    total = len(whole.events())
    assert total > 35
    k = 0
    for k in range(1, total):
        book = every(tmp_path / f"kill-{k}")
        killed = driver.run("start", book, answers=ANSWERS, kill_after=k)
        if killed.get("outcome"):
            break  # threads have their own order: this run had fewer lines
        assert killed == {"killed": True}
        result = finish(driver, book)
        assert result["exit"] == 0, (k, result, book.types())
        assert result["outcome"] == expected["outcome"], k
        assert book.counts() == dict.fromkeys(sorted(EFFECTS), 1), (k, book.types())
    assert k > total - 6


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_again_and_again(driver: Driver, tmp_path: Path) -> None:
    """Each process of the run dies after a few lines: enough to start one attempt and to write down its end."""
    for lines in (4, 5, 7):
        book = every(tmp_path / f"lines-{lines}")
        driver.run("start", book, answers=ANSWERS, kill_after=lines)
        for _ in range(60):
            result = closed(book) or driver.run("resume", book, answers=ANSWERS, kill_after=lines)
            if result.get("outcome") or result.get("needs"):
                break
        result = result if result.get("outcome") else finish(driver, book)
        assert result["exit"] == 0, (lines, result)
        assert book.counts() == dict.fromkeys(sorted(EFFECTS), 1), (lines, book.types())


BARE = f"runbook: bare\nsteps: [{mark('a', body='sleep 0.3; ')}, {mark('b')}]\n"


def is_running(pid: int) -> bool:
    """Not gone, and not a zombie that nobody has asked for."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def kill(driver: Driver, pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    assert driver.wait(pid)["code"] == -signal.SIGKILL


def test_a_change_that_outlives_its_run_is_shown_and_awaited_before_anything_else(driver: Driver, tmp_path: Path) -> None:
    text = f"runbook: x\nsteps: [{probed('a', body='touch begun; sleep 1; ')}, {mark('b')}]\n"
    book = Book(tmp_path / "book", text)
    pid = driver.spawn("start", book)
    book.until((book.folder / "begun").exists)
    kill(driver, pid)
    assert book.count("a") == 0
    result = driver.run("resume", book)
    assert result["exit"] == 0
    assert book.counts() == {"a": 1, "b": 1}
    assert any("still running" in said and "sleep 1" in said for said in result["said"])
    types = book.types()
    assert types.index("act.found") < types.index("act.lost") < types.index("doubt.settled")


def test_a_read_that_outlives_its_run_is_ended_and_made_again(driver: Driver, tmp_path: Path) -> None:
    text = """
runbook: x
steps:
  - id: a
    effect: read
    because: it only notes that it ran
    shell: [sh, -c, 'echo $$ >> a.count; test $(wc -l < a.count) -gt 1 || exec sleep 60']
"""
    book = Book(tmp_path / "book", text)
    pid = driver.spawn("start", book)
    book.until(lambda: book.count("a") == 1)
    kill(driver, pid)
    result = driver.run("resume", book)
    assert result["exit"] == 0
    assert book.count("a") == 2
    child = int((book.folder / "a.count").read_text(encoding="utf-8").split()[0])
    assert not is_running(child)


@pytest.mark.parametrize(("assume", "counts"), [("done", {"b": 1}), ("not-done", {"a": 1, "b": 1})])
def test_a_doubt_without_a_probe_pauses_until_the_operator_says(
    driver: Driver, tmp_path: Path, assume: str, counts: dict[str, int]
) -> None:
    book = Book(tmp_path / "book", BARE)
    assert driver.run("start", book, kill_after=2) == {"killed": True}
    paused = driver.run("resume", book)
    assert (paused["exit"], paused["needs"]) == (8, ["a: doubt"])
    assert book.counts() == {}
    assert driver.run("resume", book, choices={"assume": assume})["exit"] == 0
    assert book.counts() == counts


def test_what_the_operator_assumes_holds_at_once_and_for_no_later_doubt(driver: Driver, tmp_path: Path) -> None:
    text = f"runbook: x\nsteps: [{mark('a')}, {mark('b', 'timeout: 1s', 'sleep 60 && ')}]\n"
    book = Book(tmp_path / "book", text)
    assert driver.run("start", book, kill_after=2) == {"killed": True}
    result = driver.run("resume", book, choices={"assume": "not-done"})
    assert (result["exit"], result["needs"]) == (8, ["b: doubt"])
    assert book.counts() == {"a": 1}


def test_a_probe_is_believed_before_the_operator(driver: Driver, tmp_path: Path) -> None:
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{probed('a')}]\n")
    assert driver.run("start", book, kill_after=2) == {"killed": True}
    assert driver.run("resume", book, choices={"assume": "done"})["exit"] == 0
    assert book.counts() == {"a": 1}


def test_a_live_run_is_not_resumed_a_second_time(driver: Driver, tmp_path: Path) -> None:
    book = Book(tmp_path / "book", BARE.replace("sleep 0.3", "sleep 2"))
    pid = driver.spawn("start", book)
    book.until(lambda: book.store.exists() and list(book.store.glob("runs/*/journal.jsonl")) and "act.started" in book.types())
    assert driver.run("resume", book)["codes"] == ["RB601"]
    assert driver.wait(pid)["result"]["exit"] == 0
    assert book.counts() == {"a": 1, "b": 1}
    assert driver.run("resume", book)["codes"] == ["RB515"]


def test_a_torn_last_line_is_moved_aside_and_the_journal_says_so(driver: Driver, tmp_path: Path) -> None:
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{probed('a')}, {probed('b')}]\n")
    assert driver.run("start", book, kill_after=3) == {"killed": True}
    journal = book.run / "journal.jsonl"
    lost = journal.read_bytes().rsplit(b"\n", 2)[1][:40]
    os.truncate(journal, journal.stat().st_size - len(journal.read_bytes().rsplit(b"\n", 2)[1]) - 1 + len(lost))
    assert driver.run("resume", book)["exit"] == 0
    repaired = next(event for event in book.events() if event["type"] == "journal.repaired")
    assert repaired["bytes"] == len(lost)
    assert (book.run / repaired["moved_to"]).read_bytes() == lost
    assert book.counts() == {"a": 1, "b": 1}


def test_a_repair_is_told_even_if_the_resume_is_refused(driver: Driver, tmp_path: Path) -> None:
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{probed('a')}]\n")
    assert driver.run("start", book, kill_after=3) == {"killed": True}
    journal = book.run / "journal.jsonl"
    os.truncate(journal, journal.stat().st_size - 10)
    book.file.write_text(book.file.read_text(encoding="utf-8") + "title: later\n", encoding="utf-8")
    assert driver.run("resume", book)["codes"] == ["RB514"]
    assert book.types()[-1] == "journal.repaired"
    assert driver.run("resume", book, choices={"as_recorded": True})["exit"] == 0
    assert book.types().count("journal.repaired") == 1
    assert book.counts() == {"a": 1}


def test_a_changed_file_is_refused_unless_the_run_is_to_go_on_as_recorded(driver: Driver, tmp_path: Path) -> None:
    called = "runbook: sub\nsteps: [{id: s, shell: [sh, -c, 'echo x >> s.count']}]\n"
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{probed('a')}, {{id: c, call: sub.yml}}]\n", sub_yml=called)
    assert driver.run("start", book, kill_after=1) == {"killed": True}
    (book.folder / "sub.yml").write_text(called.replace("s.count", "other.count"), encoding="utf-8")
    assert driver.run("resume", book)["codes"] == ["RB514"]
    assert book.counts() == {}
    (book.folder / "sub.yml").unlink()
    assert driver.run("resume", book)["codes"] == ["RB514"]
    assert driver.run("resume", book, choices={"as_recorded": True})["exit"] == 0
    assert book.counts() == {"a": 1, "s": 1}


def test_a_lock_stays_with_a_run_that_is_not_over(driver: Driver, tmp_path: Path) -> None:
    text = f"runbook: x\nlocks: [one]\nsteps: [{{id: q, ask: {{answer: well?, type: bool}}}}, {probed('a')}]\n"
    book = Book(tmp_path / "book", text)
    other = Book(tmp_path / "other", text)
    other.store = book.store
    assert driver.run("start", book)["needs"] == ["q: answer"]
    assert driver.run("start", other)["codes"] == ["RB516"]
    assert driver.run("resume", book, answers={"q": True}, kill_after=2) == {"killed": True}
    assert driver.run("start", other)["codes"] == ["RB516"]
    assert driver.run("resume", book, answers={"q": True})["exit"] == 0
    assert driver.run("start", other, answers={"q": True})["exit"] == 0
    assert (book.count("a"), other.count("a")) == (1, 1)


def test_a_store_that_cannot_be_written_runs_nothing(driver: Driver, tmp_path: Path) -> None:
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{mark('a')}]\n")
    book.store.write_text("a file where the folder should be", encoding="utf-8")
    assert driver.run("start", book)["codes"] == ["RB602"]
    assert book.counts() == {}


def test_a_full_disk_pauses_the_run_and_it_goes_on_when_there_is_room(driver: Driver, tmp_path: Path) -> None:
    steps = ", ".join(probed(f"s{n}") for n in range(6))
    book = Book(tmp_path / "book", f"runbook: x\nsteps: [{steps}]\n")
    result = driver.run("start", book, full_after=9)
    assert (result["exit"], result["paused"]) == (8, "paused")
    assert book.types()[-2:] == ["cancel.asked", "run.paused"]
    ran = sum(book.counts().values())
    assert 0 < ran < 6
    assert driver.run("resume", book)["exit"] == 0
    assert book.counts() == {f"s{n}": 1 for n in range(6)}


def test_until_a_step_waits_for_what_runs_beside_it(driver: Driver, tmp_path: Path) -> None:
    text = f"""
runbook: x
steps:
  - id: p
    parallel:
      branches: {{a: [{probed("a", body="sleep 0.3; ")}], b: [{{id: r, shell: cat book.yml}}, {probed("b")}]}}
"""
    book = Book(tmp_path / "book", text)
    result = driver.run("start", book, until="b")
    assert result["exit"] == 8
    assert book.counts() == {"a": 1}
    assert book.types()[-1] == "run.paused"
    assert driver.run("resume", book)["exit"] == 0
    assert book.counts() == {"a": 1, "b": 1}


@pytest.mark.parametrize("undo", [False, True])
def test_a_run_that_was_cut_can_be_aborted(driver: Driver, tmp_path: Path, undo: bool) -> None:
    first = mark("a", "undo: {shell: [sh, -c, 'echo x >> undone.count']}")
    book = Book(tmp_path / "book", f"runbook: x\nlocks: [l]\nsteps: [{first}, {probed('b')}]\n")
    lines = 1 + next(n for n, kind in enumerate(_types_of(driver, tmp_path, book), 1) if kind == "act.ended")
    assert driver.run("start", book, kill_after=lines) == {"killed": True}
    result = driver.run("resume", book, choices={"abort": True, "undo": undo})
    assert result["exit"] == 6
    assert book.counts() == ({"a": 1, "undone": 1} if undo else {"a": 1})


def _types_of(driver: Driver, tmp_path: Path, book: Book) -> list[str]:
    """The events of the same runbook, run without an accident."""
    whole = Book(tmp_path / "whole", book.file.read_text(encoding="utf-8"))
    assert driver.run("start", whole)["exit"] == 0
    return whole.types()
