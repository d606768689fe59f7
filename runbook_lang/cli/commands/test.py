"""`runbook test`: case files."""

from __future__ import annotations

from ...api.case_files import is_case_file, read_cases, update
from ...api.case_wanted import updated
from ...api.cases import run_case
from ...api.files import find_files
from ...api.forms import write_back
from ...base.diagnostics import RunbookError, fail
from ...base.text import clean
from ..render import count, render_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ...api.cases import Result
    from ...base.diagnostics import Diagnostic
    from ..args import Args
    from ..console import Console

FAILED, USAGE = 1, 2


def run(args: Args, console: Console) -> int:
    """0 when all cases pass, 1 when one doesn't, 2 when a file is wrong."""
    paths = [path for path, named in find_files(args.list("PATHS")) if named or is_case_file(path)]
    if not paths:
        raise fail("RB703", f"There is no case file in {', '.join(args.list('PATHS'))}.", help="A case file begins with: case: …")
    results: list[Result] = []
    broken: list[Diagnostic] = []
    for path in paths:
        try:
            results += _file(path, console, write=args.flag("update"))
        except RunbookError as error:
            broken += error.diagnostics
    failed = [result for result in results if not result.passed]
    if console.is_json:
        console.json(
            {
                "passed": len(results) - len(failed),
                "failed": [{"case": one.case.title, "file": one.case.path, "wrong": list(one.wrong)} for one in failed],
                "diagnostics": [item.as_json() for item in broken],
            }
        )
    else:
        _text(results, failed, broken, console)
    return USAGE if broken else FAILED if failed else 0


def _file(path: str, console: Console, *, write: bool) -> list[Result]:
    cases = read_cases(path)
    results = [run_case(case) for case in cases]
    changes = [(result.case, updated(result.case, result.got)) for result in results if not result.passed]
    if write and changes:
        write_back(path, update(cases[0].source, changes))
        console.note(f"Wrote {path}")
        results = [run_case(case) for case in read_cases(path)]
    return results


def _text(results: list[Result], failed: list[Result], broken: list[Diagnostic], console: Console) -> None:
    style = console.style()
    for one in results:
        if one.passed and console.verbose:
            console.print(f"{style.paint('ok', 'ok')}      {clean(one.case.path)}: {clean(one.case.title)}")
        elif not one.passed:
            console.print(f"{style.paint('error', 'failed')}  {clean(one.case.path)}: {clean(one.case.title)}")
            for line in one.wrong:
                console.print(f"        {clean(line)}")
    if broken:
        console.print(render_all(broken, style) + "\n")
    if failed or broken or not console.quiet:
        passed = len(results) - len(failed)
        parts = [f"{count(passed, 'case')} passed", *([f"{len(failed)} failed"] if failed else [])]
        console.print(", ".join([*parts, *([f"{count(len(broken), 'error')} in case files"] if broken else [])]))
