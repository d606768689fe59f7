"""`runs.log` of a store: what became of its runs, so that none can vanish unseen.

One line each time a run was opened, paused or closed (with the signed checkpoint of its journal), and for what was done to it
later: sealed, redacted, held, released, pruned. Lines have the form of a journal's lines and form a chain. With a key,
`runs.checkpoint` beside it holds a signed checkpoint whose leaves are these lines.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time

from ..base.diagnostics import fail
from ..base.record import Record
from ..base.text import reason
from .checkpoints import RUNS_ORIGIN, BadNote, Head, read_head, read_note, write_note
from .files import REAL, cannot, make_folder, read_regular, sync_folder, write_all, write_file
from .keys import stamp_now
from .lines import FIRST_PREV, LINE_LIMIT, BadLine, encode_body, link, split
from .merkle import Tree
from .uuid7 import is_uuid7, uuid7

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from .keys import Signer

NAME = "runs.log"
HEAD = "runs.checkpoint"
RUNS = "runs"
PATIENCE_S = 10.0
WORDS = ("made", "opened", "paused", "closed", "sealed", "redacted", "held", "released", "pruned")


class Entry(Record):
    """A line. `note`: the checkpoint of the run's journal at that moment, '' when none is known or nothing signs. `removed`: digests
    of output that was taken away. `line` counts from 1."""

    line: int
    at: str
    word: str
    run: str = ""
    note: str = ""
    by: str = ""
    why: str = ""
    removed: tuple[str, ...] = ()
    store: str = ""

    @property
    def head(self) -> Head | None:
        """The tree head in the note."""
        try:
            return read_head(read_note(self.note).text) if self.note else None
        except BadNote:
            return None


class Broken(Record):
    """The first line that can't be what was written: its number, its byte offset, and why."""

    line: int
    offset: int
    why: str


class RunsLog:
    """The list of one store. Reading changes nothing."""

    __slots__ = ("broken", "lines", "path", "prev", "root", "store", "torn", "tree")

    def __init__(self, root: str) -> None:
        self.root = root
        self.path = os.path.join(root, NAME)
        self._begin()

    def _begin(self) -> None:
        self.tree = Tree()
        self.prev = FIRST_PREV
        self.store = ""
        self.lines = 0
        self.broken: Broken | None = None
        self.torn: tuple[int, int] | None = None  # offset and length of an unfinished last line

    @property
    def exists(self) -> bool:
        return os.path.lexists(self.path)

    def entries(self, at_size: Callable[[int, Tree], object] | None = None) -> Iterator[Entry]:
        """The entries until the first bad line, which `broken` tells. `at_size` is called after each line, with the number of
        lines and their tree."""
        self._begin()
        offset = 0
        for raw in self._raw():
            try:
                if raw[-1:] != b"\n":
                    self.torn = (offset, len(raw))
                    return
                line = raw[:-1]
                digest = link(line, self.prev)
                entry = _entry(line, self.lines + 1)
            except BadLine as bad:
                self.broken = Broken(self.lines + 1, offset, bad.args[0])
                return
            self.prev = digest
            self.tree.add(line)
            self.lines += 1
            offset += len(raw)
            if entry.store:
                self.store = entry.store
            if at_size is not None:
                at_size(self.lines, self.tree)
            yield entry

    def _raw(self) -> Iterator[bytes]:
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return
        except OSError as error:
            raise cannot("RB630", f"The list of runs {self.path} can't be read", error) from None
        with os.fdopen(fd, "rb", buffering=256 * 1024) as stream:
            while raw := stream.readline(LINE_LIMIT):
                yield raw

    @property
    def origin(self) -> str:
        return RUNS_ORIGIN + self.store

    def head(self) -> str:
        """The signed checkpoint over the list; '' without one."""
        try:
            return read_regular(os.path.join(self.root, HEAD), 64 * 1024).decode()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise fail("RB630", f"The checkpoint of {self.path} can't be read: {reason(error)}.") from None

    def append(self, word: str, run: str, signer: Signer | None, **fields: Any) -> None:
        """Adds a line, durable on return, and signs the list anew. Raises RunbookError RB630 (also for a list that was changed:
        a signature under it would hide that; and without a key for one that is signed)."""
        try:
            make_folder(REAL, self.root)
            fd = REAL.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW)
        except OSError as error:
            raise cannot("RB630", f"The list of runs {self.path} can't be opened", error) from None
        try:
            self._lock(fd)
            self._append(fd, word, run, signer, fields)
        except OSError as error:
            raise cannot("RB630", f"The list of runs {self.path} can't be written", error) from None
        finally:
            REAL.close(fd)

    def _lock(self, fd: int) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not REAL.try_lock(fd):
            if time.monotonic() > deadline:
                raise OSError(errno.EAGAIN, "another process has it locked")
            time.sleep(0.005)

    def _append(self, fd: int, word: str, run: str, signer: Signer | None, fields: dict[str, Any]) -> None:
        if self._signed_so_far(signer) and signer is not None:
            self._sign(signer)  # a process died before it had; so no more than one line is ever left without
        if self.torn is not None:
            self._set_aside(fd, *self.torn)
        raws = b""
        if not self.lines:
            raws += self._line({"word": "made", "store": uuid7()})
        raws += self._line({"word": word, "run": run, **{name: value for name, value in fields.items() if value}})
        write_all(REAL, fd, raws)
        REAL.fdatasync(fd)
        sync_folder(REAL, self.root)
        if signer is not None:
            self._sign(signer)

    def _signed_so_far(self, signer: Signer | None) -> bool:
        """Reads the list and holds it against its checkpoint; whether a line isn't signed yet. Raises RunbookError RB630."""
        from .runs_head import read_list, why_not_signed_on

        listed = read_list(self, signer.ring) if signer is not None else None
        if listed is None:
            for _ in self.entries():
                pass
        if self.broken is not None:
            raise _changed(self)
        if listed is None:
            if self.head():
                raise fail("RB630", f"{self.path} is signed, and there is no key to sign a further line with.", help=_NO_KEY)
            return False
        why = why_not_signed_on(listed, os.path.join(self.root, RUNS))
        if why:
            raise fail("RB630", f"Nothing is added to {self.path}: {why}.", help=_CHANGED)
        return bool(listed.loose)

    def _sign(self, signer: Signer) -> None:
        text = Head(self.origin, self.tree.size, self.tree.root()).text
        note = write_note(text, signer.sign(text))
        write_file(REAL, os.path.join(self.root, HEAD), note.encode())

    def _line(self, body: dict[str, Any]) -> bytes:
        raw, self.prev = encode_body({"at": stamp_now(), "seq": self.lines + 1, **body}, self.prev)
        self.lines += 1
        self.tree.add(raw)
        self.store = body.get("store", self.store)
        return raw + b"\n"

    def _set_aside(self, fd: int, offset: int, size: int) -> None:
        """An unfinished last line of a process that was killed: nobody was told that it's there."""
        with open(self.path, "rb") as stream:
            stream.seek(offset)
            data = stream.read(size)
        write_file(REAL, f"{self.path}.torn", data)
        REAL.truncate(fd, offset)


def _entry(raw: bytes, line: int) -> Entry:
    """Raises BadLine."""
    try:
        body = json.loads(split(raw)[0] + b"}")
        found = Entry(
            line,
            body["at"],
            body["word"],
            body.get("run", ""),
            body.get("note", ""),
            body.get("by", ""),
            body.get("why", ""),
            tuple(body.get("removed", ())),
            body.get("store", ""),
        )
        good = body["seq"] == line and found.word in WORDS and all(type(getattr(found, name)) is str for name in _TEXTS)
    except (ValueError, KeyError, TypeError, RecursionError):
        good = False
    if not good:
        raise BadLine("it is no entry of a list of runs, or not the one that comes here")
    return found


_TEXTS = ("at", "word", "run", "note", "by", "why", "store")


_CHANGED = (
    "The list was changed after it was written, or its key isn't known here (`runbook key trust`). See `runbook audit verify`; "
    "nothing was added."
)
_NO_KEY = "Make a key with: runbook key new; or use the one that signed it."


def _changed(log: RunsLog) -> Exception:
    assert log.broken is not None
    message = f"Line {log.broken.line} of {log.path} (at byte {log.broken.offset}) is bad: {log.broken.why}."
    return fail("RB630", message, help=_CHANGED)


def known_heads(root: str, run: str) -> dict[int, Head]:
    """What the list of a store knows of a run's journal: by number of lines, the tree head. Empty without a list."""
    return {entry.head.size: entry.head for entry in RunsLog(root).entries() if entry.run == run and entry.head is not None}


def held(root: str, run: str) -> Entry | None:
    """The entry by which a run is on legal hold; None when it isn't."""
    found: Entry | None = None
    for entry in RunsLog(root).entries():
        if entry.run == run and entry.word in ("held", "released"):
            found = entry if entry.word == "held" else None
    return found


def store_of(folder: str) -> str:
    """The store's root of a run's folder that lies in one; '' for a copy elsewhere."""
    runs, name = os.path.split(os.path.abspath(folder))
    with contextlib.suppress(OSError):
        if is_uuid7(name) and os.path.basename(runs) == "runs":
            return os.path.dirname(runs)
    return ""
