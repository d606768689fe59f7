"""The reference page names every key, and its examples have the structure that it describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_lang.model import fields, policy_fields
from tests.docs.examples import Block, blocks
from tests.model.reading import policy, read

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
TEXT = (PAGES / "language.md").read_text(encoding="utf-8")
POLICY = (PAGES / "policy.md").read_text(encoding="utf-8")
TABLES = {
    **fields.TABLES,
    "step": fields.STEP,
    "modifiers": fields.MODIFIERS,
    "action modifiers": fields.ACTION_MODIFIERS,
    "kinds": fields.KINDS,
    "try": fields.TRY,
    **{f"policy: {name}": table for name, table in policy_fields.TABLES.items()},
}


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_on_the_page(name: str) -> None:
    text = POLICY if name.startswith("policy: ") else TEXT
    assert [key for key in TABLES[name] if f"`{key}`" not in text and f"`{key}:" not in text] == []


def test_every_executor_is_on_the_page() -> None:
    assert [name for name in fields.EXECUTORS if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize(
    "block",
    [block for text in (TEXT, POLICY) for block in blocks(text) if block.language == "yaml"],
    ids=lambda block: f"line {block.line}",
)
def test_an_example_has_the_right_structure(block: Block) -> None:
    assert block.language == "yaml"
    if "policy" in block.words:
        found, problems = policy(block.body)
        assert (found is not None, problems.problems.sorted()) == (True, [])
        return
    whole = block.body if block.body.startswith("runbook:") else f"runbook: example\nsteps:\n{block.body}"
    assert [item.message for item in read(whole).problems.sorted()] == []
