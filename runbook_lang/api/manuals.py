"""A manual in Markdown -> skeletons of runbooks, each judged by `check`, with its findings beside the lines."""

from __future__ import annotations

import os

from ..base.diagnostics import Problems, fail
from ..base.record import Record
from ..base.text import only_files, reason
from ..manual.markdown import read_manual
from ..manual.procedure import skeletons
from ..manual.skeleton import write
from ..manual.translate import BY_HAND
from ..syntax.decode import clean, decode
from .files import unwritable
from .load import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..base.diagnostics import Diagnostic
    from ..manual.markdown import Manual
    from ..manual.procedure import Skeleton
    from ..manual.skeleton import Written

REASON = "RB426"
OWN_FINDINGS = ("RB217", "RB407", "RB410", "RB416", "RB427")
"""Findings outside of the tools' own that tell something about the manual's command, and not about how it was written down."""


MAX_BYTES = 1024 * 1024
"""The largest manual that is read."""
MAX_LINE = 20_000
"""Characters of its longest line: what people write has none of that length, and Markdown takes long over it."""


class Imported(Record):
    """One runbook made of a section. `commands`: (line in the manual, text) of each command that is in it."""

    name: str
    title: str
    section: str
    line: int
    text: str
    steps: int
    commands: tuple[tuple[int, str], ...]
    findings: tuple[Diagnostic, ...] = ()

    @property
    def file(self) -> str:
        return f"{self.name}.yml"

    @property
    def todo(self) -> int:
        return self.text.count("# TODO")


class Result(Record):
    """`left`: sections in which there is nothing to do: (line, title)."""

    manual: str
    runbooks: tuple[Imported, ...]
    left: tuple[tuple[int, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "manual": self.manual,
            "runbooks": [
                {
                    "file": one.file,
                    "title": one.title,
                    "section": one.section,
                    "line": one.line,
                    "steps": one.steps,
                    "commands": [{"line": line, "text": text} for line, text in one.commands],
                    "todo": one.todo,
                    "findings": [item.as_json() for item in one.findings],
                }
                for one in self.runbooks
            ],
            "left": [{"line": line, "title": title} for line, title in self.left],
        }


def load_manual(path: str) -> Manual:
    """The manual of a file. Raises RunbookError: RB701 it can't be read, RB790 it is no text or too large."""
    try:
        only_files(path)
        with open(path, "rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    return manual_of(path, raw)


def manual_of(path: str, raw: bytes) -> Manual:
    """`raw` may be cut after MAX_BYTES + 1 bytes. Raises RunbookError RB790."""
    if len(raw) > MAX_BYTES:
        raise fail("RB790", f"{path} is over {MAX_BYTES // 1024 // 1024} MiB, the largest manual that is read.", help="Split it.")
    problems = Problems()
    source = decode(path, raw, problems)
    if source is None:
        first = problems.items[0]
        raise fail("RB790", first.message, first.span, "Save the manual as UTF-8 text.")
    text = clean(source, Problems()).replace("\r\n", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MAX_LINE:
            raise fail("RB790", f"Line {number} of {path} has more than {MAX_LINE} characters.", help="Is it a manual? Break the line.")
    return read_manual(os.path.basename(path), text)


def import_manual(manual: Manual) -> Result:
    """A runbook for each procedure. Raises RunbookError RB791 when the manual has nothing to do in it."""
    levels: dict[tuple[int, int], int] = {}
    reasons: frozenset[tuple[int, int]] = frozenset()
    while True:
        made = skeletons(manual, levels, reasons)
        judged = [(skeleton, written, _check(skeleton, written)) for skeleton in made for written in [write(skeleton)]]
        changed, wanted = _wrong(judged)
        changed = {key for key in changed if levels.get(key, 0) < BY_HAND}
        if not changed and wanted <= reasons:
            break
        for key in changed:
            levels[key] = levels.get(key, 0) + 1
        reasons |= wanted
    if not made:
        help = "Commands are looked for in code blocks and in inline code; steps by hand in numbered lists."
        raise fail("RB791", f"{manual.name} holds no procedure: no command, and no list of steps.", help=help)
    used = {skeleton.section.line for skeleton in made}
    left = tuple((one.line, one.title) for one in manual.sections if one.level and one.parts and one.line not in used)
    return Result(manual.name, tuple(_imported(*one) for one in judged), left)


def _check(skeleton: Skeleton, written: Written) -> list[Diagnostic]:
    name = f"{skeleton.name}.yml"
    return load(name, kept={name: written.text.encode()}, digest=False).problems.sorted()


def _concerns_command(item: Diagnostic) -> bool:
    """Whether a finding is about what the manual says; every other is about how it was put into YAML."""
    return item.code.startswith("RB5") or item.code in OWN_FINDINGS or not item.is_error


def _wrong(judged: Sequence[tuple[Skeleton, Written, list[Diagnostic]]]) -> tuple[set[tuple[int, int]], frozenset[tuple[int, int]]]:
    """(commands that have to be written in a plainer way, those that need a reason)"""
    changed: set[tuple[int, int]] = set()
    wanted: set[tuple[int, int]] = set()
    for skeleton, written, findings in judged:
        for item in findings:
            index = _step_of(written, item)
            number = skeleton.steps[index].command if index >= 0 else -1
            if number < 0:
                continue
            key = (skeleton.section.line, number)
            if item.code == REASON:
                wanted.add(key)
            elif not _concerns_command(item):
                changed.add(key)
    return changed, frozenset(wanted)


def _step_of(written: Written, item: Diagnostic) -> int:
    """The index of the step that a finding is about, -1 for none."""
    line = item.span.line if item.span is not None else 0
    return next((index for first, last, index in written.rows if first <= line <= last), -1)


def _imported(skeleton: Skeleton, written: Written, findings: list[Diagnostic]) -> Imported:
    """With the findings as comments; they are found anew, so that their places are those of the written file."""
    beside: dict[int, list[str]] = {}
    for item in findings:
        message = item.message if item.message.endswith((".", "?")) else f"{item.message}."
        sentence = f"{item.code} {item.severity}: {message} {item.help}".strip()
        known = beside.setdefault(_step_of(written, item), [])
        if sentence not in known:
            known.append(sentence)
    final = write(skeleton, beside) if beside else written
    section = skeleton.section
    commands = tuple((one.line, one.text) for one in skeleton.commands)
    return Imported(
        skeleton.name,
        section.title or skeleton.manual.title,
        section.number,
        section.line,
        final.text,
        len(skeleton.steps),
        commands,
        tuple(_check(skeleton, final)) if beside else (),
    )


def write_runbooks(result: Result, folder: str, force: bool = False) -> None:
    """Writes each runbook into the folder. Raises RunbookError: RB792 when one is there already, RB701 when one can't be written."""
    paths = [os.path.join(folder, one.file) for one in result.runbooks]
    there = [path for path in paths if os.path.lexists(path)]
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        help = "Name another folder with -o, or replace them with --force."
        raise fail("RB792", f"{there[0]}{more} {'are' if more else 'is'} there already.", help=help)
    path = folder
    try:
        os.makedirs(folder, exist_ok=True)
        for path, one in zip(paths, result.runbooks, strict=True):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(one.text)
    except OSError as error:
        raise unwritable(path, error, "Name another folder with -o.") from None
