"""`found(text)`: the findings of a runbook with one step, as `code text-of-the-place`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.load import Loaded, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

INPUTS = "{app: string, db: string, host: string, password: string, many: list, n: int}"


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Loaded]:
    def read(step: str) -> Loaded:
        path = tmp_path / "r.yml"
        path.write_text(f"runbook: r\ninputs: {INPUTS}\nsteps:\n  - id: it\n    {step}\n")
        return load(str(path))

    return read


@pytest.fixture
def found(loaded: Callable[[str], Loaded]) -> Callable[[str], list[str]]:
    def look(step: str) -> list[str]:
        # A step that destroys has to say why; that is another matter than its command.
        items = [item for item in loaded(step).problems.sorted() if item.code != "RB426"]
        return [f"{item.code} {item.span.text if item.span else ''}" for item in items]

    return look
