"""The page about surface files: its example is one, and its tables have every key."""

from __future__ import annotations

import re

from runbook_lang.base.diagnostics import Problems
from runbook_lang.surfaces import tool_file
from runbook_lang.surfaces.tool_file import read_tool
from tests.contracts.tree import ROOT

PAGE = (ROOT / "docs" / "reference" / "tools.md").read_text(encoding="utf-8")


def test_the_example_is_a_surface_file() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    problems = Problems()
    read_tool("tools.md", example.encode(), "shopctl", problems)
    assert [item.message for item in problems] == []


def test_the_tables_have_every_key() -> None:
    named = set(re.findall(r"`([\w]+)`", PAGE))
    for table in (tool_file._TOP, tool_file._COMMAND, tool_file._FLAG, tool_file._REDIS):
        assert table.keys() <= named
