"""Links between the pages lead somewhere, and no runbook on a page escapes the checker."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from tests.contracts.tree import ROOT, kept_files, none_of, shown
from tests.docs.examples import blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCED = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^()\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")

PAGES = [path for path in kept_files() if path.suffix == ".md"]


@cache
def prose(page: Path) -> str:
    """The page without its code, lines kept."""
    text = FENCED.sub(lambda match: "\n" * match[0].count("\n"), page.read_text(encoding="utf-8"))
    return CODE.sub(lambda match: "\n" * match[0].count("\n") or "x", text)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as they are made where Markdown is shown."""
    found: set[str] = set()
    for heading in HEADING.findall(FENCED.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w -]", "", plain.lower()).strip().replace(" ", "-")
        number = 0
        while (numbered := f"{name}-{number}" if number else name) in found:
            number += 1
        found.add(numbered)
    return found


def dead(page: Path) -> Iterator[str]:
    text = prose(page)
    for match in LINK.finditer(text):
        to = match["to"]
        if ELSEWHERE.match(to):
            continue
        path, _, anchor = to.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        where = f"{shown(page)}:{text.count(chr(10), 0, match.start()) + 1}: {to}"
        if ROOT not in target.parents or not target.exists():
            yield f"{where} leads nowhere"
        elif anchor and anchor not in anchors(target.read_text(encoding="utf-8")):
            yield f"{where} names a heading that isn't there"


def test_every_link_within_the_repository_leads_somewhere() -> None:
    none_of(finding for page in PAGES for finding in dead(page))


def test_every_page_of_the_documentation_can_be_reached() -> None:
    """From the index, over links between pages."""
    index = ROOT / "docs" / "README.md"
    seen, next_ones = {index}, [index]
    while next_ones:
        page = next_ones.pop()
        for match in LINK.finditer(prose(page)):
            target = (page.parent / match["to"].partition("#")[0]).resolve()
            if target.suffix == ".md" and target in PAGES and target not in seen:
                seen.add(target)
                next_ones.append(target)
    none_of(shown(page) for page in PAGES if ROOT / "docs" in page.parents and page not in seen)


def test_a_runbook_on_a_page_is_marked_so_that_it_is_checked() -> None:
    """A fence that begins with `runbook:` claims to be a whole file; `wrong` marks one that shows a mistake."""
    none_of(
        f"{shown(page)}:{block.line}: write ```yaml runbook, or ```yaml wrong"
        for page in PAGES
        for block in blocks(page.read_text(encoding="utf-8"))
        if block.language != "text" and re.match(r"(?:#.*\n|\s)*runbook:", block.body) and not block.words.keys() & {"runbook", "wrong"}
    )


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("# Plain", "plain"),
        ("## RB1xx: YAML and text", "rb1xx-yaml-and-text"),
        ("### `code` and [a link](x.md)", "code-and-a-link"),
        ("# Año nuevo", "año-nuevo"),
    ],
)
def test_headings_have_their_anchors(heading: str, anchor: str) -> None:
    assert anchors(heading) == {anchor}


def test_equal_headings_are_numbered() -> None:
    assert anchors("# A\n\n## A\n\n## A\n") == {"a", "a-1", "a-2"}
