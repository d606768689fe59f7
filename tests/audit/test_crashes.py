"""A signed run that dies after any of its lines goes on, and its journal proves all of it in the end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.lines import FIRST_PREV, encode_body, split
from runbook_lang.adapters.runslog import RunsLog
from runbook_lang.api.audit_runs import verify_store
from runbook_lang.api.prune import candidates, prune
from runbook_lang.api.redact import redact
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import NAMES
from tests.audit.conftest import Place, failed, verdict

if TYPE_CHECKING:
    from runbook_lang.adapters.store import RunFolder

STORY = """\
runbook: s
steps:
  - id: look
    shell: /bin/echo
    effect: read
    because: a test
    timeout: 10s
  - id: go
    approve: true
    shell: /bin/echo
    effect: change
    because: a test
    repeatable: true
    timeout: 10s
"""


class Cut(BaseException):
    """The power went."""


@pytest.mark.parametrize("lines", range(1, 13))
def test_a_run_that_dies_after_any_line_is_whole_in_the_end(place: Place, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
    place.ring.new("ops")
    real = FileJournal.append
    left = [lines]

    def append(self: FileJournal, event: Any, *, flush: bool = True) -> Any:
        seen = real(self, event, flush=flush)
        left[0] -= 1
        if left[0] == 0:
            raise Cut
        return seen

    monkeypatch.setattr(FileJournal, "append", append)
    with pytest.raises(Cut):
        place.run(STORY)
    monkeypatch.undo()
    run = place.store.open_run("last")
    before = place.verify(run)
    assert verdict(before, "integrity").status == "pass"
    assert verdict(before, "conformance").status == "pass"
    assert verdict(before, "completeness").status == "fail"
    try:
        place.resume(run, assume="done")
    except RunbookError as error:
        assert [one.code for one in error.diagnostics] == ["RB515"]  # it had closed, and was not sealed
        assert "sealed" in verdict(before, "completeness").reason
    assert failed(place.verify(run)) == []


def test_a_paused_journal_whose_end_was_cut_off_is_not_signed_on(place: Place) -> None:
    place.ring.new("ops")
    paused = place.run(STORY, approves=False)
    path = Path(paused.run.path, "journal.jsonl")
    whole = path.read_bytes()
    # Cut where a checkpoint ends, so that nothing inside of the journal tells.
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    with pytest.raises(RunbookError) as error:
        place.resume(paused.run)
    assert error.value.diagnostics[0].code == "RB626"
    path.write_bytes(whole)
    assert place.resume(paused.run).exit == 0


def test_a_list_of_runs_with_a_torn_last_line_goes_on(place: Place) -> None:
    place.ring.new("ops")
    place.run(STORY)
    with open(RunsLog(place.store.root).path, "ab") as stream:
        stream.write(b'{"at":"2026')
    finished = place.run(STORY)
    assert finished.warning == ""
    assert place.verify(finished.run).exit == 0
    assert len(list(RunsLog(place.store.root).entries())) == 5


def test_a_list_of_runs_that_was_changed_keeps_a_run_from_starting(place: Place, tmp_path: Path) -> None:
    place.ring.new("ops")
    first = place.run(STORY)
    path = RunsLog(place.store.root).path
    with open(path, "r+b") as stream:
        stream.seek(20)
        stream.write(b"x")
    with pytest.raises(RunbookError) as error:
        place.run(STORY)
    assert error.value.diagnostics[0].code == "RB630"
    assert "bad" in verdict(place.verify(first.run), "completeness").reason


def test_two_processes_may_add_to_the_list_at_once(place: Place) -> None:
    import threading

    log = place.store.root
    key = place.ring.new("ops")
    signer = place.ring.signer(place.environ)
    assert key == place.ring.active

    def add(name: str) -> None:
        for _ in range(10):
            RunsLog(log).append("held", name, signer, by="ada", why="x")

    threads = [threading.Thread(target=add, args=(f"run-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = RunsLog(log)
    assert len(list(found.entries())) == 41
    assert (found.broken, found.torn) == (None, None)


def unsealed(place: Place, monkeypatch: pytest.MonkeyPatch, *, covered: bool = True) -> Any:
    """A run whose process died after the last line, or before the checkpoint that follows it, and before the seal."""
    place.ring.new("ops")
    real = FileJournal.append
    last = "checkpoint" if covered else "run.closed"
    seen: list[str] = []

    def append(self: FileJournal, event: Any, *, flush: bool = True) -> Any:
        made = real(self, event, flush=flush)
        seen.append(NAMES[type(event)])
        if "run.closed" in seen and seen[-1] == last:
            raise Cut
        return made

    monkeypatch.setattr(FileJournal, "append", append)
    with pytest.raises(Cut):
        place.run(STORY)
    monkeypatch.undo()
    run = place.store.open_run("last")
    assert "never sealed" in verdict(place.verify(run), "completeness").reason
    return run


def shown(place: Place, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "runbook_lang", *words], cwd=place.library, env={**place.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_the_next_run_seals_one_that_died_before_its_seal(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = unsealed(place, monkeypatch)
    assert "succeeded, not sealed" in shown(place, "runs")
    place.run(STORY)
    assert failed(place.verify(run)) == []
    assert "not sealed" not in shown(place, "runs")
    words = [(entry.word, entry.why) for entry in RunsLog(place.store.root).entries() if entry.run == run.id]
    assert words == [("opened", ""), ("sealed", "its process died before it could be sealed")]


@pytest.mark.parametrize("covered", [True, False])
def test_a_resume_seals_the_run_that_it_is_asked_for(place: Place, monkeypatch: pytest.MonkeyPatch, covered: bool) -> None:
    run = unsealed(place, monkeypatch, covered=covered)
    with pytest.raises(RunbookError) as error:
        place.resume(run)
    assert error.value.diagnostics[0].code == "RB515"
    assert "it is sealed now" in str(error.value)
    assert failed(place.verify(run)) == []
    with pytest.raises(RunbookError) as error:
        place.resume(run)
    assert "sealed" not in str(error.value)


def test_an_end_that_nobody_signed_is_not_sealed_in_passing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody can write a last line; only what the key has signed is vouched for without a person who looks."""
    run = unsealed(place, monkeypatch, covered=False)
    place.run(STORY)
    assert "never sealed" in verdict(place.verify(run), "completeness").reason
    assert "not sealed" in shown(place, "runs")
    going = candidates(place.store, time.time_ns() // 1000 + 1_000_000)
    assert len(prune(place.store, going, place.environ, "ada", "old")) == 1
    assert [one.name for one in Path(place.store.runs).iterdir()] == [run.id]


def test_prune_seals_before_it_removes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = unsealed(place, monkeypatch)
    going = candidates(place.store, time.time_ns() // 1000 + 1_000_000)
    assert prune(place.store, going, place.environ, "ada", "old") == [run.id]
    words = [entry.word for entry in RunsLog(place.store.root).entries() if entry.run == run.id]
    assert words == ["opened", "sealed", "pruned"]


def test_what_a_prune_left_that_died_is_removed_by_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.ring.new("ops")
    run = place.run(STORY).run
    whole = shutil.rmtree

    def half(path: str) -> None:
        os.unlink(os.path.join(path, "journal.jsonl"))
        raise Cut

    monkeypatch.setattr(shutil, "rmtree", half)
    with pytest.raises(Cut):
        prune(place.store, candidates(place.store, time.time_ns() // 1000 + 1_000_000), place.environ, "ada", "old")
    monkeypatch.setattr(shutil, "rmtree", whole)
    assert place.store.ids() == []
    assert verify_store(place.store, place.ring).status == "pass"
    assert prune(place.store, [], place.environ, "ada", "old") == []
    assert os.listdir(place.store.runs) == []
    assert not os.path.exists(run.path)


@pytest.mark.parametrize("unlinks", [0, 1])
def test_a_redaction_that_died_is_told_and_can_be_repeated(place: Place, monkeypatch: pytest.MonkeyPatch, unlinks: int) -> None:
    """The word in the list comes first, so nothing is ever gone that nobody answers for."""
    place.ring.new("ops")
    two = "sh -c 'seq 1 500; seq 1 400 >&2'"
    run = place.run(f"{STORY}  - {{id: much, shell: {two}, effect: read, because: a test, timeout: 10s}}\n").run
    real, left = os.unlink, [unlinks]

    def unlink(path: Any, **more: Any) -> None:
        if os.path.dirname(path) == run.evidence:
            if not left[0]:
                raise Cut
            left[0] -= 1
        real(path, **more)

    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(Cut):
        redact(run, "much", place.environ, "ada", "names of people")
    monkeypatch.undo()
    audit = place.verify(run)
    assert audit.exit == 0
    assert sorted("is there: `runbook audit redact` again" in note for note in audit.notes) == [False] * unlinks + [True] * (2 - unlinks)
    assert len(redact(run, "much", place.environ, "ada", "names of people")) == 2 - unlinks
    assert sorted(note.partition("…")[2].partition(" at ")[0] for note in place.verify(run).notes) == [" was removed by ada"] * 2


def test_a_torn_checkpoint_behind_the_end_is_moved_aside_and_sealed_over(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = unsealed(place, monkeypatch)
    path = Path(run.path, "journal.jsonl")
    os.truncate(path, path.stat().st_size - 30)
    with pytest.raises(RunbookError) as error:
        place.resume(run)
    assert error.value.diagnostics[0].code == "RB515"
    assert failed(place.verify(run)) == []
    assert b'"type":"journal.repaired"' in path.read_bytes().splitlines()[-1]
    assert place.store.open_run(run.id) == run
    assert next(place.store.list_runs()).state == "closed"


def test_a_run_that_died_before_it_got_into_the_list_is_in_it_after_its_resume(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.ring.new("ops")
    monkeypatch.setattr(RunsLog, "append", lambda *_, **__: (_ for _ in ()).throw(Cut))
    with pytest.raises(Cut):
        place.run(STORY)
    monkeypatch.undo()
    run = place.store.open_run("last")
    assert place.resume(run).exit == 0
    assert failed(place.verify(run)) == []
    assert [entry.word for entry in RunsLog(place.store.root).entries() if entry.run == run.id] == ["opened", "closed"]


def test_a_journal_whose_checkpoints_were_all_taken_out_is_not_signed_on(place: Place) -> None:
    """The chain is made good again; the first line still names the key."""
    place.ring.new("ops")
    paused = place.run(STORY, approves=False)
    path = Path(paused.run.path, "journal.jsonl")
    prev, out = FIRST_PREV, b""
    bodies = [json.loads(split(line)[0] + b"}") for line in path.read_bytes().splitlines()]
    for number, body in enumerate((body for body in bodies if body["type"] != "checkpoint"), 1):
        raw, prev = encode_body({**{name: value for name, value in body.items() if name != "prev"}, "seq": number}, prev)
        out += raw + b"\n"
    path.write_bytes(out)
    os.unlink(os.path.join(paused.run.path, "seal"))
    assert "another history" in not_signed_on(place, paused.run)
    for name in ("runs.log", "runs.checkpoint"):
        os.unlink(os.path.join(place.store.root, name))
    assert "holds no checkpoint" in not_signed_on(place, paused.run)


def not_signed_on(place: Place, run: RunFolder) -> str:
    """Why a run can't be gone on with."""
    with pytest.raises(RunbookError) as error:
        place.resume(run)
    assert error.value.diagnostics[0].code == "RB626"
    return str(error.value)


def test_a_run_that_was_put_back_to_an_earlier_state_is_not_gone_on_with(place: Place, tmp_path: Path) -> None:
    """A copy of the whole folder, from a time before a change was made: going on from it would make the change again."""
    place.ring.new("ops")
    run = place.run(STORY, approves=False).run
    shutil.copytree(run.path, tmp_path / "earlier")
    assert place.resume(run).exit == 0
    shutil.rmtree(run.path)
    shutil.copytree(tmp_path / "earlier", run.path)
    assert "put back to an earlier state" in not_signed_on(place, run)


def test_a_resume_on_a_host_whose_clock_is_behind_waits_no_longer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + 3_600_000_000_000)
    run = place.run(f"{STORY}  - {{id: still, wait: 50ms}}\n", approves=False).run
    monkeypatch.undo()
    began = time.monotonic()
    assert place.resume(run).exit == 0
    assert time.monotonic() - began < 600  # not the hour by which the clock is behind
