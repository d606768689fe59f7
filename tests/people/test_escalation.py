"""Escalations: what happens when, held against a model that walks every minute; and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lang.machine.stamps import stamp_of
from runbook_lang.model.hours import parse_hours
from runbook_lang.people import events as e
from runbook_lang.people.calendar import MINUTE_US
from runbook_lang.people.due import decide, next_due, owed
from runbook_lang.people.escalation import Escalation, Incident, Refused, advance
from runbook_lang.people.foresight import foresee, raised
from runbook_lang.people.plan import Plan, Rung, plan_of
from tests.people.policies import SANTIAGO, at, made

HOLIDAYS = ("2026-09-18", "2026-12-25", "2028-02-29")
STARTS = ("2026-04-04 12:00", "2026-09-05 12:00", "2026-12-24 22:00", "2028-02-28 17:45", "2026-11-27 17:50", "2026-09-17 17:00")


# --- the slow, obvious model -------------------------------------------------------------------------------------------


def on_duty(plan: Plan, rung: Rung, moment: int) -> bool:
    wall = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)).astimezone(ZoneInfo(rung.zone))
    if rung.closed and wall.date().isoformat() in plan.holidays:
        return False
    return parse_hours(rung.hours).open_at(wall.weekday(), wall.hour * 60 + wall.minute)


def walk(plan: Plan, start: int, minutes: int) -> list[tuple[int, str]]:
    """(minute, tier told) of an escalation that nobody acknowledges: one look a minute, as a person with a clock would."""
    told: list[tuple[int, str]] = []
    rung, round_, waits_for, deadline = 0, 1, None, None
    for minute in range(minutes):
        moment = start + minute * MINUTE_US
        if deadline is None and waits_for is None:
            looking, begin = True, rung
        elif waits_for is not None:
            looking, begin = on_duty(plan, plan.rungs[waits_for], moment), waits_for
        else:
            looking, begin = deadline == minute, rung + 1
        while looking:
            looking, waits_for, deadline = False, None, None
            for number in range(begin, len(plan.rungs)):
                one = plan.rungs[number]
                if on_duty(plan, one, moment) or one.outside == "notify_anyway":
                    rung = number
                    told.append((minute, one.tier))
                    deadline = minute + one.ack // MINUTE_US if one.ack else 10**9
                    break
                if one.outside == "defer":
                    waits_for = rung = number
                    break
            else:
                if not told:  # nobody yet: whoever opens first
                    opens = {
                        n: next((m for m in range(minute, minute + 9 * 1440) if on_duty(plan, r, start + m * MINUTE_US)), None)
                        for n, r in enumerate(plan.rungs)
                    }
                    waits_for = min((m, n) for n, m in opens.items() if m is not None)[1]
                elif round_ < plan.rounds:
                    round_, begin, looking = round_ + 1, 0, True
                else:
                    return told
    return told


rungs = st.builds(
    lambda hours, outside, closed, ack: (hours, outside, closed, ack),
    st.sampled_from(("mon-fri 09:00-18:00", "24x7", "22:00-06:00", "sat-sun", "tue 02:00-04:00, fri", "mon-sun 00:00-23:59")),
    st.sampled_from(("next_tier", "next_tier", "defer", "notify_anyway")),
    st.booleans(),
    st.sampled_from((0, 15, 30, 60, 600, 1500)),
)
plans = st.builds(
    lambda items, rounds: Plan(
        "P2",
        SANTIAGO,
        tuple(
            Rung(f"t{n}", hours, SANTIAGO, outside, closed, ack * MINUTE_US, "wall", 0, (("slack", f"#{n}"),))
            for n, (hours, outside, closed, ack) in enumerate(items)
        ),
        rounds=rounds,
        holidays=HOLIDAYS,
    ),
    st.lists(rungs, min_size=1, max_size=3),
    st.integers(1, 2),
)


@settings(max_examples=120, deadline=None)
@given(plans, st.sampled_from(STARTS), st.integers(0, 2000))
def test_who_is_told_when_is_what_a_person_with_a_clock_would_do(plan: Plan, start: str, later: int) -> None:
    moment = at(start) + later * MINUTE_US
    minutes = 4 * 1440
    found = [((row.at - moment) // MINUTE_US, row.tier) for row in foresee(plan, moment, minutes * MINUTE_US) if row.what == "told"]
    assert [pair for pair in found if pair[0] < minutes] == walk(plan, moment, minutes)


@settings(max_examples=100, deadline=None)
@given(plans, st.sampled_from(STARTS), st.lists(st.integers(0, 600), max_size=30), st.data())
def test_ticks_at_any_time_are_never_refused_and_leave_nothing_due(plan: Plan, start: str, steps: list[int], data: st.DataObject) -> None:
    incident = must(advance(Incident(), raised(plan, at(start))))
    now = at(start)
    for step in steps:
        now += step * MINUTE_US
        incident = tick(incident, now, data.draw(st.sampled_from(("sent", "failed", "again", "dead"))))
        due = next_due(incident)
        assert not decide(incident, now)
        assert due == 0 or due > now or owed(incident, now) or any(item.begun for item in messages(incident))


# --- tools -------------------------------------------------------------------------------------------------------------


def must(found: Incident | Refused) -> Incident:
    assert not isinstance(found, Refused), found.why
    return found


def messages(incident: Incident) -> list[object]:
    return [item for one in incident.all.values() for item in one.messages.values()]


def settle(incident: Incident, now: int) -> Incident:
    while events := decide(incident, now):
        for event in events:
            incident = must(advance(incident, event))
    return incident


def tick(incident: Incident, now: int, fate: str = "sent") -> Incident:
    """Does what is due; each message meets the same fate. `dead`: the process dies while it sends."""
    incident = settle(incident, now)
    for one, item in owed(incident, now):
        moment = stamp_of(max(now, incident.now))
        incident = must(advance(incident, e.Sending(incident.seq + 1, moment, one.id, [item.key])))
        if fate == "dead":
            continue
        event: e.Event = e.Sent(incident.seq + 1, moment, one.id, item.key, item.channel)
        if fate != "sent":
            again = stamp_of(now + MINUTE_US) if fate == "again" else ""
            event = e.Tried(incident.seq + 1, moment, one.id, item.key, "down", again)
        incident = must(advance(incident, event))
    return settle(incident, now)


POLICY = """
zone: America/Santiago
people: {ana: {os_user: ana1}, ben: {}}
tiers:
  dev: {hours: "mon-fri 09:00-18:00", ack_within: 30m, notify: [{slack: "#a"}, {email: a@b.cl}]}
  ops: {hours: 24x7, ack_within: 15m, repeat: {P1: 5m}, notify: [{pager: ops}]}
  vendor: {hours: 24x7, notify: [{ticket: "https://vendor.example"}]}
severities:
  P1: {tiers: [ops, vendor], sla: 1h}
  P2: {tiers: [dev, ops], rounds: 2, reack: 4h}
  P3: {tiers: [dev], when: next_business_day, sla: 9h, sla_counts: hours}
  P4: {backlog: true}
business_hours: "mon-fri 09:00-18:00"
holidays: [2026-12-25]
"""
NOON = "2026-11-24 12:00"


def begun(severity: str, start: str = NOON, tier: str = "") -> tuple[Incident, int]:
    now = at(start)
    return must(advance(Incident(), raised(plan_of(made(POLICY), severity, now, tier), now, step="tell"))), now


def one(incident: Incident) -> Escalation:
    return incident.all["tell"]


def said(incident: Incident, kind: str = "") -> list[tuple[str, str]]:
    return [(item.kind, f"{item.channel} {item.to}") for item in one(incident).messages.values() if not kind or item.kind == kind]


def test_every_channel_of_a_tier_is_told() -> None:
    incident, now = begun("P2")
    incident = tick(incident, now)
    assert said(incident) == [("told", "slack #a"), ("told", "email a@b.cl")]
    assert one(incident).ack_by == now + 30 * MINUTE_US


def test_without_an_acknowledgement_the_next_tier_is_told() -> None:
    incident, now = begun("P2")
    incident = tick(incident, now)
    assert len(said(tick(incident, now + 30 * MINUTE_US - 1))) == 2
    later = tick(incident, now + 30 * MINUTE_US)
    assert said(later)[2:] == [("told", "pager ops")]
    assert one(later).why == "it wasn't acknowledged in time"


def test_a_late_tick_gives_the_next_tier_its_whole_time() -> None:
    incident, now = begun("P2")
    late = tick(tick(incident, now), now + 300 * MINUTE_US)
    assert one(late).ack_by == now + 315 * MINUTE_US


def test_a_tier_is_reminded_until_its_time_is_over() -> None:
    incident, now = begun("P1")
    for minute in range(15):
        incident = tick(incident, now + minute * MINUTE_US)
    assert said(incident) == [("told", "pager ops"), ("repeat", "pager ops"), ("repeat", "pager ops")]


def test_a_ticket_is_opened_by_whoever_was_told_before() -> None:
    incident, now = begun("P1")
    incident = tick(tick(incident, now), now + 15 * MINUTE_US)
    assert said(incident)[1:] == [("told", "ticket https://vendor.example"), ("told", "pager ops")]
    assert one(incident).ack_by == 0


def test_when_no_channel_works_the_next_tier_is_told_at_once() -> None:
    incident, now = begun("P2")
    incident = tick(incident, now, "failed")
    assert said(incident)[2:] == [("told", "pager ops")]
    assert one(incident).why == "no channel worked"


def test_one_failed_attempt_is_no_reason_to_go_on() -> None:
    incident, now = begun("P2")
    incident = tick(incident, now, "again")
    assert len(said(incident)) == 2
    assert len(said(tick(incident, now + MINUTE_US, "again"))) == 3


def test_when_nobody_could_be_told_it_begins_anew() -> None:
    incident, now = begun("P2")
    for _ in range(6):
        incident = tick(incident, now, "failed")
    assert (one(incident).state, one(incident).begins) == ("raised", now + 10 * MINUTE_US)
    assert said(tick(incident, now + 10 * MINUTE_US))[-2:] == [("told", "slack #a"), ("told", "email a@b.cl")]


def test_after_the_last_round_it_is_given_up_and_said() -> None:
    incident, now = begun("P2")
    for minute in range(91):
        incident = tick(incident, now + minute * MINUTE_US)
    assert one(incident).state == "exhausted"
    assert {kind for kind, _ in said(incident)} == {"told", "exhausted"}
    assert next_due(incident) == 0


def test_the_next_business_day_is_waited_for() -> None:
    assert one(begun("P3", "2026-12-24 18:30")[0]).begins == at("2026-12-28 09:00")
    assert one(begun("P3", "2026-11-24 03:00")[0]).begins == at("2026-11-24 09:00")


def test_business_time_is_counted_in_business_hours() -> None:
    assert one(begun("P3", "2026-12-24 17:00")[0]).sla_at == at("2026-12-28 17:00")


def test_the_backlog_is_only_noted() -> None:
    incident, now = begun("P4")
    incident = tick(incident, now)
    assert (one(incident).state, said(incident), next_due(incident)) == ("noted", [], 0)


def test_what_is_late_is_said_once() -> None:
    incident, now = begun("P1")
    incident = tick(incident, now)
    for minute in (60, 61, 90):
        incident = tick(incident, now + minute * MINUTE_US)
    assert said(incident, "late") == [("late", "pager ops")]


def test_an_escalation_may_begin_at_another_tier() -> None:
    incident, now = begun("P1", tier="vendor")
    assert said(tick(incident, now))[0] == ("told", "ticket https://vendor.example")


def ack(incident: Incident, by: str, now: int, until: int = 0) -> Incident | Refused:
    return advance(incident, e.Acknowledged(incident.seq + 1, stamp_of(now), "tell", by, until=stamp_of(until) if until else ""))


def resolved(incident: Incident, by: str, now: int) -> Incident | Refused:
    return advance(incident, e.Resolved(incident.seq + 1, stamp_of(now), "tell", by))


def test_an_acknowledgement_ends_the_telling() -> None:
    incident, now = begun("P2")
    incident = must(ack(tick(incident, now), "ana", now))
    assert said(tick(incident, now + 300 * MINUTE_US)) == said(incident)
    assert next_due(incident) == 0


def test_an_acknowledgement_that_ends_begins_it_anew() -> None:
    incident, now = begun("P2")
    incident = must(ack(tick(incident, now), "ana", now, now + 240 * MINUTE_US))
    incident = tick(incident, now + 240 * MINUTE_US)
    assert (one(incident).state, said(incident)[2:]) == ("notified", [("told", "slack #a"), ("told", "email a@b.cl")])


@pytest.mark.parametrize(
    ("doing", "why"),
    [
        (lambda i, now: ack(i, "eve", now), "nobody whom the policy knew"),
        (lambda i, now: ack(must(ack(i, "ana", now)), "ben", now), "acknowledged already, by ana"),
        (lambda i, now: ack(must(resolved(i, "ana", now)), "ben", now), "resolved already, by ana"),
        (lambda i, now: resolved(must(resolved(i, "ana", now)), "ana", now), "resolved already, by ana"),
        (lambda i, now: ack(i, "ana", now - 60_000_000), "lies before"),
        (lambda i, now: advance(i, raised(plan_of(made(POLICY), "P2", now), now, step="tell")), "doesn't follow"),
        (lambda i, now: advance(i, e.Lapsed(i.seq + 1, stamp_of(now), "tell")), "no acknowledgement that ends now"),
        (lambda i, now: advance(i, e.Late(i.seq + 1, stamp_of(now), "tell")), "isn't late"),
        (lambda i, now: advance(i, e.Sent(i.seq + 1, stamp_of(now), "tell", "none", "slack")), "no message 'none' is owed"),
        (lambda i, now: advance(i, e.Noted(i.seq + 1, stamp_of(now), "tell")), "not for the backlog"),
        (lambda i, now: advance(i, e.Exhausted(i.seq + 1, stamp_of(now), "else", "x")), "no escalation 'else' was raised"),
    ],
)
def test_what_does_not_fit_is_refused(doing: object, why: str) -> None:
    incident, now = begun("P2")
    found = doing(tick(incident, now), now)  # type: ignore[operator]  # one of the functions above
    assert isinstance(found, Refused)
    assert why in found.why


def test_a_message_is_begun_twice_at_most() -> None:
    incident, now = begun("P1")
    incident = tick(incident, now, "dead")
    incident = tick(incident, now, "dead")
    first = next(iter(one(incident).messages.values()))
    assert (first.state, first.why) == ("failed", "the process died twice while it was being sent; it may have arrived")


def test_the_plan_survives_its_wire_form() -> None:
    plan = plan_of(made(POLICY), "P2", at(NOON), texts=(("told", "x"),))
    assert Plan.from_json(plan.as_json()) == plan


def test_events_survive_their_wire_form() -> None:
    incident, now = begun("P2")
    for event in (raised(one(incident).plan, now), e.Told(2, stamp_of(now), "a", 1, 0, "", "", [["k", "slack", "#a"]], "w", [["t", "x"]])):
        assert e.from_wire(e.to_wire(event)) == event


@pytest.mark.parametrize(
    "body", [{}, {"type": "x"}, {"type": "late"}, {"type": "late", "seq": "1", "at": "", "id": ""}, {"type": "late", "no": 1}]
)
def test_what_is_no_event(body: dict[str, object]) -> None:
    with pytest.raises(e.BadEvent):
        e.from_wire(body)
