"""Reading of texts for the tests of this folder, and the marks `#! RB302` on lines where an error is wanted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from runbook_lang.base.diagnostics import Diagnostic, Problems
from runbook_lang.base.source import Source
from runbook_lang.model.build import build
from runbook_lang.model.policy_build import build_policy
from runbook_lang.syntax.yaml_reader import read_yaml

if TYPE_CHECKING:
    from runbook_lang.model.nodes import Runbook
    from runbook_lang.model.policy import Policy
    from runbook_lang.syntax.tree import Node

MARK = re.compile(r"#!((?: RB\d{3})+)\s*$", re.MULTILINE)


class Read(NamedTuple):
    """What came of a text: the runbook (or None), and the diagnostics by place."""

    runbook: Runbook | None
    problems: Problems

    @property
    def found(self) -> list[tuple[int, str]]:
        return [(item.span.line if item.span else 0, item.code) for item in self.problems.sorted() if item.is_error]

    def one(self, code: str) -> Diagnostic:
        """The only diagnostic of a code."""
        items = [item for item in self.problems.sorted() if item.code == code]
        assert len(items) == 1, [(item.code, item.message) for item in self.problems]
        return items[0]


def tree(text: str, problems: Problems | None = None) -> Node:
    node = read_yaml(Source("case.yml", text), Problems() if problems is None else problems)
    assert node is not None
    return node


def read(text: str) -> Read:
    """Read a whole runbook."""
    problems = Problems()
    node = tree(text, problems)
    return Read(build(node, node.span.source, problems), problems)


def read_steps(text: str) -> Read:
    """Read a runbook whose steps are the text."""
    return read(f"runbook: case\nsteps:\n{text}")


def good(text: str) -> Runbook:
    """The runbook of a text that must be right."""
    found = read(text)
    assert found.problems.sorted() == []
    assert found.runbook is not None
    return found.runbook


def policy(text: str) -> tuple[Policy | None, Read]:
    problems = Problems()
    node = tree(text, problems)
    return build_policy(node, node.span.source, problems), Read(None, problems)


def wanted(text: str) -> list[tuple[int, str]]:
    """The marks of a text: (line, code)."""
    return [(text.count("\n", 0, match.start()) + 1, code) for match in MARK.finditer(text) for code in match[1].split()]
