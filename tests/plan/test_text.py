"""Plans as text: whole pages, as they are read. `--update-cases` writes them anew; read the difference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook_lang.api.load import load
from runbook_lang.api.planning import plan
from runbook_lang.base.text import cells
from runbook_lang.reports.plan_text import render
from tests.plan.reading import planned

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden")
PLANNED = {"app_id": "3f1c2b4a-0000-4000-8000-000000000000"}
SHOW = """\
runbook: show
title: Everything at once
severity: P2
inputs:
  hosts: {type: list, description: Where}
  dry: {type: bool, default: false}
steps:
  - {id: each, title: Every host, for_each: {over: hosts, as: host, max: 10, limit: 2, steps: [{id: ping, shell: "/bin/echo ${host} 'is here'"}]}}
  - id: which
    choose:
      - {when: dry, steps: [{id: no, shell: /bin/echo dry}]}
      - else: [{id: yes, title: Really, shell: make it so}]
  - id: sure
    title: Sure?
    ask: {answer: "Go on?", default: false, within: 10m}
  - {id: careful, try: [{id: risky, when: sure.answer, shell: ./risky}], rescue: [{stop: failed}], always: [{wait: 5s}]}
  - {id: wipe, title: Wipe, http: {delete: "https://example.com/x"}, approve: "Wipe it?", because: it is old}
on_failure:
  - undo: all
  - escalate: "It failed: ${failure.summary}"
outputs: {answer: "${sure.answer}", list: ["${dry}", 1]}
"""


def text_of(name: str, tmp_path: Path) -> str:
    found = planned(tmp_path, SHOW) if name == "show" else plan(load(str(ROOT / "runbooks" / f"{name}.yml")), PLANNED)
    # The digests change with every word of the files.
    return re.sub(r"[0-9a-f]{64}", "…", render(found))


@pytest.mark.parametrize("name", ["rollback-app", "show"])
def test_the_page_is_as_it_was_read(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    text, golden = text_of(name, tmp_path), GOLDEN / f"{name}.txt"
    if request.config.getoption("--update-cases"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["rollback-app", "show", "health-check"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_lines_are_no_wider_than_the_terminal_unless_a_word_is(name: str, width: int, tmp_path: Path) -> None:
    found = planned(tmp_path, SHOW) if name == "show" else plan(load(str(ROOT / "runbooks" / f"{name}.yml")))
    wide = [line for line in render(found, width).splitlines() if cells(line) > width]
    assert all(len(line.split()) <= 3 or width == 40 for line in wide), wide


def test_colour_adds_only_colour(tmp_path: Path) -> None:
    found = planned(tmp_path, SHOW)
    coloured = render(found, 80, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == render(found, 80)


def test_nothing_in_a_file_steers_the_terminal(tmp_path: Path) -> None:
    found = planned(tmp_path, 'runbook: case\nsteps:\n  - {id: a, title: "x\\e[2Jy", shell: ["/bin/echo", "a\\rb"]}\n')
    assert all(char == "\n" or char.isprintable() for char in render(found))
