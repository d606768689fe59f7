"""Fuzzes the readers and writers of both forms with atheris, which has to be installed: fuzz_forms.py [options of libFuzzer].

Whatever the text: no exception but diagnostics; what was formatted once stays as it is, and says the same.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["runbook_lang"]):
    from runbook_lang.api.forms import format_source, parse, written
    from runbook_lang.base.diagnostics import RunbookError
    from runbook_lang.base.source import Source
    from runbook_lang.syntax.text import reader

HEADS = {"text": "", "step": "runbook x {\nstep a {\n", "top": "runbook x {\n", "yaml": ""}


def one(data: bytes) -> None:
    """One text, in a form that its first byte chooses."""
    kind = list(HEADS)[data[0] % len(HEADS)] if data else "text"
    text = HEADS[kind] + data[1:].decode("utf-8", "replace")
    form = "yaml" if kind == "yaml" else "text"
    source = Source("fuzzed.yml" if form == "yaml" else "fuzzed.runbook", text)
    try:
        file = parse(source, form)
    except RunbookError:
        return
    try:
        once = format_source(source, form)
        written(file, "yaml")
    except RunbookError as error:
        if error.diagnostics[0].code == "RB752":
            raise
        return
    if format_source(Source(source.name, once), form) != once:
        raise AssertionError("a second formatting changes it")


if __name__ == "__main__":
    assert reader  # imported here, so that its code is instrumented
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
