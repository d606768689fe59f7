"""A text that is being written is damaged most of the time: every question about it has an answer, and soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.lsp.analysis import Snapshot, analyse, mended
from runbook_lang.lsp.completion import complete
from runbook_lang.lsp.findings import corrections, findings
from runbook_lang.lsp.formatting import formatted
from runbook_lang.lsp.hover import hover
from runbook_lang.lsp.outline import outline
from runbook_lang.lsp.positions import Lines
from runbook_lang.lsp.references import all_uses, declared, definitions, renamed
from runbook_lang.lsp.view import View
from tests.contracts.tree import ROOT
from tests.lsp.asking import TODAY
from tests.lsp.test_names import TEXT, YAML

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = (ROOT / "runbooks" / "policy.yml").read_text()
TEXTS = {"x.yml": YAML, "x.runbook": TEXT, "policy.yml": POLICY}
PIECES = st.sampled_from(
    ["", "\n", "  ", "    - ", "{", "}", "[", "]", ":", "'", '"', "|\n", ">-\n", "#", "${", "}", "&a", "*a", "\t", "\r", "\0", "🌍", "\ud800", "- ", "when: ",
     "steps:\n", "step {", "undo", "expect ", "x.", "(", ")", "&&", "? ", "!", "%", "@", "`", "with {", ";", "\u2028", "\ufeff", "---\n", "...\n"]
)  # fmt: skip
NOWHERE = "/nonexistent/library"


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str, int]:
    """(name, the damaged text, a place in it)."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    text = TEXTS[name]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 20, 100, 10_000])))
        text = text[:start] + "".join(draw(st.lists(PIECES, max_size=3))) + text[end:]
    return name, text, draw(st.integers(0, len(text)))


def ask_everything(name: str, text: str, known: Snapshot, at: int) -> Iterator[object]:
    view = View(name, text, known)
    lines = Lines(text)
    for item in complete(view, at):
        assert 0 <= item.start <= at
    found = hover(view, at)
    for start, end in [(part.start, part.end) for part in outline(view)] + ([(found.start, found.end)] if found else []):
        assert 0 <= start <= end <= len(text)
        yield lines.position(start)
    for use in [*definitions(view, at), *all_uses(view, at)]:
        assert 0 <= use.start <= use.end <= len(use.source.text)
    for correction in corrections(view, 0, len(text)):
        assert 0 <= correction.start <= correction.end <= len(text)
    if view.exact:
        for finding in findings(known):
            assert 0 <= finding.start <= len(text)
        try:
            yield renamed(known, at, "other")
        except RunbookError as error:
            assert error.diagnostics[0].code.startswith("RB")


@settings(max_examples=250, deadline=None)
@given(damaged())
def test_every_question_has_an_answer(case: tuple[str, str, int]) -> None:
    name, text, at = case
    path = f"{NOWHERE}/{name}"
    began = time.perf_counter()
    exact = analyse(path, text, TODAY)
    list(ask_everything(name, text, exact, at))
    list(ask_everything(name, text, KNOWN[name], at))
    list(ask_everything(name, text, mended(exact, path, TODAY, {}) or exact, at))
    formatted(name, text)
    assert time.perf_counter() - began < 20


KNOWN = {name: analyse(f"{NOWHERE}/{name}", text, TODAY) for name, text in TEXTS.items()}


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(sorted(TEXTS)), st.data())
def test_any_text(text: str, name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    list(ask_everything(name, text, analyse(f"{NOWHERE}/{name}", text, TODAY), at))
    list(ask_everything(name, text, KNOWN[name], at))


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_cut_anywhere(name: str) -> None:
    """As it is when it is written from the beginning."""
    for at in range(0, min(len(TEXTS[name]), 1500), 11):
        list(ask_everything(name, TEXTS[name][:at], KNOWN[name], at))


@pytest.mark.parametrize(
    "text",
    [
        "runbook: x\nsteps:\n" + "  " * 2000 + "- a\n",
        "runbook: x\nsteps: " + "[" * 5000,
        "runbook: x\nsteps: " + "{a: " * 5000,
        "runbook: x\nsuccess: " + "(" * 5000,
        "runbook: x\nsuccess: '" + "a." * 20_000,
        "runbook: x\nsuccess: " + "x.map(y, " * 500,
        "runbook: x\nsteps:\n  - shell: " + "${" * 5000,
        "runbook: x\n" + "- " * 20_000,
        "runbook: x\ntitle: " + '"' * 10_001,
        "runbook: x\n" + "a: b: " * 5000,
    ],
    ids=["deep", "brackets", "braces", "parentheses", "dots", "macros", "holes", "dashes", "quotes", "colons"],
)
def test_what_is_nested_or_long_takes_no_time(text: str) -> None:
    began = time.process_time()
    for name in ("x.yml", "x.runbook"):
        known = analyse(f"{NOWHERE}/{name}", text, TODAY)
        list(ask_everything(name, text, known, len(text)))
        list(ask_everything(name, text, KNOWN[name], len(text)))
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.yml", YAML.replace("success: list.ok", "success: [list.ok")),
        ("x.yml", YAML.replace("    title: List 🌍\n", "    title: List 🌍\n    shell: echo ${\n")),
        ("x.yml", YAML + "  - id: more\n    shell: 'x\n"),
        ("x.runbook", TEXT.replace("  success", "  retry every\n  success")),
        ("x.runbook", TEXT.replace("  success", "  step {{\n  success")),
    ],
)
def test_names_are_known_of_a_text_that_was_broken_from_the_beginning(name: str, text: str) -> None:
    path = f"{NOWHERE}/{name}"
    snapshot = analyse(path, text, TODAY)
    assert not snapshot.usable
    usable = mended(snapshot, path, TODAY, {})
    assert usable is not None
    assert usable.book is not None
    assert (usable.text, usable.diagnostics) == (text, snapshot.diagnostics)
    for symbol in declared(usable):
        assert symbol.made or text[symbol.span.start : symbol.span.end] == symbol.name
    assert {"app", "token", "pick", "change"} <= {symbol.name for symbol in declared(usable)}
