"""A policy by itself: reading it, judging it, and asking it who would be told when."""

from __future__ import annotations

import os

from ..adapters.clock import SystemClock
from ..base.diagnostics import Problems, RunbookError, fail
from ..base.record import Record
from ..base.source import Span
from ..base.suggest import did_you_mean
from ..base.text import reason
from ..model.policy_build import build_policy
from ..people.calendar import moment_of
from ..people.foresight import Row, foresee
from ..people.holidays import public_holidays
from ..people.judge import judge
from ..people.plan import Plan, plan_of
from ..syntax.decode import MAX_BYTES, decode
from ..syntax.yaml_reader import NO_POLICY, read_yaml

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..model.policy import Policy

PLACES = ("policy.yml", "runbooks/policy.yml", "policy.yaml")
HORIZON_US = 30 * 86_400_000_000


class Judged(Record):
    """A policy with what was found in it; None when it has no sound structure."""

    path: str
    policy: Policy | None
    problems: Problems


class Foreseen(Record):
    """What would happen to something of a severity that is raised at a moment and that nobody acknowledges."""

    policy: Policy
    plan: Plan
    at: int
    rows: tuple[Row, ...]


def find_policy(given: str) -> str:
    """The policy's file: the one named, else the one here. Raises RunbookError RB701."""
    if given:
        return given
    for path in PLACES:
        if os.path.isfile(path):
            return path
    raise fail("RB701", "There is no policy.yml here.", help="Name the file: --policy FILE")


def read_policy(path: str, kept: Mapping[str, bytes] | None = None) -> Judged:
    """The policy of a file, or of a run's copies. Raises RunbookError RB701 for a file that can't be read."""
    problems = Problems()
    if kept is not None:
        raw = kept.get(path, b"")
    else:
        try:
            with open(path, "rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    source = decode(path, raw, problems)
    tree = read_yaml(source, problems, empty=NO_POLICY) if source is not None else None
    policy = build_policy(tree, source, problems) if tree is not None and source is not None else None
    return Judged(path, policy, problems)


def judged(path: str, at: int = 0) -> Judged:
    """The same with what is wrong with it as a whole. `at`: today, for holidays and clock changes; 0 for now."""
    found = read_policy(path)
    if found.policy is not None:
        judge(found.policy, at or SystemClock().now(), found.problems)
        closing = found.policy.after.runbook
        if closing and not os.path.isfile(os.path.join(os.path.dirname(path), closing)):
            help = "It lies beside the policy: after: {runbook: post-incident.yml}"
            start = max(0, found.policy.source.text.find(closing))
            span = Span(found.policy.source, start, start + len(closing))
            found.problems.error("RB769", f"The runbook that closes incidents, {closing!r}, isn't there.", span, help)
    return found


def sound_policy(path: str) -> Policy:
    """The policy of a file. Raises RunbookError with all that is wrong with its structure."""
    found = read_policy(path)
    if found.policy is None:
        raise RunbookError(*found.problems.sorted())
    return found.policy


def moment(policy: Policy, text: str) -> int:
    """The moment of a text in the policy's zone; now for ''. Raises RunbookError RB760."""
    if not text:
        return SystemClock().now()
    found = moment_of(policy.zone, text)
    if found is None:
        raise fail("RB760", f"{text!r} is no moment.", help='Write it as "2026-12-25 03:00", in the policy\'s zone, or with an offset.')
    return found


def plan_at(policy: Policy, severity: str, at: int, tier: str = "") -> Plan:
    """The plan of a severity. Raises RunbookError RB761 for one that the policy doesn't have, RB367 for holidays that aren't known."""
    if severity not in policy.severities:
        help = did_you_mean(severity, policy.severities) or f"It has: {', '.join(policy.severities) or 'none'}."
        raise fail("RB761", f"The policy has no severity {severity!r}.", help=help)
    return plan_of(policy, severity, at, tier, public_holidays(policy.country, at))


def foreseen(policy: Policy, severity: str, at: int) -> Foreseen:
    """Who would be told when. Raises as `plan_at`."""
    plan = plan_at(policy, severity, at)
    return Foreseen(policy, plan, at, foresee(plan, at, HORIZON_US))
