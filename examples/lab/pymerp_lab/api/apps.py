"""App Platform: apps and their deployments over time. Pure but for the clock that it is given."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymerp_lab.api import specs
from pymerp_lab.api.databases import APP_ID
from pymerp_lab.api.deployments import IN_FLIGHT, Deployment, timestamp
from pymerp_lab.api.errors import conflict, not_found

OWNER = "a4635b86-6a2b-4c55-8f6e-0d8a3f6d0c11"
HOUR, DAY = 3600.0, 86400.0
LONG_START = 120
"""Seconds of `initial_delay_seconds` that the app wants when it starts slowly."""
ENOUGH_MEMORY = 2 * 1024**3
"""Bytes that the app wants when it runs out of memory with less."""
SPEC_FAULTS = ("app-redis-tls", "app-variables", "app-scaled", "app-database", "app-parts")
PUSHED = "commit {} pushed to github/Ign14/PYMERP"
HISTORY = (
    ("ACTIVE", 6, 2 * HOUR, "9c1f0aa"),
    ("SUPERSEDED", 3, 3 * HOUR, "e41d7b2"),
    ("ERROR", 4, 5 * HOUR, "77b0c1d"),
    ("CANCELED", 1, 6 * HOUR, "1d20f3e"),
    ("SUPERSEDED", 6, 1 * DAY, "5aa8e90"),
    ("SUPERSEDED", 6, 3 * DAY, "c3f9d14"),
    ("SUPERSEDED", 6, 8 * DAY, "0b7e2c6"),
    ("SUPERSEDED", 6, 11 * DAY, "8d53e0f"),
    ("SUPERSEDED", 6, 16 * DAY, "f02c9a7"),
    ("SUPERSEDED", 6, 22 * DAY, "64be1d8"),
)
"""Phase, finished steps, age in seconds and commit of the deployments that are there at the start, newest first."""


@dataclass
class AppRecord:
    id: str
    spec: dict[str, Any]
    created: float
    deployments: list[Deployment] = field(default_factory=list)
    """Newest first."""
    pinned: str | None = None
    before_pin: tuple[str, dict[str, Any]] | None = None
    """The deployment and the spec that were there before a rollback pinned the app: where `revert` goes back to."""

    def find(self, id: str) -> Deployment:
        for deployment in self.deployments:
            if deployment.id == id:
                return deployment
        raise not_found("deployment not found")

    @property
    def active(self) -> Deployment | None:
        return next((item for item in self.deployments if item.final == "ACTIVE"), None)


class Platform:
    """All apps of the account. `duration`: seconds from the creation of a deployment until it is ACTIVE.

    `faults` holds the names of what is broken; see `breaks` of the part. Every public method may raise ApiError.
    """

    def __init__(self, clock: Callable[[], float], duration: float = 2.0, renewed: Callable[[], None] = lambda: None) -> None:
        """`renewed` is called when a domain is added: the platform gets a new certificate for it."""
        self.renewed = renewed
        self.clock, self.duration = clock, duration
        self.faults: set[str] = set()
        self.lock = threading.RLock()
        self.apps = {APP_ID: _seed(clock())}

    # What is there

    def app(self, id: str) -> AppRecord:
        self._settle()
        try:
            return self.apps[id]
        except KeyError:
            raise not_found("app not found") from None

    def all(self) -> list[AppRecord]:
        self._settle()
        return list(self.apps.values())

    def active(self) -> Deployment | None:
        """What PYMERP's users reach now."""
        with self.lock:
            self._settle()
            return self.apps[APP_ID].active if APP_ID in self.apps else None

    def _settle(self) -> None:
        now = self.clock()
        for app in self.apps.values():
            for deployment in reversed(app.deployments):
                if deployment.due(now):
                    self._decide(app, deployment)

    @staticmethod
    def _decide(app: AppRecord, deployment: Deployment) -> None:
        if deployment.fails:
            deployment.decide("ERROR")
            return
        for other in app.deployments:
            if other.final == "ACTIVE":
                other.final = "SUPERSEDED"
        deployment.decide("ACTIVE")

    # What changes

    def create(self, spec: object) -> AppRecord:
        checked = specs.validate(spec)
        if any(app.spec["name"] == checked["name"] for app in self.apps.values()):
            raise conflict(f'app with name "{checked["name"]}" already exists')
        app = AppRecord(str(uuid.uuid4()), copy.deepcopy(checked), self.clock())
        self.apps[app.id] = app
        self.deploy(app, "app created", "MANUAL")
        return app

    def update(self, id: str, spec: object) -> AppRecord:
        app = self.app(id)
        self._refuse_pinned(app)
        before = {item["domain"] for item in app.spec.get("domains", [])}
        if isinstance(spec, dict) and any(item.get("domain") not in before for item in spec.get("domains") or []):
            self.renewed()
        app.spec = specs.encrypted(copy.deepcopy(specs.validate(spec)))
        self.deploy(app, "app spec updated", "MANUAL")
        return app

    def delete(self, id: str) -> None:
        self.app(id)
        del self.apps[id]

    def create_deployment(self, id: str, force_build: bool) -> Deployment:
        app = self.app(id)
        self._refuse_pinned(app)
        return self.deploy(app, "manual (forced rebuild)" if force_build else "manual", "MANUAL")

    def deploy(self, app: AppRecord, cause: str, cause_type: str, like: Deployment | None = None) -> Deployment:
        """A new deployment; `like` is an earlier one whose image it takes, else the head of the branch is built.

        One runs at a time: where another is in flight, the new one begins when that one ends.
        """
        now = self.clock()
        begins = max([now, *(item.ends for item in app.deployments if item.phase(now) in IN_FLIGHT)])
        active = app.active
        id = str(uuid.uuid4())
        deployment = Deployment(
            id=id,
            spec=copy.deepcopy(app.spec),
            cause=cause,
            cause_type=cause_type,
            created=now,
            begins=begins,
            ends=begins + self.duration,
            bad=like.bad if like else "deploy" in self.faults,
            dead=like.dead if like and "crash" in self.faults else self._cause_of_death(app.spec),
            fails="deployment-fails" in self.faults,
            previous=active.id if active else "",
            image=like.image if like else _digest(id),
        )
        app.deployments.insert(0, deployment)
        return deployment

    def _cause_of_death(self, spec: dict[str, Any]) -> str:
        """Why a new deployment won't answer: what is broken, unless the spec makes up for it."""
        service = (spec.get("services") or [{}])[0]
        delay = service.get("health_check", {}).get("initial_delay_seconds", 0)
        roomy = specs.MEMORY.get(service.get("instance_size_slug", "basic-xxs"), 0) >= ENOUGH_MEMORY
        reasons = {"crash": True, "login": True, "oom": not roomy, "slow-start": delay < LONG_START}
        return next((name for name, dead in reasons.items() if dead and name in self.faults), "")

    @staticmethod
    def _refuse_pinned(app: AppRecord) -> None:
        if app.pinned:
            raise conflict("app is pinned to a rollback deployment; commit or revert the rollback first")

    def break_deploy(self, bad: bool) -> None:
        """A bad commit reaches production at once; mended, the running deployment gets healthy again."""
        with self.lock:
            app = self.app(APP_ID)
            active = app.active
            if not bad:
                for deployment in app.deployments:
                    deployment.bad = False
            elif active is None or not active.bad:
                deployment = self.deploy(app, PUSHED.format("bad0bad"), "GITHUB_PUSH")
                deployment.begins, deployment.ends = deployment.created - self.duration, deployment.created
                deployment.bad, deployment.fails = True, False
                self._settle()

    def break_running(self, what: str, on: bool) -> None:
        """The running deployment dies of it at once, where its spec doesn't make up for it; mended, it answers again."""
        with self.lock:
            active = self.app(APP_ID).active
            if active is not None and on:
                active.dead = self._cause_of_death(active.spec)
            elif not on:
                for deployment in self.app(APP_ID).deployments:
                    deployment.dead = "" if deployment.dead == what else deployment.dead

    def break_spec(self, what: str, on: bool) -> None:
        """The live spec is not as it should be; mended, it has the variables of the start."""
        with self.lock:
            app = self.app(APP_ID)
            app.spec = specs.broken(app.spec, what if on else "")

    # How the API shows it

    def shown(self, app: AppRecord) -> dict[str, Any]:
        now = self.clock()
        waiting = [item for item in app.deployments if item.phase(now) in IN_FLIGHT]
        running = [item for item in waiting if item.begins <= now]
        active = app.active
        pinned = app.find(app.pinned) if app.pinned else None
        queued = next((item for item in waiting if item not in running), None)
        domains = [_domain(item) for item in app.spec.get("domains", [])]
        shown: dict[str, Any] = {
            "id": app.id,
            "owner_uuid": OWNER,
            "spec": app.spec,
            "default_ingress": f"https://{app.spec['name']}-lab1.ondigitalocean.app",
            "created_at": timestamp(app.created),
            "updated_at": timestamp(app.deployments[0].created),
            "last_deployment_created_at": timestamp(app.deployments[0].created),
            "live_url": "https://pymerp.cl",
            "tier_slug": "basic",
            "region": {"slug": "nyc", "label": "New York", "flag": "usa", "continent": "North America", "data_centers": ["nyc3"]},
        }
        parts = {
            "active_deployment": active,
            "in_progress_deployment": running[0] if running else None,
            "pending_deployment": queued or (running[0] if running and running[0].phase(now) == "PENDING_BUILD" else None),
            "pinned_deployment": pinned,
        }
        if active:
            shown["last_deployment_active_at"] = timestamp(active.ends)
        shown |= {name: self.shown_deployment(item) for name, item in parts.items() if item}
        return shown | ({"domains": domains} if domains else {})

    def shown_deployment(self, deployment: Deployment) -> dict[str, Any]:
        shown = deployment.shown(self.clock())
        if "progress-empty" in self.faults:
            shown["progress"] = {}
        if "progress-missing" in self.faults:
            del shown["progress"]
        return shown

    def propose(self, spec: object, app_id: str | None) -> dict[str, Any]:
        checked = specs.validate(spec)
        if app_id:
            self.app(app_id)
        taken = any(app.spec["name"] == checked["name"] and app.id != app_id for app in self.apps.values())
        answer: dict[str, Any] = {
            "existing_static_apps": "0",
            "max_free_static_apps": "3",
            "spec": checked,
            "app_cost": specs.cost(checked),
        }
        if app_id:
            self._refuse_pinned(self.app(app_id))
        return answer | ({"app_name_suggestion": f"{checked['name']}-2"} if taken else {"app_name_available": True})


def _seed(now: float) -> AppRecord:
    app = AppRecord(APP_ID, specs.pymerp_spec(), now - 90 * DAY)
    for index, (phase, success, age, commit) in enumerate(HISTORY):
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"deployment:{commit}"))
        created = now - age
        item = Deployment(id, copy.deepcopy(app.spec), PUSHED.format(commit), "GITHUB_PUSH", created, created, created + 240.0)
        item.final, item.success, item.errors = phase, success, int(phase == "ERROR")
        item.previous = str(uuid.uuid5(uuid.NAMESPACE_URL, f"deployment:{HISTORY[index + 1][3]}")) if index + 1 < len(HISTORY) else ""
        item.image = _digest(id)
        app.deployments.append(item)
    return app


def _domain(spec: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, spec["domain"])), "spec": spec, "phase": "ACTIVE"}


def _digest(text: str) -> str:
    return "sha256:" + uuid.uuid5(uuid.NAMESPACE_OID, text).hex * 2
