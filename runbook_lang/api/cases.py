"""Runs cases: the machine, the surfaces and the judging are the real ones, only the world is scripted."""

from __future__ import annotations

import json
import os

from ..adapters.mask import Masker
from ..adapters.memory import MemoryJournal
from ..adapters.secrets import Secrets
from ..adapters.store import RunFolder
from ..adapters.terminal_story import Story, parts_of
from ..adapters.world import RealWorld
from ..base.diagnostics import Diagnostic, RunbookError, fail
from ..base.duration import parse_duration
from ..base.record import Record
from ..executors.fit import fit
from ..expr.tagged import dumps, loads
from ..expr.times import parse_duration as cel_duration
from ..expr.times import parse_timestamp
from ..expr.types import DURATION, TIMESTAMP
from ..expr.values import EvalError
from ..machine.control import State
from ..machine.events import ActStarted, RunOpened
from ..runtime.ports import Outcome
from ..runtime.recorder import Recorder
from ..runtime.replay import replay
from ..runtime.scripted import Endless, Scene, ScriptedDriver, TickingClock
from .inputs import resolve_inputs
from .load import load
from .runs import opening
from .waits import waits_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.values import Value
    from ..machine.core import Act, Program
    from ..machine.events import Event
    from ..machine.moves import Await, Start
    from .case_files import Case
    from .load import Loaded

RUN = "01900000-0000-7000-8000-000000000000"
BEGIN = 1_767_348_000_000_000
"""2026-01-02T10:00:00Z, a Friday: when every case begins."""
STREAMS = ("stdout", "stderr")
UNSCRIPTED = "RB741"


class Result(Record):
    """What came of a case. `got` has every key that can be wanted; `wrong` says what differs, one line each."""

    case: Case
    got: Mapping[str, Any]
    wrong: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.wrong


def run_case(case: Case) -> Result:
    """Never raises for what is in a case: what is wrong with it is what differs."""
    loaded = load(case.runbook, kept=case.files or None)
    got: dict[str, Any] = {"diagnostics": [_finding(item, case) for item in loaded.problems.sorted()]}
    if case.mode == "check" or loaded.program is None:
        got["exit"] = 2 if loaded.program is None else 0
        return Result(case, got, tuple(_differences(case.expect, got)))
    try:
        got.update(_run(case, loaded, loaded.program))
    except RunbookError as error:
        got["exit"] = 2
        got["diagnostics"] += [_finding(item, case) for item in error.diagnostics]
    except Unscripted as missing:
        return Result(case, got, (f"{UNSCRIPTED}: {missing}",))
    except Endless:
        return Result(case, got, ("the run doesn't end",))
    return Result(case, got, tuple(_differences(case.expect, got)))


def _finding(item: Diagnostic, case: Case) -> str:
    """`RB214:12`; with the file's name when it isn't the runbook itself."""
    if item.span is None:
        return item.code
    name = item.span.source.name
    where = "" if name == case.runbook else f"{os.path.basename(name)}:"
    return f"{item.code}:{where}{item.span.line}"


class Unscripted(Exception):
    """The run started something that the case has no answer for."""


def _run(case: Case, loaded: Loaded, program: Program) -> dict[str, Any]:
    assert loaded.runbook is not None
    inputs = resolve_inputs(loaded.runbook, dict(case.inputs), frozenset(), {})
    secrets = _secrets(case, program)
    clock = TickingClock(BEGIN)
    journal = MemoryJournal(Masker(secrets.values()))
    recorder = Recorder(program, State(), journal, clock, _Nobody())
    script = _Script(case, program, inputs, secrets, journal)
    recorder.record(RunOpened, **opening(program, RUN, inputs, "script", "live"))
    driver = ScriptedDriver(recorder, clock, script)
    state = driver.run()
    told = [move.message for move in driver.told]
    return _got(program, state, journal.events, told, script.unused())


def _secrets(case: Case, program: Program) -> Secrets:
    values = {}
    for secret in program.secrets:
        name = secret.name.text
        values[name] = case.secrets.get(name, f"value-of-{name}")
    return Secrets(values)


class _Nobody:
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


class _Script:
    """Implements `scripted.Script` by the case's entries."""

    def __init__(self, case: Case, program: Program, inputs: Mapping[str, Value], secrets: Secrets, journal: MemoryJournal) -> None:
        self.case = case
        self.entries = list(case.world)
        self.used: set[int] = set()
        self.answered: set[str] = set()
        masker = journal._masker
        nowhere = RunFolder(RUN, os.devnull)
        nothing: Any = None
        self.world = RealWorld(program, nowhere, "", {}, secrets, masker, nothing, nothing, _Nobody(), self._executor)
        self.world.know_inputs(inputs)

    def _executor(self, name: str) -> Any:
        """One is there for every name, and never called."""
        return self

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


def _got(program: Program, state: State, events: list[Event], told: list[str], unused: list[str]) -> dict[str, Any]:
    """Everything that a case may want to know."""
    replayed = replay(program, events)
    assert replayed.finding is None, replayed.finding
    assert replayed.state.replace(notes=()) == state.replace(notes=()), "a replay comes to another state"
    closed: Any = state.closed or {}
    starts = [event for event in events if isinstance(event, ActStarted)]
    argv: dict[str, list[str]] = {}
    for event in starts:
        argv.setdefault(_shown_id(event.id), event.argv)
    return {
        "exit": closed.get("exit", 8),
        "result": closed.get("result", "paused"),
        "undone": state.undone,
        "escalated": state.escalated,
        "failure": closed.get("failure", {}),
        "outputs": json.loads(json.dumps(loads(closed["outputs"]), default=str)) if closed else {},
        "steps": _states(program, events),
        "started": [_shown_id(event.id) for event in starts],
        "argv": argv,
        "needs": [] if closed else [f"{wait.path}: {wait.what}" for wait in waits_of(program, state, RUN)],
        "told": told,
        "unused": unused,
    }


def _states(program: Program, events: list[Event]) -> dict[str, str]:
    """Where each step stands at the end, also those inside of loops and calls."""
    from ..machine.advance import advance

    story = Story(program)
    state: Any = State()
    for event in events:
        state = advance(program, state, event)
        story.see(event, state)
    return {path: row.state for path, row in story.rows.items()}


def _shown_id(id_: str) -> str:
    """`health`, `health (2)` for a second attempt, `rollback (undo)` for another role."""
    path, number, role = parts_of(id_)
    about = [*([role] if role != "main" else []), *([str(number)] if number > 1 and role == "main" else [])]
    return f"{path} ({', '.join(about)})" if about else path


def _differences(expect: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    wrong = []
    for key, wanted in expect.items():
        found = got.get(key)
        if key in ("outputs", "steps", "argv", "failure"):
            wrong += _parts(key, wanted, found if isinstance(found, dict) else {})
        elif key == "told":
            wrong += [f"told: nobody was told {text!r}; it was {found!r}" for text in wanted if not any(text in one for one in found or ())]
        elif found != wanted:
            wrong.append(f"{key}: wanted {_short(wanted)}, got {_short(found)}")
    extra = [code for code in got["diagnostics"] if not code.startswith("RB4")]
    if "diagnostics" not in expect and extra and got.get("exit") == 2 and expect.get("exit") != 2:
        wrong.append(f"diagnostics: {', '.join(extra)}")
    if got.get("unused"):
        wrong.append(f"world: nothing asked for {', '.join(got['unused'])}")
    return wrong


def _parts(key: str, wanted: Any, found: Mapping[str, Any]) -> list[str]:
    """Only the parts that are wanted are compared. An argv may be given as one text; a failure's message as a part of it."""
    wrong = []
    for name, value in (wanted if isinstance(wanted, dict) else {}).items():
        got = found.get(name)
        if key == "argv" and isinstance(value, str) and isinstance(got, list):
            got = " ".join(got)
        if key == "failure" and name == "message" and isinstance(got, str) and str(value) in got:
            continue
        if got != value:
            wrong.append(f"{key}.{name}: wanted {_short(value)}, got {_short(got)}")
    return wrong


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:299] + "…"


def updated(case: Case, got: Mapping[str, Any]) -> dict[str, Any]:
    """What happened, for the keys that the case asks about."""
    fresh: dict[str, Any] = {}
    for key, wanted in case.expect.items():
        value = got.get(key)
        if key in ("outputs", "steps", "argv", "failure") and isinstance(wanted, dict):
            found = value if isinstance(value, dict) else {}
            fresh[key] = {name: _kept(key, name, wanted, found) for name in wanted if name in found}
        elif key == "told":
            fresh[key] = [text for text in wanted if any(text in one for one in value or ())] or list(value or ())
        else:
            fresh[key] = value
    return fresh


def _kept(key: str, name: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Any:
    """The shape that the author chose stays."""
    value = found[name]
    if key == "argv" and isinstance(wanted[name], str) and isinstance(value, list):
        return " ".join(value)
    if key == "failure" and name == "message" and str(wanted[name]) in str(value):
        return wanted[name]
    return value
