"""From a path to a checked program: reads the files of a library, and nothing outside of it."""

from __future__ import annotations

import os

from ..base.diagnostics import Problems
from ..base.record import Record
from ..base.text import only_files, reason
from ..machine.core import Consent
from ..machine.desugar import Rules, desugar
from ..model.build import build
from ..surfaces import registry
from ..syntax.decode import MAX_BYTES, decode
from ..syntax.reader import read_tree
from ..syntax.yaml_reader import NO_POLICY, read_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol

    from ..base.source import Source, Span
    from ..machine.core import Program
    from ..model.nodes import Name, Runbook
    from ..model.policy import Policy
    from ..surfaces.kinds import Surface
    from ..syntax.tree import Node

    Read = Callable[[str], bytes]
    Shelf = dict[tuple[str, str], tuple[bytes, Runbook]]
    """Runbooks without a finding that were read for another of the same library, by its folder as it is shown and their path in it."""

    class Files(Protocol):
        """A library's files elsewhere than on the disk, by path relative to the library."""

        def get(self, name: str, /) -> bytes | None: ...
        def __contains__(self, name: object, /) -> bool: ...

    class Tree(Files, Protocol):
        """Those of a revision; `name` is what a person calls it."""

        name: str


class Loaded(Record):
    """What came of loading: `program` is None when there are errors. `files` are the bytes that were read, by path
    relative to the library."""

    path: str
    library: str
    problems: Problems
    runbook: Runbook | None = None
    policy: Policy | None = None
    program: Program | None = None
    files: Mapping[str, bytes] = {}


class Library:
    """Reads files below one folder. `kept` replaces the disk by the copies in a run's folder."""

    def __init__(
        self, root: str, shown: str, kept: Files | None = None, keeper: str = "", shelf: Shelf | None = None, *, partly: bool = False
    ) -> None:
        """`partly`: of runbooks with errors comes back what is there, to be looked at."""
        self.partly = partly
        self.keeper = keeper
        self.root = root
        self.shelf = shelf
        self.shown = shown
        self.kept = kept
        self.files: dict[str, bytes] = {}
        self.books: dict[str, Runbook | None] = {}
        self.policies: dict[str, Node] = {}
        self.surfaces: dict[str, Surface | None] = {}

    def text(self, relative: str, span: Span | None, problems: Problems) -> Source | None:
        """The decoded text of a file; what is wrong becomes a diagnostic at `span`."""
        raw = self.raw(relative, span, problems)
        return None if raw is None else decode(self.name(relative), raw, problems)

    def name(self, relative: str) -> str:
        """What a person calls the file."""
        return os.path.normpath(os.path.join(self.shown, relative))

    def raw(self, relative: str, span: Span | None, problems: Problems) -> bytes | None:
        if relative in self.files:
            return self.files[relative]
        if self.kept is not None:
            raw = self.kept.get(relative)
            if raw is None:
                problems.error("RB701", f"{self.keeper} no copy of {relative!r}.", span)
                return None
        else:
            found = self._from_disk(relative, span, problems)
            if found is None:
                return None
            raw = found
        self.files[relative] = raw
        return raw

    def _from_disk(self, relative: str, span: Span | None, problems: Problems) -> bytes | None:
        path = os.path.realpath(os.path.join(self.root, relative))
        if os.path.commonpath([path, self.root]) != self.root:
            where = f"the folder {self.shown}" if self.shown not in ("", ".") else "the folder of the runbook that is started"
            problems.error("RB702", f"{relative!r} lies outside of the library, {where}.", span, "A library uses only its own files.")
            return None
        try:
            only_files(path)
            with open(path, "rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as error:
            help = "Check the path." if isinstance(error, (FileNotFoundError, IsADirectoryError, NotADirectoryError)) else ""
            if isinstance(error, PermissionError):
                help = "Whoever runs this has to be allowed to read it: look at its permissions."
            problems.error("RB701", f"{self.name(relative)} can't be read: {reason(error)}.", span, help)
            return None

    def surface(self, name: str, problems: Problems) -> Surface | None:
        """The surface of an executor: with the library's own facts about the tool where it has a file of them.

        Raises RunbookError for a plugin that can't be used.
        """
        if name not in self.surfaces:
            found = registry.surface(name)
            if found is not None and found.facts_file:
                found = self._with_facts(found, problems)
            self.surfaces[name] = found and found.with_lookup(lambda other: self.surface(other, problems))
        return self.surfaces[name]

    def _with_facts(self, surface: Surface, problems: Problems) -> Surface:
        relative = f"surfaces/{surface.facts_file}"
        there = relative in self.kept if self.kept is not None else os.path.lexists(os.path.join(self.root, relative))
        raw = self.raw(relative, None, problems) if there else None
        if raw is None:
            return surface
        from ..surfaces.tool_file import read_tool

        data = read_tool(self.name(relative), raw, surface.program, problems)
        return surface if data is None else surface.with_facts(data)

    def load(self, caller: Runbook, file: Name, problems: Problems) -> Runbook | None:
        """A called runbook; each file is read once."""
        folder = os.path.dirname(os.path.relpath(caller.source.name, self.shown or "."))
        relative = os.path.normpath(os.path.join(folder, file.text))
        if relative not in self.books:
            self.books[relative] = self.book(relative, file.span, problems)
        return self.books[relative]

    def book(self, relative: str, span: Span | None, problems: Problems) -> Runbook | None:
        place = (self.shown, relative)
        if self.shelf is not None and place in self.shelf:
            self.files[relative], book = self.shelf[place]
            return book
        before = len(problems)
        source = self.text(relative, span, problems)
        tree = None if source is None else read_tree(source, problems)
        found = None if tree is None or source is None else build(tree, source, problems, partly=self.partly)
        if self.shelf is not None and found is not None and len(problems) == before:
            self.shelf[place] = (self.files[relative], found)
        return found


def load(
    path: str,
    *,
    kept: Mapping[str, bytes] | None = None,
    check: bool = True,
    digest: bool = True,
    also: Iterable[str] = (),
    tree: Tree | None = None,
    shelf: Shelf | None = None,
) -> Loaded:
    """Load a runbook with its policy and all it calls. Never raises for what is in the files.

    `kept`: the copies of a run instead of the disk, keyed by path relative to the library. `also`: further files that belong to
    the program, read where they are there: only the checker finds out which templates it needs. Whoever only checks needs no `digest`,
    and keeps what several runbooks call on a `shelf` (a dict, empty at first).
    `tree`: the library's files of a revision instead of the disk; only those that are needed are asked for.
    """
    problems = Problems()
    folder = os.path.dirname(path)
    files, keeper = (kept, "The run kept") if tree is None else (tree, f"{tree.name} has")
    library = Library(os.path.realpath(folder or "."), folder, files, keeper, shelf, partly=check)
    relative = os.path.basename(path)
    for name in kept or also:
        library.raw(name, None, problems if kept is not None else Problems())
    runbook = library.book(relative, None, problems)
    if runbook is None:
        return Loaded(path, library.root, problems, files=library.files)
    library.books[relative] = runbook
    policy = policy_of(library, runbook, problems)
    program = desugar(
        runbook,
        lambda caller, file: library.load(caller, file, problems),
        problems,
        rules_of(policy),
        lookup=lambda name: library.surface(name, problems),
        keep_going=check,
    )
    if check and program is not None:
        from ..check.whole import check_program

        check_program(program, [book for book in library.books.values() if book is not None], policy, library.text, problems)
    elif program is not None and not problems.failed:
        from ..check.whole import check_files

        check_files(program, library.text, problems, kept=kept is not None)  # they are part of the program, and so of its digest
    if problems.failed or program is None:
        return Loaded(path, library.root, problems, runbook, policy, None, library.files)
    if digest:
        program = _sealed(program, library, policy)
    return Loaded(path, library.root, problems, runbook, policy, program, library.files)


def policy_of(library: Library, runbook: Runbook, problems: Problems) -> Policy | None:
    """The policy that a runbook names; None without one, and after an error."""
    if runbook.policy is None:
        return None
    from ..model.policy_build import build_policy

    source = library.text(runbook.policy.text, runbook.policy.span, problems)
    tree = read_yaml(source, problems, empty=NO_POLICY) if source is not None else None
    if tree is None or source is None:
        return None
    library.policies[runbook.policy.text] = tree
    return build_policy(tree, source, problems)


def rules_of(policy: Policy | None) -> Rules:
    """What the machine needs of a policy."""
    if policy is None:
        return Rules()
    from ..people.windows import next_open

    windows = {name: next_open(policy, window) for name, window in policy.windows.items()}
    roles = {role: frozenset(_user(policy, name.text) for name in names) for role, names in policy.approvals.roles.items()}
    wanted = policy.approvals
    waive = frozenset(name.text for name in wanted.waive)
    immediate = frozenset(name for name, one in policy.severities.items() if one.rollback == "immediate")
    return Rules(
        wanted.counts.get("destroy", 1),
        wanted.counts.get("change", 0),
        wanted.counts.get("no_undo", 0),
        wanted.role,
        wanted.within,
        Consent(wanted.counts.get("outside_window", 0), waive, wanted.four_eyes, wanted.proven, immediate),
        policy.wait_people,
        windows,
        roles,
    )


def _user(policy: Policy, name: str) -> str:
    """The operating system's user of a person; his name where the policy gives none."""
    person = policy.people.get(name)
    return (person.os_user if person is not None else "") or name


def _sealed(program: Program, library: Library, policy: Policy | None) -> Program:
    """The program with what it was made from, and its digest."""
    files = {_formless(name, library): _digest(name, raw, library) for name, raw in library.files.items()}
    versions = {name: found.version for name, found in library.surfaces.items() if found is not None}
    severity = None if policy is None else policy.severities.get(program.severity)
    sla_us = None if severity is None else severity.sla
    return program.replace(digest=program_digest(files), files=files, surfaces=versions, sla_us=sla_us)


def _formless(name: str, library: Library) -> str:
    """The name of a file; of a runbook without what says in which of the two forms it is written."""
    return os.path.splitext(name)[0] if library.books.get(name) is not None else name


def _digest(name: str, raw: bytes, library: Library) -> str:
    """sha256 of what a file says: of a runbook and its policy without comments and layout, of other files byte by byte."""
    import hashlib

    from ..surfaces.canonical import canonical_digest

    book = library.books.get(name)
    if book is not None:
        from ..model.meaning import meaning

        return canonical_digest(meaning(book))
    tree = library.policies.get(name)
    if tree is not None:
        from ..model.meaning import node_data

        return canonical_digest(node_data(tree))
    return hashlib.sha256(raw).hexdigest()


def program_digest(files: Mapping[str, str]) -> str:
    """sha256 over the files' digests by name, and the machine's rules. A newer version of an executor isn't another program: it
    goes on with the runs of an older one."""
    from ..machine.events import RULES
    from ..surfaces.canonical import canonical_digest

    return canonical_digest({"rules": RULES, "files": dict(files)})
