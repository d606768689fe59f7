"""The meaning of expressions, case by case: the files of `cases/`, and CEL's own cases where they are at hand.

A case has `expr` and one of: `is` (the value, in the tagged form of the journal), `error` (the code when it is
evaluated), `check` (a code of the static check), `type` (what the check finds), `syntax` (the code of the parser). `unchecked`: the static
check would refuse it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from runbook_lang.expr import tagged
from runbook_lang.expr.check import Env, check
from runbook_lang.expr.compile import compile_expr
from runbook_lang.expr.conform import run_cases, same_value
from runbook_lang.expr.parse import parse
from runbook_lang.expr.types import DYN
from runbook_lang.expr.values import EvalError, SyntaxProblem, Timestamp

CASES = Path(__file__).parent / "cases"
NOW = Timestamp(1_700_000_000_000_000_000)
ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("RUNBOOK_CEL_CASES", ROOT.parent / "shared" / "conformance" / "cel_cases.json"))


def load() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        document = tagged.loads(path.read_text(encoding="utf-8"))
        names = document.get("names", {})
        found.extend(pytest.param(case, names, id=f"{path.stem}: {case['expr']}") for case in document["cases"])
    return found


def outcome(case: dict[str, Any], names: dict[str, Any]) -> object:
    """What the case asks for, as it really is."""
    expr = case["expr"]
    try:
        tree = parse(expr)
    except SyntaxProblem as problem:
        assert 0 <= problem.start < problem.end
        return problem.code
    checked = check(tree, Env(dict.fromkeys(names, DYN)))
    if "check" in case:
        return next((problem.code for problem in checked.problems), None)
    if "type" in case:
        assert checked.problems == ()
        return str(checked.type)
    try:
        value = compile_expr(tree)(names, NOW)
    except EvalError as error:
        assert 0 <= error.start < error.end <= len(expr)
        return error.code
    assert case.get("unchecked") or checked.problems == ()
    return value


@pytest.mark.parametrize(("case", "names"), load())
def test_a_case_has_the_outcome_it_names(case: dict[str, Any], names: dict[str, Any]) -> None:
    got = outcome(case, names)
    if "is" in case:
        assert same_value(got, case["is"]), got
    else:
        assert got == next(case[key] for key in ("error", "check", "type", "syntax") if key in case)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="CEL's own cases are kept outside the repository")
def test_the_conformance_cases_of_cel_pass() -> None:
    report = run_cases(json.loads(SHARED.read_text(encoding="utf-8")))
    assert report["failed"] == []
    assert report["left_out"] == []
    assert report["passed"] > 500
