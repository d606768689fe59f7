"""Whom an escalation tells in which order: everything the policy says about it, fixed when the escalation is raised.

A plan is plain data. It goes into the first line of an escalation, so a policy that changes in between changes nothing
for what is under way, and whoever ticks needs no policy file.
"""

from __future__ import annotations

from ..base.record import Record
from ..model.policy import BUSINESS_HOURS
from .calendar import DAY_US, Shift, date_text, hours_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ..model.policy import Notify, Policy, Severity, Tier

YEARS_AHEAD = 2


class Rung(Record):
    """One tier, as one severity sees it. `hours` is '' when it doesn't answer that severity. Durations in microseconds, 0 for none."""

    tier: str
    hours: str
    zone: str
    outside: str
    closed: bool  # on holidays
    ack: int
    counts: str
    repeat: int
    notify: tuple[tuple[str, str], ...]
    contact: str = ""
    people: tuple[str, ...] = ()


class Plan(Record):
    """The ladder of one severity with all it depends on."""

    severity: str
    zone: str
    rungs: tuple[Rung, ...]
    backlog: bool = False
    next_day: bool = False  # begins at the next opening of a business day
    sla: int = 0
    sla_counts: str = "wall"
    rounds: int = 1
    reack: int = 0
    business: str = BUSINESS_HOURS
    holidays: tuple[str, ...] = ()
    people: tuple[tuple[str, str, str], ...] = ()  # (name, OS user, public key)
    language: str = "en"
    templates: tuple[tuple[str, str], ...] = ()  # (name, text) of messages of the team's own
    says: bool = False  # a message of a step: nobody has to acknowledge it

    def shift(self, rung: Rung) -> Shift | None:
        """When the rung's tier answers; None: never."""
        if not rung.hours:
            return None
        return Shift(hours_of(rung.hours), rung.zone, frozenset(self.holidays) if rung.closed else frozenset())

    @property
    def business_time(self) -> Shift:
        return Shift(hours_of(self.business), self.zone, frozenset(self.holidays))

    def begins(self, at: int) -> int:
        """When what is raised at a moment is first told: at once, or on the next business day."""
        if not self.next_day:
            return at
        shift = self.business_time
        if shift.open_at(at):
            end = shift.closes(at)
            opening = shift.next_open(end) if end is not None else None
        else:
            opening = shift.next_open(at)
        return at if opening is None else opening

    def sla_at(self, at: int) -> int:
        """When it must be resolved; 0 for no such moment."""
        if not self.sla:
            return 0
        return (self.business_time.after(at, self.sla) or 0) if self.sla_counts == "hours" else at + self.sla

    def ack_by(self, rung: Rung, at: int) -> int:
        """Until when a tier that is told at a moment has to acknowledge; 0 when nobody waits for it."""
        if not rung.ack:
            return 0
        shift = self.shift(rung)
        if rung.counts == "hours" and shift is not None:
            return shift.after(at, rung.ack) or at + rung.ack
        return at + rung.ack

    def person(self, who: str) -> str:
        """The name of the person who is, or whose OS user is, `who`; '' for nobody whom the policy knows."""
        for name, user, _ in self.people:
            if who == (user or name):
                return name
        return ""

    def as_json(self) -> dict[str, Any]:
        """Plain data; fields at their default are left out."""
        return {**_plain(self), "rungs": [_plain(rung) for rung in self.rungs]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan of its plain data. Raises TypeError, ValueError or KeyError for anything else."""
        rungs = tuple(Rung(**{**rung, "notify": _pairs(rung["notify"]), "people": tuple(rung.get("people", ()))}) for rung in data["rungs"])
        rest = {name: value for name, value in data.items() if name != "rungs"}
        for name in ("holidays", "people", "templates"):
            if name in rest:
                rest[name] = tuple(tuple(item) if isinstance(item, list) else item for item in rest[name])
        return cls(rungs=rungs, **rest)


def _plain(record: Plan | Rung) -> dict[str, Any]:
    defaults: dict[str, Any] = getattr(type(record), "__field_defaults__")  # noqa: B009 - set by the Record metaclass
    found = {}
    for name in record.__fields__:
        value = getattr(record, name)
        if name not in defaults or value != defaults[name]:
            found[name] = [list(item) if isinstance(item, tuple) else item for item in value] if isinstance(value, tuple) else value
    return found


def _pairs(items: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((channel, to) for channel, to in items)


def plan_of(
    policy: Policy, severity: str, at: int, tier: str = "", public: frozenset[str] = frozenset(), texts: tuple[tuple[str, str], ...] = ()
) -> Plan:
    """The plan of a severity that is raised at a moment; `tier`: where to begin. `public`: public holidays of the policy's country.
    `texts`: message templates of the team's own.

    A severity that the policy doesn't know, or '': all tiers in the order of the file.
    """
    known = policy.severities.get(severity)
    order = [name.text for name in known.tiers] if known is not None else list(policy.tiers)
    if tier:
        order = order[order.index(tier) :] if tier in order else [tier, *order]
    day = at // DAY_US
    first, last = date_text(day - 366), date_text(min(day + YEARS_AHEAD * 366, 2_900_000))
    holidays = tuple(sorted(date for date in policy.holidays | public if first <= date <= last))
    people = tuple((name, person.os_user, person.key) for name, person in policy.people.items())
    return Plan(
        severity,
        policy.zone,
        tuple(rung_of(policy, policy.tiers[name], severity) for name in order if name in policy.tiers),
        business=policy.business.text if policy.business is not None else BUSINESS_HOURS,
        holidays=holidays,
        people=people,
        language=policy.language,
        templates=texts,
        **_of_severity(known),
    )


def _of_severity(known: Severity | None) -> dict[str, Any]:
    if known is None:
        return {}
    return {
        "backlog": known.backlog,
        "next_day": known.when == "next_business_day",
        "sla": known.sla or 0,
        "sla_counts": known.sla_counts,
        "rounds": known.rounds,
        "reack": known.reack or 0,
    }


def rung_of(policy: Policy, tier: Tier, severity: str) -> Rung:
    """A tier as a severity sees it."""
    hours = tier.hours_for(severity)
    always = hours is not None and hours.always
    return Rung(
        tier.name.text,
        "" if hours is None else hours.text,
        tier.zone or policy.zone,
        tier.outside,
        tier.holidays == "closed" or (not tier.holidays and not always),
        tier.ack_for(severity) or 0,
        tier.counts,
        tier.repeat_for(severity) or 0,
        channels(tier.notify),
        tier.contact,
        tuple(name.text for name in tier.people),
    )


def saying(policy: Policy | None, severity: str, ways: tuple[tuple[str, str], ...], texts: tuple[tuple[str, str], ...] = ()) -> Plan:
    """The plan of a message that nobody has to acknowledge, over these channels."""
    zone = policy.zone if policy is not None else "UTC"
    rung = Rung("", "24x7", zone, "notify_anyway", False, 0, "wall", 0, ways)
    return Plan(severity, zone, (rung,), language=policy.language if policy is not None else "en", templates=texts, says=True)


def channels(notify: Iterable[Notify]) -> tuple[tuple[str, str], ...]:
    """(channel, whom or where) of each."""
    return tuple((one.channel, one.to) for one in notify)
