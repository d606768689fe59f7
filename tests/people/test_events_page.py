"""The page about the file of escalations names every event and every field."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_lang.people.events import TYPES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "escalations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TYPES)
def test_every_event_and_field_is_on_the_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    fields = [field for field in TYPES[name].__fields__ if field not in ("seq", "at", "id")]
    assert [field for field in fields if f"`{field}`" not in row and "as for" not in row] == []
