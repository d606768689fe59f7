"""A plan as plain JSON data: what the file holds, and what its digests are taken over."""

from __future__ import annotations

from .digest import content_digest, plan_digest
from .shown import plain, stdin, word, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..machine.core import Program
    from ..model.nodes import Retry
    from .entry import Assumptions, Condition, Entry, Given, Hole, Plan, SecretName, Wanted

FORMAT = 1
"""The number of this form; a change that a reader could trip over raises it."""


def plan_json(plan: Plan) -> dict[str, Any]:
    """Everything but the digests, in reading order."""
    return {
        "format": FORMAT,
        "runbook": plan.runbook,
        "title": plan.title,
        "program": plan.program,
        "severity": plan.severity,
        "risk": {"effect": plan.risk.effect, "undoable": plan.risk.undoable, "text": plan.risk.text},
        "counts": dict(plan.counts),
        "not_undoable": list(plan.not_undoable),
        "problems": [{"path": path, "problem": text} for path, text in plan.problems],
        "inputs": [_given(one) for one in plan.inputs],
        "secrets": [_secret(one) for one in plan.secrets],
        "locks": list(plan.locks),
        "window": plan.window,
        "targets": list(plan.targets),
        "waits": [_wanted(one) for one in plan.waits],
        "longest": {
            "steps_us": plan.longest.steps_us,
            "handling_us": plan.longest.handling_us,
            "sla_us": plan.longest.sla_us,
            "within_sla": plan.longest.within_sla,
        },
        "unknowns": [_hole(one) for one in plan.unknowns],
        "entries": [entry_json(entry) for entry in plan.entries],
        "outputs": {name: plain(value) for name, value in plan.outputs},
        "files": dict(sorted(plan.files.items())),
        "surfaces": dict(sorted(plan.surfaces.items())),
        "assumptions": None if plan.assumptions is None else assumptions_json(plan.assumptions),
    }


def assumptions_json(found: Assumptions) -> dict[str, Any]:
    """What a dry run found."""
    changes = [{"path": one.path, "role": one.role, "words": list(one.words), "digest": one.digest} for one in found.changes]
    return {
        "depth": found.depth,
        "filled": [{"hole": one.hole, "value": one.value, "path": one.path} for one in found.filled],
        "skipped": list(found.skipped),
        "changes": [{key: value for key, value in one.items() if value != ""} for one in changes],
    }


def sealed(plan: Plan, program: Program) -> Plan:
    """The plan of a program with its digests."""
    assumed = None if plan.assumptions is None else assumptions_json(plan.assumptions)
    digest = plan_digest(program, {item.name: item.value for item in plan.inputs}, assumed)
    body = plan_json(plan)
    made = plan.replace(digest=digest, content=content_digest(body))
    object.__setattr__(made, "_json", body)
    return made


def entry_json(entry: Entry) -> dict[str, Any]:
    """One entry; what is empty is left out."""
    body = {
        "path": entry.path,
        "kind": entry.kind,
        "role": entry.role if entry.kind == "act" else "",
        "title": entry.title,
        "depth": entry.depth,
        "reached": entry.reached,
        "condition": None if entry.condition is None else _condition(entry.condition),
        "effect": entry.effect,
        "inferred": entry.inferred,
        "why": entry.why,
        "because": entry.because,
        **_request(entry),
        "problem": entry.problem,
        "expect": list(entry.expect),
        "retry": None if entry.retry is None else _retry(entry.retry),
        "limit_us": entry.limit_us,
        "repeatable": entry.repeatable,
        "roles": list(entry.roles),
        "approval": None if entry.approval is None else _wanted(entry.approval),
        "settles": list(entry.settles),
        "targets": list(entry.targets),
        "windows": list(entry.windows),
        "sensitive": list(entry.sensitive),
        "may_fail": entry.may_fail,
        "facts": plain(entry.facts),
    }
    return _lean(body)


def _request(entry: Entry) -> dict[str, Any]:
    request = entry.request
    if request is None:
        return {}
    return {
        "executor": request.executor,
        "words": words(request),
        "env": {name: word(value) for name, value in request.env},
        "files": [name for name, _ in request.files],
        "stdin": stdin(request),
        "cwd": request.cwd,
        "on": request.on,
        "data": plain(request.data),
        "digest": request.digest(),
    }


def _hole(hole: Hole) -> dict[str, Any]:
    body = {"text": hole.text, "type": hole.type, "path": hole.path, "what": hole.what}
    return {**body, "means": hole.means} if hole.means else body


def _secret(secret: SecretName) -> dict[str, Any]:
    body = {"name": secret.name, "source": secret.source, "where": secret.where}
    return {**body, "for": list(secret.hosts)} if secret.hosts else body


def _given(given: Given) -> dict[str, Any]:
    body = {"name": given.name, "type": given.type, "value": plain(given.value), "origin": given.origin}
    checked = {"format": given.format, "pattern": given.pattern, "choices": plain(given.choices)}
    return _lean({**body, "env": given.env, "description": given.description, **checked})


def _condition(condition: Condition) -> dict[str, Any]:
    return _lean({"what": condition.what, "text": condition.text, "value": condition.value, "note": condition.note})


def _wanted(wanted: Wanted) -> dict[str, Any]:
    body = {"path": wanted.path, "what": wanted.what, "text": wanted.text, "count": wanted.count, "role": wanted.role}
    return _lean({**body, "within_us": wanted.within_us, "why": wanted.why})


def _retry(retry: Retry) -> dict[str, Any]:
    body = {"every_us": retry.every, "for_us": retry.limit, "times": retry.times, "longest_us": retry.longest}
    return _lean({**body, "factor": "" if retry.factor == 1.0 else str(retry.factor)})


def _lean(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if value or (key == "value" and value is not None)}
