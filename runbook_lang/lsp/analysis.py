"""One version of an open text, looked at as `runbook check` does it, with all that the other answers need.

Nothing here knows the protocol. The text may be damaged in any way; what can still be known of it is kept.
"""

from __future__ import annotations

import os

from ..api.files import RUNBOOK_KEY
from ..api.load import Library, policy_of, rules_of
from ..base.diagnostics import Problems
from ..base.source import Source
from ..machine.core import Act
from ..machine.desugar import all_steps, desugar
from ..model.build import build
from ..model.policy_build import build_policy
from ..model.policy_fields import POLICY
from ..syntax.reader import TEXT_SUFFIX, read_tree
from ..syntax.tree import Mapping
from .looking import Look, LookingFlow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Diagnostic
    from ..base.source import Span
    from ..machine.core import Program
    from ..model.nodes import Runbook
    from ..model.policy import Policy
    from ..syntax.tree import Node

RUNBOOK, POLICY_FILE, OTHER = "runbook", "policy", "other"


class OpenLibrary(Library):
    """The files of a library, those that are open in the editor as they stand there."""

    def __init__(self, root: str, texts: MappingType[str, str]) -> None:
        """`texts`: the open ones by their real path."""
        super().__init__(root, "", partly=True)
        self.texts = texts
        self.sources: dict[str, Source] = {}

    def text(self, relative: str, span: Span | None, problems: Problems) -> Source | None:
        path = self.path(relative)
        text = self.texts.get(path)
        if text is None or os.path.commonpath([path, self.root]) != self.root:
            source = super().text(relative, span, problems)
        else:
            source = Source(self.name(relative), text)
        if source is not None:
            self.sources[relative] = source
        return source

    def path(self, relative: str) -> str:
        """The real path of a file."""
        return os.path.realpath(os.path.join(self.root, relative))


class Snapshot:
    """What is known of one text. Immutable by agreement; `program` may lack what could not be bound."""

    __slots__ = ("book", "damaged", "diagnostics", "kept", "kind", "library", "look", "name", "policy", "program", "source", "text", "tree")

    def __init__(self, name: str, text: str, library: OpenLibrary) -> None:
        self.name = name
        self.text = text
        self.library = library
        self.source = Source(name, text)
        self.kind = OTHER
        self.tree: Node | None = None
        self.book: Runbook | None = None
        self.damaged = False  # a statement of the text form wasn't understood
        self.policy: Policy | None = None
        self.program: Program | None = None
        self.look = Look(self.source)
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self.kept: dict[str, Any] = {}  # what was computed from the rest

    @property
    def is_text_form(self) -> bool:
        return self.name.endswith(TEXT_SUFFIX)

    @property
    def steps(self) -> int:
        """How many steps are known."""
        return 0 if self.book is None else len(all_steps(self.book.steps + self.book.on_failure))

    @property
    def usable(self) -> bool:
        """Whether names and types are known from it, and nothing was left out of it."""
        return (self.book is not None and not self.damaged) or self.policy is not None

    def acts(self) -> list[Act]:
        """The acts of this file, with those that stand in acts."""
        if self.program is None:
            return []
        return [node for node in self.program.nodes if isinstance(node, Act) and node.span.source is self.source]


def analyse(path: str, text: str, now: int, texts: MappingType[str, str] | None = None) -> Snapshot:
    """Look at a text. `path` is its file, which needn't be there; `texts` are all open texts by their real path; `now` is today, for
    the calendar of a policy (microseconds, UTC). Never raises for what is in them."""
    path = os.path.abspath(path)
    name = os.path.basename(path)
    real = os.path.realpath(path)
    library = OpenLibrary(os.path.realpath(os.path.dirname(path)), {**(texts or {}), real: text})
    snapshot = Snapshot(name, text, library)
    problems = Problems()
    if snapshot.is_text_form or RUNBOOK_KEY.search(text.encode("utf-8", "replace")):
        _runbook(snapshot, problems)
    else:
        _policy(snapshot, problems, now)
    snapshot.diagnostics = tuple(problems.sorted())
    return snapshot


MENDINGS = 4
"""So often are further lines left out before a text counts as one of which nothing is known."""


def mended(snapshot: Snapshot, path: str, now: int, texts: MappingType[str, str]) -> Snapshot | None:
    """A snapshot of the same text as if its wrong lines were empty: its names are known then, each at its own place. Findings stay those
    of the text itself. None where that doesn't help."""
    text = snapshot.text
    found = snapshot.diagnostics
    for _ in range(MENDINGS):
        shorter = _without(text, found, snapshot.name)
        if shorter == text:
            return None
        text = shorter
        again = analyse(path, text, now, texts)
        if again.usable:
            again.text = snapshot.text
            again.diagnostics = snapshot.diagnostics
            return again
        found = again.diagnostics
    return None


def _without(text: str, found: Iterable[Diagnostic], name: str) -> str:
    """The text with spaces in place of each line on which an error begins."""
    for item in found:
        if item.is_error and item.span is not None and item.span.source.name == name and item.span.start <= len(text):
            start = text.rfind("\n", 0, item.span.start) + 1
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def skim(path: str, text: str, texts: MappingType[str, str]) -> Snapshot:
    """Another file as it is written, without what it calls and without types: enough for the names in it. Never raises."""
    library = OpenLibrary(os.path.realpath(os.path.dirname(path)), texts)
    snapshot = Snapshot(os.path.basename(path), text, library)
    snapshot.kind = RUNBOOK
    problems = Problems()
    snapshot.tree = read_tree(snapshot.source, problems)
    snapshot.book = None if snapshot.tree is None else build(snapshot.tree, snapshot.source, problems)
    snapshot.diagnostics = tuple(problems.sorted())
    return snapshot


def _policy(snapshot: Snapshot, problems: Problems, now: int) -> None:
    """A policy; any other file is none of ours."""
    found = Problems()
    tree = read_tree(snapshot.source, found)
    snapshot.tree = tree
    if not isinstance(tree, Mapping):
        return
    keys = set(tree.keys())
    if "steps" in keys or not keys & POLICY.keys():
        return
    snapshot.kind = POLICY_FILE
    for item in found:
        problems.add(item)
    snapshot.policy = build_policy(tree, snapshot.source, problems)
    if snapshot.policy is not None:
        from ..people.judge import judge

        judge(snapshot.policy, now, problems)


def _runbook(snapshot: Snapshot, problems: Problems) -> None:
    snapshot.kind = RUNBOOK
    library = snapshot.library
    library.sources[snapshot.name] = snapshot.source
    tree = read_tree(snapshot.source, problems)
    book = None if tree is None else build(tree, snapshot.source, problems, partly=True)
    snapshot.tree = tree
    snapshot.book = None if book is None or book.partial else book
    snapshot.damaged = bool(problems.quiet)
    if book is None:
        return
    library.books[snapshot.name] = book
    snapshot.policy = policy_of(library, book, problems)
    program = desugar(
        book,
        lambda caller, file: library.load(caller, file, problems),
        problems,
        rules_of(snapshot.policy),
        lookup=lambda name: library.surface(name, problems),
        keep_going=True,
    )
    if program is None:
        return
    snapshot.program = None if book.partial else program
    from ..check.whole import check_program

    books = [found for found in library.books.values() if found is not None]
    check_program(program, books, snapshot.policy, library.text, problems, LookingFlow(problems, snapshot.look))
