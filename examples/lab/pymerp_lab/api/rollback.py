"""Rolling an app back: validate, roll back, then commit or revert; as the API documents it.

A rollback makes a new deployment from the image and the spec of an old one and pins the app to it. While it is
pinned, no other deployment is made. Committing keeps the old spec and unpins; reverting brings the spec from before
back with a new deployment, and unpins.
"""

from __future__ import annotations

import copy
from typing import Any

from pymerp_lab.api.apps import APP_ID, AppRecord, Platform
from pymerp_lab.api.deployments import TOTAL, Deployment
from pymerp_lab.api.errors import ApiError, bad_request, conflict

REVISION_LIMIT = 10
"""How many successful deployments back a rollback may reach."""


def validate(platform: Platform, app: AppRecord, deployment_id: object) -> dict[str, Any]:
    """The rehearsal: `{"valid": true}`, or what stands against it; changes nothing."""
    _busy(platform, "validate-busy")
    target = _target(app, deployment_id)
    code, message = _objection(platform, app, target)
    if not code:
        return {"valid": True}
    component = target.spec["services"][0]["name"]
    return {"valid": False, "error": {"code": code, "message": message, "components": [component]}}


def roll_back(platform: Platform, app: AppRecord, deployment_id: object, skip_pin: bool) -> Deployment:
    target = _target(app, deployment_id)
    code, message = _objection(platform, app, target)
    if code:
        raise bad_request(f"rollback to deployment {target.id} is not possible: {message} ({code})")
    active = app.active
    assert active is not None, "an app with a rollback target has run"
    before = (active.id, app.spec)
    app.spec = copy.deepcopy(target.spec)
    deployment = platform.deploy(app, f"rollback to deployment {target.id}", "MANUAL", like=target)
    deployment.rolled_back = True
    if "rollback-fails" in platform.faults:
        deployment.fails = True
    if not skip_pin:
        app.pinned, app.before_pin = deployment.id, before
    return deployment


def commit(platform: Platform, app: AppRecord) -> None:
    _busy(platform, "commit-busy")
    if "commit-fails" in platform.faults:
        raise ApiError(500, "server_error", "Unexpected server-side error")
    _pinned(app)
    app.pinned = app.before_pin = None


def revert(platform: Platform, app: AppRecord) -> Deployment:
    before_id, spec = _pinned(app)
    app.pinned = app.before_pin = None
    app.spec = spec
    deployment = platform.deploy(app, f"revert of the rollback, to deployment {before_id}", "MANUAL", like=app.find(before_id))
    deployment.fails = deployment.fails or "revert-fails" in platform.faults
    return deployment


def leave_pinned(platform: Platform, on: bool) -> None:
    """Somebody rolled back a moment ago and went away; let go, the rollback is kept."""
    with platform.lock:
        app = platform.app(APP_ID)
        if on and not app.pinned:
            target = next(item for item in app.deployments if item.final == "SUPERSEDED" and item.success == TOTAL)
            deployment = roll_back(platform, app, target.id, skip_pin=False)
            deployment.begins, deployment.ends = deployment.created - platform.duration, deployment.created
            platform.app(APP_ID)
        elif not on:
            app.pinned = app.before_pin = None


def _busy(platform: Platform, fault: str) -> None:
    """Too many requests, once."""
    if fault in platform.faults:
        platform.faults.discard(fault)
        raise ApiError(429, "too_many_requests", "API rate limit exceeded.")


def _pinned(app: AppRecord) -> tuple[str, dict[str, Any]]:
    if app.before_pin is None:
        raise conflict("app is not pinned to a rollback deployment")
    return app.before_pin


def _target(app: AppRecord, deployment_id: object) -> Deployment:
    if not isinstance(deployment_id, str) or not deployment_id:
        raise ApiError(400, "bad_request", "deployment_id is required")
    return app.find(deployment_id)


def _objection(platform: Platform, app: AppRecord, target: Deployment) -> tuple[str, str]:
    """The code and the text of what stands against a rollback; two empty strings where nothing does."""
    if app.pinned:
        return "app_pinned", "the app is already pinned to a rollback deployment"
    if "rollback-refused" in platform.faults:
        return "image_source_missing_digest", "the image of the deployment is no longer in the registry"
    if target.final not in {"ACTIVE", "SUPERSEDED"}:
        return "incompatible_phase", f"the deployment is in phase {target.phase(platform.clock())}"
    if target.success != TOTAL:
        return "incompatible_result", "the deployment did not succeed"
    good = [item for item in app.deployments if item.success == TOTAL]
    if good.index(target) >= REVISION_LIMIT:
        return "exceeded_revision_limit", f"only the last {REVISION_LIMIT} successful deployments can be rolled back to"
    return "", ""
