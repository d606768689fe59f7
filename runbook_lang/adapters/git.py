"""What a git repository holds at a revision: read with git's own plumbing, never checked out, so that nothing of it is run.

No hook, filter, text conversion or external diff is involved; nothing is fetched and nothing asked for.
"""

from __future__ import annotations

import os
import posixpath

from ..base.diagnostics import fail
from ..base.record import Record
from ..syntax.decode import MAX_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..base.diagnostics import RunbookError

PATIENCE_S = 60
LINK, FILES = "120000", ("100644", "100755")
_MOST_LINKS = 8
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "LC_ALL": "C"}
_DEPTH = (
    "Fetch more of the history: in GitHub Actions `fetch-depth: 0` of actions/checkout, in GitLab `GIT_DEPTH: 0`, "
    "else `git fetch --unshallow`."
)


class Leaf(Record):
    """A file of a tree: its mode, the id of its contents, their bytes' number."""

    mode: str
    id: str
    size: int


class Repository:
    """The repository that a folder lies in. Raises RunbookError RB751 when there is none, or no git."""

    def __init__(self, folder: str) -> None:
        self._folder = folder or "."
        found = self._try("rev-parse", "--show-toplevel")
        if found is None:
            why = self._said or "git isn't installed"
            where = "the current folder" if folder in ("", ".") else folder
            help = "Go into the repository. Files and folders are compared without one: runbook diff OLD NEW"
            raise fail("RB751", f"{where} isn't in a git repository that can be read: {why}.", help=help)
        self.root = os.path.realpath(found.decode(errors="surrogateescape").rstrip("\n"))

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision names. Raises RunbookError RB752 (there is none), RB753 (the history isn't all here)."""
        found = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found is not None and not revision.startswith("-"):
            return found.decode().strip()
        raise self._missing(f"There is no revision {revision!r} in {self.root}", "RB752", "`git branch -a` and `git tag` list names.")

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits parted. Raises RunbookError RB753, RB754 (they have no history in common)."""
        found = self._try("merge-base", one, other)
        if found is not None and found.strip():
            return found.decode().strip()
        raise self._missing(
            f"{one[:12]} and {other[:12]} have no commit in common", "RB754", "Compare with a revision that the other comes from."
        )

    def _missing(self, message: str, code: str, help: str) -> RunbookError:
        shallow = self._try("rev-parse", "--is-shallow-repository")
        if shallow is not None and shallow.strip() == b"true":
            return fail("RB753", f"{message}, and this clone is shallow: it holds only the newest commits.", help=_DEPTH)
        return fail(code, f"{message}.", help=help)

    def prefix(self, path: str) -> str:
        """A path on the disk as the repository calls it; '' for its root. Raises RunbookError RB751 for one outside of it."""
        relative = os.path.relpath(os.path.realpath(path), self.root)
        if relative == os.pardir or relative.startswith(os.pardir + os.sep):
            raise fail("RB751", f"{path} lies outside of the repository {self.root}.", help="Name a path inside of it.")
        return "" if relative == os.curdir else relative

    def tree(self, commit: str, below: str = "") -> dict[str, Leaf]:
        """All files of a commit by path from the root; `below` limits them to a folder or a file."""
        words = ["ls-tree", "-r", "-z", "-l", "--full-tree", commit, *(["--", below] if below else [])]
        found: dict[str, Leaf] = {}
        for line in self._get(*words).split(b"\0"):
            about, _, name = line.partition(b"\t")
            parts = about.split()
            if len(parts) == 4 and parts[1] == b"blob":
                found[os.fsdecode(name)] = Leaf(parts[0].decode(), parts[2].decode(), int(parts[3]))
        return found

    def changed(self, base: str, head: str) -> list[str]:
        """Paths that differ between two commits, those that a rename left as well."""
        words = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", base, head]
        return [os.fsdecode(name) for name in self._get(*words).split(b"\0") if name]

    def contents(self, leaf: Leaf) -> bytes:
        """The bytes of a file, at most as many as are ever read of one."""
        return self._get("cat-file", "blob", leaf.id)[: MAX_BYTES + 1] if leaf.size <= 16 * MAX_BYTES else b"\n" * (MAX_BYTES + 1)

    def _get(self, *words: str) -> bytes:
        found = self._try(*words)
        if found is None:
            raise fail("RB751", f"git can't read {self.root}: {self._said or 'it says nothing'}.", help="`git fsck` looks for damage.")
        return found

    def _try(self, *words: str) -> bytes | None:
        """What git prints; None when it fails, and `_said` has its last word."""
        import subprocess

        self._said = ""
        command = ["git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C", self._folder, *words]
        try:
            done = subprocess.run(
                command, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE_S, check=False, env={**os.environ, **_QUIET}
            )
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            self._said = str(error)
            return None
        if done.returncode:
            self._said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].rstrip(".")
            return None
        return done.stdout


class Snapshot:
    """The files of one commit, read when they are asked for."""

    def __init__(self, repository: Repository, revision: str, commit: str, below: str = "") -> None:
        self.repository = repository
        self.revision = revision
        self.commit = commit
        self.leaves = repository.tree(commit, below)
        self._read: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        """A file by its path from the root; links inside of the tree are followed. None when there is none."""
        for _ in range(_MOST_LINKS):
            leaf = self.leaves.get(path)
            if leaf is None:
                return None
            if leaf.mode in FILES:
                if leaf.id not in self._read:
                    self._read[leaf.id] = self.repository.contents(leaf)
                return self._read[leaf.id]
            target = self.repository.contents(leaf).decode(errors="surrogateescape") if leaf.mode == LINK else "/"
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if path.startswith(("/", "../")):
                return None
        return None

    def files(self, folder: str) -> Iterator[str]:
        """Paths of the files in a folder and below, in order, hidden folders and files left out."""
        start = f"{folder}/" if folder else ""
        for path in sorted(self.leaves):
            if path.startswith(start) and not any(part.startswith(".") for part in path[len(start) :].split("/")):
                yield path


class LibraryAt:
    """The files of one folder at a commit, as a library reads them: nothing outside of the folder."""

    def __init__(self, snapshot: Snapshot, folder: str) -> None:
        self.snapshot = snapshot
        self.folder = folder
        self.name = f"The revision {snapshot.revision}"

    def get(self, name: str, /) -> bytes | None:
        """The bytes of a file by its path in the folder; None when there is none."""
        path = posixpath.normpath(posixpath.join(self.folder, name))
        inside = not path.startswith(("/", "../")) and (not self.folder or path.startswith(f"{self.folder}/"))
        return self.snapshot.read(path) if inside else None

    def __contains__(self, name: object, /) -> bool:
        return isinstance(name, str) and self.get(name) is not None
