"""Reviewing a change of a repository: which runbooks it touches, what is wrong in them, and what it means.

A runbook is touched when any file that it is made of differs: itself, its policy, a runbook that it calls, a template, a script, the facts
about a tool. Both sides are read and planned, nothing else.
"""

from __future__ import annotations

import os
import posixpath

from ..adapters.git import Repository, Snapshot
from ..base.record import Record
from ..plan.difference import RISK, WEAKENED
from .diff import diff_found
from .load import Loaded
from .sides import disk_side, revision_side

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ..base.diagnostics import Diagnostic
    from ..base.source import Span
    from ..machine.core import Program
    from ..plan.diff import Diff
    from ..plan.difference import Difference
    from .sides import Book, Side

ERROR, WARNING, NOTE = "error", "warning", "note"
_WORST = {ERROR: 0, WARNING: 1, NOTE: 2}
_WEIGHT = {RISK: 1, WEAKENED: 2}


class Finding(Record):
    """Something to be shown at a place: a diagnostic of the checker, or a difference that is loud. `file` counts from the repository's
    root; `line` and `column` are 0 where there is no place."""

    level: str  # error | warning | note
    rule: str  # RB214, or risk/added
    message: str
    file: str
    line: int = 0
    column: int = 0
    weight: int = 0  # the smaller the worse, among equal levels


class Reviewed(Record):
    """A runbook that the change touches. `because` are the files of it that differ."""

    path: str
    diff: Diff
    because: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


class Review(Record):
    """The whole change. `base` and `head` are what a person calls the sides, `commits` their ids ('' for the files as they lie there)."""

    base: str
    head: str
    commits: tuple[str, str]
    runbooks: tuple[Reviewed, ...]
    untouched: int

    @property
    def findings(self) -> list[Finding]:
        """All findings, the worst first."""
        found = dict.fromkeys(finding for one in self.runbooks for finding in one.findings)
        return sorted(found, key=lambda one: (_WORST[one.level], one.weight, one.file, one.line, one.column, one.rule, one.message))

    @property
    def errors(self) -> int:
        return sum(finding.level == ERROR for finding in self.findings)

    def has(self, level: str) -> bool:
        """Whether the risk rises, or a protection is weaker."""
        return any(one.diff.has(level) for one in self.runbooks)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON data."""
        names = Finding.__fields__[:-1]
        return {
            "base": {"name": self.base, "commit": self.commits[0]},
            "head": {"name": self.head, "commit": self.commits[1]},
            "risk": self.has(RISK),
            "weakened": self.has(WEAKENED),
            "errors": self.errors,
            "untouched": self.untouched,
            "runbooks": [{**one.diff.as_json(), "because": list(one.because)} for one in self.runbooks],
            "findings": [{name: getattr(finding, name) for name in names} for finding in self.findings],
        }


def review(base: str, head: str, paths: Iterable[str] = (), folder: str = "") -> Review:
    """Review what `head` changed since it left `base`. Without a `head` the files as they lie there are meant.

    `paths` limit it to files and folders. Raises RunbookError RB751 to RB754.
    """
    repository = Repository(folder)
    within = [repository.prefix(os.path.join(folder, path)) for path in paths] or [""]
    new = repository.commit(head or "HEAD")
    old = repository.merge_base(repository.commit(base), new)
    before = revision_side(Snapshot(repository, base, old), within)
    if head:
        after = revision_side(Snapshot(repository, head, new), within)
        touched = _touched(repository.changed(old, new))
    else:
        named = [os.path.join(repository.root, one) for one in within]
        after = disk_side("the files here", [os.path.relpath(one) for one in named], repository.root)
        touched = None
    return _Reviewer(repository, base, head, touched).review(before, after, (old, new if head else ""))


def _touched(changed: list[str]) -> frozenset[str]:
    """Folders that hold a changed file at any depth: only a library in one of them can be touched."""
    found = {""}
    for path in changed:
        while path:
            path = posixpath.dirname(path)
            found.add(path)
    return frozenset(found if changed else ())


class _Reviewer:
    def __init__(self, repository: Repository, base: str, head: str, touched: frozenset[str] | None) -> None:
        self.repository = repository
        self.base = base
        self.head = head
        self.touched = touched

    def review(self, before: Side, after: Side, commits: tuple[str, str]) -> Review:
        keys = sorted({*before.books, *after.books})
        found = [one for key in keys for one in [self._book(key, before.books.get(key), after.books.get(key))] if one is not None]
        return Review(self.base, self.head or "the files here", commits, tuple(found), len(keys) - len(found))

    def _book(self, key: str, before: Book | None, after: Book | None) -> Reviewed | None:
        """One runbook; None when none of its files differ."""
        if before and after and self.touched is not None and posixpath.dirname(key) not in self.touched:
            return None
        old, new = (None if book is None else book.get() for book in (before, after))
        assert not (old is not None and not isinstance(old, Loaded)), "of a revision and a folder there are only runbooks"
        assert not (new is not None and not isinstance(new, Loaded))
        library = posixpath.dirname(key)
        because = _differing(old, new)
        if old is not None and new is not None and not because:
            return None
        diff = diff_found(key, old, new)
        findings = [*self._checked(new), *self._loud(diff, new, key)]
        return Reviewed(key, diff, tuple(posixpath.join(library, name) for name in because), tuple(findings))

    def _checked(self, new: Loaded | None) -> Iterator[Finding]:
        for item in () if new is None else new.problems.sorted():
            file, line, column = self._place(item.span) if item.span else (self._name(new.path) if new else "", 0, 0)
            level = {"error": ERROR, "warning": WARNING}.get(item.severity, NOTE)
            yield Finding(level, item.code, _sentence(item), file, line, column, 0 if level == ERROR else 3)

    def _loud(self, diff: Diff, new: Loaded | None, key: str) -> Iterator[Finding]:
        places = {} if new is None or new.program is None else _spans(new.program)
        for item in diff.items:
            if item.level not in _WEIGHT:
                continue
            span = places.get(item.path.partition(" ")[0].rpartition("/")[2])
            file, line, column = self._place(span) if span is not None else (key, 1, 1)
            where = "" if item.path == "runbook" else f"{item.path}: "
            word = "raises the risk" if item.level == RISK else "weakens a protection"
            yield Finding(WARNING, _rule(item), f"This {word}: {where}{item.text}{_sides(item)}.", file, line, column, _WEIGHT[item.level])

    def _place(self, span: Span) -> tuple[str, int, int]:
        return self._name(span.source.name), span.line, span.column

    def _name(self, name: str) -> str:
        """A file's path from the repository's root: of a revision its name holds it, on the disk it is relative to here."""
        prefix = f"{self.head}:"
        if self.head and name.startswith(prefix):
            return posixpath.normpath(name[len(prefix) :].lstrip("/"))
        return self.repository.prefix(name)


def _differing(old: Loaded | None, new: Loaded | None) -> list[str]:
    """Names of the files that differ between the two sides, or are on one only."""
    before: Mapping[str, bytes] = {} if old is None else old.files
    after: Mapping[str, bytes] = {} if new is None else new.files
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _spans(program: Program) -> dict[str, Span]:
    """Where each step stands, by its id."""
    found: dict[str, Span] = {}
    for node in program.nodes:
        found.setdefault(node.id, node.span)
    return found


def _rule(item: Difference) -> str:
    return f"{item.level}/{item.what.replace(' ', '-')}"


def _sides(item: Difference) -> str:
    if item.what == "command" or not (item.before and item.after):
        return ""
    return f" ({item.before} → {item.after})"


def _sentence(item: Diagnostic) -> str:
    end = "" if item.message.endswith((".", "!", "?")) else "."
    return f"{item.message}{end} {item.help}".strip()
