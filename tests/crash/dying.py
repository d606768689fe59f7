"""In a forked process: runs that meet a fault, the resume after it, and what has to hold then."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runbook_lang.adapters.inbox import drop
from runbook_lang.adapters.store import RunFolder, Store, summarise
from runbook_lang.api import runs
from runbook_lang.api.audit import verify
from runbook_lang.api.inputs import resolve_inputs
from runbook_lang.api.load import load
from runbook_lang.api.planning import plan
from runbook_lang.api.runs import Choices, Finished, Session, resume, start
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import ActEnded, ActStarted, DoubtSettled, Event
from tests.crash import everything, faults
from tests.crash.counted import UNDURABLE, executors

if TYPE_CHECKING:
    from collections.abc import Iterator

ACKNOWLEDGED = "acknowledged"
ROUNDS = 12


class Teller:
    """Answers what the story says, and keeps what was said."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.said: list[str] = []

    def ask(self, wait: Any) -> dict[str, Any] | None:
        answer = None if wait.what == "doubt" else self.answers.get(wait.path)
        if answer is None:
            return None
        return {"by": "ana", "value": json.dumps(answer) if wait.what == "answer" else "", "verdict": "approved"}

    def incident(self, move: Any) -> None:
        self.said.append(f"incident {move.message}")

    def say(self, text: str) -> None:
        self.said.append(text)

    def output(self, path: str, stream: str, data: bytes) -> None:
        self.said.append(f"{path} {stream} {data!r}")

    def saw(self, event: Event) -> None:
        """`watch` notes what is durable."""


class Scene:
    """A book in its folder, in this process."""

    def __init__(self, command: dict[str, Any]) -> None:
        self.folder = Path(command["folder"])
        self.name = command["name"]
        self.file = str(self.folder / f"{self.name}.yml")
        self.store = Store(str(self.folder / "store"))
        self.effects = str(self.folder / "effects")
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TOKEN": everything.TOKEN}
        if command.get("signed", True):
            self.environ["RUNBOOK_KEYS"] = str(self.folder.parent / "keys")
        self.answers = {path: answer for path, answer in everything.ANSWERS.items() if path not in command.get("silent", ())}

    def session(self, disk: faults.Disk | None = None) -> Session:
        runs.executor = executors(self.effects, disk)  # type: ignore[attr-defined]  # a stand-in for this process alone
        teller = Teller(self.answers)
        return Session(teller, teller, self.environ, "ana")

    def start(self, session: Session) -> Finished:
        loaded = load(self.file)
        assert loaded.program is not None, loaded.problems.sorted()
        assert loaded.runbook is not None
        return start(loaded, resolve_inputs(loaded.runbook, {}, frozenset(), {}), session, self.store)

    def resume(self, session: Session, assume: str = "") -> Finished:
        return resume(self.store.open_run("last"), self.file, session, self.store, Choices(assume=assume))

    def last(self) -> RunFolder | None:
        """The newest run that has begun; None when there is none."""
        ids = self.store.ids()
        run = self.store.open_run(ids[0]) if ids else None
        return None if run is None or not os.path.exists(os.path.join(run.path, "journal.jsonl")) or self.state(run) == "empty" else run

    @staticmethod
    def state(run: RunFolder) -> str:
        return summarise(run).state

    def marks(self) -> dict[str, list[str]]:
        """Who made each mark."""
        found: dict[str, list[str]] = {}
        for line in Path(self.effects).read_text(encoding="utf-8").splitlines() if os.path.exists(self.effects) else ():
            name, made_by = line.split()
            if not name.startswith("."):
                found.setdefault(name, []).append(made_by)
        return found


def watch(path: str) -> None:
    """Every recorded event that was to be flushed is acknowledged once `record` is back: its line is on the disk."""
    from runbook_lang.runtime.recorder import Recorder

    real = Recorder.record
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def record(self: Recorder, kind: type[Event], /, *, flush: bool = True, sign: bool = False, **fields: Any) -> Any:
        state = real(self, kind, flush=flush, sign=sign, **fields)
        if flush:
            journal: Any = self.journal
            os.write(fd, f"{journal.seq} {journal.prev}\n".encode())
        return state

    Recorder.record = record  # type: ignore[method-assign]  # a stand-in for this process alone


def die(command: dict[str, Any]) -> dict[str, Any]:
    """Starts (or resumes) the run with a fault in its way. Comes back only where the fault let the process live."""
    scene = Scene(command)
    if command.get("drop") and command.get("resumed"):
        run = scene.store.open_run("last")
        drop(run.inbox, {"kind": "approve", "path": command["drop"], "by": "bea", "verdict": "approved"})
    disk = faults.install(command["at"], command["how"], str(scene.folder / faults.LOST))
    session = scene.session(disk)
    watch(str(scene.folder / ACKNOWLEDGED))
    try:
        finished = scene.resume(session) if command.get("resumed") else scene.start(session)
    except RunbookError as error:
        return {"codes": [item.code for item in error.diagnostics], "said": [*teller(session).said, str(error)], "calls": disk.calls}
    return {"exit": finished.exit, "warning": finished.warning, "said": teller(session).said, "calls": disk.calls, "met": disk.met}


def teller(session: Session) -> Teller:
    assert isinstance(session.person, Teller)
    return session.person


def finish(command: dict[str, Any]) -> dict[str, Any]:
    """Goes on with the run until it is over, and says what of the promises was broken."""
    scene = Scene(command)
    faults.apply_power_cut(str(scene.folder / faults.LOST))
    faults.install(0, "", "")  # nothing fails, and nobody waits for the real disk
    scene.answers = dict(everything.ANSWERS)
    session = scene.session()
    broken: list[str] = list(_before(scene))
    ended = _finish(scene, session, command.get("by_inbox", ""), broken)
    run = scene.last()
    if run is None or ended is None:
        return {"broken": [*broken, "the run doesn't end"], "trail": _trail(run)}
    broken += _invariants(scene, run, session, command)
    return {"broken": broken, "trail": _trail(run) if broken else []}


def _trail(run: RunFolder | None) -> list[str]:
    return [] if run is None else Path(run.path, "journal.jsonl").read_text(encoding="utf-8").splitlines()[-12:]


def _before(scene: Scene) -> Iterator[str]:
    """What was acknowledged is there, whatever happened."""
    path = scene.folder / ACKNOWLEDGED
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if not lines:
        return
    number, digest = lines[-1].split()
    run = scene.last()
    if run is None:
        yield f"event {number} was acknowledged, and there is no run"
        return
    seen = 0
    reader = run.read()
    for event in reader:
        seen = event.seq
        if seen == int(number) and reader.prev != digest:
            yield f"event {number} isn't the one that was acknowledged"
    if seen < int(number):
        yield f"event {number} was acknowledged, and {seen} are left"


def _finish(scene: Scene, session: Session, by_inbox: str, broken: list[str]) -> Finished | str | None:
    assume = ""
    for _ in range(ROUNDS):
        run = scene.last()
        if run is None:
            if scene.marks():
                broken.append("there are effects, and no run")
            result = scene.start(session)
        else:
            if by_inbox and scene.state(run) == "paused":
                drop(run.inbox, {"kind": "approve", "path": by_inbox, "by": "bea", "verdict": "approved"})
                by_inbox = ""
            try:
                result = scene.resume(session, assume)
            except RunbookError as error:
                if [item.code for item in error.diagnostics] == ["RB515"]:
                    return "closed"
                raise
        if not result.paused:
            return result
        doubts = [need.partition(": ")[0] for need in result.needs if need.endswith(": doubt")]
        assume = _known(scene, doubts[0]) if doubts else ""
    return None


def _known(scene: Scene, path: str) -> str:
    """What a person would find who went to look."""
    step = everything.OWN.get(path, path.rpartition("/")[2])
    return "done" if step in scene.marks() else "not-done"


def _invariants(scene: Scene, run: RunFolder, session: Session, command: dict[str, Any]) -> Iterator[str]:
    events = tuple(run.read())
    yield from _intents(scene, events)
    yield from _starts(events)
    yield from _audited(run, scene, command)
    yield from _secrets(scene, session)
    if command.get("plans"):
        yield from _offline(scene)


def _intents(scene: Scene, events: tuple[Event, ...]) -> Iterator[str]:
    """1: each effect has an intent, which was durable before it. 2: and there is one of each."""
    marks = scene.marks()
    if UNDURABLE in marks:
        yield f"1: {marks.pop(UNDURABLE)} took effect before its intent was durable"
    intents = {event.id for event in events if isinstance(event, ActStarted)}
    for name, made_by in marks.items():
        if not intents.issuperset(made_by):
            yield f"1: {name} has no intent: {made_by}"
        if len(made_by) > 1 and name not in everything.REPEATABLE:
            yield f"2: {name} took place {len(made_by)} times: {made_by}"
    if set(marks) != everything.EFFECTS[scene.name]:
        yield f"2: other effects than without a fault: {sorted(set(marks) ^ everything.EFFECTS[scene.name])}"


def _starts(events: tuple[Event, ...]) -> Iterator[str]:
    """2: a change starts again only when it is known not to have applied. 3: nothing starts that has ended well."""
    open_: dict[str, str] = {}
    applied: dict[str, str] = {}
    for event in events:
        if isinstance(event, ActStarted):
            path, _, rest = event.id.partition("#")
            key = f"{path}#{rest.partition('/')[2]}"
            known = applied.get(key, "no")
            if key.endswith("#main") and known == "ok":
                yield f"3: {event.id} starts (line {event.seq}) after it had ended well"
            open_[event.id] = key
            applied[key] = "unknown"
        elif isinstance(event, ActEnded):
            applied[open_[event.id]] = "ok" if event.ok else event.applied
        elif isinstance(event, DoubtSettled):
            applied[open_[event.id]] = event.applied


def _audited(run: RunFolder, scene: Scene, command: dict[str, Any]) -> Iterator[str]:
    audit = verify(run, scene.environ)
    for verdict in audit.verdicts:  # its conformance is the replay: the same decisions, and each of them allowed
        allowed = ("pass", "none") if command.get("signed", True) is False or verdict.name == "anchored" else ("pass",)
        if verdict.status not in allowed:
            yield f"3: {verdict.name}: {verdict.reason}"


def _secrets(scene: Scene, session: Session) -> Iterator[str]:
    """4: in nothing that was written or said; a rendered file is where the runbook wants it."""
    forms = [form for value in (everything.TOKEN, everything.BORN) for form in (value.encode(), base64.b64encode(value.encode())[:-4])]
    written = [path for path in Path(scene.store.root).rglob("*") if path.is_file() and path.parent.name != "files"]
    for path in written:
        data = path.read_bytes()
        if any(form in data for form in forms):
            yield f"4: a secret stands in {path.name}"
    said = "\n".join(teller(session).said).encode()
    if any(form in said for form in forms):
        yield "4: a secret was said"


def _offline(scene: Scene) -> Iterator[str]:
    """5: the plan opens no socket and starts nothing."""
    with contextlib.ExitStack() as stack:
        for owner, name in ((socket, "socket"), (subprocess, "Popen"), (os, "fork"), (os, "posix_spawn")):
            stack.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, _refuse)
        made = plan(load(scene.file))
    if everything.TOKEN in json.dumps(made.as_json()):
        yield "4: a secret stands in the plan"


def _refuse(*_: Any, **__: Any) -> Any:
    raise AssertionError("the plan reached out")
