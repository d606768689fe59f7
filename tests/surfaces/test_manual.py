"""A manual typed in as it stands gets the findings that are due, at their lines, and no other."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from runbook_lang.api.load import load

HERE = Path(__file__).parent
MARK = re.compile(r"#!((?: RB\d{3})+)\s*$")


def found(path: Path) -> list[tuple[int, str]]:
    return sorted((item.span.line if item.span else 0, item.code) for item in load(str(path)).problems.sorted())


def wanted(text: str) -> list[tuple[int, str]]:
    return sorted(
        (line, code) for line, text in enumerate(text.splitlines(), 1) if (match := MARK.search(text)) for code in match[1].split()
    )


def test_the_manual_as_it_stands() -> None:
    path = HERE / "manual.yml"
    assert found(path) == wanted(path.read_text(encoding="utf-8"))


def test_the_manual_put_right() -> None:
    """The same intents in forms that work: nothing is found."""
    assert found(HERE / "manual_right.yml") == []


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("doctl: apps logs ${app_id} --type BUILD", 39, "--type of `doctl apps logs` can't be 'BUILD'"),
        ("doctl: apps get ${app_id} --format Domains", 40, "`doctl apps get` has no column 'Domains'"),
        ("doctl: apps create-deployment ${app_id} --deployment-id", 45, "`doctl apps create-deployment` has no option --deployment-id"),
    ],
)
def test_a_finding_points_at_the_word(line: str, column: int, message: str) -> None:
    path = HERE / "manual.yml"
    number = next(number for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if line in text)
    items = [item for item in load(str(path)).problems.sorted() if item.span and item.span.line == number]
    assert [(item.span.column, item.message) for item in items if item.span] == [(column, message)]
    assert all(item.help for item in items)


def test_all_commands_of_the_manual_are_there() -> None:
    text = (HERE / "manual.yml").read_text(encoding="utf-8")
    steps = re.findall(r"^    (doctl|psql|aws|shell):", text, flags=re.MULTILINE)
    assert Counter(steps) == {"doctl": 23, "shell": 14, "aws": 2, "psql": 1}
