"""What is due in the escalations of a run: whom to tell, what to send, when to look again."""

from __future__ import annotations

from ..machine.stamps import stamp_of
from . import events as e
from .escalation import MOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .escalation import Escalation, Incident, Message
    from .plan import Rung

HANDWORK = ("ticket",)
"""Channels that no program can send to: somebody has to be told to do it."""
DIED = "the process died twice while it was being sent; it may have arrived"
ANEW_US = 600_000_000
"""When nobody could be told at all: how long until it is tried from the beginning."""
QUIET = ("ticket", "github")
"""Channels that hear of the beginning alone."""


def next_due(incident: Incident) -> int:
    """When something has to be done next, however late a tick comes; 0 for nothing."""
    return min((moment for one in incident.all.values() for moment in _dues(one)), default=0)


def _dues(one: Escalation) -> Iterator[int]:
    if one.state == "raised":
        yield max(1, one.begins)
    if one.state == "notified":
        yield from (moment for moment in (one.ack_by, one.repeat_at) if moment)
        if _unheard(one):
            yield max(1, one.told_at)
    if one.state == "acknowledged" and one.holds_until:
        yield one.holds_until
    if one.is_open and one.sla_at and not one.late:
        yield one.sla_at
    yield from (max(1, item.after, one.at) for item in one.messages.values() if item.state == "owed")


def owed(incident: Incident, now: int) -> tuple[tuple[Escalation, Message], ...]:
    """The messages to be sent at a moment."""
    return tuple(
        (one, item)
        for one in incident.all.values()
        for item in one.messages.values()
        if item.state == "owed" and item.after <= now and item.begun < MOST
    )


def decide(incident: Incident, now: int) -> tuple[e.Event, ...]:
    """What has to be recorded now because it is due, of the first escalation that has something; () for nothing.

    Apply the events with `advance`, and ask again until there is nothing.
    """
    now = max(now, incident.now)
    for one in incident.all.values():
        found = _decide(one, now, incident.seq)
        if found:
            return found
    return ()


def _decide(one: Escalation, now: int, seq: int) -> tuple[e.Event, ...]:
    at = stamp_of(now)
    for item in one.messages.values():
        if item.state == "owed" and item.begun >= MOST:
            return (e.Tried(seq + 1, at, one.id, item.key, DIED),)
    if one.state == "acknowledged" and one.holds_until and one.holds_until <= now:
        return (e.Lapsed(seq + 1, at, one.id),)
    if one.is_open and one.sla_at and not one.late and one.sla_at <= now:
        said = messages_to(one, _audience(one))
        late: tuple[e.Event, ...] = (e.Late(seq + 1, at, one.id),)
        return (*late, e.Owed(seq + 2, at, one.id, "late", said)) if said else late
    if one.state == "raised" and one.begins <= now:
        return (e.Noted(seq + 1, at, one.id),) if one.plan.backlog else _climb(one, max(0, one.rung), now, seq)
    if one.state == "notified":
        if one.ack_by and one.ack_by <= now:
            return _climb(one, one.rung + 1, now, seq, "it wasn't acknowledged in time")
        if _unheard(one):
            return _climb(one, one.rung + 1, now, seq, "no channel worked")
        if one.repeat_at and one.repeat_at <= now:
            rung = one.plan.rungs[one.rung]
            return (e.Owed(seq + 1, at, one.id, "repeat", messages_to(one, rung.notify), _repeat(rung, now, one.ack_by)),)
    return ()


def _unheard(one: Escalation) -> bool:
    """The tier at hand couldn't be told: no channel has worked, each was tried twice at least or is given up. A ticket that somebody would
    have to open tells nobody."""
    current = [item for item in one.current if item.channel not in HANDWORK]
    return bool(current) and all(item.state == "failed" or (item.state == "owed" and item.tries >= 2) for item in current)


def _climb(one: Escalation, start: int, now: int, seq: int, why: str = "") -> tuple[e.Event, ...]:
    """Tells the first tier from `start` on that answers now; outside of its hours as the tier says."""
    passed: list[list[str]] = []
    for round, first in ((one.round, start), (one.round + 1, 0)):
        if round > one.plan.rounds:
            break
        for number in range(first, len(one.plan.rungs)):
            rung = one.plan.rungs[number]
            shift = one.plan.shift(rung)
            if shift is None:
                passed.append([rung.tier, f"doesn't answer {one.plan.severity}"])
            elif shift.open_at(now) or rung.outside == "notify_anyway":
                return (_tell(one, round, number, now, seq, why, passed),)
            elif rung.outside == "defer" and (until := shift.next_open(now)) is not None:
                return (e.Deferred(seq + 1, stamp_of(now), one.id, round, number, stamp_of(until), f"{rung.tier} answers then", passed),)
            else:
                passed.append([rung.tier, "outside its hours"])
    if one.first:
        return _nobody(one, now, seq, passed)
    if not any(item.state == "sent" and item.channel not in HANDWORK for item in one.messages.values()):
        again = stamp_of(now + ANEW_US)
        return (e.Deferred(seq + 1, stamp_of(now), one.id, 1, 0, again, "no channel worked; all of it is tried again then", passed),)
    return _give_up(one, now, seq, f"everybody was told, and {why or 'nobody answers'}")


def _tell(one: Escalation, round: int, number: int, now: int, seq: int, why: str, passed: list[list[str]]) -> e.Event:
    rung = one.plan.rungs[number]
    ack_by = one.plan.ack_by(rung, now)
    ways = list(rung.notify) or [("console", "")]
    if all(channel in HANDWORK for channel, _ in ways):  # whoever was told before has to do it
        ways += [way for way in _audience(one) if way[0] not in QUIET] or [("console", "")]
    stamp = stamp_of(ack_by) if ack_by else ""
    return e.Told(seq + 1, stamp_of(now), one.id, round, number, stamp, _repeat(rung, now, ack_by), messages_to(one, ways), why, passed)


def _repeat(rung: Rung, now: int, ack_by: int) -> str:
    at = now + rung.repeat
    return stamp_of(at) if rung.repeat and (not ack_by or at < ack_by) else ""


def _nobody(one: Escalation, now: int, seq: int, passed: list[list[str]]) -> tuple[e.Event, ...]:
    """No tier answers now and none says what to do then: it waits for the first that will."""
    openings = []
    for number, rung in enumerate(one.plan.rungs):
        shift = one.plan.shift(rung)
        opening = shift.next_open(now) if shift is not None else None
        if opening is not None:
            openings.append((opening, number))
    if not openings:
        return _give_up(one, now, seq, "no tier answers this severity" if one.plan.rungs else "the policy names no tier for it")
    until, number = min(openings)
    tier = one.plan.rungs[number].tier
    return (e.Deferred(seq + 1, stamp_of(now), one.id, one.round, number, stamp_of(until), f"nobody is on duty before {tier}", passed),)


def _give_up(one: Escalation, now: int, seq: int, why: str) -> tuple[e.Event, ...]:
    said = messages_to(one, _audience(one))
    gone: tuple[e.Event, ...] = (e.Exhausted(seq + 1, stamp_of(now), one.id, why),)
    return (*gone, e.Owed(seq + 2, stamp_of(now), one.id, "exhausted", said)) if said else gone


def _audience(one: Escalation) -> list[tuple[str, str]]:
    """Whoever heard of it, each once; before anybody did, the first tier."""
    numbers = one.told or ((0,) if one.plan.rungs else ())
    return list(dict.fromkeys(way for number in numbers for way in one.plan.rungs[number].notify if way[0] not in QUIET))


def messages_to(one: Escalation, ways: Iterable[tuple[str, str]]) -> list[list[str]]:
    """[key, channel, to] of a new message a way. Keys count on from what the escalation has."""
    start = len(one.messages) + 1
    return [[f"{one.raised.run}/{one.id}#{start + number}", channel, to] for number, (channel, to) in enumerate(ways)]


def said(one: Escalation, seq: int, at: int) -> e.Event | None:
    """The messages of what a step says: to each of its ways that has none yet, or whose message is known not to have arrived."""
    held = {(item.channel, item.to) for item in one.messages.values() if item.state != "failed" or item.why == DIED}
    ways = [way for way in one.plan.rungs[0].notify if way not in held]
    return e.Owed(seq + 1, stamp_of(at), one.id, "message", messages_to(one, ways)) if ways else None


def word_back(one: Escalation, kind: str, seq: int, at: int) -> e.Event | None:
    """The messages that tell everybody who heard of it that it was acknowledged or resolved."""
    said = messages_to(one, _audience(one)) if one.told else []
    return e.Owed(seq + 1, stamp_of(at), one.id, kind, said) if said else None
