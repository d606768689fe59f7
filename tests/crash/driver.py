"""Runs and resumes real runs in processes of their own that a test can kill: one warm process that forks for each.

Reads one JSON command a line from its standard input and answers with one JSON line:
`spawn` {do, file, store, …} → {pid}; `warm` {a scene} → {result}; `wait` {pid} → {code, result}. A child that was killed has a negative code.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from typing import Any

from runbook_lang.adapters import journal as journal_module
from runbook_lang.adapters.files import Files
from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.store import Store
from runbook_lang.api.inputs import resolve_inputs
from runbook_lang.api.load import load
from runbook_lang.api.runs import Choices, Session, resume, start
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.expr.tagged import dumps

HANGS_S = 40
"""No run of these tests takes as long: a process that does shows where it stands, and ends."""


class Person:
    """Answers what the command says beforehand, and keeps what was said."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.said: list[str] = []

    def ask(self, wait: Any) -> dict[str, Any] | None:
        answer = self.answers.get(wait.path)
        if answer is None or wait.what == "doubt":
            return None
        return {"by": "ana", "value": dumps(answer) if wait.what == "answer" else "", "verdict": "approved"}

    def incident(self, move: Any) -> None:
        self.said.append(f"incident {move.path}")

    def say(self, text: str) -> None:
        self.said.append(text)

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Nobody looks."""

    def saw(self, event: Any) -> None:
        """Nobody looks."""


def kill_after(appends: int) -> None:
    """The process dies, without a chance to do anything, right after its k-th line is in the journal."""
    real = FileJournal.append
    left = [appends]

    def append(self: FileJournal, event: Any, *, flush: bool = True) -> Any:
        seen = real(self, event, flush=flush)
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return seen

    FileJournal.append = append  # type: ignore[method-assign]  # a stand-in for this process alone


class FullDisk(Files):
    """From the k-th write on the disk is full, until the reserve is given up."""

    def __init__(self, writes: int) -> None:
        self.left = writes
        self.freed = False

    def write(self, fd: int, data: bytes) -> int:
        self.left -= 1
        if self.left < 0 and not self.freed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(fd, data)

    def unlink(self, path: str) -> None:
        self.freed = self.freed or (os.path.basename(path) == journal_module.RESERVE and self.left < 0)
        super().unlink(path)


def fill_disk(writes: int) -> None:
    disk = FullDisk(writes)
    real = FileJournal.create

    def create(folder: str, masker: Any, *, files: Files = disk) -> FileJournal:
        return real(folder, masker, files=disk)

    FileJournal.create = create  # type: ignore[method-assign,assignment]  # a stand-in for this process alone


def work(command: dict[str, Any]) -> dict[str, Any]:
    if command["do"] in ("die", "finish"):
        from tests.crash import dying

        scene: dict[str, Any] = getattr(dying, command["do"])(command)
        return scene
    person = Person(command.get("answers", {}))
    session = Session(person, person, {**os.environ, **command.get("environ", {})}, "ana")
    store = Store(command["store"])
    if command.get("kill_after"):
        kill_after(command["kill_after"])
    if command.get("full_after"):
        fill_disk(command["full_after"])
    try:
        if command["do"] == "start":
            loaded = load(command["file"])
            if loaded.program is None or loaded.runbook is None:
                raise RunbookError(*loaded.problems.sorted())
            finished = start(loaded, resolve_inputs(loaded.runbook, {}, frozenset(), {}), session, store, until=command.get("until", ""))
        else:
            choices = Choices(**command.get("choices", {}))
            finished = resume(store.open_run("last"), command["file"], session, store, choices)
    except RunbookError as error:
        return {"codes": [item.code for item in error.diagnostics], "said": person.said}
    closed = finished.state.closed
    return {
        "exit": finished.exit,
        "paused": finished.paused,
        "needs": list(finished.needs),
        "outcome": dict(closed) if closed else None,
        "said": person.said,
    }


def spawn(command: dict[str, Any], results: dict[int, int]) -> int:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        results[pid] = read
        return pid
    os.close(read)
    quiet = os.open(os.devnull, os.O_RDWR)
    os.dup2(quiet, 0)
    os.dup2(quiet, 1)
    code = 70
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    try:
        os.write(write, json.dumps(work(command)).encode())
        code = 0
    except BaseException:  # noqa: BLE001 - the test that waits for the code shows it
        traceback.print_exc()
    finally:
        os._exit(code)


def wait(pid: int, results: dict[int, int]) -> dict[str, Any]:
    with os.fdopen(results.pop(pid), "rb") as stream:
        raw = stream.read()
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "result": json.loads(raw) if raw else None}


def main() -> None:
    for name in ("tests.crash.dying", "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.serialization"):
        importlib.import_module(name)  # once, so that no fork has to
    results: dict[int, int] = {}
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "warm":
            answer = {"result": work({**command, "do": "finish"})}  # here, so that no fork has to import anything
            for thread in threading.enumerate():
                if thread is not threading.current_thread():
                    thread.join()  # a fork beside a thread could inherit its locks
            gc.freeze()  # what is there is left alone, so that a fork needn't copy it
        else:
            answer = {"pid": spawn(command, results)} if command["do"] != "wait" else wait(command["pid"], results)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
