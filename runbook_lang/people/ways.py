"""Whom a message is for, in the words of a step `notify`: from names that the policy knows to channels with addresses."""

from __future__ import annotations

from ..base.record import Record
from ..base.suggest import did_you_mean
from ..model.policy import CHANNELS
from .plan import channels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..model.policy import Notify, Policy

    Way = tuple[str, str]

CONSOLE = "console"
STAKEHOLDERS = "stakeholders"


class Whom(Record):
    """`ways`: channels with addresses, each once; `wrong`: (what was named, why nobody is meant by it, what may help)."""

    ways: tuple[Way, ...] = ()
    wrong: tuple[tuple[str, str, str], ...] = ()


def whom_of(policy: Policy | None, named: Iterable[str | tuple[str, str]]) -> Whom:
    """What was named: a channel with its address as a pair; else a name: `console`, `stakeholders`, a tier, a role, a person, an
    address that the policy has, or a channel for which it has one address."""
    ways: list[Way] = []
    wrong: list[tuple[str, str, str]] = []
    for one in named:
        if isinstance(one, tuple):
            found, why, help = _pair(policy, *one)
        elif one == CONSOLE:
            found, why, help = [(CONSOLE, "")], "", ""
        elif policy is None:
            found, why, help = [], "the runbook names no policy", "Add `policy: policy.yml`, or name a channel: {slack: '#alerts'}"
        else:
            found, why, help = _name(policy, one)
        ways += found
        if why:
            wrong.append((one if isinstance(one, str) else f"{one[0]} {one[1]}".strip(), why, help))
    return Whom(tuple(dict.fromkeys(ways)), tuple(wrong))


def _pair(policy: Policy | None, channel: str, to: str) -> tuple[list[Way], str, str]:
    if channel not in CHANNELS:
        return [], f"there is no channel {channel!r}", did_you_mean(channel, CHANNELS) or f"Channels: {', '.join(CHANNELS)}."
    return [(channel, to)], "", ""


def _name(policy: Policy, name: str) -> tuple[list[Way], str, str]:
    if name == STAKEHOLDERS:
        found = list(channels(policy.stakeholders))
        return found, "" if found else "the policy names no stakeholders", "Name them in the policy: stakeholders: [{email: …}]"
    if name in policy.tiers:
        found = list(channels(policy.tiers[name].notify))
        return found, "" if found else "that tier has no channel", "Give it one in the policy: notify: [{email: …}]"
    if name in policy.approvals.roles:
        return _people(policy, [person.text for person in policy.approvals.roles[name]])
    if name in policy.people:
        return _people(policy, [name])
    known = _known(policy)
    found = [way for way in known if way[1] == name]
    if found:
        return found[:1], "", ""
    if name in CHANNELS:
        return _channel(name, [way for way in known if way[0] == name])
    every = [*policy.tiers, *policy.people, *policy.approvals.roles, STAKEHOLDERS, CONSOLE, *(way[1] for way in known), *CHANNELS]
    listed = ", ".join([*policy.tiers, STAKEHOLDERS, CONSOLE])
    return [], "the policy knows nobody and no channel of that name", did_you_mean(name, every) or f"For example: {listed}."


def _channel(name: str, found: list[Way]) -> tuple[list[Way], str, str]:
    """A channel's name alone is enough where the policy has one address for it."""
    if len(found) == 1:
        return found, "", ""
    if not found:
        return [], f"the policy has no address for the channel {name}", f"Say it: {{{name}: …}}"
    addresses = ", ".join(to for _, to in found)
    return [], f"the policy has several addresses for {name}: {addresses}", f"Say which: {{{name}: '{found[0][1]}'}}"


def _people(policy: Policy, names: list[str]) -> tuple[list[Way], str, str]:
    mails = [policy.people[name].email for name in names if name in policy.people]
    missing = [name for name in names if name not in policy.people or not policy.people[name].email]
    found = [("email", mail) for mail in mails if mail]
    return found, f"the policy has no e-mail address for {', '.join(missing)}" if missing else "", "Add it under people: email: …"


def _known(policy: Policy) -> list[Way]:
    """Every address of the policy, in the order of the file."""
    lists: list[tuple[Notify, ...]] = [tier.notify for tier in policy.tiers.values()]
    lists += [policy.stakeholders, *(window.stakeholders for window in policy.windows.values())]
    return list(dict.fromkeys(way for notify in lists for way in channels(notify)))
