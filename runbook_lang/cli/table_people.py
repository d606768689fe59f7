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
PLAIN = Option("--plain", "One line an event, also at a terminal.")
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
    Command(
        "schedule",
        "Announce maintenance; it starts in its window, once",
        (Word("FILE", "the runbook's file; none lists what is scheduled", required=False, kind="file"),),
        (
            Option("--window", "The policy's window in which it starts.", "NAME"),
            Option("--at", "The moment, in the policy's zone; default: the first opening that leaves time for the notice.", "MOMENT"),
            Option("--input", "The value of an input. For a list or a map: JSON.", "NAME=VALUE", short="-i", many=True),
            Option("--message", "What the stakeholders read; default: the runbook's title. With --cancel: why.", "TEXT"),
            Option("--cancel", "Take this one back, and tell whoever was told of it.", "ID"),
            Option("--all", "List: also what is over."),
            STORE,
            *COMMON,
        ),
        "The policy's stakeholders are told at once. `escalations tick` or `watch` starts it when its time has come; not when "
        "somebody wasn't told long enough before, nor when its files have changed.",
        (
            ("runbook schedule upgrade.yml --window maintenance", "in the next window, with the agreed notice"),
            ("runbook schedule", "what is going to start"),
        ),
    ),
    Command(
        "close",
        "After an incident: log entry, issue, meeting, checklist",
        (RUN,),
        (
            Option("--cause", "The root cause.", "TEXT"),
            Option("--resolution", "The resolution, in words.", "TEXT"),
            Option("--log", "The log of deployments; `no` for none.", "FILE", kind="file"),
            Option("--github", "The repository that gets the issue; `no` for none.", "OWNER/NAME"),
            Option("--meeting", "When the post-mortem is held, in the policy's zone.", "MOMENT"),
            Option("--calendar", "The calendar file; `no` for none.", "FILE", kind="file"),
            Option("--input", "A further input of the closing runbook. For a list or a map: JSON.", "NAME=VALUE", short="-i", many=True),
            PLAIN,
            STORE,
            *COMMON,
        ),
        "It runs the policy's closing runbook (after: {runbook: …}), or the one that comes with the package, as a run of its own that "
        "belongs to the incident's. One that was left in the middle is gone on with. Each part is done once; if one fails, asking again "
        "does that one. The policy says where: after: {log, github, checklist, …}.",
        (('runbook close last --cause "the disk was full"', ""),),
    ),
    Command(
        "followups",
        "List what is still to be done after incidents",
        (
            Word("RUN", "one run; default: all", required=False, kind="run"),
            Word("NUMBER", "with --done: which", required=False),
        ),
        (Option("--done", "It was done."), Option("--note", "A remark.", "TEXT"), Option("--all", "Also what was done."), STORE, *COMMON),
        examples=(("runbook followups", ""), ("runbook followups last 2 --done --note 'alert added'", "")),
    ),
)
