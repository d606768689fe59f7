"""The pages that are made from the library and from its cases are as they would be made now."""

from __future__ import annotations

import os
import runpy
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.api.files import check_file
from tests.runbooks import coverage
from tests.runbooks.library import CASES, cases, source
from tests.runbooks.operator import RUNBOOK, RUNBOOKS

if TYPE_CHECKING:
    from runbook_lang.api.load import Shelf

INDEX = runpy.run_path(str(RUNBOOKS.parent / "scripts" / "library_index.py"))
SECTIONS = ("3", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "5.5", "5.6", "6", "8", "9", "10")
PARTS = sorted(file.stem for file in RUNBOOKS.glob("part-*.yml"))
OWN = sorted(file.stem for file in RUNBOOKS.glob("*.yml") if file.stem not in {"policy", *PARTS})


def test_the_index_is_as_the_runbooks_say() -> None:
    page = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert page == INDEX["page"](), "make it anew: python scripts/library_index.py --write"


def test_the_coverage_is_as_the_cases_say() -> None:
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "make it anew: python -m tests.runbooks.coverage --write"


def test_every_runbook_has_cases_a_good_one_among_them() -> None:
    good = {case.runbook for case in cases() if case.exit == 0}
    assert sorted(good) == OWN


def test_every_section_of_the_manual_has_a_runbook() -> None:
    named = " ".join(source(book).replace(",", " ") for book in OWN).split()
    assert [section for section in SECTIONS if f"§{section}" not in named] == []


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in cases()]
    assert len(set(names)) == len(names)
    assert {file.suffix for file in CASES.iterdir()} == {".yml"}


@pytest.mark.parametrize("name", [*OWN, *PARTS])
def test_a_runbook_is_clean_to_the_strict_checker_and_has_a_plan(name: str) -> None:
    file = str(RUNBOOKS / f"{name}.yml")
    for words in (("check", "--strict", file), ("plan", file)):
        done = subprocess.run((*RUNBOOK, *words), capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert ": warning RB" not in done.stdout + done.stderr


def test_the_whole_library_is_checked_cheaply() -> None:
    """A second of CPU on a quiet machine; a busy one needs more of it for the same work."""
    spent = []
    for _ in range(3):
        before = os.times()
        subprocess.run((*RUNBOOK, "check", str(RUNBOOKS)), check=True, capture_output=True, timeout=60)
        after = os.times()
        spent.append(after.children_user + after.children_system - before.children_user - before.children_system)
        time.sleep(0.1)
    assert min(spent) < 1.5, spent


def test_what_is_read_once_for_several_files_is_judged_as_if_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text("runbook: good\nsteps: [{shell: echo}]\n", encoding="utf-8")
    (tmp_path / "bad.yml").write_text("runbook: bad\nsteps: [{id: a, shell: 'echo ${b}', whn: a.ok}]\n", encoding="utf-8")
    for name in ("one", "two"):
        (tmp_path / f"{name}.yml").write_text(f"runbook: {name}\nsteps: [{{call: good.yml}}, {{call: bad.yml}}]\n", encoding="utf-8")
    shelf: Shelf = {}
    for name in ("good", "bad", "one", "two"):
        path = str(tmp_path / f"{name}.yml")
        once, each = check_file(path, shelf=shelf), check_file(path)
        assert [item.as_json() for item in once.diagnostics] == [item.as_json() for item in each.diagnostics]
    assert {relative for _, relative in shelf} == {"good.yml", "one.yml", "two.yml"}
