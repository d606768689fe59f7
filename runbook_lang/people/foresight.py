"""What an escalation would do if nobody answered: the machine itself, played with a clock that jumps."""

from __future__ import annotations

from ..base.record import Record
from ..machine.stamps import micros_of, stamp_of
from . import events as e
from .due import decide, next_due, owed
from .escalation import Incident, Refused, advance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .escalation import Escalation
    from .plan import Plan

LONGEST = 200
"""Rows of a timeline at most: tiers that repeat for ever would never end it."""


class Row(Record):
    """One thing that would happen. `what`: raised | waits | told | repeat | late | given up | noted | open. `until` is 0 for none."""

    at: int
    what: str
    tier: str = ""
    ways: tuple[tuple[str, str], ...] = ()
    until: int = 0
    why: str = ""
    passed: tuple[tuple[str, str], ...] = ()


def raised(plan: Plan, at: int, run: str = "run", step: str = "escalate", message: str = "") -> e.Raised:
    """The first event of an escalation of this plan."""
    stamp, sla = stamp_of(at), plan.sla_at(at)
    begins = stamp_of(plan.begins(at))
    return e.Raised(1, stamp, step, plan.severity, message, run, "", "", "", begins, stamp_of(sla) if sla else "", plan.as_json())


def foresee(plan: Plan, at: int, horizon: int = 0) -> tuple[Row, ...]:
    """The rows of an escalation that is raised at a moment and that nobody acknowledges, up to `horizon` later (0: to its end)."""
    incident = _must(advance(Incident(), raised(plan, at)))
    rows = [Row(at, "raised", until=incident.all["escalate"].sla_at)]
    now = at
    while len(rows) < LONGEST:
        events = decide(incident, now)
        for event in events:
            incident = _must(advance(incident, event))
            rows += _row(incident.all["escalate"], event, now)
        if events:
            continue
        sends = owed(incident, now)
        for _, message in sends:
            incident = _must(advance(incident, e.Sent(incident.seq + 1, stamp_of(now), "escalate", message.key, message.channel)))
        if sends:
            continue
        now = next_due(incident)
        if not now or (horizon and now > at + horizon):
            break
    one = incident.all["escalate"]
    return (*rows, Row(incident.now, "open", _tier(one, one.rung))) if one.state == "notified" and not now else tuple(rows)


def first_told(plan: Plan, at: int) -> Row:
    """Who is told first of what is raised at a moment, and when."""
    rows = foresee(plan, at, 366 * 86_400_000_000)
    return next((row for row in rows if row.what in ("told", "given up", "noted")), rows[-1])


def _must(found: Incident | Refused) -> Incident:
    assert not isinstance(found, Refused), found.why
    return found


def _tier(one: Escalation, number: int) -> str:
    return one.plan.rungs[number].tier if 0 <= number < len(one.plan.rungs) else ""


def _row(one: Escalation, event: e.Event, now: int) -> list[Row]:
    if isinstance(event, e.Told):
        ways = tuple((channel, to) for _, channel, to in event.messages)
        return [Row(now, "told", _tier(one, event.rung), ways, _moment(event.ack_by), event.why, _pairs(event.passed))]
    if isinstance(event, e.Deferred):
        return [Row(now, "waits", _tier(one, event.rung), (), _moment(event.until), event.why, _pairs(event.passed))]
    if isinstance(event, e.Owed) and event.kind == "repeat":
        return [Row(now, "repeat", _tier(one, one.rung), tuple((channel, to) for _, channel, to in event.messages), one.ack_by)]
    if isinstance(event, e.Exhausted):
        return [Row(now, "given up", why=event.why)]
    if isinstance(event, e.Late):
        return [Row(now, "late", why="it isn't resolved in time")]
    return [Row(now, "noted", why="for the backlog; nobody is told")] if isinstance(event, e.Noted) else []


def _moment(text: str) -> int:
    return micros_of(text) or 0


def _pairs(items: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((tier, why) for tier, why in items)
