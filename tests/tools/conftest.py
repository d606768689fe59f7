"""A folder to work in, the command line in this process, and a doctl that only has help."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import here, runbook

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["here", "runbook"]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """`program("psql", "#!/bin/sh\\n…")`: a program that comes first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def make(name: str, text: str) -> Path:
        path = folder / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def fake_doctl(program: Callable[[str, str], Path]) -> Path:
    script = Path(__file__).parent / "fake_doctl.py"
    return program("doctl", f'#!/bin/sh\n[ -z "$DIGITALOCEAN_ACCESS_TOKEN" ] || exit 3\nexec {sys.executable} {script} "$@"\n')
