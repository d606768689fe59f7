"""PagerDuty Events API v2. RUNBOOK_PAGER_<SERVICE>, else RUNBOOK_PAGER, holds the routing key; RUNBOOK_PAGER_URL another server."""

from __future__ import annotations

import hashlib

from .contract import Answer, Notice, Settings, cut, one_line
from .exchange import answer_of, post_json

BASE = "https://events.pagerduty.com"
SEVERITIES = {"P1": "critical", "P2": "error", "P3": "warning"}
ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve", "cancelled": "resolve"}
KEY_LENGTH = 32
DEDUP_LIMIT = 255
SUMMARY_LIMIT = 1024


class Pager:
    name = "pager"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        key, variable = settings.of("PAGER", notice.to)
        if not key:
            return Answer(ok=False, why=f"{variable} isn't set")
        if len(key) != KEY_LENGTH:
            return Answer(ok=False, why=f"{variable} holds no routing key: {KEY_LENGTH} characters are expected")
        url = settings.get("PAGER_URL", BASE).rstrip("/") + "/v2/enqueue"
        return answer_of(post_json(url, document(notice, key), settings), (202,))


def document(notice: Notice, key: str) -> dict[str, object]:
    """The event: one dedup key from the first trigger to the resolve."""
    action = ACTIONS.get(notice.kind, "trigger")
    found: dict[str, object] = {"routing_key": key, "event_action": action, "dedup_key": dedup(notice.incident)}
    if action == "trigger":
        found["payload"] = {
            "summary": one_line(notice.subject, SUMMARY_LIMIT),
            "source": notice.host or "runbook",
            "severity": "info" if notice.kind == "message" else SEVERITIES.get(notice.severity, "info"),
            "component": notice.runbook,
            "custom_details": {"text": cut(notice.text, 8000), "run": notice.run, "step": notice.step, "message": notice.key},
        }
    return found


def dedup(incident: str) -> str:
    """The key itself, or its digest where it is too long."""
    return incident if len(incident) <= DEDUP_LIMIT else hashlib.sha256(incident.encode()).hexdigest()


NOTIFIER = Pager()
