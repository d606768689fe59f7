"""Escalations as a machine: raised → notified (tier by tier) → acknowledged → resolved, or exhausted.

Like the machine that runs a runbook it has two halves, and neither sees a clock, a file or a network:

    advance(incident, event) -> Incident | Refused    what an event means
    decide(incident, now) -> tuple[Event, …]          what has to be recorded at a moment, because it is due (in `due`)

What is owed to people, and when something is next due, follow from the state alone, so a process that dies loses nothing,
and a tick that comes late does once what is due.
"""

from __future__ import annotations

from ..base.record import Record
from ..machine.stamps import micros_of
from . import events as e
from .plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


MOST = 2
"""How often a message may be sent without an answer that is known: once, and once more after a crash."""
OPEN = ("raised", "notified", "acknowledged", "exhausted")


class Refused(Record):
    """An event that doesn't fit; `why` is a sentence's end."""

    why: str


class Message(Record):
    """One message over one channel. `state`: owed | sent | failed. `after`: not before this moment."""

    key: str
    kind: str  # told | repeat | acknowledged | resolved | late | exhausted | cancelled | message
    channel: str
    to: str
    rung: int
    state: str = "owed"
    tries: int = 0
    after: int = 0
    why: str = ""
    telling: int = 0
    at: int = 0  # when it was sent
    begun: int = 0  # how often sending it was begun without an answer that is known: two at most


class Escalation(Record):
    """One escalation. `state`: raised | notified | acknowledged | resolved | exhausted | noted; or said, of what a step says and nobody has
    to acknowledge. Moments are 0 for none."""

    id: str
    raised: e.Raised
    plan: Plan
    at: int
    state: str = "raised"
    begins: int = 0
    round: int = 1
    rung: int = -1
    first: bool = True  # nobody was told yet
    ack_by: int = 0
    repeat_at: int = 0
    sla_at: int = 0
    late: bool = False
    by: str = ""
    grade: str = ""
    note: str = ""
    holds_until: int = 0
    why: str = ""
    messages: Mapping[str, Message] = {}
    told: tuple[int, ...] = ()
    told_at: int = 0
    telling: int = 0  # how often a tier was told

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def current(self) -> tuple[Message, ...]:
        """The messages by which the tier at hand was told first."""
        return tuple(one for one in self.messages.values() if one.kind == "told" and one.telling == self.telling)


class Incident(Record):
    """All escalations of one run, by the path of the step that raised them."""

    seq: int = 0
    now: int = 0
    all: Mapping[str, Escalation] = {}

    @property
    def open(self) -> tuple[Escalation, ...]:
        return tuple(one for one in self.all.values() if one.is_open)


def advance(incident: Incident, event: e.Event) -> Incident | Refused:
    """What an event means. Never raises for any event whose fields have their types."""
    moment = micros_of(event.at)
    if event.seq != incident.seq + 1:
        return Refused(f"event {event.seq} doesn't follow {incident.seq}")
    if moment is None or moment < incident.now:
        return Refused("its moment lies before that of the event before")
    after = incident.replace(seq=event.seq, now=moment)
    if isinstance(event, e.Raised):
        made = _raised(incident, event, moment)
    else:
        found = incident.all.get(getattr(event, "id", ""))
        made = (
            Refused(f"no escalation {getattr(event, 'id', '')!r} was raised")
            if found is None
            else _STEPS[type(event)](found, event, moment)
        )
    return made if isinstance(made, Refused) else after.replace(all={**incident.all, made.id: made})


def _raised(incident: Incident, event: e.Raised, moment: int) -> Escalation | Refused:
    if event.id in incident.all:
        return Refused(f"{event.id} was raised already")
    begins, sla = micros_of(event.begins), micros_of(event.sla) if event.sla else 0
    try:
        plan = Plan.from_json(event.plan)
    except (TypeError, ValueError, KeyError, AttributeError):
        return Refused("its plan can't be read")
    if begins is None or sla is None:
        return Refused("its moments can't be read")
    if plan.says:
        return Escalation(event.id, event, plan, moment, state="said")
    return Escalation(event.id, event, plan, moment, begins=begins, sla_at=sla)


def _told(one: Escalation, event: e.Told, moment: int) -> Escalation | Refused:
    if one.state not in ("raised", "notified"):
        return Refused(f"{one.id} is {one.state}: nobody is told")
    if not 0 <= event.rung < len(one.plan.rungs):
        return Refused(f"{one.id} has no tier number {event.rung}")
    made = _add(one.replace(rung=event.rung, telling=one.telling + 1), "told", event.messages)
    return made.replace(
        state="notified",
        round=event.round,
        first=False,
        begins=0,
        ack_by=_moment(event.ack_by),
        repeat_at=_moment(event.repeat),
        told=one.told if event.rung in one.told else (*one.told, event.rung),
        told_at=moment,
        why=event.why,
    )


def _deferred(one: Escalation, event: e.Deferred, moment: int) -> Escalation | Refused:
    if one.state not in ("raised", "notified"):
        return Refused(f"{one.id} is {one.state}: nobody is told")
    return one.replace(
        state="raised", round=event.round, rung=event.rung, begins=_moment(event.until), ack_by=0, repeat_at=0, why=event.why
    )


def _owed(one: Escalation, event: e.Owed, moment: int) -> Escalation | Refused:
    return _add(one, event.kind, event.messages).replace(repeat_at=_moment(event.repeat) if event.kind == "repeat" else one.repeat_at)


def _sending(one: Escalation, event: e.Sending, moment: int) -> Escalation | Refused:
    begun = {key: item.replace(begun=item.begun + 1) for key in event.keys if (item := one.messages.get(key)) and item.state == "owed"}
    if len(begun) != len(event.keys) or any(item.begun > MOST for item in begun.values()):
        return Refused("such messages aren't owed")
    return one.replace(messages={**one.messages, **begun})


def _sent(one: Escalation, event: e.Sent, moment: int) -> Escalation | Refused:
    message = one.messages.get(event.key)
    if message is None or message.state != "owed":
        return Refused(f"no message {event.key!r} is owed")
    done = message.replace(begun=0, at=moment, state="sent", channel=event.channel, why=event.note)
    return one.replace(messages={**one.messages, event.key: done})


def _tried(one: Escalation, event: e.Tried, moment: int) -> Escalation | Refused:
    message = one.messages.get(event.key)
    if message is None or message.state != "owed":
        return Refused(f"no message {event.key!r} is owed")
    again = _moment(event.again)
    made = message.replace(begun=0, state="owed" if again else "failed", tries=message.tries + 1, after=again, why=event.why)
    return one.replace(messages={**one.messages, event.key: made})


def _acknowledged(one: Escalation, event: e.Acknowledged, moment: int) -> Escalation | Refused:
    problem = why_not(one, event.by, "acknowledge")
    if problem:
        return Refused(problem)
    made = _at_rest(one, "acknowledged").replace(by=event.by, grade=event.grade, note=event.note)
    return made.replace(holds_until=_moment(event.until))


def _lapsed(one: Escalation, event: e.Lapsed, moment: int) -> Escalation | Refused:
    if one.state != "acknowledged" or not one.holds_until or moment < one.holds_until:
        return Refused(f"{one.id} has no acknowledgement that ends now")
    return one.replace(
        state="raised", begins=moment, round=1, rung=-1, holds_until=0, first=True, why=f"{one.by}'s acknowledgement has ended"
    )


def _late(one: Escalation, event: e.Late, moment: int) -> Escalation | Refused:
    if not one.is_open or one.late or not one.sla_at or moment < one.sla_at:
        return Refused(f"{one.id} isn't late")
    return one.replace(late=True)


def _resolved(one: Escalation, event: e.Resolved, moment: int) -> Escalation | Refused:
    problem = why_not(one, event.by, "resolve")
    if problem:
        return Refused(problem)
    made = _at_rest(one, "resolved").replace(holds_until=0, messages=_ended(one))
    return made.replace(by=event.by, grade=event.grade, note=event.note)


def _ended(one: Escalation) -> Mapping[str, Message]:
    """What was still owed needn't be said any more."""
    return {key: item.replace(state="failed", why="it is over") if item.state == "owed" else item for key, item in one.messages.items()}


def _exhausted(one: Escalation, event: e.Exhausted, moment: int) -> Escalation | Refused:
    if one.state not in ("raised", "notified"):
        return Refused(f"{one.id} is {one.state}")
    return _at_rest(one, "exhausted").replace(why=event.why)


def _noted(one: Escalation, event: e.Noted, moment: int) -> Escalation | Refused:
    if not one.plan.backlog or one.state != "raised":
        return Refused(f"{one.id} is {one.state}, not for the backlog")
    return _at_rest(one, "noted").replace(sla_at=0)


def _at_rest(one: Escalation, state: str) -> Escalation:
    """In a state in which nobody has to acknowledge."""
    return one.replace(state=state, ack_by=0, repeat_at=0, begins=0)


_STEPS: Mapping[type[e.Event], Callable[[Escalation, Any, int], Escalation | Refused]] = {
    e.Told: _told,
    e.Deferred: _deferred,
    e.Owed: _owed,
    e.Sending: _sending,
    e.Sent: _sent,
    e.Tried: _tried,
    e.Acknowledged: _acknowledged,
    e.Lapsed: _lapsed,
    e.Late: _late,
    e.Resolved: _resolved,
    e.Exhausted: _exhausted,
    e.Noted: _noted,
}


def why_not(one: Escalation, who: str, verb: str) -> str:
    """Why a person can't acknowledge or resolve it; '' when they can. `who` is a person's name in the policy."""
    if who not in {name for name, _, _ in one.plan.people}:
        return f"{who!r} is nobody whom the policy knew when this was raised"
    if one.state == "resolved":
        return f"it was resolved already, by {one.by}"
    if one.state == "noted":
        return "it was only noted, for the backlog"
    if one.state == "said":
        return "it is a message, and waits for nobody"
    if verb == "acknowledge" and one.state == "acknowledged":
        return f"it was acknowledged already, by {one.by}"
    return ""


def _add(one: Escalation, kind: str, messages: list[list[str]]) -> Escalation:
    made = {key: Message(key, kind, channel, to, one.rung, telling=one.telling) for key, channel, to in messages}
    return one.replace(messages={**one.messages, **made})


def _moment(text: str) -> int:
    return (micros_of(text) or 0) if text else 0
