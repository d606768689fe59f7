"""What `policy check` finds in a policy whose structure is sound."""

from __future__ import annotations

import pytest

from tests.people.policies import judged

SOUND = """
zone: America/Santiago
people: {a: {os_user: a}, b: {os_user: b}}
tiers:
  dev: {hours: "mon-fri 09:00-18:00", ack_within: 30m, notify: [{slack: "#a"}]}
  ops: {hours: 24x7, ack_within: 15m, notify: [{pager: ops}]}
severities:
  P1: {tiers: [ops]}
  P2: {tiers: [dev, ops]}
  P3: {tiers: [dev], when: next_business_day}
  P4: {backlog: true}
windows: {maintenance: {hours: "tue 02:00-04:00"}}
"""


def test_a_sound_policy_has_no_findings() -> None:
    assert judged(SOUND) == []


# (what is changed in the sound policy, code and severity, words of the message)
FAULTS = [
    ("P1: {tiers: [ops]}", "P1: {tiers: [dev, ops]}", "", ""),
    ("P1: {tiers: [ops]}", "P1: {tiers: [dev]}", "RB360 error", "Nobody is told of P1 at once"),
    ("P1: {tiers: [ops]}", "P1: {tiers: []}", "RB360 error", "P1 names no tier"),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [dev]}", "RB360 warning", "Nobody is told of P2 at once"),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [dev], rollback: immediate}", "RB360 error", "Nobody is told of P2"),
    ("ops: {hours: 24x7,", "ops: {hours: mon-sun 00:00-23:59,", "RB360 error", "23:59"),
    ("ops: {hours: 24x7,", "ops: {hours: 24x7, holidays: closed,", "RB360 error", "when that is a holiday"),
    ("ops: {hours: 24x7,", "ops: {hours: mon-fri, outside: notify_anyway,", "", ""),
    ("ops: {hours: 24x7,", "ops: {hours: mon-fri, outside: defer,", "RB360 error", "Nobody is told of P1 at once"),
    ("ack_within: 30m, notify", "notify", "", ""),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [ops, dev]}", "", ""),
    ("hours: 24x7, ack_within: 15m", "hours: 24x7", "", ""),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [ops2, dev]}", "RB361 error", "dev is never told of P2: nobody waits for ops2"),
    ("ops: {hours: 24x7,", "ops: {hours: {P1: 24x7},", "RB361 error", "ops is never told of P2: its hours name no P2"),
    ("severities:", "  idle: {notify: [{slack: x}]}\nseverities:", "RB361 warning", "No severity tells idle"),
    (", notify: [{pager: ops}]", "", "RB362 error", "ops has no channel"),
    ("ack_within: 15m", "ack_within: 15m, repeat: 15m", "RB363 warning", "never told again"),
    ("ack_within: 15m", "ack_within: 15m, repeat: 5m", "", ""),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [dev, ops], sla: 30m}", "RB363 error", "ops is told of P2 only when its time"),
    ("P2: {tiers: [dev, ops]}", "P2: {tiers: [dev, ops], sla: 2h, reack: 2h}", "RB363 warning", "holds longer"),
    ("zone: America/Santiago", "zone: Etc/GMT+4", "RB364 warning", "four hours behind UTC"),
    ("zone: America/Santiago", "zone: EST", "RB364 warning", "its clocks never change"),
    ("ops: {hours: 24x7,", "ops: {zone: EST, hours: 24x7,", "RB364 warning", "'EST'"),
    ("tue 02:00-04:00", "tue 04:00-02:00", "RB365 warning", "goes past midnight and is open for 22 hours"),
    ("tue 02:00-04:00", "tue 22:00-02:00", "", ""),
    ("tue 02:00-04:00", "sun 00:00-01:00", "RB365 warning", "empty on 2027-09-05"),
    ("tue 02:00-04:00", "sun 00:00-01:30", "", ""),
    ("windows:", "freezes: [{from: 2026-01-01, to: 2028-01-01}]\nwindows:", "RB365 error", "never open in the next year"),
    ('02:00-04:00"', '02:00-04:00", notice: 48h', "RB368 warning", "names nobody"),
    ('02:00-04:00"}', '02:00-04:00", notice: 48h, stakeholders: [{email: a@b.cl}]}', "", ""),
    (", b: {os_user: b}", "", "RB366 error", "1 approvals are wanted besides the operator's"),
    ("windows:", "approvals: {destroy: 2}\nwindows:", "RB366 error", "2 approvals"),
    ("windows:", "approvals: {four_eyes: false, destroy: 2}\nwindows:", "", ""),
    ("windows:", "approvals: {role: r, roles: {r: [a]}}\nwindows:", "RB366 error", "'r' has one person"),
    ("windows:", "approvals: {roles: {r: [a]}}\nwindows:", "RB366 warning", "'r' has one person"),
    ("windows:", "approvals: {proven: true}\nwindows:", "RB366 warning", "only proven approvals count"),
    ("zone: America/Santiago", "zone: America/Santiago\nholidays: {country: ZZ}", "RB367 error", "doesn't know ZZ"),
    ("windows:", "after: {checklist: [{what: x, who: c}]}\nwindows:", "RB352 error", "'c'"),
]


@pytest.mark.parametrize(("old", "new", "code", "words"), FAULTS, ids=[f"{new} → {code}" for _, new, code, _ in FAULTS])
def test_a_fault_is_found(old: str, new: str, code: str, words: str) -> None:
    assert SOUND.count(old) >= 1
    text = SOUND.replace(old, new, 1)
    if "ops2" in new:
        text = text.replace("severities:", "  ops2: {notify: [{slack: b}]}\nseverities:")
    found = judged(text)
    if not code:
        assert found == []
    else:
        assert any(line.startswith(code) and words in line for line in found), found


def test_the_holidays_of_a_country_count() -> None:
    pytest.importorskip("holidays", reason="an extra")
    text = SOUND.replace("zone: America/Santiago", "zone: America/Santiago\nholidays: {country: CL, dates: [2026-12-24]}")
    assert judged(text) == []
