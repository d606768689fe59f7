"""The two forms of a runbook: formatting a file, and turning one form into the other. Nothing that a file says changes."""

from __future__ import annotations

import os

from ..base.diagnostics import Diagnostic, Problems, RunbookError, fail
from ..base.record import Record
from ..base.source import Source, Span
from ..base.text import only_files, reason
from ..model.build import build
from ..model.meaning import meaning, node_data
from ..syntax.decode import MAX_BYTES, decode
from ..syntax.reader import TEXT_SUFFIX
from ..syntax.tree import Mapping, Sequence
from ..syntax.trivia import collect, yaml_comments
from ..syntax.yaml_reader import read_yaml
from ..syntax.yaml_writer import write_yaml
from .files import unwritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..syntax.tree import Node
    from ..syntax.trivia import Trivia

TEXT, YAML = "text", "yaml"
SUFFIX = {TEXT: TEXT_SUFFIX, YAML: ".yml"}


class File(Record):
    """A file that was read: its form, its tree, its comments."""

    source: Source
    form: str
    tree: Node
    trivia: Trivia


def form_of(name: str, text: str = "") -> str:
    """The form of a file by its name; by its text where the name says nothing (standard input)."""
    if name.endswith(TEXT_SUFFIX):
        return TEXT
    if name.endswith((".yml", ".yaml", ".json")):
        return YAML
    for line in text.lstrip("\ufeff").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            return TEXT if line.split()[0] == "runbook" else YAML
    return YAML


def open_file(path: str, shown: str = "") -> Source:
    """The text of a file. Raises RunbookError RB701, or RB1xx for what is no text."""
    try:
        only_files(path)
        with open(path, "rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    return decoded(shown or path, raw)


def decoded(name: str, raw: bytes) -> Source:
    problems = Problems()
    source = decode(name, raw, problems)
    if source is None:
        raise RunbookError(*problems.sorted())
    return source


def parse(source: Source, form: str) -> File:
    """Read a text in one of the forms. Raises RunbookError with all that is wrong in it."""
    problems = Problems()
    if form == TEXT:
        from ..syntax.text.reader import read

        found = read(source, problems)
        if found.tree is None or problems.failed:
            raise RunbookError(*problems.sorted())
        return File(source, form, found.tree, collect(found.tree, source, found.comments, indented=False))
    tree = read_yaml(source, problems)
    if tree is None or problems.failed:
        raise RunbookError(*problems.sorted())
    return File(source, form, tree, collect(tree, source, yaml_comments(tree, source), indented=True))


def written(file: File, form: str) -> str:
    """The file in a form. Raises RunbookError RB755 where the text form has no spelling for something."""
    if form == YAML:
        return write_yaml(file.tree, file.trivia, from_yaml=file.form == YAML)
    from ..syntax.text.pieces import CantWrite
    from ..syntax.text.writer import write_text

    try:
        return write_text(file.tree, file.trivia)
    except CantWrite as error:
        help = "`runbook check` says what is wrong in a file; what is right has a spelling in both forms, but for texts that end in blanks."
        raise fail("RB755", f"This can't be written in the text form: {error}", error.node.span, help) from None


def format_source(source: Source, form: str) -> str:
    """The text in its canonical layout. Raises RunbookError: RB1xx for what can't be read, RB756 if the text would say something else."""
    file = parse(source, form)
    text = written(file, form)
    if text != source.text:
        _same(file, text, form, node_data if form == YAML else _unordered)
    return text


def convert_source(source: Source, form: str, to: str) -> str:
    """The runbook in the other form. Raises RunbookError: RB1xx and RB3xx for what is wrong in it, RB755, RB756."""
    file = parse(source, form)
    said = _said(file.tree, source)
    text = written(file, to)
    _same(file, text, to, None, said)
    return text


def _said(tree: Node, source: Source) -> Any:
    problems = Problems()
    runbook = build(tree, source, problems)
    if runbook is None or problems.failed:
        raise RunbookError(*problems.sorted())
    return meaning(runbook)


def _unordered(node: Node) -> Any:
    """A tree without its places and without the order of keys, which the text form sets."""
    if isinstance(node, Mapping):
        return sorted((entry.key.value, repr(_unordered(entry.value))) for entry in node.entries)
    return [_unordered(item) for item in node.items] if isinstance(node, Sequence) else node_data(node)


def _same(file: File, text: str, form: str, look: Any, said: Any = None) -> None:
    """Read what was written: it must say the same, and have the same comments."""
    try:
        again = parse(Source(file.source.name, text), form)
        same = look(again.tree) == look(file.tree) if look else _said(again.tree, again.source) == said
    except RunbookError as error:
        first = error.diagnostics[0]
        raise _other(file, f"it could not be read again: {first.message}") from None
    if not same:
        raise _other(file, "it would say something else")
    if sorted(comments(file)) != sorted(comments(again)):
        raise _other(file, "a comment would be lost")


def _other(file: File, why: str) -> RunbookError:
    message = f"{file.source.name} is left as it is: {why}."
    help = "This is a fault of runbook's own. Please report it with the file; reformat the part by hand until it is mended."
    return RunbookError(Diagnostic("RB756", message, Span(file.source, 0, 0), help))


def comments(file: File) -> list[str]:
    """The texts of a file's comments."""
    trivia = file.trivia
    found = [line for kept in (trivia.lead, trivia.trail, trivia.tail) for lines in kept.values() for line in lines]
    return [line for line in [*found, *trivia.root_tail] if line]


def wanted_in_folder(path: str) -> bool:
    """Whether a file of a folder is one that is formatted: a runbook, a policy or a case file."""
    from .case_files import is_case_file
    from .files import RUNBOOK_KEY, check_file

    if path.endswith(TEXT_SUFFIX) or is_case_file(path):
        return True
    try:
        with open(path, "rb") as stream:
            head = stream.read(MAX_BYTES)
    except OSError:
        return False
    return RUNBOOK_KEY.search(head) is not None or check_file(path, named=False).kind == "policy"


def write_back(path: str, text: str) -> None:
    """Put a text in the place of a file, whole or not at all, with the mode it had. Raises RunbookError RB701."""
    real = os.path.realpath(path)
    passing = f"{real}.{os.getpid()}.part"
    try:
        mode = os.stat(real).st_mode & 0o7777
        fd = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(fd, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        os.replace(passing, real)
    except OSError as error:
        raise unwritable(path, error, "Check its permissions.") from None


def write_new(path: str, text: str, help: str = "Take another name, or remove it first.") -> None:
    """Write a file that isn't there yet, whole or not at all. `help`: what to do when it is. Raises RunbookError RB733, RB701."""
    try:
        stream = open(path, "x", encoding="utf-8", newline="")  # noqa: SIM115 - closed below, where it can fail as well
    except FileExistsError:
        raise fail("RB733", f"{path} is there already.", help=help) from None
    except (OSError, ValueError) as error:
        raise unwritable(path, error) from None
    try:
        with stream:
            stream.write(text)
    except OSError as error:
        os.unlink(path)
        raise unwritable(path, error) from None
