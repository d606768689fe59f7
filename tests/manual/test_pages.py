"""A library as pages: what they hold, that they need nothing from elsewhere, and that nothing is written over."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.api.library_docs import library_pages
from runbook_lang.cli.main import main
from runbook_lang.reports.flow_mermaid import mermaid
from runbook_lang.reports.flow_svg import flow_svg
from tests.contracts.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = ROOT / "runbooks"
NESTED = """\
runbook: nested
title: A <b> & "c"
description: Everything at once
policy: policy.yml
severity: P1
window: night
locks: ["app/${app}"]
inputs:
  app: {type: string, env: APP, choices: [a, b], description: "Which | app"}
  count: {type: int, default: 2}
secrets:
  token: {env: THE_TOKEN, for: ["https://example.com"], description: Opens it}
steps:
  - {id: look, title: Look, http: {get: "https://example.com/${app}"}}
  - id: decide
    title: Which way
    choose:
      - when: look.status == 200
        steps:
          - {id: fine, shell: echo fine}
      - when: look.status == 404
        steps:
          - {id: gone, psql: DELETE FROM t WHERE id = 1, because: it is over}
      - when: look.status == 500
        steps:
          - {id: ended, stop: {as: failed, message: Over}}
      - else:
          - id: each
            for_each:
              over: '["x", "y"]'
              as: one
              steps:
                - {id: inner, shell: "./do ${one}"}
  - id: both
    parallel:
      branches:
        left: [{id: l, shell: ./left}]
        right: [{id: r, shell: ./right}, {id: r2, shell: ./right}]
  - id: careful
    try: [{id: risky, shell: ./risky, undo: {shell: ./back}, approve: {text: Really?, role: ops, count: 2}}]
    rescue: [{id: tell, escalate: "It <failed>: ${failure.summary}"}]
    always: [{id: tidy, shell: ./tidy}]
  - {id: people, ask: {do: Take it out}}
  - {id: sub, call: called.yml}
success: look.ok
on_failure:
  - undo: all
outputs: {status: "${look.status}"}
"""
POLICY = """\
zone: America/Santiago
people: {ana: {name: Ana, email: ana@example.com, os_user: ana}, ben: {name: Ben, email: ben@example.com, os_user: ben}}
tiers: {ops: {description: Operations, hours: 24x7, ack_within: 15m, notify: [{slack: "#ops"}]}}
severities: {P1: {description: Down, tiers: [ops], rollback: immediate}}
approvals: {destroy: 1, roles: {ops: [ana, ben]}}
windows: {night: {hours: "tue 02:00-04:00", notice: 48h}}
"""
CALLED = "runbook: called\nsteps:\n  - shell: echo called\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "nested.yml").write_text(NESTED)
    (folder / "policy.yml").write_text(POLICY)
    (folder / "called.yml").write_text(CALLED)
    (folder / "notes.yml").write_text("a: 1\n")
    return folder


def ids_of(steps: list[dict[str, Any]]) -> list[str]:
    found = []
    for step in steps:
        found.append(step["id"])
        for inner in (step["steps"], step["rescue"], step["always"], *(arm["steps"] for arm in step["arms"])):
            found += ids_of(inner)
    return found


def test_a_page_says_what_a_person_has_to_know(library: Path, tmp_path: Path) -> None:
    assert main(["docs", str(library), "-o", str(tmp_path / "site"), "-q"]) == 0
    assert sorted(path.name for path in (tmp_path / "site").iterdir()) == ["called.html", "index.html", "nested.html"]
    page = (tmp_path / "site" / "nested.html").read_text(encoding="utf-8")
    for text in (
        "A &lt;b&gt; &amp; &#34;c&#34;", "Everything at once", "P1", "APP", "THE_TOKEN", "https://example.com", "2 people of ops", "Ana, Ben", "Really?",
        "tue 02:00-04:00", "told 2d before", "Operations", "answers within 15m", "slack #ops", "America/Santiago", "shell: ./back", "has no undo",
        "app/${app}", "it is over", "for each one of", 'href="called.html"', "It &lt;failed&gt;", "${look.status}",
    ):  # fmt: skip
        assert text in page, text
    for step in library_pages(str(library))[1]["steps"]:
        assert f'id="step-{step["id"]}"' in page
    assert 'href="nested.html"' in (tmp_path / "site" / "called.html").read_text()


def test_the_markdown_says_the_same(library: Path, tmp_path: Path) -> None:
    assert main(["docs", str(library), "-o", str(tmp_path / "md"), "--format", "md", "-q"]) == 0
    page = (tmp_path / "md" / "nested.md").read_text(encoding="utf-8")
    for text in (
        "```mermaid\nflowchart TD",
        "`THE_TOKEN`",
        "2 people of ops (Ana, Ben)",
        "[called.yml](called.md)",
        "answers within 15m",
        "Which \\| app",
    ):
        assert text in page, text
    assert [name for name in ids_of(library_pages(str(library))[1]["steps"]) if f"`{name}`" not in page] == []
    assert "\n\n\n\n" not in page


@pytest.mark.parametrize("form", ["html", "md"])
def test_pages_need_nothing_from_elsewhere(tmp_path: Path, form: str) -> None:
    assert main(["docs", str(LIBRARY), "-o", str(tmp_path), "--format", form, "-q"]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) > 3
    for path in tmp_path.iterdir():
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"<(?:script|link|img|iframe)\b|@import|url\((?!#)", text) == []
        links = re.findall(r'href="([^"#]+)(?:#[^"]*)?"' if form == "html" else r"\]\(([^)]*)\)", text)
        assert [link for link in links if link not in names] == [], path


def test_the_drawing_is_sound_and_lies_within_its_frame(library: Path) -> None:
    for page in [*library_pages(str(library)), *library_pages(str(LIBRARY))]:
        tree = ET.fromstring(flow_svg(page))  # our own text
        width, height = float(tree.attrib["width"]), float(tree.attrib["height"])
        boxes = []
        for rect in tree.iter("{http://www.w3.org/2000/svg}rect"):
            x, y, w, h = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert x + w <= width
            assert y >= 0
            assert y + h <= height
            if rect.attrib["class"].startswith("box"):
                boxes.append((x, y, x + w, y + h))
        for at, one in enumerate(boxes):
            for other in boxes[at + 1 :]:
                assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        titles = [title.text for title in tree.iter("{http://www.w3.org/2000/svg}title")]
        blocks = {"choose", "parallel", "loop", "try"}
        assert sorted(titles) == sorted(leaf for leaf in leaves(page["steps"] + page["on_failure"], blocks))


def test_a_stop_under_a_condition_does_not_end_the_flow(tmp_path: Path) -> None:
    stop = "  - {id: over, when: look.ok, stop: {as: succeeded, message: Over}}\n"
    (tmp_path / "a.yml").write_text(f"runbook: a\nsteps:\n  - {{id: look, shell: echo}}\n{stop}  - {{id: go, shell: echo}}\n")
    (tmp_path / "b.yml").write_text((tmp_path / "a.yml").read_text().replace("when: look.ok, ", ""))
    goes_on, ends = library_pages(str(tmp_path))
    assert [flow_svg(page).count("marker-end=") for page in (goes_on, ends)] == [4, 3]
    assert [mermaid(page).count("-->") for page in (goes_on, ends)] == [4, 3]


def leaves(steps: list[dict[str, Any]], blocks: set[str]) -> list[str]:
    found = []
    for step in steps:
        found += [step["id"]] if step["kind"] not in blocks else []
        for inner in (step["steps"], step["rescue"], step["always"], *(arm["steps"] for arm in step["arms"])):
            found += leaves(inner, blocks)
    return found


def test_each_line_of_the_mermaid_text_joins_nodes_that_are_there(library: Path) -> None:
    for page in [*library_pages(str(library)), *library_pages(str(LIBRARY))]:
        text = mermaid(page)
        nodes = set(re.findall(r"(?m)^  (\w+)[\[({>]", text))
        joins = re.findall(r'(?m)^  (\w+) -->(?:\|"[^"|]*"\|)? (\w+)$', text)
        assert len(joins) == text.count("-->")
        assert {name for pair in joins for name in pair} <= nodes
        assert text.count("subgraph ") == len(re.findall(r"(?m)^  end$", text))


def test_a_runbook_with_errors_gets_a_page_that_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.yml").write_text("runbook: bad\nsteps:\n  - doctl: apps frobnicate\n")
    assert main(["docs", str(tmp_path), "-o", str(tmp_path / "site")]) == 0
    assert "finds 1 error in it" in (tmp_path / "site" / "bad.html").read_text()
    assert "their pages say so" in capfd.readouterr().err


def test_only_its_own_pages_are_replaced(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "site"
    assert main(["docs", str(library), "-o", str(site), "-q"]) == 0
    assert main(["docs", str(library), "-o", str(site), "-q"]) == 0
    (site / "nested.html").write_text("mine")
    assert main(["docs", str(library), "-o", str(site), "-q"]) == 2
    assert "RB792" in capfd.readouterr().err
    assert (site / "nested.html").read_text() == "mine"


def test_templates_of_a_team_go_before_the_built_in_ones(library: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "library-style.html.j2").write_text("body { color: teal; }")
    (own / "library-index.html.j2").write_text("<!-- {{ mark }} -->{{ library }}: {% for page in pages %}{{ page.name }};{% endfor %}")
    assert main(["docs", str(library), "-o", str(tmp_path / "site"), "--templates", str(own), "--title", "Ours & theirs", "-q"]) == 0
    assert (tmp_path / "site" / "index.html").read_text() == "<!-- made by runbook docs -->Ours &amp; theirs: called;nested;"
    assert "color: teal" in (tmp_path / "site" / "nested.html").read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [(["docs", "{empty}"], "RB703"), (["docs", "{library}", "--templates", "{empty}/none"], "RB650"), (["docs", "{library}", "-o", "{library}/called.yml"], "RB701")],
)  # fmt: skip
def test_what_is_wrong_is_said(library: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], code: str) -> None:
    (tmp_path / "empty").mkdir()
    filled = [word.format(empty=tmp_path / "empty", library=library) for word in words]
    assert main(filled if "-o" in words else [*filled, "-o", str(tmp_path / "site")]) == 2
    assert code in capfd.readouterr().err
