"""Fuzzes the readers and writers of both forms, and the language server's answers: fuzz_forms.py [FOLDER] [options of libFuzzer].

It needs atheris, which isn't among the tools for tests: `pip install atheris`. FOLDER keeps what was found interesting; an empty one is
filled with runbooks of this repository first. Whatever the text: no exception but diagnostics, and no hang (`-timeout=10`); what was
formatted once stays as it is and says the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["runbook_lang"]):
    from runbook_lang.api.forms import convert_source, format_source, parse, written
    from runbook_lang.base.diagnostics import RunbookError
    from runbook_lang.base.source import Source
    from runbook_lang.lsp.analysis import analyse, mended
    from runbook_lang.lsp.completion import complete
    from runbook_lang.lsp.findings import corrections, findings
    from runbook_lang.lsp.hover import hover
    from runbook_lang.lsp.outline import outline
    from runbook_lang.lsp.references import all_uses, definitions
    from runbook_lang.lsp.view import View
    from runbook_lang.syntax.text import reader

HEADS = {"text": "", "step": "runbook x {\nstep a {\n", "top": "runbook x {\n", "yaml": ""}
FORMS = {"text": "fuzzed.runbook", "yaml": "fuzzed.yml"}
TODAY = 1_790_000_000_000_000
ROOT = Path(__file__).resolve().parents[1]


def one(data: bytes) -> None:
    """One text: its first byte chooses the form and what is done with it, the second a place in it."""
    choice, place = (data[0], data[1]) if len(data) > 1 else (0, 0)
    kind = list(HEADS)[choice % len(HEADS)]
    text = HEADS[kind] + data[2:].decode("utf-8", "replace")
    form = "yaml" if kind == "yaml" else "text"
    if choice & 4:
        answered(text, form, place * len(text) // 255)
    else:
        laid_out(text, form)


def laid_out(text: str, form: str) -> None:
    """Reading, formatting, writing in the other form."""
    source = Source(FORMS[form], text)
    other = "text" if form == "yaml" else "yaml"
    try:
        file = parse(source, form)
    except RunbookError:
        return
    try:
        once = format_source(source, form)
        written(file, other)
        convert_source(source, form, other)
    except RunbookError as error:
        if error.diagnostics[0].code == "RB752":
            raise
        return
    if format_source(Source(source.name, once), form) != once:
        raise AssertionError("a second formatting changes it")


def answered(text: str, form: str, at: int) -> None:
    """What an editor asks about a text that is being written."""
    path = os.path.join(FOLDER, FORMS[form])
    known = analyse(path, text, TODAY)
    findings(known)
    if not known.usable:
        known = mended(known, path, TODAY, {}) or known
    view = View(FORMS[form], text, known)
    for ask in (complete, hover, definitions, all_uses):
        ask(view, at)
    outline(view)
    corrections(view, 0, len(text))


def seeded(folder: Path) -> None:
    """Fill an empty folder with the library, in both forms."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        return
    for path in sorted([*ROOT.glob("runbooks/*.yml"), *ROOT.glob("examples/*/*.yml"), *ROOT.glob("tests/lsp/*.runbook")]):
        text = path.read_text(encoding="utf-8")
        form = "yaml" if path.suffix == ".yml" else "text"
        try:
            spelled = {form: text, **({"text": convert_source(Source(path.name, text), "yaml", "text")} if form == "yaml" else {})}
        except RunbookError:
            spelled = {form: text}
        for kind, content in spelled.items():
            for choice in (list(HEADS).index(kind), list(HEADS).index(kind) + 4):
                (folder / f"{path.stem}-{kind}-{choice}").write_bytes(bytes([choice, 128]) + content.encode())


FOLDER = tempfile.mkdtemp(prefix="runbook-fuzz-")

if __name__ == "__main__":
    assert reader  # imported here, so that its code is instrumented
    for argument in sys.argv[1:]:
        if not argument.startswith("-"):
            seeded(Path(argument))
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
