"""The commands about people: policies, escalations, notices, what comes after an incident."""

from __future__ import annotations

from .args import Command, Option, Word

QUIET = Option("--quiet", "Say only what has to be said.", short="-q")
VERBOSE = Option("--verbose", "Say more.", short="-v")
JSON = Option("--format", "How the result is written.", "FORMAT", choices=("text", "json"))
STORE = Option("--store", "The folder that holds the runs.", "FOLDER", kind="file")
NOTE = Option("--note", "A remark; everybody who was told reads it.", "TEXT")
AS = Option("--as", "Who you are, where the OS user isn't enough to tell: a person of the policy.", "NAME")
RUN = Word("RUN", "a run's id, its beginning or end, or `last`", kind="run")
STEP = Word("STEP", "the step that raised it; default: all of the run", required=False, kind="step")
COMMON = (JSON, QUIET, VERBOSE)

PEOPLE: tuple[Command, ...] = (
    Command(
        "policy",
        "Judge a policy, and ask it who would be told when",
        (
            Word("ACTION", "check, who or timeline", choices=("check", "who", "timeline")),
            Word("SEVERITY", "who, timeline: the severity; check: the file", required=False),
        ),
        (
            Option("--at", "The moment, in the policy's zone; default: now.", "MOMENT"),
            Option("--policy", "The policy's file; default: policy.yml here.", "FILE", kind="file"),
            Option("--output", "Timeline: also draw it into this file (SVG).", "FILE", short="-o", kind="file"),
            Option("--strict", "Check: warnings count as errors."),
            *COMMON,
        ),
        "Nothing is sent: `timeline` plays what would happen if nobody answered.",
        (
            ("runbook policy check", "hours without cover, tiers that are never told, approvals nobody can give"),
            ('runbook policy who P1 --at "2026-12-25 03:00"', "who would be told first"),
            ("runbook policy timeline P2 -o p2.svg", "everybody, in order, as a table and a picture"),
        ),
    ),
    Command(
        "escalations",
        "List open escalations, and do what is due",
        (
            Word("ACTION", "list, tick or watch; default: list", required=False, choices=("list", "tick", "watch")),
            Word("RUN", "list: one run", required=False, kind="run"),
        ),
        (
            Option("--all", "List: also those that are over."),
            Option("--every", "Watch: how often it looks, in seconds; default: 15.", "N", kind="int"),
            STORE,
            *COMMON,
        ),
        "`tick` tells whoever has to be told now, once: for cron or a systemd timer, every minute. `watch` does so until it is "
        "interrupted. Messages need the settings of their channels, RUNBOOK_SLACK_… and so on.",
        (
            ("runbook escalations", "what is open, since when, who has to acknowledge"),
            ("runbook escalations tick -q", "every minute, from a timer"),
            ("runbook escalations watch", "in a terminal, as long as the incident lasts"),
        ),
    ),
    Command(
        "ack",
        "Acknowledge a run's escalation: you look after it, nobody else is told",
        (RUN, STEP),
        (NOTE, AS, STORE, *COMMON),
        "Only a person whom the policy knew when it was raised can. With a key that the policy names it is proven.",
        (("runbook ack last --note 'looking at the database'", ""),),
    ),
    Command(
        "resolve",
        "Resolve a run's escalation: it is over",
        (RUN, STEP),
        (NOTE, AS, STORE, *COMMON),
        examples=(("runbook resolve last --note 'back on the old release'", ""),),
    ),
)
