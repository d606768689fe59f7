"""A folder to work in, and the command line called in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from runbook_lang.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty; no setting of the person who runs the tests counts."""
    monkeypatch.chdir(tmp_path)
    for name in ("RUNBOOK_STORE", "NO_COLOR", "COLUMNS", "RUNBOOK_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def runbook(here: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`runbook("check", "a.yml")`: what it says and its exit code."""

    def call(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        out, err = capfd.readouterr()
        return Said(code, out, err)

    return call
