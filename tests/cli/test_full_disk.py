"""A disk that is full in the middle of a run: what the operator reads."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Any

from runbook_lang.adapters.journal import FileJournal
from tests.crash.driver import FullDisk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Said


def test_a_run_that_a_full_disk_stopped_says_so(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    steps = ", ".join(f"{{id: s{number}, shell: {sys.executable} -V, effect: change, because: a test}}" for number in range(6))
    (here / "book.yml").write_text(f"runbook: book\nsteps: [{steps}]\n")
    real: Any = FileJournal.create
    disk = FullDisk(9)
    with monkeypatch.context() as patched:
        patched.setattr(FileJournal, "create", lambda folder, masker: real(folder, masker, files=disk))
        stopped = runbook("run", "book.yml")
    assert (stopped.code, "the disk is full" in stopped.out) == (8, True), stopped
    assert "on request" not in stopped.out
    assert runbook("resume", "last").code == 0


def test_a_change_goes_on_that_no_note_can_be_made_of(here: Path, runbook: Callable[..., Said], monkeypatch: pytest.MonkeyPatch) -> None:
    """The note of its process id is for a run that dies; where the disk takes none, its environment tells whose it is."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("runbook_lang.adapters.attempt.note_child", full)
    (here / "book.yml").write_text("runbook: book\nsteps: [{id: a, shell: sh -c 'sleep 0.2; touch paid'}]\n")
    assert runbook("run", "book.yml").code == 0
    assert (here / "paid").exists()
