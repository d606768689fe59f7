"""Binding a run to a plan's file: is the plan still the one that the files give, and may it be run now?"""

from __future__ import annotations

import json

from ..adapters.keys import stamp_now
from ..base.diagnostics import Diagnostic, RunbookError, fail
from ..base.record import Record
from ..expr.tagged import dumps
from ..machine.events import RunOpened
from ..machine.inputs import check_value
from ..plan.as_json import plan_json, sealed
from ..plan.bound import Approved, Binding
from ..plan.compare import ABSENT, differences
from ..plan.entry import Assumptions, Expected, Filled
from ..plan.make import make_plan
from .plan_approvals import read_approvals
from .plan_file import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..adapters.store import RunFolder
    from ..expr.values import Value
    from ..machine.core import Program
    from ..machine.events import Event
    from ..plan.entry import Plan
    from ..runtime.ports import Watcher
    from .load import Loaded
    from .plan_approvals import Approval
    from .plan_file import PlanFile

PLAN = "program.plan"
"""Under this name a bound run keeps its plan's file beside the program."""
_SHOWN, _LONGEST = 12, 200
_ANEW = "Make the plan anew and let it be reviewed: runbook plan … -o plan.json"


class Bound(Record):
    """A plan's file that a run may be bound to: `plan` is made anew from the files and equal to it."""

    file: PlanFile
    plan: Plan
    approvals: tuple[Approval, ...] = ()

    def known(self) -> dict[str, Value]:
        """The inputs that the plan fixes."""
        return {item.name: item.value for item in self.plan.inputs if item.origin != "open"}

    def binding(self, operator: str) -> Binding:
        """What judges the run's starts. Approvals that aren't in doubt count."""
        counted = [Approved(one.by, one.grade, one.note) for one in self.approvals if one.verdict == "approved" and not one.doubt]
        return Binding(self.plan, counted, operator)


def bind(file: PlanFile, loaded: Loaded, environ: Mapping[str, str]) -> Bound:
    """Compare a plan's file with the files as they are. Raises RunbookError: RB780 (no envelope), RB783 (it is stale; the message
    tells what differs), RB784 (of another runbook), RB785 (expired), RB788 (an approval that doesn't fit, or a refusal)."""
    program = loaded.program
    if program is None:
        raise RunbookError(*loaded.problems.sorted())
    if not file.envelope:
        raise unbound(file)
    if file.plan["runbook"] != program.name:
        raise fail(
            "RB784",
            f"{file.path} is a plan of {file.plan['runbook']!r}, and {loaded.path} is {program.name!r}.",
            help="Name the plan's own runbook, or leave FILE away: the plan's file knows where it lay.",
        )
    if stamp_now() > file.envelope["expires"]:
        raise fail("RB785", f"{file.path} expired at {file.envelope['expires']}.", help=_ANEW)
    plan = _again(file, program)
    if (plan.digest, plan.content) != (file.digest, file.content):
        raise _stale(file, plan)
    approvals = tuple(read_approvals(file, environ))
    refused = next((one for one in approvals if one.verdict == "refused"), None)
    if refused is not None:
        raise fail("RB788", f"{refused.by} refused {file.path}: {refused.note or 'no reason given'}.", help=_ANEW)
    return Bound(file, plan, approvals)


def unbound(file: PlanFile) -> RunbookError:
    """The error for a plan that is no file to be run, such as what `--format json` prints."""
    return fail("RB780", f"{file.path} has no envelope: no run can be bound to it.", help="Make one with: runbook plan … -o plan.json")


def check_inputs(bound: Bound, inputs: Mapping[str, Value]) -> None:
    """Raises RunbookError RB787 when a value is given that isn't the plan's."""
    known = bound.known()
    faults = [
        Diagnostic(
            "RB787",
            f"The plan has {name} = {_cut(known[name])}, given is {_cut(inputs[name])}.",
            None,
            "Leave it away, or make a new plan.",
        )
        for name in known
        if name in inputs and dumps(known[name]) != dumps(inputs[name])
    ]
    if faults:
        raise RunbookError(*faults)


def used_before(bound: Bound, run: str) -> RunbookError:
    """The error for a plan that was used."""
    message = f"{bound.file.path} was used by run {run}: a plan is good for one run."
    return fail("RB786", message, help=f"{_ANEW} The run: runbook show {run}")


def kept_binding(run: RunFolder, program: Program, opened: RunOpened, environ: Mapping[str, str] | None = None) -> Binding | None:
    """The binding of a run from what its folder keeps; None for one that isn't bound. With an `environ` the plan's approvals are
    verified anew and count. Raises RunbookError RB606 when the plan isn't the one that the run was opened with."""
    if not opened.bound:
        return None
    raw = run.load_program().get(PLAN)
    file = plan_of(raw, PLAN) if raw is not None else None
    # The digest covers the program, the inputs and the assumptions; a newer version of an executor goes on with an older one's runs.
    plan = None if file is None else _again(file, program.replace(surfaces=file.plan.get("surfaces", {})))
    if file is None or plan is None or plan.digest != opened.plan or file.id != opened.bound:
        raise fail(
            "RB606", f"The kept plan in {run.path} isn't the one that the run is bound to.", help="Restore the folder from a backup."
        )
    approvals = () if environ is None else tuple(read_approvals(file, environ))
    return Bound(file, plan, approvals).binding(opened.operator)


def resumed_binding(run: RunFolder, program: Program, opened: Event, environ: Mapping[str, str]) -> Binding | None:
    """The same for a run that goes on: what a dry run found is compared with all that the journal holds."""
    binding = kept_binding(run, program, opened, environ) if isinstance(opened, RunOpened) else None
    if binding is not None and binding.plan.assumptions is not None:
        for event in run.read():
            binding.saw(event)
    return binding


class Seeing:
    """A watcher that lets the binding see each event before another one does."""

    def __init__(self, binding: Binding, watcher: Watcher) -> None:
        self.binding = binding
        self.watcher = watcher

    def saw(self, event: Event) -> None:
        self.binding.saw(event)
        self.watcher.saw(event)

    def output(self, path: str, stream: str, data: bytes) -> None:
        self.watcher.output(path, stream, data)


def seen_by(binding: Binding | None, watcher: Watcher) -> Watcher:
    """The watcher, behind the binding if there is one."""
    return watcher if binding is None else Seeing(binding, watcher)


def _again(file: PlanFile, program: Program) -> Plan:
    """The plan of the program as it is now, with the inputs and the assumptions of the file."""
    declared = {item.name.text: item for item in program.root.declared}
    given = {}
    for item in file.plan["inputs"]:
        name, value = item.get("name"), item.get("value")
        if item.get("origin") != "open" and name in declared and not check_value(declared[name], value):
            given[name] = value
    return sealed(make_plan(program, given).replace(assumptions=_assumptions(file)), program)


def _assumptions(file: PlanFile) -> Assumptions | None:
    body = file.plan.get("assumptions")
    if not body:
        return None
    try:
        return Assumptions(
            body["depth"],
            tuple(Filled(one["hole"], one["value"], one["path"]) for one in body["filled"]),
            tuple(body["skipped"]),
            tuple(Expected(one["path"], one["role"], tuple(one["words"]), one.get("digest", "")) for one in body["changes"]),
        )
    except (KeyError, TypeError, AttributeError):
        raise fail("RB780", f"{file.path} is no plan: its assumptions are malformed.", help=_ANEW) from None


def _stale(file: PlanFile, now: Plan) -> RunbookError:
    """What differs, field by field."""
    found = differences(file.plan, plan_json(now))
    lines = [f"  {field}: {_side(old)} → {_side(new)}" for field, old, new in found[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"  and {len(found) - _SHOWN} more")
    told = "\n".join(lines) or "  the digest"
    return fail("RB783", f"{file.path} is stale: a plan made now would be another one.\n{told}", help=_ANEW)


def _side(value: Any) -> str:
    return "absent" if value is ABSENT else _cut(value) or '""'


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
