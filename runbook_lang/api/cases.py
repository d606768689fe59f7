"""Runs cases: the machine, the surfaces and the judging are the real ones, only the world is scripted."""

from __future__ import annotations

import json
import os

from ..adapters.mask import Masker
from ..adapters.memory import MemoryJournal
from ..adapters.store import RunFolder
from ..adapters.terminal_story import Story, parts_of
from ..base.diagnostics import Diagnostic, RunbookError
from ..base.record import Record
from ..expr.tagged import loads
from ..machine.control import State
from ..machine.events import ActStarted, RunOpened
from ..machine.outcome import undone_of
from ..runtime.recorder import Recorder
from ..runtime.replay import replay
from ..runtime.scripted import Endless, ScriptedDriver, TickingClock
from .case_wanted import differences
from .case_world import RUN, CaseScript, Nobody, Unscripted, secrets_of
from .inputs import resolve_inputs
from .load import load
from .runs import opening
from .waits import waits_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..adapters.secrets import Secrets
    from ..expr.values import Value
    from ..machine.core import Program
    from ..machine.events import Event
    from .case_files import Case
    from .load import Loaded

BEGIN = 1_767_348_000_000_000
"""2026-01-02T10:00:00Z, a Friday: when every case begins."""
UNSCRIPTED = "RB741"
DEPTHS = {"dry-run": "reads", "rehearse": "rehearse"}


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
        return Result(case, got, tuple(differences(case.expect, got)))
    try:
        got.update(_play(case, loaded, loaded.program))
    except RunbookError as error:
        got["exit"] = 2
        got["diagnostics"] += [_finding(item, case) for item in error.diagnostics]
    except Unscripted as missing:
        return Result(case, got, (f"{UNSCRIPTED}: {missing}",))
    except Endless:
        return Result(case, got, ("the run doesn't end",))
    return Result(case, got, tuple(differences(case.expect, got)))


def _finding(item: Diagnostic, case: Case) -> str:
    """`RB214:12`; with the file's name when it isn't the runbook itself."""
    if item.span is None:
        return item.code
    name = item.span.source.name
    where = "" if name == case.runbook else f"{os.path.basename(name)}:"
    return f"{item.code}:{where}{item.span.line}"


def _play(case: Case, loaded: Loaded, program: Program) -> dict[str, Any]:
    if case.mode == "plan":
        return _plan(case, loaded)
    assert loaded.runbook is not None
    inputs = resolve_inputs(loaded.runbook, dict(case.inputs), frozenset(), {})
    secrets = secrets_of(case, program)
    script = CaseScript(case, program, inputs, secrets, Masker(secrets.values()))
    return (_run if case.mode == "run" else _rehearse)(case, program, inputs, secrets, script)


def _run(case: Case, program: Program, inputs: dict[str, Value], secrets: Secrets, script: CaseScript) -> dict[str, Any]:
    clock = TickingClock(BEGIN)
    journal = MemoryJournal(Masker(secrets.values()))
    recorder = Recorder(program, State(), journal, clock, Nobody())
    recorder.record(RunOpened, **opening(program, RUN, inputs, "script", "live"))
    driver = ScriptedDriver(recorder, clock, script)
    state = driver.run()
    told = [move.message for move in driver.told]
    return _got(program, state, journal.events, told, script.unused())


def _rehearse(case: Case, program: Program, inputs: dict[str, Value], secrets: Secrets, script: CaseScript) -> dict[str, Any]:
    """The walks of a dry run: what was really read, what would be changed, and how each walk ends."""
    from ..plan.make import make_plan
    from ..runtime.dryrun import DryRun
    from .rehearsal import MODES, report

    depth = DEPTHS[case.mode]

    def open_run(recorder: Recorder) -> None:
        recorder.record(RunOpened, **opening(program, RUN, inputs, "script", MODES[depth]))

    dry = DryRun(program, script.world, TickingClock(BEGIN), Nobody(), lambda number: MemoryJournal(Masker(secrets.values())), open_run)
    walks = dry.run()
    found = report(program, make_plan(program, inputs), RunFolder(RUN, os.devnull), depth, walks, dry.unexplored)
    seen: list[Any] = [*found.reads, *found.changes]
    acts = [(_shown_id(f"{item.path}#1/{item.role}"), item) for item in seen]
    return {
        "exit": found.exit,
        "result": found.ends[0].result,
        "ends": [end.result for end in found.ends],
        "started": [name for name, item in acts if item.verdict != "assumed"],
        "verdicts": {name: item.verdict for name, item in acts},
        "argv": {name: list(item.words) for name, item in acts},
        "filled": {item.hole: item.value for item in found.filled},
        "told": [text for _, text in found.told],
        "unused": script.unused(),
    }


def _plan(case: Case, loaded: Loaded) -> dict[str, Any]:
    """The plan's words and effects by step, in the same form as those of a run."""
    from .planning import plan

    found = plan(loaded, dict(case.inputs))
    entries = [entry for entry in found.as_json()["plan"]["entries"] if entry["kind"] == "act"]
    acts = [(_shown_id(f"{entry['path']}#1/{entry['role']}"), entry) for entry in entries]
    return {
        "exit": 0,
        "started": [name for name, _ in acts],
        "argv": {name: entry["words"] for name, entry in acts if "words" in entry},  # without those that can't be made
        "effects": {name: entry["effect"] for name, entry in acts},
        "risk": found.risk.text,
    }


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
        "undone": undone_of(state),
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
