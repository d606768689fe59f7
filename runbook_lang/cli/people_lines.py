"""Escalations in words: for the end of a run, for `show`, `status`, `runs` and the list."""

from __future__ import annotations

from ..api.escalations import escalations_of
from ..base.diagnostics import RunbookError
from ..base.text import clean
from ..people.calendar import local_stamp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..adapters.store import RunFolder
    from ..base.text import Style
    from ..people.escalation import Escalation

MARKS = {
    "raised": "warning",
    "notified": "error",
    "acknowledged": "ok",
    "resolved": "dim",
    "exhausted": "error",
    "noted": "dim",
    "said": "dim",
}


def lines_of(run: RunFolder, style: Style) -> list[str]:
    """A line for each escalation of a run; () when there were none, or a line that says why they can't be read."""
    try:
        return [in_words(one, style) for one in escalations_of(run) if one.state != "said"]
    except RunbookError as error:
        return [style.paint("error", clean(str(error)))]


def undelivered(run: RunFolder, style: Style) -> list[str]:
    """A line for each message of a step that isn't out everywhere; () when all are, or when the file can't be read."""
    try:
        said = [one for one in escalations_of(run) if one.state == "said"]
    except RunbookError:
        return []
    return [f"{clean(one.id)}: {clean(ways(one))}" for one in said if any(item.state != "sent" for item in one.messages.values())]


def in_words(one: Escalation, style: Style) -> str:
    """`P1 notified: devops (slack #x, pager devops), acknowledges by 03:15`."""
    head = " ".join(part for part in (one.raised.severity, style.paint(MARKS[one.state], one.state)) if part)
    return f"{head}: {clean(detail(one))}"


def detail(one: Escalation) -> str:
    """What stands behind the state."""
    if one.state == "raised":
        return f"nobody is told before {_at(one, one.begins)}" + (f" ({one.why})" if one.why else "")
    if one.state == "acknowledged":
        return f"by {_by(one)}" + (f", until {_at(one, one.holds_until)}" if one.holds_until else "")
    if one.state == "resolved":
        return f"by {_by(one)}"
    if one.state == "noted":
        return "for the backlog; nobody is told"
    if one.state == "said":
        return ways(one)
    if one.state == "exhausted":
        return one.why
    tier = one.plan.rungs[one.rung].tier if 0 <= one.rung < len(one.plan.rungs) else ""
    limit = f", acknowledges by {_at(one, one.ack_by)}" if one.ack_by else ""
    late = ", late" if one.late else ""
    return f"{tier} ({ways(one)}){limit}{late}"


def ways(one: Escalation) -> str:
    """`slack #x, email a@b.cl not sent yet` of the tier at hand, or of all that a step says; what was sent has no word."""
    return ", ".join(
        f"{item.channel} {item.to}".strip() + ("" if item.state == "sent" else f" {'not sent yet' if item.state == 'owed' else 'failed'}")
        for item in (one.messages.values() if one.state == "said" else one.current)
    )


def as_json(one: Escalation) -> dict[str, Any]:
    """The documented form."""
    return {
        "step": one.id,
        "severity": one.raised.severity,
        "state": one.state,
        "message": one.raised.message,
        "raised_at": one.raised.at,
        "tier": one.plan.rungs[one.rung].tier if 0 <= one.rung < len(one.plan.rungs) else None,
        "acknowledge_by": _stamp(one.ack_by),
        "resolve_by": _stamp(one.sla_at),
        "late": one.late,
        "by": one.by or None,
        "grade": one.grade or None,
        "note": one.note,
        "why": one.why,
        "messages": [
            {"key": item.key, "kind": item.kind, "channel": item.channel, "to": item.to, "state": item.state, "why": item.why}
            for item in one.messages.values()
        ],
    }


def _stamp(moment: int) -> str | None:
    from ..machine.stamps import stamp_of

    return stamp_of(moment) if moment else None


def _by(one: Escalation) -> str:
    return f"{one.by}{' (proven by a key)' if one.grade == 'proven' else ''}" + (f": {one.note}" if one.note else "")


def _at(one: Escalation, moment: int) -> str:
    return local_stamp(one.plan.zone, moment) if moment else "now"
