"""The cases of PYMERP's library: each path of each runbook, with what is broken in the lab, what people answer, and what has to come out.

`library/*.yml` are lists of cases; the keys are the fields of `Case`. `docs/reference/library-coverage.md` is made from them.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from runbook_lang.api.load import load
from runbook_lang.check.rules import nodes_in
from runbook_lang.machine.core import Act
from tests.conftest_lab import RunningLab
from tests.runbooks.operator import RUNBOOK, RUNBOOKS

if TYPE_CHECKING:
    from collections.abc import Mapping

CASES = Path(__file__).with_name("library")
RESULTS = {0: "succeeded", 1: "failed", 3: "refused", 4: "undone", 5: "escalated", 7: "undo incomplete", 8: "waits for a person"}


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    """`path` says in words which way it goes. `breaks` are faults of the lab, `mends` those that a person mends before they answer."""

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
    outputs: Mapping[str, Any] = NOTHING
    failure: Mapping[str, str] = NOTHING
    """`step`, `kind`, and a part of the `message`."""
    told: tuple[str, ...] = ()
    """Escalations in their order: severity and tier, as in `P2 devops`."""
    started: tuple[str, ...] = ()
    """Attempts that must be among those made."""
    spared: tuple[str, ...] = ()
    """Attempts that must not."""
    undone: str = "none"
    hurried: bool = False
    """With the limits of `retry` and the time-outs shortened to a few seconds."""

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
    return loaded.runbook.source


def hurried(folder: Path) -> Path:
    """A copy of the library in which what waits for minutes waits for seconds. Nothing else is different."""
    copy = folder / "runbooks"
    shutil.copytree(RUNBOOKS, copy)
    for file in copy.glob("*.yml"):
        text = re.sub(r"\bfor: \d+(?:m|s)\b", "for: 3s", file.read_text(encoding="utf-8"))
        file.write_text(re.sub(r"\btimeout: (?:20|30)s\b", "timeout: 3s", text), encoding="utf-8")
    return copy


class Played(NamedTuple):
    """What a case gave: the result document, the events of the journal, all that was printed."""

    code: int
    result: dict[str, Any]
    events: list[dict[str, Any]]
    printed: str
    tiers: dict[str, str]

    def started(self) -> list[str]:
        return [event["id"] for event in self.events if event["type"] == "act.started"]

    def told(self) -> list[str]:
        return [self.tiers[_name(event["id"])] for event in self.events if event["type"] == "incident.opened"]


def play(lab: RunningLab, case: Case, folder: Path) -> Played:
    """Breaks what the case breaks, runs, answers for people, and reads what is left."""
    lab.broken(*case.breaks)
    library = hurried(folder) if case.hurried else RUNBOOKS
    typed = _Typed(lab, folder / "store", case)
    inputs = [word for name, value in case.inputs.items() for word in ("--input", f"{name}={_text(value, lab)}")]
    code = typed.run("run", str(library / f"{case.runbook}.yml"), "--yes", *inputs)
    for _ in range(12):
        if code != 8:
            break
        waiting = typed.waits()
        asked = next((path for path in waiting if path in case.people), None)
        assert asked is not None, f"asked without an answer in the case: {waiting}"
        lab.mend(*case.mends)
        typed.answer(asked, case.people[asked])
        code = typed.run("resume", "last")
    return Played(code, typed.result, typed.events(), typed.printed, tiers(library / f"{case.runbook}.yml"))


def tiers(path: Path) -> dict[str, str]:
    """By the id of the step that escalates: severity and tier."""
    loaded = load(str(path), check=False)
    assert loaded.program is not None
    acts = [node for node in nodes_in((loaded.program.root,)) if isinstance(node, Act)]
    return {
        act.id: f"{act.incident.severity or loaded.program.severity} {act.incident.tier}".strip()
        for act in acts
        if act.incident is not None
    }


def _name(id_: str) -> str:
    """`a/b#1/main` is an attempt of `b`."""
    return id_.partition("#")[0].rpartition("/")[2]


def _text(value: Any, lab: RunningLab) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"\$(\w+)", lambda found: lab.env.get(found[1], found[0]), text)


class _Typed:
    """What an operator types in one store, and what came of it."""

    def __init__(self, lab: RunningLab, store: Path, case: Case) -> None:
        self.lab, self.store, self.case = lab, store, case
        self.printed = ""
        self.result: dict[str, Any] = {}

    def type(self, *words: str) -> tuple[int, str]:
        home = {"RUNBOOK_STORE": str(self.store), "RUNBOOK_KEYS": str(self.store / "no-keys"), "PYTHONPATH": str(RUNBOOKS.parent)}
        done = self.lab.run(*RUNBOOK, *words, limit=110, **home, **{name: _text(value, self.lab) for name, value in self.case.env.items()})
        self.printed += done.out + done.err
        return done.code, done.out

    def run(self, *words: str) -> int:
        code, out = self.type(*words, "--format", "json")
        assert out.strip(), self.printed
        self.result = json.loads(out)
        return code

    def waits(self) -> list[str]:
        _, out = self.type("status", "last", "--format", "json")
        return [need["step"] for need in json.loads(out)["runs"][0]["needs"]]

    def answer(self, step: str, answer: Any) -> None:
        if answer in ("approve", "refuse"):
            refusal = ("--refuse", "--because", "the case says no") if answer == "refuse" else ()
            code, _ = self.type("approve", "last", step, *refusal)
        else:
            code, _ = self.type("answer", "last", step, _text(answer, self.lab))
        assert code == 0, self.printed

    def events(self) -> list[dict[str, Any]]:
        journal = self.store / "runs" / self.result["run"] / "journal.jsonl"
        return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]

    def audit(self) -> dict[str, Any]:
        code, out = self.type("audit", "verify", self.result["run"], "--format", "json")
        assert code == 0, out
        document: dict[str, Any] = json.loads(out)
        return document


def verify(lab: RunningLab, case: Case, folder: Path, played: Played) -> dict[str, Any]:
    """The verdicts of `runbook audit verify`. Fails when one is bad."""
    typed = _Typed(lab, folder / "store", case)
    typed.result = played.result
    return typed.audit()
