"""The world of a case: what its entries say each attempt comes to, and what its people answer."""

from __future__ import annotations

import json
import os

from ..adapters.secrets import Secrets
from ..adapters.store import RunFolder
from ..adapters.terminal_story import parts_of
from ..adapters.world import RealWorld
from ..base.diagnostics import fail
from ..base.duration import parse_duration
from ..executors.fit import fit
from ..expr.tagged import dumps
from ..expr.times import parse_duration as cel_duration
from ..expr.times import parse_timestamp
from ..expr.types import DURATION, TIMESTAMP
from ..expr.values import EvalError
from ..runtime.ports import Outcome
from ..runtime.scripted import Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..adapters.mask import Masker
    from ..expr.values import Value
    from ..machine.core import Act, Program
    from ..machine.events import Event
    from ..machine.moves import Await, Start
    from .case_files import Case

RUN = "01900000-0000-7000-8000-000000000000"
STREAMS = ("stdout", "stderr")


class Unscripted(Exception):
    """The run started something that the case has no answer for."""


def secrets_of(case: Case, program: Program) -> Secrets:
    values = {}
    for secret in program.secrets:
        name = secret.name.text
        values[name] = case.secrets.get(name, f"value-of-{name}")
    return Secrets(values)


class Nobody:
    """Watches nothing, and is the person of whom nothing is asked: answers come from the script."""

    def saw(self, event: Event) -> None:
        """The journal has it."""

    def output(self, path: str, stream: str, data: bytes) -> None:
        """A script writes no streams."""

    def ask(self, wait: Await) -> None:
        return None

    def incident(self, move: object) -> None:
        """The driver has it."""

    def say(self, text: str) -> None:
        """Nobody listens."""


class _Attempt:
    """What a rehearsal hands to an executor; nothing runs, so there is nothing to write or to end."""

    def __init__(self, move: Start) -> None:
        self.move = move
        self.output = self
        self.cancel = self

    def close(self) -> list[list[Any]]:
        return []

    def ask(self, level: int) -> None:
        """It has ended already."""


class _World(RealWorld):
    """The real refusals and the real sealing of secrets; attempts are the script's."""

    def attempt(self, move: Start) -> Any:
        return _Attempt(move)


class CaseScript:
    """Implements `scripted.Script` by the case's entries."""

    def __init__(self, case: Case, program: Program, inputs: Mapping[str, Value], secrets: Secrets, masker: Masker) -> None:
        self.case = case
        self.entries = list(case.world)
        self.used: set[int] = set()
        self.answered: set[str] = set()
        nothing: Any = None
        self.world = _World(program, RunFolder(RUN, os.devnull), "", {}, {}, secrets, masker, nothing, nothing, Nobody(), self._executor)
        self.world.know_inputs(inputs)

    def _executor(self, name: str) -> Any:
        """One is there for every name."""
        return self

    def run(self, attempt: _Attempt) -> Outcome:
        """As an executor, in a rehearsal."""
        return self.outcome(attempt.move).outcome

    def outcome(self, move: Start) -> Scene:
        refusal = self.world.refusal(move)
        if refusal is not None:
            return Scene(refusal)
        number = parts_of(move.id)[1]
        fitting = [(at, entry) for at, entry in enumerate(self.entries) if _fits(entry, move, number)]
        if not fitting:
            role = "" if move.role == "main" else f" ({move.role})"
            raise Unscripted(f"{move.path}{role} was started for the {_nth(number)} time, and `world` has no entry for that")
        exact = [pair for pair in fitting if pair[1]["step"] == move.path] or fitting
        fresh = [pair for pair in exact if pair[0] not in self.used] or exact[-1:]
        at, entry = next((pair for pair in fresh if "attempt" in pair[1]), fresh[0])
        self.used.add(at)
        return scene_of(entry, move.act)

    def sealed(self, move: Start, outcome: Outcome) -> tuple[str, list[str], Outcome | None]:
        return self.world.sealed(move, outcome)

    def answer(self, wait: Await) -> Mapping[str, Any] | None:
        key = wait.path if wait.path in self.case.answers else wait.path.rpartition("/")[2]
        if key not in self.case.answers:
            return None
        said = self.case.answers[key]
        if isinstance(said, list):
            count = sum(one.startswith(f"{wait.path}\n") for one in self.answered)
            if count >= len(said):
                return None
            said = said[count]
        self.answered.add(f"{wait.path}\n{len(self.answered)}")
        return answer_of(said, wait, f"person-{len(self.answered)}")

    def unused(self) -> list[str]:
        """Entries that nothing asked for: a case that describes another world than the one that was."""
        return [str(entry["step"]) for at, entry in enumerate(self.entries) if at not in self.used]


def _fits(entry: Mapping[str, Any], move: Start, number: int) -> bool:
    return entry["step"] in (move.path, move.act.id) and entry.get("role", "main") == move.role and entry.get("attempt", number) == number


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def answer_of(said: Any, wait: Await, by: str) -> Mapping[str, Any]:
    """Fields of an event from a word or a value. `by` differs with each answer: two approvals are of two people."""
    note = ""
    if isinstance(said, dict):
        by, note, said = str(said.get("by", by)), str(said.get("note", "")), said.get("say")
    if said == "expire":
        return {"expire": True}
    if said in ("abort", "undo"):
        return {"abort": said, "by": by}
    if wait.what == "doubt":
        return {"applied": {"done": "yes", "not-done": "no"}.get(str(said), "unknown"), "by": by, "note": note}
    if wait.what == "answer":
        return {"by": by, "value": dumps(said), "note": note}
    return {"by": by, "verdict": "approved" if said in ("approve", "done", True) else "refused", "note": note}


def scene_of(entry: Mapping[str, Any], act: Act) -> Scene:
    """The outcome of an attempt, by the entry and the fields that the surface promises."""
    ok = entry.get("ok", entry.get("exit", 0) == 0 and int(entry.get("status", 200)) < 400)
    kind = entry.get("kind", "" if ok else "status" if "status" in entry else "exit")
    default = "yes" if ok else "no" if act.effect == "read" else "unknown"
    fields: Mapping[str, Any] = getattr(act.result, "fields", {})
    value: dict[str, Any] = {}
    for name, type_ in fields.items():
        found = _field(name, entry, ok)
        if found is not None:
            value[name] = _typed(fit(found, type_), type_)
    value.update({name: _typed(item, fields.get(name)) for name, item in entry.get("result", {}).items()})
    message = str(entry.get("message", "" if ok else f"{act.id} failed"))
    takes = parse_duration(str(entry.get("takes", "1ms"))) or 0
    return Scene(Outcome(ok, str(entry.get("applied", default)), kind, message, value), takes, entry.get("then", ""))


def _field(name: str, entry: Mapping[str, Any], ok: bool) -> Any:
    """What an entry says about a result field, directly or by what follows from it; None for nothing."""
    if name in entry:
        return entry[name]
    if name == "exit":
        return 0 if ok else 1
    if name in STREAMS:
        return json.dumps(entry["json"], ensure_ascii=False) if name == "stdout" and "json" in entry else ""
    if name == "lines":
        return str(entry.get("stdout", "")).splitlines()
    if name == "status":
        return 200 if ok else None
    if name == "headers":
        return {}
    if name == "body":
        return json.dumps(entry["json"], ensure_ascii=False) if "json" in entry else ""
    if name == "affected":
        return len(entry.get("rows", ()))
    return [] if name == "rows" and ok else None


def _typed(value: Any, type_: Any) -> Any:
    """Texts of moments and spans, where the surface promises such."""
    if isinstance(value, str) and type_ in (TIMESTAMP, DURATION):
        try:
            return parse_timestamp(value) if type_ == TIMESTAMP else cel_duration(value)
        except EvalError as error:
            raise fail("RB740", f"{value!r} is no {type_}: {error.message}.") from None
    return value
