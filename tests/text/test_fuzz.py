"""Good files with something broken in them: findings or a layout that is the last one, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runbook_lang.api.forms import format_source, parse, written
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.base.source import Source
from tests.examples import many
from tests.text.test_reading import STEPS, TOPS
from tests.text.test_writing import TEXT, YAML

GOOD = [
    ("text", TEXT),
    ("yaml", YAML),
    *(("text", f"runbook x {{\n{text}\n}}\n") for text, _ in TOPS),
    *(("text", f"runbook x {{\n  step {{\n    {text}\n  }}\n}}\n") for text, _ in STEPS),
    *(("yaml", f"steps:\n  - {other}\n") for _, other in STEPS if "\n" not in other and other[0] not in "{'"),
]
BITS = st.one_of(
    st.sampled_from(
        [
            '"',
            "'",
            "{",
            "}",
            "[",
            "]",
            "\n",
            "\n  ",
            "#",
            " # c",
            "|",
            "|\n",
            ";",
            ":",
            ": ",
            ",",
            "=",
            "${",
            "\\",
            "- ",
            " ",
            "\t",
            ">-\n",
            "&&",
            "é",
            "\r\n",
            "with {",
        ]
    ),
    st.text(max_size=3),
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, str]:
    form, text = draw(st.sampled_from(GOOD))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        cut = draw(st.sampled_from([0, 0, 1, 2, 7]))
        text = text[:at] + draw(BITS) + text[at + cut :]
    return form, text


def check(form: str, text: str) -> None:
    source = Source("x.runbook" if form == "text" else "x.yml", text)
    try:
        file = parse(source, form)
        once = format_source(source, form)
    except RunbookError as error:
        assert all(item.code != "RB756" for item in error.diagnostics), [item.message for item in error.diagnostics]
        return
    assert format_source(Source(source.name, once), form) == once
    try:
        written(file, "text" if form == "yaml" else "yaml")
    except RunbookError as error:
        assert [item.code for item in error.diagnostics] == ["RB755"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken())
@example(("text", "runbook x {\n  step {\n    stp failed\n  }\n}\n"))
@example(("text", 'runbook x {\n  step {\n    st\\p failed "Why"\n  }\n}\n'))
@example(("text", "runbook x {\n  step {\n    guard d>-\n; timeout 3s; tls ${d}\n  }\n}\n"))
@example(("text", "runbook x {\n  step {\n    guard d; in ls\n  }\n  set x = a; .ls x\n}\n"))
def test_a_broken_file_is_told_or_formatted(case: tuple[str, str]) -> None:
    check(*case)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=many(10_000, 500), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_ten_thousand_broken_files_are_told_or_formatted(case: tuple[str, str]) -> None:
    check(*case)
