"""Short ways to read the text form in a test."""

from __future__ import annotations

from runbook_lang.base.diagnostics import Problems
from runbook_lang.base.source import Source
from runbook_lang.syntax.text.reader import read_text
from runbook_lang.syntax.tree import Mapping
from tests.syntax.reading import data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runbook_lang.syntax.tree import Node


def read(text: str) -> tuple[Node | None, Problems]:
    problems = Problems()
    return read_text(Source("file.runbook", text), problems), problems


def tree(text: str) -> Mapping:
    """The tree of a text without findings."""
    node, problems = read(text)
    assert [f"{item.span}: {item.message}" for item in problems] == []
    assert isinstance(node, Mapping)
    return node


def step(body: str) -> Any:
    """The data of the one step in whose braces `body` stands."""
    return data(tree(f"runbook x {{\nstep {{\n{body}\n}}\n}}\n"))["steps"][0]


def top(body: str) -> Any:
    """The data of a runbook in whose braces `body` stands, without its name."""
    found = data(tree(f"runbook x {{\n{body}\n}}\n"))
    del found["runbook"]
    return found
