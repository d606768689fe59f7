"""The tables of the policy file; the kinds that aren't in `model.fields` are read in `model.policy_build`."""

from __future__ import annotations

from .fields import Field
from .policy import CHANNELS, COUNTS, HOLIDAYS, LANGUAGES, OUTSIDE, ROLLBACKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from .fields import Table

POLICY: Table = {
    "zone": Field("zone", "The IANA time zone of all hours and dates here.", required=True, example="America/Santiago"),
    "people": Field("people", "Who may be told, asked, or approve."),
    "tiers": Field("tiers", "Groups on duty: when they answer, how fast, how they are told."),
    "severities": Field("severities", "How bad an incident can be, and which tiers are told in which order."),
    "approvals": Field("approvals", "How many people must agree to what."),
    "windows": Field("windows", "Hours in which a runbook that names them may make changes."),
    "waits": Field("waits", "How long a run waits at most.", example="{people: 24h}"),
    "holidays": Field(
        "holidays",
        "Dates that are no business days; or whose public holidays are none.",
        example="{country: CL, dates: [2026-12-24]}",
    ),
    "business_hours": Field("hours", "Hours in which business time is counted.", default="mon-fri 09:00-18:00"),
    "stakeholders": Field("notify", "Who is told before maintenance.", example='[{email: "team@example.com"}]'),
    "language": Field("choice", "The language of messages to people.", choices=LANGUAGES, default="en"),
    "templates": Field("word", "A folder with message templates of your own, beside the policy.", example="messages"),
    "after": Field("after", "What comes after an incident: the log, the issue, the meeting, what is to be done."),
    "freezes": Field("freezes", "Dates on which nothing may be changed."),
}

PERSON: Table = {
    "name": Field("text", "The name that others read."),
    "email": Field("email", "The address for messages.", example="oncall-1@example.com"),
    "os_user": Field("word", "The name under which the person is logged in where runs are started."),
    "key": Field("key", "The public key that proves who approves: `ed25519:` and base64."),
}

TIER: Table = {
    "hours": Field(
        "hours_by_severity", "When it answers; for all severities, or by severity.", default="24x7", example="mon-fri 09:00-18:00"
    ),
    "ack_within": Field("durations_by_severity", "How soon it must acknowledge.", least=1, example="30m"),
    "outside": Field("choice", "What is done outside its hours.", choices=OUTSIDE, default="next_tier"),
    "notify": Field("notify", "How it is told; every channel gets the message.", example='[{slack: "#alerts"}]'),
    "repeat": Field("durations_by_severity", "How often it is told again until it acknowledges.", least=1, example="5m"),
    "counts": Field("choice", "How `ack_within` is counted: all time, or only its hours.", choices=COUNTS, default="wall"),
    "zone": Field("zone", "The time zone of its hours; the policy's if it isn't given.", example="Europe/Madrid"),
    "holidays": Field("choice", "Whether it answers on holidays; with 24x7 it does.", choices=HOLIDAYS),
    "people": Field("policy_names", "Who is in it.", example="[oncall-1]"),
    "contact": Field("text", "How people reach it by themselves."),
    "description": Field("text", "What it is for."),
}

SEVERITY: Table = {
    "tiers": Field("policy_names", "The tiers that are told, in this order.", example="[devops, vendor]"),
    "rollback": Field("choice", "What this severity says about going back.", choices=ROLLBACKS),
    "sla": Field("duration", "How soon it must be resolved.", least=1, example="4h"),
    "sla_counts": Field("choice", "How `sla` is counted: all time, or only business hours.", choices=COUNTS, default="wall"),
    "rounds": Field("int", "How often the tiers are gone through before it is given up.", least=1, default=1),
    "reack": Field("duration", "How long an acknowledgement holds; then the tiers are told again.", least=1, example="4h"),
    "when": Field("choice", "When it is worked on, if not at once.", choices=("next_business_day",)),
    "backlog": Field("bool", "It is only noted for later.", default=False),
    "description": Field("text", "What counts as this."),
}

APPROVALS: Table = {
    "destroy": Field("int", "Approvals for a step that destroys.", least=1, default=1),
    "change": Field("int", "Approvals for a step that changes.", least=0, default=0),
    "no_undo": Field("int", "Approvals for a change that has no undo, and that isn't the same when it is done twice.", least=0, default=0),
    "outside_window": Field("int", "Further approvals for a change outside the runbook's window.", least=1),
    "role": Field("word", "The role whose approvals count.", example="devops"),
    "four_eyes": Field("bool", "The operator's own approval doesn't count.", default=True),
    "within": Field("duration", "How long an approval is waited for.", least=1, example="2h"),
    "proven": Field("bool", "Only approvals that a key signed count.", default=False),
    "roles": Field("roles", "Who is in which role.", example="{devops: [oncall-1]}"),
    "waive": Field("policy_names", "Severities under which the operator may go on without; the report says so.", example="[P1]"),
}

WINDOW: Table = {
    "hours": Field("hours", "When it is open.", required=True, example="tue 02:00-04:00"),
    "notice": Field("duration", "How long before it people are told.", example="48h"),
    "stakeholders": Field("notify", "Who is told; the policy's stakeholders if it isn't given.", example='[{email: "team@example.com"}]'),
    "description": Field("text", "What it is for."),
}

AFTER: Table = {
    "runbook": Field(
        "word",
        "The runbook that `runbook close` runs, beside the policy; the one that comes with the package if it isn't given.",
        example="post-incident.yml",
    ),
    "log": Field("word", "The file that gets an entry for each incident.", default="docs/deployment-log.md"),
    "github": Field("word", "The repository that gets an issue for each.", example="pymerp/backend"),
    "labels": Field("words", "Labels of the issue.", example="[incident]"),
    "milestone": Field("word", "The title of the issue's milestone.", default="post-mortem"),
    "meeting": Field("duration", "How soon the post-mortem is held.", least=1, default="48h"),
    "attendees": Field("emails", "Who is invited to it.", example="[dev@example.com]"),
    "checklist": Field("checklist", "What has to be done afterwards.", example="[{what: Update the runbook, who: oncall-1, within: 7d}]"),
}

CHECK: Table = {
    "what": Field("text", "What is to be done.", required=True, example="Update the runbook"),
    "who": Field("word", "Whose it is: a person of the policy.", example="oncall-1"),
    "within": Field("duration", "How soon, from the closing of the incident.", least=1, example="7d"),
}

HOLIDAY: Table = {
    "country": Field("word", "The country whose public holidays are none; with its region: US-CA.", example="CL"),
    "dates": Field("dates", "Further dates.", example="[2026-12-24]"),
}

WAITS: Table = {
    "people": Field("duration", "The longest that a run waits for a person.", least=1, default="24h"),
}

FREEZE: Table = {
    "from": Field("date", "The first day.", required=True, example="2026-12-20"),
    "to": Field("date", "The last day.", required=True, example="2027-01-02"),
    "because": Field("text", "Why."),
}

NOTIFY: Table = {channel: Field("word", f"Whom or where, over {channel}.") for channel in CHANNELS}

TABLES: Mapping[str, Table] = {
    "policy": POLICY,
    "person": PERSON,
    "tier": TIER,
    "severity": SEVERITY,
    "approvals": APPROVALS,
    "window": WINDOW,
    "waits": WAITS,
    "freeze": FREEZE,
    "notify": NOTIFY,
    "after": AFTER,
    "check": CHECK,
    "holidays": HOLIDAY,
}
