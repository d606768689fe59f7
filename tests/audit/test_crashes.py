"""A signed run that dies after any of its lines goes on, and its journal proves all of it in the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.runslog import RunsLog
from runbook_lang.base.diagnostics import RunbookError
from tests.audit.conftest import Place, failed, verdict

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
        assert "sealed" in verdict(before, "completeness").reason or "doesn't know" in verdict(before, "completeness").reason
        return
    after = place.verify(run)
    assert failed(after) == [], after


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
