"""What an author is told about typical mistakes in the text form."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.text.reading import read

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "mistakes.yml").read_text(encoding="utf-8"))


def said(text: str) -> list[str]:
    return [f"{item.span.line}:{item.span.column} {item.code} {item.message} / {item.help}" for item in read(text)[1].sorted() if item.span]


@pytest.mark.parametrize("case", CASES, ids=[case["mistake"] for case in CASES])
def test_a_mistake_is_explained(case: dict[str, object]) -> None:
    text = str(case["text"])
    assert said(text) == case["says"]
    assert read(text)[1].failed


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 40
    assert all(case["says"] for case in CASES)


def test_after_a_hundred_findings_reading_stops() -> None:
    text = "runbook x {\n" + "  retry 3\n" * 500 + "}\n"
    found = said(text)
    assert len(found) == 101
    assert "RB119" in found[-1]


def test_what_is_nested_too_deep_is_refused() -> None:
    text = "runbook x {\n" + "choose { else {" * 50 + "}" * 100 + "\n}\n"
    assert any("RB108" in line for line in said(text))
