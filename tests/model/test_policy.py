"""Policies: people, tiers, severities, approvals, windows."""

from __future__ import annotations

import pytest

from runbook_lang.model.policy import ANY, DAY_US, Policy
from tests.model.reading import policy, wanted

GOOD = """
zone: America/Santiago
people:
  oncall-1: {name: Guardia 1, email: oncall-1@example.com, os_user: oncall1, key: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
  oncall-2: {}
tiers:
  development: {hours: "mon-fri 09:00-18:00", ack_within: 30m, outside: defer, notify: [{slack: "#alerts"}, {email: dev@example.com}], contact: "+56 2"}
  devops: {hours: {P1: 24x7, P2: mon-sun}, ack_within: {P1: 15m, P2: 1h}, notify: {pager: devops}}
  vendor: {notify: [{ticket: "https://example.com/tickets"}]}
severities:
  P1: {tiers: [devops, vendor], rollback: immediate, sla: 4h, description: down}
  P2: {tiers: development}
  P3: {tiers: [development], when: next_business_day}
  P4: {backlog: true}
approvals: {destroy: 2, outside_window: 1, roles: {devops: [oncall-1, oncall-2]}, waive: [P1]}
windows: {maintenance: {hours: "tue 02:00-04:00", notice: 48h}}
waits: {people: 12h}
holidays: [2026-09-18, 2026-02-28]
freezes: [{from: 2026-12-20, to: 2027-01-02, because: holidays}]
"""


def made(text: str) -> Policy:
    found, read = policy(text)
    assert read.problems.sorted() == []
    assert found is not None
    return found


def test_people_and_tiers() -> None:
    found = made(GOOD)
    assert found.zone == "America/Santiago"
    assert (found.people["oncall-1"].os_user, found.people["oncall-1"].email) == ("oncall1", "oncall-1@example.com")
    development, devops, vendor = found.tiers.values()
    assert (development.outside, development.contact, development.ack_for("P1")) == ("defer", "+56 2", 1_800_000_000)
    assert [(way.channel, way.to) for way in development.notify] == [("slack", "#alerts"), ("email", "dev@example.com")]
    assert (devops.ack_for("P2"), devops.ack_for("P3"), devops.hours_for("P3")) == (3_600_000_000, None, None)
    assert [(way.channel, way.to) for way in devops.notify] == [("pager", "devops")]
    assert vendor.hours[ANY].always
    assert vendor.outside == "next_tier"


def test_severities_approvals_and_windows() -> None:
    found = made(GOOD)
    p1, p2, p3, p4 = found.severities.values()
    assert ([tier.text for tier in p1.tiers], p1.rollback, p1.sla) == (["devops", "vendor"], "immediate", 14_400_000_000)
    assert [tier.text for tier in p2.tiers] == ["development"]
    assert (p3.when, p4.backlog) == ("next_business_day", True)
    assert found.approvals.counts == {"destroy": 2, "outside_window": 1}
    assert [person.text for person in found.approvals.roles["devops"]] == ["oncall-1", "oncall-2"]
    assert [severity.text for severity in found.approvals.waive] == ["P1"]
    assert found.windows["maintenance"].hours.ranges == ((1560, 1680),)
    assert found.windows["maintenance"].notice == 2 * DAY_US
    assert found.wait_people == DAY_US // 2
    assert found.holidays == {"2026-09-18", "2026-02-28"}
    assert [(freeze.first, freeze.last) for freeze in found.freezes] == [("2026-12-20", "2027-01-02")]


def test_what_holds_when_a_policy_says_nothing() -> None:
    found = made("zone: UTC\n")
    assert found.approvals.counts == {"destroy": 1}
    assert found.wait_people == DAY_US


BAD = {
    "not a mapping": "[zone] #! RB301\n",
    "no zone": "people: {} #! RB303\n",
    "zone": "zone: America/Santiaog #! RB351\n",
    "a folder of zones": "zone: America #! RB351\n",
    "a path as a zone": "zone: ../etc #! RB351\n",
    "everything": """
zone: UTC
peeple: {} #! RB302
people:
  a: {email: x, os_user: u} #! RB359
  b: {key: "ed25519:abc", os_user: u} #! RB358 RB359
  c d: {} #! RB310
tiers:
  dev: {hours: 9-18} #! RB350
  ops: {ack_within: 30} #! RB306
  far: {outside: nxt_tier} #! RB305
  one: {notify: dev@x} #! RB357
  two: {notify: [{slak: x}]} #! RB302
  six: {notify: [{slack: a, email: b}]} #! RB357
  ten: {hours: {P9: 24x7}} #! RB354
severities:
  P1: {tiers: [devv, dve]} #! RB353 RB353
  P2: {sla: 0s} #! RB318
approvals:
  destroy: 0 #! RB318
  roles: {r: [nobody]} #! RB352
  waive: P7 #! RB354
windows:
  m: {notice: 1h} #! RB303
  n: {hours: mon 10} #! RB350
holidays: [2026-02-30, 18/09/2026] #! RB356 RB356
freezes: [{from: 2026-03-01, to: 2026-02-01}] #! RB356
""",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_wrong_policy(text: str) -> None:
    found, read = policy(text)
    assert found is None
    assert sorted(read.found) == sorted(wanted(text))


def test_a_wrong_reference_names_what_is_near() -> None:
    _, read = policy("zone: UTC\ntiers: {devops: {}}\nseverities: {P1: {tiers: devop}}\n")
    assert read.one("RB353").help == "Did you mean 'devops'?"
