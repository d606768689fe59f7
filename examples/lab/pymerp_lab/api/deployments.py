"""One deployment of an app: how it moves through its phases with time, and how the API shows it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

STEPS = ("build/initialize", "build/components", "build/image", "deploy/initialize", "deploy/components", "deploy/finalize")
TOTAL = len(STEPS)
SCHEDULE = ((0.1, "PENDING_BUILD"), (0.5, "BUILDING"), (0.6, "PENDING_DEPLOY"), (1.0, "DEPLOYING"))
"""Up to which part of its whole time a deployment is in which phase; then it is ACTIVE or has failed."""
IN_FLIGHT = frozenset(phase for _, phase in SCHEDULE)


def timestamp(moment: float) -> str:
    """RFC 3339 in UTC with whole seconds, as the API writes times."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Deployment:
    """`bad`: starts, but the app in it never gets healthy. `dead`: why nothing answers in it (crash, login, oom, slow-start).
    `fails`: ends in ERROR. `final`: its phase once it is decided, `success` its finished steps then. Times are seconds
    since the epoch."""

    id: str
    spec: dict[str, Any]
    cause: str
    cause_type: str
    created: float
    begins: float
    ends: float
    bad: bool = False
    dead: str = ""
    fails: bool = False
    rolled_back: bool = False
    previous: str = ""
    image: str = ""
    final: str | None = None
    success: int = 0
    errors: int = 0
    lines: list[str] = field(default_factory=list)

    def part_done(self, now: float) -> float:
        length = self.ends - self.begins
        return 1.0 if length <= 0 else min(max((now - self.begins) / length, 0.0), 1.0)

    def phase(self, now: float) -> str:
        if self.final:
            return self.final
        done = self.part_done(now)
        return next((phase for until, phase in SCHEDULE if done < until), SCHEDULE[-1][1])

    def due(self, now: float) -> bool:
        """Whether its fate must be decided by now."""
        return self.final is None and now >= self.ends

    def decide(self, final: str) -> None:
        self.final = final
        self.success, self.errors = (TOTAL, 0) if final == "ACTIVE" else (self.success, self.errors)
        if final == "ERROR":
            self.success, self.errors = TOTAL - 2, 1

    def progress(self, now: float) -> dict[str, Any]:
        """Counts that are zero are left out, as the API does it."""
        if self.final:
            success, errors, running = self.success, self.errors, 0
        else:
            success, errors = int(self.part_done(now) * TOTAL), 0
            running = 0 if self.phase(now) == "PENDING_BUILD" else 1
        success = min(success, TOTAL - running - errors)
        pending = TOTAL - success - errors - running
        counts = {"pending_steps": pending, "running_steps": running, "success_steps": success, "error_steps": errors}
        statuses = ["SUCCESS"] * success + ["ERROR"] * errors + ["RUNNING"] * running + ["PENDING"] * pending
        steps = [{"name": name, "status": status} for name, status in zip(STEPS, statuses, strict=True)]
        return {name: count for name, count in counts.items() if count} | {"total_steps": TOTAL, "steps": steps}

    def shown(self, now: float) -> dict[str, Any]:
        """The object of the API."""
        changed = timestamp(min(now, self.ends) if self.final is None else self.ends)
        service = self.spec["services"][0]["name"] if self.spec.get("services") else ""
        shown = {
            "id": self.id,
            "spec": self.spec,
            "services": [{"name": service, "source_image_digest": self.image}] if service else [],
            "phase_last_updated_at": changed,
            "created_at": timestamp(self.created),
            "updated_at": changed,
            "cause": self.cause,
            "progress": self.progress(now),
            "phase": self.phase(now),
            "tier_slug": "basic",
            "cause_details": {"type": self.cause_type},
        }
        return shown | ({"previous_deployment_id": self.previous} if self.previous else {})
