"""The difference in meaning between two policies, as far as it protects what runbooks do, or decides who is told how soon."""

from __future__ import annotations

from ..base.duration import format_duration
from .difference import CHANGED, STRENGTHENED, WEAKENED, Difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model.policy import Policy, Tier


def diff_policies(old: Policy | None, new: Policy | None) -> Iterator[Difference]:
    """What a changed policy means for the runbooks that use it. None: a runbook without one."""
    if old is None or new is None:
        if old is not None:
            yield _said(WEAKENED, "policy", "has no policy any more")
        elif new is not None:
            yield _said(STRENGTHENED, "policy", "has a policy now")
        return
    yield from _approvals(old, new)
    yield from _tiers(old, new)
    yield from _severities(old, new)
    yield from _windows(old, new)
    if old.freezes != new.freezes:
        lost = [one for one in old.freezes if one not in new.freezes]
        yield _said(WEAKENED if lost else STRENGTHENED, "freezes", "other days are frozen")
    if old.wait_people != new.wait_people:
        yield _said(CHANGED, "waits", "people are waited for another time", _time(old.wait_people), _time(new.wait_people))
    if old.zone != new.zone:
        yield _said(CHANGED, "zone", "hours are meant in another zone", old.zone, new.zone)


def _said(level: str, what: str, text: str, before: str = "", after: str = "") -> Difference:
    return Difference(level, f"policy {what}", "policy", text, before, after)


def _approvals(old: Policy, new: Policy) -> Iterator[Difference]:
    for name in dict.fromkeys([*old.approvals.counts, *new.approvals.counts]):
        before, after = old.approvals.counts.get(name, 0), new.approvals.counts.get(name, 0)
        if before != after:
            level = WEAKENED if after < before else STRENGTHENED
            yield _said(level, "approvals", f"wants {'fewer' if after < before else 'more'} approvals for {name}", str(before), str(after))
    for name, people in new.approvals.roles.items():
        were, are = {one.text for one in old.approvals.roles.get(name, ())}, {one.text for one in people}
        if are - were:
            yield _said(WEAKENED, "roles", f"more people may approve as {name}: {', '.join(sorted(are - were))}")
        if were - are:
            yield _said(STRENGTHENED, "roles", f"fewer people may approve as {name}: without {', '.join(sorted(were - are))}")
    for name, before, after, text in (
        ("four_eyes", old.approvals.four_eyes, new.approvals.four_eyes, "the operator's own approval counts"),
        ("proven", old.approvals.proven, new.approvals.proven, "approvals count that no key signed"),
    ):
        if before != after:
            yield _said(STRENGTHENED if after else WEAKENED, name, f"{text} {'no longer' if after else 'now'}")
    if old.approvals.role != new.approvals.role:
        level = WEAKENED if old.approvals.role else STRENGTHENED
        yield _said(level, "role", "other people's approvals count", old.approvals.role or "anyone", new.approvals.role or "anyone")
    if old.approvals.within != new.approvals.within:
        sides = _time(old.approvals.within), _time(new.approvals.within)
        yield _said(CHANGED, "approvals", "approvals are waited for another time", *sides)
    waived = {one.text for one in new.approvals.waive} - {one.text for one in old.approvals.waive}
    if waived:
        yield _said(WEAKENED, "waive", f"approvals may be passed over for {', '.join(sorted(waived))}")


def _tiers(old: Policy, new: Policy) -> Iterator[Difference]:
    for name, tier in old.tiers.items():
        now = new.tiers.get(name)
        if now is None:
            yield _said(WEAKENED, "tiers", f"the tier {name} is gone")
            continue
        yield from _acks(name, tier, now)
        if [(one.channel, one.to) for one in tier.notify] != [(one.channel, one.to) for one in now.notify]:
            lost = {(one.channel, one.to) for one in tier.notify} - {(one.channel, one.to) for one in now.notify}
            yield _said(WEAKENED if lost else CHANGED, "notify", f"the tier {name} is told by other ways")
        if tier.hours != now.hours or tier.outside != now.outside:
            yield _said(WEAKENED, "hours", f"the tier {name} answers at other hours, or is passed by otherwise outside of them")


def _acks(name: str, old: Tier, new: Tier) -> Iterator[Difference]:
    for severity in dict.fromkeys([*old.ack_within, *new.ack_within]):
        before, after = old.ack_within.get(severity), new.ack_within.get(severity)
        if before != after:
            later = after is None or (before is not None and after > before)
            where = f" for {severity}" if severity else ""
            text = f"what {name} doesn't acknowledge{where} goes on {'later' if later else 'sooner'}"
            yield _said(WEAKENED if later else STRENGTHENED, "escalation", text, _time(before), _time(after))


def _severities(old: Policy, new: Policy) -> Iterator[Difference]:
    for name, severity in old.severities.items():
        now = new.severities.get(name)
        if now is None:
            yield _said(WEAKENED, "severities", f"the severity {name} is gone")
            continue
        before, after = [one.text for one in severity.tiers], [one.text for one in now.tiers]
        if before != after:
            gone = [one for one in before if one not in after]
            yield _said(WEAKENED if gone else CHANGED, "escalation", f"a {name} goes to other tiers", ", ".join(before), ", ".join(after))
        if severity.sla != now.sla:
            later = now.sla is None or (severity.sla is not None and now.sla > severity.sla)
            text = f"a {name} may take {'longer' if later else 'less long'}"
            yield _said(WEAKENED if later else STRENGTHENED, "sla", text, _time(severity.sla), _time(now.sla))
        if severity.rollback != now.rollback and "immediate" in (severity.rollback, now.rollback):
            at_once = now.rollback == "immediate"
            text = f"changes of a {name} wait {'no longer' if at_once else 'again'} for the policy's approvals and for their window"
            yield _said(WEAKENED if at_once else STRENGTHENED, "rollback", text, severity.rollback, now.rollback)
        if (severity.when, severity.backlog) != (now.when, now.backlog):
            yield _said(CHANGED, "when", f"a {name} is worked on at another time")


def _windows(old: Policy, new: Policy) -> Iterator[Difference]:
    for name in dict.fromkeys([*old.windows, *new.windows]):
        before, after = old.windows.get(name), new.windows.get(name)
        if before is not None and after is not None and before.hours != after.hours:
            yield _said(CHANGED, "window", f"the window {name} has other hours")
        elif before is not None and after is None:
            yield _said(CHANGED, "window", f"the window {name} is gone")
        if before is not None and after is not None and before.notice != after.notice:
            sooner = after.notice is None or (before.notice is not None and after.notice < before.notice)
            text = f"people are told {'later' if sooner else 'earlier'} of work in the window {name}"
            yield _said(WEAKENED if sooner else STRENGTHENED, "notice", text, *map(_time, (before.notice, after.notice)))


def _time(micros: int | None) -> str:
    return "no limit" if micros is None else format_duration(micros)
