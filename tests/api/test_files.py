"""Which files of a folder are runbooks."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.api import files
from runbook_lang.cli.main import main

BOOK = "runbook: {}\nsteps:\n  - shell: 'true'\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    for name in ("b", "a"):
        (tmp_path / f"{name}.yml").write_text(BOOK.format(name))
    (tmp_path / "values.yml").write_text("a: 1\n")
    (tmp_path / "notes.txt").write_text(BOOK.format("c"))
    return tmp_path


def test_runbooks_are_found_in_order_and_nothing_else(library: Path) -> None:
    assert [os.path.basename(path) for path in files.find_runbooks([str(library)])] == ["a.yml", "b.yml"]


def test_a_folder_with_a_file_that_cannot_be_read_is_planned_and_says_so(
    library: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = open

    def guarded(path: Any, *more: Any, **named: Any) -> Any:
        if str(path).endswith("b.yml"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, *more, **named)

    monkeypatch.setattr("builtins.open", guarded)
    assert main(["plan", str(library)]) == 2
    told = capsys.readouterr()
    assert "RB701" in told.err
    assert "b.yml" in told.err
    assert "a.yml" in told.out
