"""The page of codes is the catalogue's, whole and as generated."""

from __future__ import annotations

from pathlib import Path

from runbook_lang.api import error_docs

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "errors.md"


def test_the_page_is_as_generated() -> None:
    again = "python -m runbook_lang.api.error_docs --write docs/reference/errors.md"
    assert PAGE.read_text(encoding="utf-8") == error_docs.page(), f"make it anew: {again}"


def test_each_code_has_its_section_and_each_area_its_title() -> None:
    headings = [line for line in error_docs.page().splitlines() if line.startswith("#")]
    assert [line.removeprefix("### ") for line in headings if line.startswith("### ")] == list(error_docs.entries())
    assert {code[2] for code in error_docs.entries()} <= error_docs.AREAS.keys()


def test_an_example_cannot_end_its_block() -> None:
    assert [code for code, entry in error_docs.entries().items() if "```" in entry.bad + entry.good] == []


def test_what_means_something_to_markdown_is_escaped_outside_of_code() -> None:
    assert error_docs._escaped("a <b> and `<c>` [d]") == "a \\<b> and `<c>` \\[d]"
