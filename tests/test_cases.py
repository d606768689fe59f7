"""Every case file is run by the same code as `runbook test`. `--update-cases` writes what happened into them."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_lang.api.case_files import Case, read_cases, update
from runbook_lang.api.case_wanted import updated
from runbook_lang.api.cases import run_case

FOLDER = Path(__file__).resolve().parent / "cases"
FILES = sorted(FOLDER.rglob("*.yml"))
CASES = [case for path in FILES for case in read_cases(str(path))]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{Path(case.path).stem}: {case.title}")
def test_a_case_goes_as_it_says(case: Case, request: pytest.FixtureRequest) -> None:
    result = run_case(case)
    if result.wrong and request.config.getoption("--update-cases"):
        path = Path(case.path)
        fresh = next(one for one in read_cases(case.path) if one.title == case.title)
        path.write_text(update(fresh.source, [(fresh, updated(fresh, result.got))]), encoding="utf-8")
        result = run_case(next(one for one in read_cases(case.path) if one.title == case.title))
    assert not result.wrong, "\n" + "\n".join(result.wrong)


def test_titles_are_unique_in_a_file() -> None:
    for path in FILES:
        titles = [case.title for case in read_cases(str(path))]
        assert len(titles) == len(set(titles)), path.name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_an_update_writes_reads_as_what_happened(path: Path, tmp_path: Path) -> None:
    cases = read_cases(str(path))
    changes = [(case, updated(case, run_case(case).got)) for case in cases]
    written = tmp_path / path.name
    written.write_text(update(cases[0].source, changes), encoding="utf-8")
    again = read_cases(str(written))
    assert [case.expect for case in again] == [expect for _, expect in changes]
    assert [(case.title, case.world, case.answers) for case in again] == [(case.title, case.world, case.answers) for case in cases]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_case_gives_the_same_each_time(path: Path) -> None:
    for case in read_cases(str(path)):
        assert run_case(case).got == run_case(case).got
