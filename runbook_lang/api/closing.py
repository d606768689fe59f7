"""Closing an incident: a run of its own, of the closing runbook that the policy names or of the one that comes with the package.

The closing run is linked to the incident's (the file `closes` beside its journal, and its input `run`). One that was left in the middle is
gone on with; what an earlier one has done isn't done again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..adapters.store import RunFolder, summarise
from ..base.diagnostics import RunbookError, fail
from ..base.record import Record
from ..expr.tagged import loads
from ..machine.events import RunOpened
from ..model.policy import After
from .escalations import escalations_of
from .followups import outputs_of
from .incident_facts import facts_of, meeting_at
from .inputs import resolve_inputs
from .load import load
from .runs import kept_program, origin_of, read_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adapters.store import Store
    from ..expr.values import Value
    from ..model.policy import Policy
    from .load import Loaded

OWN = os.path.join(os.path.dirname(__file__), "after", "close.yml")
"""The closing runbook that comes with the package."""
PARTS = ("log", "calendar", "issue")
"""Outputs of a closing run that tell that a part is done."""
NONE = "no"


class Wanted(Record):
    """What is asked for; '' takes what the policy says, `no` leaves a part out."""

    cause: str = ""
    resolution: str = ""
    log: str = ""
    github: str = ""
    meeting: str = ""
    calendar: str = ""
    by: str = ""
    inputs: Mapping[str, Value] = {}  # further inputs of the closing runbook
    texts: frozenset[str] = frozenset()  # those of them that came as text

    @property
    def nothing(self) -> bool:
        return not any((self.cause, self.resolution, self.log, self.github, self.meeting, self.calendar, self.inputs))


class Closing(Record):
    """What is to be done to close an incident. `going`: a closing run that was left in the middle, to be gone on with; `done`: nothing
    is to be done."""

    incident: RunFolder
    loaded: Loaded | None = None
    inputs: Mapping[str, Value] = {}
    going: RunFolder | None = None
    done: bool = False


def incident_of(store: Store, run: RunFolder) -> RunFolder:
    """The run itself, or of a closing run the one whose incident it closes."""
    return RunFolder(run.closes, os.path.join(store.runs, run.closes)) if run.closes else run


def closings(store: Store, incident: RunFolder) -> list[RunFolder]:
    """The runs that close it, the newest first."""
    later = (RunFolder(name, os.path.join(store.runs, name)) for name in store.ids() if name > incident.id)
    return [run for run in later if run.closes == incident.id]


def closing_of(store: Store, run: RunFolder, wanted: Wanted, environ: Mapping[str, str], now: int) -> Closing:
    """What closes an incident. Raises RunbookError: RB766 for a run that isn't over, or whose escalations are open; RB769 for a closing
    runbook that can't be one; RB760 for a meeting at no moment, or too late; what is wrong with the closing runbook and its inputs."""
    earlier = closings(store, run)
    newest = summarise(earlier[0]) if earlier else None
    if newest is not None and newest.state in ("paused", "cut", "live"):
        return Closing(run, going=earlier[0])
    if newest is not None and wanted.nothing and newest.outcome.get("result") == "succeeded":
        return Closing(run, done=True)
    _over(run)
    kept = kept_program(run)
    loaded = _runbook(run, kept)
    assert loaded.runbook is not None
    known = _facts(run, kept.policy, wanted, earlier, now)
    declared = {item.name.text: item for item in loaded.runbook.inputs}
    if "run" not in declared:
        help = "Add to it: inputs: {run: {type: string, description: The run of the incident}}"
        raise fail("RB769", f"{loaded.path} has no input `run`: it can't know which incident it closes.", help=help)
    named = _asked(wanted)
    given: dict[str, Value] = {
        name: value
        for name, value in known.items()
        if name in declared
        and (name in named or not environ.get(declared[name].env or "", ""))
        and (value != "" or name in named or not declared[name].has_default)
    }
    return Closing(run, loaded, resolve_inputs(loaded.runbook, {**given, **wanted.inputs}, wanted.texts, environ))


def _over(run: RunFolder) -> None:
    if read_run(run).replayed.state.phase != "closed":
        raise fail("RB766", f"Run {run.id} isn't over.", help="Go on with it, or end it: runbook resume, runbook abort")
    for one in escalations_of(run):
        if one.is_open:
            help = f"When it is: runbook resolve {run.id[-8:]}"
            raise fail("RB766", f"{one.id} is still {one.state}: the incident isn't over.", help=help)


def _runbook(run: RunFolder, kept: Loaded) -> Loaded:
    """The closing runbook: the policy's, which lies in the library of the incident's runbook, else that of the package."""
    path = OWN
    if kept.policy is not None and kept.policy.after.runbook:
        assert kept.runbook is not None
        assert kept.runbook.policy is not None
        folder = os.path.join(os.path.dirname(origin_of(run)), os.path.dirname(kept.runbook.policy.text))
        path = os.path.normpath(os.path.join(folder, kept.policy.after.runbook))
    loaded = load(path)
    if loaded.program is None or loaded.runbook is None:
        raise RunbookError(*loaded.problems.sorted())
    return loaded


def _asked(wanted: Wanted) -> set[str]:
    """The inputs that somebody gave a value on the command line: they go before the environment."""
    pairs = {
        "log": wanted.log,
        "repository": wanted.github,
        "calendar": wanted.calendar,
        "cause": wanted.cause,
        "resolution": wanted.resolution,
    }
    return {"run", "store", "entry", *(name for name, text in pairs.items() if text)}


def _facts(run: RunFolder, policy: Policy | None, wanted: Wanted, earlier: list[RunFolder], now: int) -> dict[str, Any]:
    rules = policy.after if policy is not None else After()
    before = _inputs_of(earlier[0]) if earlier else {}
    done = {part for one in earlier for part in PARTS if (outputs_of(one) or {}).get(part)}
    cause = wanted.cause or str(before.get("cause", ""))
    resolution = wanted.resolution or str(before.get("resolution", ""))
    calendar = (
        ""
        if wanted.calendar == NONE or ("calendar" in done and not wanted.calendar)
        else wanted.calendar or f"post-mortem-{run.id[-8:]}.ics"
    )
    at, why = meeting_at(rules, policy, wanted.meeting, now) if calendar else (0, "")
    if why:
        raise fail("RB760", why, help="Without a meeting: --calendar no")
    facts = facts_of(run, policy, cause, resolution, at, now)
    log = "" if wanted.log == NONE or ("log" in done and not wanted.log) else wanted.log or rules.log
    repository = "" if wanted.github == NONE or ("issue" in done and not wanted.github) else wanted.github or rules.github
    return {
        "run": run.id,
        "store": os.path.dirname(os.path.dirname(run.path)),
        "title": facts.title,
        "result": facts.result,
        "by": wanted.by,
        "cause": cause,
        "resolution": resolution,
        "entry": f"{facts.entry}\n<!-- runbook: {run.id} -->\n",
        "log": os.path.abspath(log) if log else "",
        "invitation": facts.invitation,
        "meeting": facts.meeting,
        "calendar": os.path.abspath(calendar) if calendar else "",
        "issue": f"{facts.issue}\n<!-- runbook: {run.id} -->",
        "repository": _address(repository, rules),
        "checklist": [dict(one) for one in facts.checklist],
    }


def _address(repository: str, rules: After) -> str:
    """The repository with the policy's labels and milestone, where they aren't those that an issue gets anyway."""
    own = After()
    query = {}
    if rules.labels != own.labels:
        query["labels"] = ",".join(rules.labels)
    if rules.milestone != own.milestone:
        query["milestone"] = rules.milestone
    return f"{repository}?{urlencode(query)}" if repository and query and "?" not in repository else repository


def _inputs_of(run: RunFolder) -> Mapping[str, Any]:
    """What a closing run was started with."""
    first = next(iter(run.read()), None)
    found = loads(first.inputs) if isinstance(first, RunOpened) else {}
    return found if isinstance(found, dict) else {}
