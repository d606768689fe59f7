"""The two sides of a comparison: files, folders, plans, or revisions of git, as runbooks that can be loaded by a key.

A side is written as a path, as `REV:PATH`, or as a revision with the paths beside it. Of a folder all runbooks are meant.
"""

from __future__ import annotations

import os
import posixpath

from ..adapters.git import LibraryAt, Repository, Snapshot
from ..base.diagnostics import Problems, RunbookError, fail
from ..base.record import Record
from ..syntax.decode import MAX_BYTES
from .files import RUNBOOK_KEY, SUFFIXES, find_files
from .load import Loaded, load
from .plan_file import PlanFile, read_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Book(Record):
    """A runbook on one side. `name` is what a person calls it; `get` loads it, or gives its plan's file."""

    key: str
    name: str
    get: Callable[[], Loaded | PlanFile]


class Side(Record):
    """One side: its runbooks by key. `single`: one file was meant, whose key isn't compared."""

    name: str
    books: dict[str, Book]
    single: bool = False
    read: Callable[[str], bytes | None] = lambda path: None


def side_of(text: str, paths: Iterable[str] = ()) -> Side:
    """The side that a word of the command line means. Raises RunbookError: RB701, RB703 (nothing there), RB78x, RB75x."""
    if os.path.isfile(text):
        return _file(text)
    if os.path.isdir(text):
        return disk_side(text, [text])
    revision, colon, path = text.partition(":")
    repository = _repository(text)
    if colon and revision:
        return _at(repository, revision, [path], single=True)
    return _at(repository, text, [repository.prefix(one) for one in paths] or [""])


def _repository(text: str) -> Repository:
    """Where `text` can only be a revision. Raises RunbookError RB751, which says that it is no file either."""
    try:
        return Repository("")
    except RunbookError as error:
        (item,) = error.diagnostics
        message = f"{text!r} is no file and no folder here, and no revision of git: {item.message}"
        raise RunbookError(item.replace(message=message, help="Check the name.")) from None


def _file(path: str) -> Side:
    if path.endswith(".json"):
        plan = read_plan(path)
        return Side(path, {plan.plan["runbook"]: Book(plan.plan["runbook"], path, lambda: plan)}, single=True)
    return Side(path, {path: Book(path, path, lambda: load(path))}, single=True)


def disk_side(name: str, paths: Iterable[str], root: str = "") -> Side:
    """Runbooks on the disk, with keys relative to `root`, or to the folder that was named."""
    books: dict[str, Book] = {}
    for path in paths:
        base = root or path
        for found, _ in find_files([path]):
            if _is_runbook(_start(found)):
                key = os.path.relpath(os.path.realpath(found), os.path.realpath(base)).replace(os.sep, "/")
                books[key] = Book(key, found, lambda found=found: load(found))  # type: ignore[misc]  # a default binds the loop's value
    return Side(name, books)


def _start(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError:
        return b""


def _is_runbook(raw: bytes | None) -> bool:
    return raw is not None and RUNBOOK_KEY.search(raw) is not None


def _at(repository: Repository, revision: str, paths: list[str], *, single: bool = False) -> Side:
    """A revision: all runbooks in folders, or one file."""
    commit = repository.commit(revision)
    below = {posixpath.normpath(path) if path else "" for path in paths}
    snapshot = Snapshot(repository, revision, commit)
    side = revision_side(snapshot, sorted("" if path == "." else path for path in below), single=single)
    if not side.books:
        where = ", ".join(sorted(below - {""})) or "it"
        raise fail("RB703", f"There is no runbook in {where} at {revision}.", help="Paths of a revision count from the repository's root.")
    return side


def revision_side(snapshot: Snapshot, folders: list[str], *, single: bool = False) -> Side:
    """Runbooks of a commit. Keys are paths from the repository's root; of one folder, paths in it."""
    books: dict[str, Book] = {}
    only = single and len(folders) == 1 and folders[0] in snapshot.leaves
    for folder in folders:
        for path in [folder] if folder in snapshot.leaves else snapshot.files(folder):
            if path.endswith(SUFFIXES) and _is_runbook(snapshot.read(path)):
                key = posixpath.relpath(path, folder) if single and not only else path
                books[key] = Book(key, f"{snapshot.revision}:{path}", lambda path=path: load_at(snapshot, path))  # type: ignore[misc]  # as above
    return Side(snapshot.revision, books, only, snapshot.read)


def load_at(snapshot: Snapshot, path: str) -> Loaded:
    """A runbook of a commit, with its policy and all it calls from the same commit."""
    folder, name = posixpath.split(path)
    shown = posixpath.join(f"{snapshot.revision}:{folder}" if folder else f"{snapshot.revision}:", name)
    return load(shown, tree=LibraryAt(snapshot, folder))


def pairs_of(base: Side, head: Side) -> Iterator[tuple[str, Book | None, Book | None]]:
    """(name, the book in `base`, the book in `head`), in the order of the names."""
    if base.single or head.single:
        yield _single(base, head)
        return
    for key in sorted({*base.books, *head.books}):
        yield key, base.books.get(key), head.books.get(key)


def _single(base: Side, head: Side) -> tuple[str, Book | None, Book | None]:
    one, other = (next(iter(side.books.values())) if side.single else None for side in (base, head))
    if one is not None and other is not None:
        return other.name, one, other
    known, folder = (one, head) if one is not None else (other, base)
    assert known is not None
    found = folder.books.get(known.key) or folder.books.get(os.path.basename(known.key)) or _by_name(folder, known)
    if found is None:
        raise fail("RB703", f"{folder.name} has no runbook like {known.name}.", help="Name the file itself.")
    return known.name, one or found, other or found


def _by_name(side: Side, known: Book) -> Book | None:
    """The book of the same runbook's name, for a plan's file."""
    for book in side.books.values():
        loaded = book.get()
        if isinstance(loaded, Loaded) and loaded.program is not None and loaded.program.name == known.key:
            return book
    return None


def problems_of(found: Loaded | PlanFile) -> Problems:
    """What is wrong with a side's runbook."""
    return found.problems if isinstance(found, Loaded) else Problems()


def loaded_or_why(book: Book) -> tuple[Loaded | PlanFile | None, str]:
    """What a book holds, or why it can't be read."""
    try:
        return book.get(), ""
    except RunbookError as error:
        return None, str(error)
