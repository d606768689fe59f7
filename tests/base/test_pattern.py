from __future__ import annotations

import re

import pytest

from runbook_lang.base.pattern import lazy


def test_a_lazy_pattern_answers_as_a_compiled_one() -> None:
    made, ready = lazy(r"(a)(b)?", re.IGNORECASE), re.compile(r"(a)(b)?", re.IGNORECASE)
    for text in ("ab", "xAB", "A", "", "b"):
        for method in ("match", "fullmatch", "search"):
            found, wanted = getattr(made, method)(text), getattr(ready, method)(text)
            assert (found and found.span()) == (wanted and wanted.span())
    assert made.sub("-", "xaby") == "x-y"
    assert made.pattern == ready.pattern
    assert made.groups == 2


def test_it_is_compiled_at_its_first_use_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    compile_one = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: compiled.append(given) or compile_one(*given))
    made = lazy("never compiled before")
    assert compiled == []
    first = made.match
    assert made.match is first
    assert compiled == [("never compiled before", 0)]


def test_a_bad_pattern_is_an_error_at_its_first_use() -> None:
    made = lazy("(")
    with pytest.raises(re.error):
        made.match("")
