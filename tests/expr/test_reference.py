"""The reference page names every function, every bound and what is left out."""

from __future__ import annotations

import re
from pathlib import Path

from runbook_lang.base.catalogue.rb2xx import CODES
from runbook_lang.base.diagnostics import Problems
from runbook_lang.expr import limits, regex
from runbook_lang.expr.functions import FUNCTIONS
from runbook_lang.expr.lexer import RESERVED
from runbook_lang.expr.parse import parse
from runbook_lang.expr.signatures import SIGNATURES
from runbook_lang.expr.template import parse_template, split_words
from runbook_lang.expr.values import SyntaxProblem

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "expressions.md").read_text(encoding="utf-8")
COMMANDS = {"RB232", "RB233", "RB235", "RB236"}
TEXTS = {"RB230", "RB231", "RB237", "RB250"}


def test_every_function_is_in_the_reference() -> None:
    assert [name for name in SIGNATURES if f"{name}(" not in PAGE] == []


def test_what_is_typed_is_what_can_be_evaluated() -> None:
    typed = {(name, one.member, len(one.params)) for name, overloads in SIGNATURES.items() for one in overloads}
    assert typed == set(FUNCTIONS)


def test_every_bound_is_in_the_reference() -> None:
    bounds = [value for name, value in vars(limits).items() if name.startswith(("MAX_", "BUDGET"))]
    assert [bound for bound in [*bounds, regex.MAX_PROGRAM] if f"{bound:,}" not in PAGE] == []


def test_every_reserved_word_is_in_the_reference() -> None:
    assert set(re.findall(r"[a-z]+", PAGE)) >= RESERVED


def test_the_codes_of_the_reference_are_explained() -> None:
    assert set(re.findall(r"RB2\d\d", PAGE)) <= set(CODES)


def _code(code: str, text: str) -> str | None:
    """The code with which a text is refused while it is read."""
    problems = Problems()
    if code in COMMANDS:
        split_words(text, None, problems)
    elif code in TEXTS:
        parse_template(text, None, problems)
    else:
        try:
            parse(text)
        except SyntaxProblem as problem:
            return problem.code
    return problems.items[0].code if problems.items else None


def test_the_examples_of_the_catalogue_are_right_and_wrong() -> None:
    for code, entry in CODES.items():
        if entry.bad:
            assert _code(code, entry.bad) in (None, code), entry.bad
            assert _code(code, entry.good) is None, entry.good
