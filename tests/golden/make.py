"""Makes the golden journals of a release: `python -m tests.golden.make`, once for each release, never for an older one.

Each lies in `tests/golden/<rules>/<version>/<name>/`: the run's folder as it was left, the public key that its signatures count by,
and `wanted.json`, which says what the release made of it. Nothing real is touched: every executor is a stand-in.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lang import __version__
from runbook_lang.adapters.inbox import drop
from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.keys import TRUSTED, KeyRing
from runbook_lang.adapters.store import RunFolder, Store
from runbook_lang.api import runs
from runbook_lang.api.audit import verify
from runbook_lang.api.inputs import resolve_inputs
from runbook_lang.api.load import load
from runbook_lang.api.runs import Choices, Session, read_run, resume, start, waiting
from runbook_lang.machine.events import RULES
from runbook_lang.runtime.ports import Outcome
from tests.crash import everything
from tests.crash.counted import Counted
from tests.crash.dying import Teller

if TYPE_CHECKING:
    from runbook_lang.api.runs import Finished

HERE = Path(__file__).parent
BOOKS = {**everything.BOOKS, **{path.stem: path.read_text(encoding="utf-8") for path in (HERE / "books").glob("*.yml")}}
ANSWERS = {**everything.ANSWERS, "drop": True, "flush": True, "restart": True, "really": True, "how_many": 3, "window": True}
TOKENS = {"TOKEN": everything.TOKEN, "PASSWORD": "canary-password-4410"}


class Cut(BaseException):
    """The process dies."""


class Stand:
    """Any executor: says what `ANSWERED` has for the step, and succeeds."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, attempt: Any) -> Outcome:
        given = json.loads((HERE / "books" / "answers.json").read_text(encoding="utf-8"))
        value = given.get(attempt.id.partition("#")[0], given[self.name])
        return Outcome(True, "yes", value=value)


class Maker:
    """One golden run in a folder of its own."""

    def __init__(self, folder: Path, book: str) -> None:
        self.folder = folder
        self.file = folder / f"{book}.yml"
        self.store = Store(str(folder / "store"))
        for path in (HERE / "books").iterdir():
            shutil.copy(path, folder)
        for name, text in everything.FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.file.write_text(BOOKS[book], encoding="utf-8")
        self.environ = {"PATH": "/nonexistent", "HOME": "/nonexistent", "RUNBOOK_KEYS": str(folder / "keys"), **TOKENS}
        KeyRing(str(folder / "keys")).new("golden")
        counted = Counted(str(folder / "effects"), None)
        runs.executor = lambda name: counted if name == "shell" else Stand(name)  # type: ignore[attr-defined]  # a stand-in
        runs.socket.gethostname = lambda: "golden"  # no trace of the machine that made it

    def session(self, *silent: str) -> Session:
        teller = Teller({path: answer for path, answer in ANSWERS.items() if path not in silent})
        return Session(teller, teller, self.environ, "ana")

    def start(self, *silent: str) -> Finished:
        loaded = load(str(self.file))
        assert loaded.program is not None, loaded.problems.sorted()
        assert loaded.runbook is not None
        inputs = resolve_inputs(loaded.runbook, {}, frozenset(), {})
        return start(loaded, inputs, self.session(*silent), self.store)

    def resume(self, *silent: str, **choices: Any) -> Finished:
        return resume(self.store.open_run("last"), str(self.file), self.session(*silent), self.store, Choices(**choices))

    def cut_after(self, lines: int) -> None:
        """Starts, and dies behind so many lines."""
        real = FileJournal.append

        def append(journal: FileJournal, event: Any, *, flush: bool = True) -> Any:
            seen = real(journal, event, flush=flush)
            if seen.seq == lines:
                raise Cut
            return seen

        FileJournal.append = append  # type: ignore[method-assign]  # put back below
        try:
            self.start("hand")
        except Cut:
            return
        finally:
            FileJournal.append = real  # type: ignore[method-assign]  # put back
        raise SystemExit(f"the run had fewer than {lines} lines")

    def keep(self, target: Path) -> None:
        """The run's folder without what only a living process needs, and what this release makes of it."""
        run = self.store.open_run("last")
        shutil.copytree(run.path, target / "run", ignore=shutil.ignore_patterns("inbox", "reserve", "holder.json", "files"))
        (target / "keys").mkdir()
        shutil.copy(self.folder / "keys" / TRUSTED, target / "keys")
        kept = RunFolder("run", str(target / "run"))
        (target / "wanted.json").write_text(json.dumps(told(kept, str(target / "keys")), indent=1) + "\n", encoding="utf-8")


def told(run: RunFolder, keys: str) -> dict[str, Any]:
    """What this version makes of a kept run: what the verdicts are, what came of it, what it waits for."""
    audit = verify(run, {"RUNBOOK_KEYS": keys})
    opened = read_run(run)
    state = opened.replayed.state
    return {
        "verdicts": {one.name: one.status for one in audit.verdicts if one.name != "place"},
        "events": len(opened.events),
        "phase": state.phase,
        "outcome": dict(state.closed) if state.closed else None,
        "waits": list(waiting(opened.loaded.program, state)) if opened.loaded.program else [],
    }


def _closed(maker: Maker, exit: int) -> None:
    finished = maker.start()
    assert (finished.paused, finished.exit) == ("", exit), (finished.needs, finished.state.closed)


def _paused(maker: Maker) -> None:
    assert maker.start("hand").paused == "paused"


def _resumed(maker: Maker) -> None:
    """Died in the middle of a change that nothing can tell of, aborted nothing, and went on by a message."""
    maker.cut_after(40)
    finished = maker.resume("hand", assume="not-done")
    while finished.paused and not any(need.startswith("hand") for need in finished.needs):
        finished = maker.resume("hand", assume="done")
    drop(finished.run.inbox, {"kind": "approve", "path": "hand", "by": "bea", "verdict": "approved"})
    assert not maker.resume().paused


def _aborted(maker: Maker) -> None:
    maker.cut_after(24)
    assert maker.resume("hand", assume="done", abort=True, undo=True).exit == 6


def _cut(maker: Maker) -> None:
    maker.cut_after(31)


STORIES: dict[str, tuple[str, Any]] = {
    "steps": ("steps", lambda maker: _closed(maker, 0)),
    "tools": ("tools", lambda maker: _closed(maker, 0)),
    "policy": ("policed", lambda maker: _closed(maker, 0)),
    "undone": ("undone", lambda maker: _closed(maker, 5)),
    "paused": ("flow", _paused),
    "resumed": ("flow", _resumed),
    "aborted": ("flow", _aborted),
    "cut": ("flow", _cut),
}


def main() -> None:
    target = HERE / str(RULES) / __version__
    if target.exists():
        raise SystemExit(f"{target} is there: a release's journals are made once, and never again")
    for name, (book, tell) in STORIES.items():
        with tempfile.TemporaryDirectory(prefix="golden-") as folder:
            maker = Maker(Path(folder), book)
            tell(maker)
            maker.keep(target / name)
        sys.stdout.write(f"{os.path.relpath(target / name)}\n")


if __name__ == "__main__":
    main()
