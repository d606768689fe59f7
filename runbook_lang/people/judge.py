"""What is wrong with a policy as a whole: people who would never be told, waits that never end, approvals nobody can give.

Answers come from the calendar and the escalation's own rules, so a finding is what would happen.
"""

from __future__ import annotations

from ..base.diagnostics import RunbookError
from ..base.duration import human_duration
from ..base.source import Span
from ..model.hours import DAY, WEEK
from .calendar import DAY_S, SECOND_US, Shift, date_text, hours_of, local_stamp, offset_at, segments
from .holidays import public_holidays
from .plan import plan_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..base.diagnostics import Problems
    from ..model.hours import Hours
    from ..model.policy import Policy, Severity, Tier, Window
    from .plan import Plan, Rung

URGENT = "P1"
"""The severity that has to be answered at any hour, as has every one with `rollback: immediate`."""
LONG_NIGHT = 12 * 60
"""A window past midnight that is longer than these minutes has its times the wrong way round, most likely."""
FIXED = ("EST", "MST", "HST")


def judge(policy: Policy, at: int, problems: Problems) -> None:
    """Adds what a policy of sound structure gets wrong. `at`: a moment of today, for holidays and clock changes."""
    _zones(policy, problems)
    try:
        public = public_holidays(policy.country, at, _start(policy))
    except RunbookError as error:
        public = frozenset()
        for item in error.diagnostics:
            problems.add(item)
    for severity in policy.severities.values():
        plan = plan_of(policy, severity.name.text, at, public=public)
        _cover(severity, plan, at, problems)
        _ladder(policy, severity, problems)
        _waits(policy, severity, plan, problems)
    _unused(policy, problems)
    for tier in policy.tiers.values():
        _tier(policy, tier, problems)
    for window in policy.windows.values():
        _window(policy, window, at, problems)
    _approvers(policy, problems)
    _checklist(policy, problems)


def _start(policy: Policy) -> Span:
    return Span(policy.source, 0, min(1, len(policy.source.text)))


# --- zones -------------------------------------------------------------------------------------------------------------


def _zones(policy: Policy, problems: Problems) -> None:
    zones = [(policy.zone, _zone_span(policy))] + [(tier.zone, tier.name.span) for tier in policy.tiers.values() if tier.zone]
    for zone, span in zones:
        if zone in FIXED or zone.startswith("Etc/GMT"):
            why = "its sign is the other way round: Etc/GMT+4 is four hours behind UTC" if "GMT" in zone else "its clocks never change"
            help = "Name the place: America/Santiago. For no summer time at all write UTC."
            problems.warning("RB364", f"{zone!r} is a fixed distance from UTC, no place's time; {why}.", span, help)


def _zone_span(policy: Policy) -> Span:
    start = max(0, policy.source.text.find(policy.zone))
    return Span(policy.source, start, start + len(policy.zone))


# --- who is told -------------------------------------------------------------------------------------------------------


def _cover(severity: Severity, plan: Plan, at: int, problems: Problems) -> None:
    """Hours of the week, and holidays, at which nobody would be told at once."""
    name = severity.name.text
    if severity.backlog or severity.when or not plan.rungs:
        if not severity.backlog and not plan.rungs:
            problems.error("RB360", f"{name} names no tier: nobody would be told.", severity.name.span, "Name them: tiers: […]")
        return
    urgent = name == URGENT or severity.rollback == "immediate"
    for holiday in (False, True):
        gap = next(_gaps(plan, at, holiday), None)
        if gap is None:
            continue
        when = local_stamp(plan.zone, gap)[11:] + (" when that is a holiday" if holiday else "")
        message = f"Nobody is told of {name} at once at {when}: no tier answers then."
        help = "Add a tier that answers 24x7, or let one be told all the same: outside: notify_anyway."
        if urgent:
            problems.error("RB360", message, severity.name.span, help)
        else:
            problems.warning("RB360", message, severity.name.span, help)
        return


def _gaps(plan: Plan, at: int, holiday: bool) -> Iterator[int]:
    """Moments of the week from `at` on at which nobody would be told. Between the edges of all hours nothing changes."""
    second = at // SECOND_US
    rungs = [(Shift(hours_of(rung.hours), rung.zone), rung) for rung in plan.rungs if rung.hours]
    edges = {edge for shift, _ in rungs for span in shift.spans(second, second + 8 * DAY_S) for edge in span}
    for edge in sorted({second, *(edge for edge in edges if second <= edge < second + 7 * DAY_S)}):
        if not _told(rungs, edge * SECOND_US, holiday):
            yield edge * SECOND_US


def _told(rungs: list[tuple[Shift, Rung]], moment: int, holiday: bool) -> bool:
    for shift, rung in rungs:
        if rung.outside == "notify_anyway" or (shift.open_at(moment) and not (holiday and rung.closed)):
            return True
        if rung.outside == "defer":
            return False
    return False


def _ladder(policy: Policy, severity: Severity, problems: Problems) -> None:
    """Tiers of a severity that never hear of it."""
    name = severity.name.text
    stopped = ""
    for place in severity.tiers:
        tier = policy.tiers[place.text]
        hours = tier.hours_for(name)
        if stopped:
            help = f"Give {stopped} a limit: ack_within: 15m"
            problems.error("RB361", f"{place.text} is never told of {name}: nobody waits for {stopped} to acknowledge.", place.span, help)
        elif hours is None:
            help = f"Add {name} to its hours, or take it out here."
            problems.error("RB361", f"{place.text} is never told of {name}: its hours name no {name}.", place.span, help)
        elif tier.ack_for(name) is None and (hours.always or tier.outside != "next_tier"):
            stopped = place.text


def _unused(policy: Policy, problems: Problems) -> None:
    named = {tier.text for severity in policy.severities.values() for tier in severity.tiers}
    for name, tier in policy.tiers.items():
        if name not in named and policy.severities:
            problems.warning("RB361", f"No severity tells {name}: only an `escalate` that names it.", tier.name.span)


def _tier(policy: Policy, tier: Tier, problems: Problems) -> None:
    if not tier.notify:
        help = 'For example: notify: [{slack: "#alerts"}]'
        problems.error("RB362", f"{tier.name.text} has no channel: it can't be told anything.", tier.name.span, help)
    for severity in policy.severities:
        repeat, ack = tier.repeat_for(severity), tier.ack_for(severity)
        if repeat and ack and repeat >= ack:
            message = (
                f"{tier.name.text} is never told again of {severity}: `repeat` ({human_duration(repeat)}) isn't shorter than `ack_within`."
            )
            problems.warning("RB363", message, tier.name.span, "Repeat sooner, or leave `repeat` out.")
            return


def _waits(policy: Policy, severity: Severity, plan: Plan, problems: Problems) -> None:
    """Waits that outlast what they are waits for."""
    name, spent = severity.name.text, 0
    if severity.sla is None or severity.backlog or severity.when or severity.sla_counts == "hours":
        return
    for place, rung in zip(severity.tiers, plan.rungs, strict=False):
        if spent >= severity.sla:
            message = f"{place.text} is told of {name} only when its time to be resolved ({human_duration(severity.sla)}) is over."
            problems.error("RB363", message, place.span, "Shorten `ack_within` of the tiers before it, or lengthen `sla`.")
            return
        spent += rung.ack
    if severity.reack and severity.reack >= severity.sla:
        message = f"An acknowledgement of {name} holds longer than the time in which it has to be resolved."
        problems.warning("RB363", message, severity.name.span, "Shorten `reack`.")


# --- windows -----------------------------------------------------------------------------------------------------------


def _window(policy: Policy, window: Window, at: int, problems: Problems) -> None:
    name = window.name.text
    for start, end in _written(window.hours):
        if end - start > LONG_NIGHT and end > (start // DAY + 1) * DAY and not window.hours.always and end - start < DAY:
            message = f"The window {name!r} goes past midnight and is open for {(end - start) // 60} hours."
            help = "A range whose end is before its start ends on the next day. Were its times meant the other way round?"
            problems.warning("RB365", message, window.name.span, help)
    gone = _vanishes(policy, window, at)
    if gone:
        message = f"The window {name!r} is empty on {gone}: the clocks skip that hour."
        problems.warning("RB365", message, window.name.span, "Choose hours that every day has.")
    if all(_frozen(policy, day) for day in _open_days(policy, window, at)):
        message = f"The window {name!r} is never open in the next year: every day of it is in a freeze."
        problems.error("RB365", message, window.name.span, "Shorten the freeze, or choose other hours.")
    if window.notice and not (window.stakeholders or policy.stakeholders):
        message = f"The window {name!r} wants notice, and names nobody who is given it."
        problems.warning("RB368", message, window.name.span, "Add `stakeholders` to it, or to the policy.")


def _written(hours: Hours) -> list[tuple[int, int]]:
    """Ranges with what goes over the end of the week in one piece."""
    ranges = list(hours.ranges)
    if len(ranges) > 1 and ranges[0][0] == 0 and ranges[-1][1] == WEEK:
        ranges = [*ranges[1:-1], (ranges[-1][0], WEEK + ranges[0][1])]
    return ranges


def _vanishes(policy: Policy, window: Window, at: int) -> str:
    """A date of the next year on which a range of the window is skipped as a whole by the clocks."""
    second = at // SECOND_US
    for _, cut, before in segments(policy.zone, second, second + 400 * DAY_S):
        skipped = offset_at(policy.zone, cut) - before
        if skipped <= 0:
            continue
        day, start = divmod(cut + before, DAY_S)
        base = (day + 3) % 7 * DAY + start // 60
        if any(base <= first and last <= base + skipped // 60 for first, last in _written(window.hours)):
            return date_text(day)
    return ""


def _open_days(policy: Policy, window: Window, at: int) -> list[str]:
    shift = Shift(window.hours, policy.zone)
    second = at // SECOND_US
    spans = shift.spans(second, second + 366 * DAY_S)
    return [date_text((start + offset_at(policy.zone, start)) // DAY_S) for start, _ in spans]


def _frozen(policy: Policy, day: str) -> bool:
    return any(freeze.first <= day <= freeze.last for freeze in policy.freezes)


# --- approvals ---------------------------------------------------------------------------------------------------------


def _approvers(policy: Policy, problems: Problems) -> None:
    """Approvals that only the operator could give: with four eyes they could never be given."""
    approvals = policy.approvals
    wanted = max(approvals.counts.values(), default=0)
    others = 1 if approvals.four_eyes else 0
    if policy.people and len(policy.people) < wanted + others and not approvals.role:
        only = next(iter(policy.people.values()))
        message = f"{wanted} approvals are wanted besides the operator's, and the policy knows {_people(len(policy.people))}."
        problems.error("RB366", message, only.name.span, "Add people, or say `four_eyes: false` under `approvals`.")
    for role, members in approvals.roles.items():
        needed = wanted if role == approvals.role else 1
        if len(members) < needed + others:
            text = f"The role {role!r} has {_people(len(members))}: if they run it themselves, nobody is left to approve."
            span = members[0].span if members else None
            if role == approvals.role:
                problems.error("RB366", text, span, "Add people to the role.")
            else:
                problems.warning("RB366", text, span, "Add people to the role.")
    if approvals.proven:
        for person in policy.people.values():
            if not person.key:
                message = f"{person.name.text} can't approve: only proven approvals count, and no key is given for them."
                problems.warning("RB366", message, person.name.span, "Add it: key: ed25519:… (`runbook key list` shows it).")


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people" if count else "nobody"


def _checklist(policy: Policy, problems: Problems) -> None:
    for what, who, _ in policy.after.checklist:
        if who and who not in policy.people:
            problems.error("RB352", f"The policy has no {who!r} under 'people' ({what}).", _start(policy))
