"""The commands about people: policies, escalations, notices, what comes after an incident."""

from __future__ import annotations

from .args import Command, Option, Word

QUIET = Option("--quiet", "Say only what has to be said.", short="-q")
VERBOSE = Option("--verbose", "Say more.", short="-v")
JSON = Option("--format", "How the result is written.", "FORMAT", choices=("text", "json"))
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
)
