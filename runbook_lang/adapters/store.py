"""The store: one folder a run, `runs/<run id>/`, and how runs are found again.

Layout of a run's folder: `journal.jsonl`, `program/` (the source files it was compiled from), `inbox/`
(messages of other processes), `evidence/` (long output, by digest), `files/` (rendered files), beside them
`holder.json`, `reserve`, `children` and, after a repair, `torn-<n>`. Folders have mode 0700, files 0600.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re

from ..base.diagnostics import fail
from ..base.record import Record
from ..machine.events import Checkpoint, JournalRepaired, RunClosed, RunOpened, RunPaused
from . import journal
from .files import REAL, cannot, make_folder, of_another, write_file
from .lines import LINE_LIMIT, TAIL, BadLine, decode
from .reader import NAME, Reader
from .uuid7 import is_uuid7, uuid7

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from ..machine.events import Event, StateKept
    from .files import Files
    from .mask import Masker

SETTING = "RUNBOOK_STORE"
MANIFEST = "manifest.json"
CLOSES = "closes"
"""Beside the journal of a run that closes an incident: the id of that incident's run."""
PROGRAM_FILE_LIMIT = 64 * 1024 * 1024


class Summary(Record):
    """A run at a glance, from the first and the last line of its journal; neither the chain nor the rest is verified.

    `state`: closed | paused | live (a process holds it) | cut (it ended without a word: resume it) | empty | bad.
    """

    id: str
    folder: str
    state: str
    runbook: str = ""
    mode: str = ""
    operator: str = ""
    opened_at: str = ""
    last_at: str = ""
    events: int = 0
    outcome: dict[str, Any] = {}  # noqa: RUF012 - a Record's defaults are never changed
    why: str = ""  # of a paused run; of a bad journal: what is bad


class RunFolder(Record):
    """The places of one run."""

    id: str
    path: str

    @property
    def inbox(self) -> str:
        return os.path.join(self.path, "inbox")

    @property
    def evidence(self) -> str:
        return f"{self.path}/evidence"

    @property
    def files(self) -> str:
        return os.path.join(self.path, "files")

    def create_journal(self, masker: Masker) -> journal.FileJournal:
        """See `FileJournal.create`."""
        return journal.FileJournal.create(self.path, masker)

    def open_journal(
        self, masker: Masker, each: Callable[[Event], object] | None = None, known: Callable[[StateKept], bool] | None = None
    ) -> journal.FileJournal:
        """See `FileJournal.open_existing`."""
        return journal.FileJournal.open_existing(self.path, masker, each=each, known=known)

    def check_writable(self, *, system: Files = REAL) -> None:
        """Raises RunbookError RB602 when the run can't be gone on with; nothing is changed."""
        path = os.path.join(self.path, NAME)
        try:
            system.close(system.open(path, os.O_RDWR | os.O_APPEND))
        except OSError as error:
            raise cannot("RB602", f"The journal {path} can't be opened", error, of_another(path, error)) from None

    def read(self) -> Reader:
        """The verified events."""
        return Reader(self.path)

    def check_begun(self) -> None:
        """Raises RunbookError RB519 for a run without a first line: its process died while it started, and did nothing; RB604 for one
        without a journal."""
        try:
            with open(os.path.join(self.path, NAME), "rb") as stream:
                begun = stream.readline(LINE_LIMIT + 1).endswith(b"\n")
        except OSError:
            help = "A process that dies while it starts leaves such a folder, and has done nothing. Else somebody took the journal away."
            raise fail("RB604", f"There is no journal in {self.path}.", help=help) from None
        if not begun:
            message = f"Run {self.id} has not begun: its process died while it started, and nothing was done."
            raise fail("RB519", message, help="Start it anew with: runbook run")

    def note_closes(self, incident: str, *, system: Files = REAL) -> None:
        """Keeps of which run's incident this run is the closing one. Raises RunbookError RB602."""
        try:
            write_file(system, os.path.join(self.path, CLOSES), incident.encode("ascii") + b"\n")
        except OSError as error:
            raise cannot("RB602", f"{CLOSES} can't be written in {self.path}", error) from None

    @property
    def closes(self) -> str:
        """The id of the run whose incident this run closes; '' for one that closes none."""
        try:
            with open(os.path.join(self.path, CLOSES), encoding="ascii") as stream:
                found = stream.read(64).strip()
        except (OSError, ValueError):
            return ""
        return found if is_uuid7(found) else ""

    def save_program(self, files: Mapping[str, bytes], *, system: Files = REAL) -> None:
        """Keeps the source files that the run is compiled from. Names are as the loader knows them; they may lie outside
        of the library, so the copies have names of their own and a manifest maps them. Raises RunbookError RB602."""
        folder = os.path.join(self.path, "program")
        entries = []
        try:
            make_folder(system, folder)
            for number, (name, data) in enumerate(files.items(), 1):
                copy = f"{number}-{_UNSAFE.sub('_', os.path.basename(name))[-100:]}"
                write_file(system, os.path.join(folder, copy), data)
                entries.append({"name": name, "copy": copy, "digest": hashlib.sha256(data).hexdigest()})
            text = json.dumps({"files": entries}, indent=1, ensure_ascii=False)
            write_file(system, os.path.join(folder, MANIFEST), text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise cannot("RB602", f"The program can't be kept in {folder}", error) from None

    def load_program(self) -> dict[str, bytes]:
        """The kept source files by name, in the order in which they were saved. Raises RunbookError RB606 when one is
        missing or was changed."""
        folder = os.path.join(self.path, "program")
        found = {}
        for entry in _manifest(folder):
            name, copy = entry["name"], entry["copy"]
            try:
                with open(os.path.join(folder, copy), "rb") as stream:
                    data = stream.read(PROGRAM_FILE_LIMIT)
            except OSError as error:
                raise _damaged(folder, f"{name} can't be read ({error.strerror})") from None
            if hashlib.sha256(data).hexdigest() != entry["digest"]:
                raise _damaged(folder, f"{name} was changed")
            found[name] = data
        return found


class Store:
    """All runs of a library. `root` is made with the first run."""

    __slots__ = ("root",)

    def __init__(self, root: str) -> None:
        self.root = os.path.abspath(root)

    @classmethod
    def locate(cls, library: str, environ: Mapping[str, str] | None = None) -> Store:
        """The store named by RUNBOOK_STORE, else `.runbook` in the library's folder."""
        named = (os.environ if environ is None else environ).get(SETTING, "")
        return cls(os.path.expanduser(named) if named else os.path.join(library, ".runbook"))

    @property
    def runs(self) -> str:
        return os.path.join(self.root, "runs")

    def create_run(self, run_id: str | None = None, *, system: Files = REAL) -> RunFolder:
        """A new run's folder. Raises RunbookError RB602 when the store can't be written."""
        run = self._folder(run_id or uuid7())
        try:
            make_folder(system, self.root)
            self._ignore(system)
            for path in (run.path, run.inbox):
                make_folder(system, path)
        except OSError as error:
            raise cannot("RB602", f"The run's folder {run.path} can't be made", error, self._other(error)) from None
        return run

    def check_writable(self, *, system: Files = REAL) -> None:
        """Raises RunbookError RB602 when no run could be kept here. It makes a folder and a file and removes them, so that nothing
        is left behind, and a store that isn't there yet isn't made."""
        place = self.runs
        while not os.path.lexists(place):
            place = os.path.dirname(place)
        probe = os.path.join(place, f".probe-{os.getpid()}")
        try:
            system.mkdir(probe)
            try:
                self._fill(os.path.join(probe, journal.RESERVE), system)
            finally:
                os.rmdir(probe)
        except OSError as error:
            raise cannot("RB602", f"No run can be kept in {self.root}, so nothing is started; {place}", error, self._other(error)) from None

    @staticmethod
    def _fill(path: str, system: Files) -> None:
        """As much as a journal sets aside, for a disk that is as good as full."""
        fd = system.open(path, os.O_WRONLY | os.O_CREAT)
        try:
            system.allocate(fd, journal.RESERVE_BYTES)
        finally:
            system.close(fd)
            system.unlink(path)

    def _other(self, error: OSError) -> str:
        """What to do when this folder can't be used; '' where another folder would be no better."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            return ""
        return f"Make it writable, or name another folder: --store FOLDER, or {SETTING}."

    def _ignore(self, system: Files) -> None:
        """Runs don't belong into the library's version control."""
        path = os.path.join(self.root, ".gitignore")
        if not os.path.exists(path):
            write_file(system, path, b"*\n", durable=False)

    def _folder(self, run_id: str) -> RunFolder:
        return RunFolder(run_id, os.path.join(self.runs, run_id))

    def ids(self) -> list[str]:
        """The ids of all runs, the newest first. Empty without a store."""
        try:
            names = os.listdir(self.runs)
        except FileNotFoundError:
            return []
        except OSError as error:
            help = "A store is a folder that holds runs; name another one." if isinstance(error, NotADirectoryError) else ""
            raise cannot("RB604", f"The store {self.root} can't be read", error, help) from None
        return sorted(filter(is_uuid7, names), reverse=True)

    def open_run(self, name: str) -> RunFolder:
        """The run of an id, an unambiguous beginning or end of one, or `last`. Raises RunbookError RB604."""
        wanted = name.strip().lower()
        if is_uuid7(wanted) and os.path.isdir(os.path.join(self.runs, wanted)):
            return self._folder(wanted)
        ids = self.ids()
        if not ids:
            raise fail("RB604", f"There are no runs in {self.root}.", help=f"Start one with `runbook run`, or set {SETTING}.")
        if wanted == "last":
            return self._folder(ids[0])
        found = [one for one in ids if wanted and (one.startswith(wanted) or one.endswith(wanted))]
        if len(found) == 1:
            return self._folder(found[0])
        if not found:
            raise fail("RB604", f"No run's id begins or ends with '{name}'.", help="`runbook runs` lists the runs of this store.")
        shown = ", ".join(found[:5]) + (", …" if len(found) > 5 else "")
        raise fail("RB604", f"'{name}' fits {len(found)} runs: {shown}.", help="Give more characters of the id, or its end.")

    def unfinished(self, run_id: str) -> str:
        """`paused` or `cut` for a run that isn't over and that no process holds; empty for any other."""
        run = self._folder(run_id)
        if not is_uuid7(run_id) or not os.path.isdir(run.path):
            return ""
        state = summarise(run).state
        return state if state in ("paused", "cut") else ""

    def list_runs(self) -> Iterator[Summary]:
        """A summary of each run, the newest first."""
        for run_id in self.ids():
            yield summarise(self._folder(run_id))


def summarise(run: RunFolder) -> Summary:
    """Reads the first and the last line only, so that a list of many long runs stays quick."""
    try:
        first, last = _ends(os.path.join(run.path, NAME))
    except (OSError, BadLine) as bad:
        return Summary(run.id, run.path, "bad", why=str(bad.args[-1]))
    live = journal.is_held(run.path)
    if first is None or last is None:
        return Summary(run.id, run.path, "live" if live else "empty")
    found = Summary(run.id, run.path, "live" if live else "cut", opened_at=first.at, last_at=last.at, events=last.seq)
    if isinstance(first, RunOpened):
        found = found.replace(runbook=first.runbook, mode=first.mode, operator=first.operator)
    if isinstance(last, RunClosed):
        return found.replace(state="closed", outcome=last.outcome)
    if isinstance(last, RunPaused) and not live:
        return found.replace(state="paused", why=last.why)
    return found


def _ends(path: str) -> tuple[Event | None, Event | None]:
    """The first whole line of a journal, and the last that isn't a checkpoint or a repair behind it; None in one without any."""
    with open(path, "rb") as stream:
        raw = stream.readline(LINE_LIMIT + 1)
        if not raw.endswith(b"\n"):
            return None, None
        first = decode(raw[:-1])[0]
        size = stream.seek(0, os.SEEK_END)
        span = 16 * 1024
        while True:
            start = max(0, size - span)
            stream.seek(start)
            block = stream.read(size - start)
            end = block.rfind(b"\n")
            begin = block.rfind(b"\n", 0, end) + 1
            if end - begin > TAIL and (begin > 0 or start == 0):
                last = decode(block[begin:end])[0]
                if not isinstance(last, (Checkpoint, JournalRepaired)) or (start == 0 and begin == 0):
                    return first, last
                size = start + begin
                continue
            if start == 0 or span > LINE_LIMIT * 2:
                raise BadLine("the last line can't be found")
            span *= 8


_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def _manifest(folder: str) -> list[dict[str, str]]:
    try:
        with open(os.path.join(folder, MANIFEST), "rb") as stream:
            entries = json.loads(stream.read(PROGRAM_FILE_LIMIT).decode("utf-8", "surrogateescape"))["files"]
        plain = [{key: str(entry[key]) for key in ("name", "copy", "digest")} for entry in entries]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(folder, f"{MANIFEST} can't be read") from None
    if any(_UNSAFE.search(entry["copy"]) for entry in plain):
        raise _damaged(folder, f"{MANIFEST} names a file outside of the folder")
    return plain


def _damaged(folder: str, why: str) -> Exception:
    help = "A run goes on only with the program that it was opened with. Restore the folder from a backup."
    return fail("RB606", f"The kept program in {folder} can't be used: {why}.", help=help)
