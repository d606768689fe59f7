"""The cases of PYMERP's library: each path of each runbook, with what is broken in the lab, what people answer, and what has to come out.

`library/*.yml` are lists of cases; the keys are the fields of `Case`. `docs/reference/library-coverage.md` is made from them.
"""

from __future__ import annotations

import datetime
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from runbook_lang.adapters.store import Store
from runbook_lang.api.audit import Wanted
from runbook_lang.api.audit import verify as audit
from runbook_lang.api.load import load
from runbook_lang.api.runs import operator_name
from runbook_lang.machine.core import Act, Fan, If, Incident, Node, Scope, Try
from tests.conftest_lab import RunningLab
from tests.runbooks.operator import RUNBOOK, RUNBOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CASES = Path(__file__).with_name("library")
NOTHING: Mapping[str, Any] = MappingProxyType({})
PAUSED = 8


class Case(NamedTuple):
    """`path` says in words which way it goes; `breaks` are faults of the lab."""

    runbook: str
    path: str
    exit: int
    breaks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("pg", "redis", "s3")
    inputs: Mapping[str, Any] = NOTHING
    env: Mapping[str, str] = NOTHING
    people: Mapping[str, Any] = NOTHING
    """By step: `approve`, `refuse`, or an answer. What isn't named here must not be asked."""
    mends: tuple[str, ...] = ()
    """What is mended before a person answers."""
    meanwhile: tuple[str, ...] = ()
    """What is broken before a person answers."""
    outputs: Mapping[str, Any] = NOTHING
    failure: Mapping[str, str] = NOTHING
    """How `step` and `kind` begin, and a part of the `message`."""
    told: tuple[str, ...] = ()
    """Escalations in their order: severity and tier, as in `P2 devops`; a severity alone begins where the policy says."""
    incident: str = ""
    """A text that is in what people are told."""
    started: tuple[str, ...] = ()
    """Attempts that must be among those made."""
    spared: tuple[str, ...] = ()
    """Attempts that must not."""
    undone: str = "none"
    hurried: bool = False
    """With the limits of `retry` and the time-outs shortened to a few seconds."""
    interrupted: bool = False
    """Ctrl-C once the run waits for a moment."""
    files: Mapping[str, str] = NOTHING
    """Files in the test's folder, which is `$TMP` in inputs, environment and answers."""
    written: Mapping[str, str] = NOTHING
    """By file of the test's folder, or of the run's (`files/…`): a text that has to be in it."""

    @property
    def name(self) -> str:
        return f"{self.runbook}-{re.sub('[^a-z0-9]+', '-', self.path.lower()).strip('-')}"


def cases() -> list[Case]:
    items = [item for file in sorted(CASES.glob("*.yml")) for item in yaml.safe_load(file.read_text(encoding="utf-8"))]
    return [Case(**{key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}) for item in items]


@functools.cache
def source(runbook: str) -> str:
    """The sections of the manual that a runbook names."""
    loaded = load(str(RUNBOOKS / f"{runbook}.yml"), check=False)
    assert loaded.runbook is not None
    return loaded.runbook.manual


def library(folder: Path, case: Case) -> None:
    """A copy of the library whose policy knows who runs the tests, with a window that is open unless the case waits for it;
    for a hurried case what waits for minutes waits for seconds. Nothing else is different."""
    copy = folder / "runbooks"
    shutil.copytree(RUNBOOKS, copy)
    policy = copy / "policy.yml"
    text = policy.read_text(encoding="utf-8").replace("os_user: oncall1", f"os_user: {operator_name()}")
    text = text.replace("approvals:\n", "approvals:\n  four_eyes: false\n")  # one account runs these tests: operator and approver
    policy.write_text(text if case.interrupted else text.replace('"tue 02:00-04:00"', '"24x7"'), encoding="utf-8")
    for file in copy.glob("*.yml") if case.hurried else ():
        text = re.sub(r"\bfor: \d+(?:m|s)\b", "for: 3s", file.read_text(encoding="utf-8"))
        file.write_text(re.sub(r"\btimeout: \d+s\b", "timeout: 3s", text), encoding="utf-8")


class Played(NamedTuple):
    """What a case gave: the result document, the events of the journal, all that was printed, and who is told by which step."""

    code: int
    result: dict[str, Any]
    events: list[dict[str, Any]]
    printed: str
    tiers: dict[str, str]

    def started(self) -> list[str]:
        return [event["id"] for event in self.events if event["type"] == "act.started"]

    def told(self) -> list[str]:
        return [self.tiers[event["id"].partition("#")[0]] for event in self.events if event["type"] == "incident.opened"]


def play(lab: RunningLab, case: Case, folder: Path) -> Played:
    """Breaks what the case breaks, runs, answers for people, and reads what is left."""
    lab.broken(*case.breaks)
    typed, inputs = _started(lab, case, folder)
    file = folder / "runbooks" / f"{case.runbook}.yml"
    code = typed.run("run", str(file), "--yes", *inputs)
    while code == PAUSED and not case.interrupted:
        waiting = [need["step"] for need in typed.result["needs"]]
        asked = next((path for path in waiting if path in case.people), None)
        assert asked is not None, f"asked without an answer in the case: {waiting}\n{typed.printed}"
        lab.mend(*case.mends)
        lab.broken(*case.meanwhile)
        typed.answer(asked, case.people[asked])
        code = typed.run("resume", "last")
    return Played(code, typed.result, typed.events(), typed.printed, tiers(file))


def _started(lab: RunningLab, case: Case, folder: Path) -> tuple[_Typed, list[str]]:
    """The library and the case's files in the folder; an operator, and the inputs as they are typed."""
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    library(folder, case)
    typed = _Typed(lab, folder, case)
    if "$RUN" in case.inputs.values():
        typed.an_earlier_run()
        for name, text in case.files.items():
            (folder / name).write_text(text.replace("$RUN", typed.earlier), encoding="utf-8")
    return typed, [word for name, value in case.inputs.items() for word in ("--input", f"{name}={typed.text(value)}")]


def rehearse(lab: RunningLab, case: Case, folder: Path) -> tuple[int, str]:
    """The exit code of a dry run with the case's inputs, and what it printed."""
    typed, inputs = _started(lab, case, folder)
    code, _ = typed.type("run", str(folder / "runbooks" / f"{case.runbook}.yml"), "--dry-run", *inputs)
    return code, typed.printed


def tiers(path: Path) -> dict[str, str]:
    """By the path of each step that escalates: severity and tier."""
    loaded = load(str(path), check=False)
    assert loaded.program is not None
    severity, root = loaded.program.severity, loaded.program.root
    found = _incidents((*root.body, *root.on_failure), "")
    return {place: f"{incident.severity or severity} {incident.tier}".strip() for place, incident in found}


def _incidents(body: Iterable[Node], prefix: str) -> Iterator[tuple[str, Incident]]:
    for node in body:
        if isinstance(node, Act):
            if node.incident is not None:
                yield prefix + node.id, node.incident
        elif isinstance(node, If):
            yield from _incidents((*node.body, *node.orelse), prefix)
        elif isinstance(node, Fan):
            yield from _incidents([*node.template, *(part for _, branch in node.branches for part in branch)], prefix)
        elif isinstance(node, Try):
            yield from _incidents((*node.body, *(node.rescue or ()), *node.always), prefix)
        elif isinstance(node, Scope):
            yield from _incidents((*node.body, *node.on_failure), f"{prefix}{node.id}/")


class _Typed:
    """What an operator types in one store, and what came of it."""

    def __init__(self, lab: RunningLab, folder: Path, case: Case) -> None:
        self.lab, self.folder, self.case = lab, folder, case
        self.store = folder / "store"
        self.printed = ""
        self.result: dict[str, Any] = {}
        self.earlier = ""

    def an_earlier_run(self) -> None:
        """An incident to look back at: its id is `$RUN`."""
        self.run("run", str(self.folder / "runbooks" / "part-health.yml"), "--yes")
        self.earlier = str(self.result["run"])

    def text(self, value: Any) -> str:
        """A value as it is typed. `$NAME` is a variable of the lab, `$TMP` the test's folder, `$IN_5H` and `$AGO_5H` are moments."""
        text = value if isinstance(value, str) else json.dumps(value)
        text = re.sub(r"\$(IN|AGO)_(\d+)H", lambda found: _moment(int(found[2]) * (1 if found[1] == "IN" else -1)), text)
        known = {**self.lab.env, "TMP": str(self.folder), "RUN": self.earlier}
        return re.sub(r"\$([A-Z_0-9]+)", lambda found: known.get(found[1], found[0]), text)

    def type(self, *words: str) -> tuple[int, str]:
        env = {"RUNBOOK_STORE": str(self.store), "RUNBOOK_KEYS": str(self.folder / "no-keys"), "PYTHONPATH": str(RUNBOOKS.parent)}
        env["PATH"] = f"{self.lab.env['PATH']}{os.pathsep}{Path(sys.executable).parent}"
        env |= {name: self.text(value) for name, value in self.case.env.items()}
        if self.case.interrupted:
            return self._interrupted(words, env)
        done = self.lab.run(*RUNBOOK, *words, limit=110, **env)
        self.printed += done.out + done.err
        return done.code, done.out

    def _interrupted(self, words: tuple[str, ...], env: dict[str, str]) -> tuple[int, str]:
        """Ctrl-C a second after the last event: the run waits for a moment."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen((*RUNBOOK, *words), env={**self.lab.env, **env}, text=True, **pipes)
        deadline, seen, since = time.monotonic() + 30, -1, time.monotonic()
        while time.monotonic() < deadline and process.poll() is None and not (seen > 0 and time.monotonic() - since > 1.5):
            size = sum(file.stat().st_size for file in self.store.glob("runs/*/journal.jsonl"))
            seen, since = (size, time.monotonic()) if size != seen else (seen, since)
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.printed += out + err
        return process.returncode, out

    def run(self, *words: str) -> int:
        code, out = self.type(*words, "--format", "json")
        assert out.strip(), self.printed
        self.result = json.loads(out)
        return code

    def answer(self, step: str, answer: Any) -> None:
        if answer in ("approve", "refuse"):
            refusal = ("--refuse", "--because", "the case says no") if answer == "refuse" else ()
            code, _ = self.type("approve", "last", step, *refusal)
        else:
            code, _ = self.type("answer", "last", step, self.text(answer))
        assert code == 0, self.printed

    def events(self) -> list[dict[str, Any]]:
        journal = self.store / "runs" / self.result["run"] / "journal.jsonl"
        return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]


def _moment(hours: int) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def bad_verdicts(folder: Path, run: str) -> list[str]:
    """What `runbook audit verify` finds wrong; that a paused run isn't over is no fault of it."""
    environ = {"HOME": str(folder), "RUNBOOK_KEYS": str(folder / "no-keys")}
    found = audit(Store(str(folder / "store")).open_run(run), environ, Wanted())
    return [one.name for one in found.verdicts if one.exit and one.status != "open"]
