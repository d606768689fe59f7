"""The page of the grammars is as generated from the grammars."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_and_its_pictures_are_as_generated() -> None:
    pytest.importorskip("railroad", reason="the pictures need railroad-diagrams")
    found = importlib.util.spec_from_file_location("grammar_page", ROOT / "scripts" / "grammar_page.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    for name, text in module.made().items():
        assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text, (
            "python scripts/grammar_page.py --write docs/reference"
        )
