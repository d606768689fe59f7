"""A disk that is full in the middle of a run: what the operator reads."""

from __future__ import annotations

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
