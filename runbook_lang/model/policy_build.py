"""From the tree of a policy file to a `Policy`."""

from __future__ import annotations

from ..base.diagnostics import Related
from ..base.pattern import lazy
from ..base.source import Span
from ..base.suggest import did_you_mean
from ..syntax.tree import Mapping, Sequence
from .hours import parse_hours
from .kinds import VALUES, mapping_of, read_word
from .names import Names
from .nodes import Name
from .policy import ANY, DAY_US, After, Approvals, Freeze, Notify, Person, Policy, Severity, Tier, Window
from .policy_fields import AFTER, APPROVALS, CHECK, FREEZE, HOLIDAY, NOTIFY, PERSON, POLICY, SEVERITY, TIER, WAITS, WINDOW
from .policy_values import read_date, read_dates, read_email, read_hours, read_key, read_words, read_zone
from .reader import FAILED, Reader, described

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..base.diagnostics import Problems
    from ..base.source import Source
    from ..syntax.tree import Node
    from .fields import Field, Table
    from .reader import Found, ReadKind

COUNTRY = lazy(r"[A-Z]{2}(-[A-Z0-9]{1,5})?")
POLICY_NAME = lazy(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


def build_policy(tree: Node, source: Source, problems: Problems) -> Policy | None:
    """The policy of a tree; None when there is an error (all of them go to `problems`)."""
    if not isinstance(tree, Mapping):
        message = f"A policy is a mapping with `zone`, `people`, `tiers` and more; this file holds {described(tree)}."
        problems.error("RB301", message, Span(source, tree.span.start, tree.span.start + 1))
        return None
    before = len(problems)
    reader = Reader(problems, Names(problems), KINDS)
    found = reader.fields(tree, POLICY, "a policy")
    if found is None:
        return None
    policy = Policy(
        source=source,
        zone=found["zone"],
        people=found.get("people", {}),
        tiers=found.get("tiers", {}),
        severities=found.get("severities", {}),
        approvals=found.get("approvals") or Approvals({"destroy": 1}, {}),
        windows=found.get("windows", {}),
        wait_people=found.get("waits", DAY_US),
        holidays=found.get("holidays", ("", frozenset()))[1],
        freezes=found.get("freezes", ()),
        country=found.get("holidays", ("", frozenset()))[0],
        business=found.get("business_hours"),
        stakeholders=found.get("stakeholders", ()),
        language=found.get("language", "en"),
        templates=found.get("templates", ""),
        after=found.get("after") or After(),
    )
    check_references(policy, tree, problems)
    return None if any(item.is_error for item in problems.items[before:]) else policy


def check_references(policy: Policy, tree: Mapping, problems: Problems) -> None:
    """Every name that the policy uses must be one that it defines."""

    def known(names: Iterable[Name], defined: Iterable[str], code: str, what: str) -> None:
        for name in names:
            if name.text not in defined:
                help = did_you_mean(name.text, defined) or f"Define it under `{what}`."
                problems.error(code, f"The policy has no {name.text!r} under '{what}'.", name.span, help)

    for severity in policy.severities.values():
        known(severity.tiers, policy.tiers, "RB353", "tiers")
    for members in policy.approvals.roles.values():
        known(members, policy.people, "RB352", "people")
    known(policy.approvals.waive, policy.severities, "RB354", "severities")
    for tier in policy.tiers.values():
        known(tier.people, policy.people, "RB352", "people")
    _check_role(policy, tree, problems)
    known(_severity_keys(tree), policy.severities, "RB354", "severities")
    _check_users(policy, problems)


def _severity_keys(tree: Mapping) -> list[Name]:
    """The severities that `hours` and `ack_within` of the tiers name."""
    tiers = tree.get("tiers")
    found = []
    for tier in tiers.entries if isinstance(tiers, Mapping) else ():
        for key in ("hours", "ack_within", "repeat"):
            table = tier.value.get(key) if isinstance(tier.value, Mapping) else None
            if isinstance(table, Mapping):
                found += [Name(entry.key.value, entry.key.span) for entry in table.entries]
    return found


def _check_role(policy: Policy, tree: Mapping, problems: Problems) -> None:
    role, node = policy.approvals.role, tree.get("approvals")
    if role and role not in policy.approvals.roles and isinstance(node, Mapping):
        place = node.get("role")
        help = did_you_mean(role, policy.approvals.roles) or "Define it under `approvals: roles:`."
        problems.error("RB425", f"The policy has no role {role!r}.", (place or node).span, help)


def _check_users(policy: Policy, problems: Problems) -> None:
    """One OS user, and one key, is one person: two people behind it couldn't be told apart."""
    seen: dict[tuple[str, str], Person] = {}
    for person in policy.people.values():
        for field in ("os_user", "key"):
            value = getattr(person, field)
            first = seen.setdefault((field, value), person) if value else person
            if first is not person:
                related = (Related("the other person", first.name.span),)
                message = f"{first.name.text!r} and {person.name.text!r} have the same {field}."
                problems.error("RB358", message, person.name.span, "An approval must tell people apart.", related)


def _named(reader: Reader, node: Node, key: str, what: str, read: Callable[[Name, Node], Any]) -> Any:
    """A mapping of the policy's names; what failed is left out (it is reported)."""
    if not isinstance(node, Mapping):
        return reader.wrong(node, key, f"a mapping of names to {what}")
    found: dict[str, Any] = {}
    for entry in node.entries:
        name = policy_name(reader, entry.key.value, entry.key.span)
        value = FAILED if name is None else read(name, entry.value)
        if value is not FAILED:
            found[entry.key.value] = value
    return found


def policy_name(reader: Reader, text: str, span: Span) -> Name | None:
    """A name of a person, tier, role, severity or window."""
    if POLICY_NAME.fullmatch(text):
        return Name(text, span)
    reader.problems.error("RB310", f"{text!r} is no name: letters, digits, '-', '_' and '.' are.", span)
    return None


def _table(reader: Reader, node: Node, table: Table, name: str) -> Found | None:
    mapping = node if isinstance(node, Mapping) and not node.entries else mapping_of(reader, node, name)
    return None if mapping is None else reader.fields(mapping, table, repr(name))


def read_people(reader: Reader, node: Node, field: Field, key: str) -> Any:
    def person(name: Name, value: Node) -> Any:
        found = _table(reader, value, PERSON, name.text)
        if found is None:
            return FAILED
        return Person(name, found.get("name", ""), found.get("email", ""), found.get("os_user", ""), found.get("key", ""))

    return _named(reader, node, key, "people", person)


def read_tiers(reader: Reader, node: Node, field: Field, key: str) -> Any:
    def tier(name: Name, value: Node) -> Any:
        found = _table(reader, value, TIER, name.text)
        if found is None:
            return FAILED
        found["hours"] = found.get("hours") or {ANY: parse_hours("24x7")}
        return Tier(name, **{"ack_within": {}, **found})

    return _named(reader, node, key, "tiers", tier)


def read_severities(reader: Reader, node: Node, field: Field, key: str) -> Any:
    def severity(name: Name, value: Node) -> Any:
        found = _table(reader, value, SEVERITY, name.text)
        return FAILED if found is None else Severity(name, **found)

    return _named(reader, node, key, "severities", severity)


def read_windows(reader: Reader, node: Node, field: Field, key: str) -> Any:
    def window(name: Name, value: Node) -> Any:
        found = _table(reader, value, WINDOW, name.text)
        return FAILED if found is None else Window(name, **found)

    return _named(reader, node, key, "windows", window)


def read_approvals(reader: Reader, node: Node, field: Field, key: str) -> Any:
    found = _table(reader, node, APPROVALS, key)
    if found is None:
        return FAILED
    counts: dict[str, int] = {name: found[name] for name in ("change", "no_undo", "outside_window") if name in found}
    rest = {name: found[name] for name in ("waive", "role", "four_eyes", "within", "proven") if name in found}
    return Approvals({"destroy": found.get("destroy", 1), **counts}, found.get("roles", {}), **rest)


def read_roles(reader: Reader, node: Node, field: Field, key: str) -> Any:
    return _named(reader, node, key, "lists of people", lambda name, value: read_names(reader, value, field, name.text))


def read_names(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """One name of the policy or a list of them."""
    items = node.items if isinstance(node, Sequence) else (node,)
    found = []
    for item in items:
        text = read_word(reader, item, field, key)
        name = None if text is FAILED else policy_name(reader, text, item.span)
        if name is None:
            return FAILED
        found.append(name)
    return tuple(found)


def read_waits(reader: Reader, node: Node, field: Field, key: str) -> Any:
    found = _table(reader, node, WAITS, key)
    return FAILED if found is None else found.get("people", DAY_US)


def _by_severity(kind: str) -> ReadKind:
    """A reader of one value for all severities, or of a mapping by severity; always a dict, with ANY for the former."""

    def read(reader: Reader, node: Node, field: Field, key: str) -> Any:
        one = reader.kinds[kind]
        if not isinstance(node, Mapping):
            value = one(reader, node, field, key)
            return FAILED if value is FAILED else {ANY: value}
        return _named(reader, node, key, "values", lambda name, value: one(reader, value, field, name.text))

    return read


def read_notify(reader: Reader, node: Node, field: Field, key: str) -> Any:
    items = node.items if isinstance(node, Sequence) else (node,)
    found = []
    for item in items:
        if not isinstance(item, Mapping) or len(item.entries) != 1:
            reader.wrong(
                item,
                key,
                "a list of channels, each with one address",
                'For example `[{slack: "#alerts"}, {email: dev@example.com}]`.',
                "RB357",
            )
            continue
        values = reader.fields(item, NOTIFY, "a channel")
        found += [Notify(channel, to, item.span) for channel, to in (values or {}).items()]
    return tuple(found)


def read_freezes(reader: Reader, node: Node, field: Field, key: str) -> Any:
    if not isinstance(node, Sequence):
        return reader.wrong(node, key, "a list", "For example `[{from: 2026-12-20, to: 2027-01-02}]`.")
    out = []
    for item in node.items:
        mapping = mapping_of(reader, item, key, "[{from: 2026-12-20, to: 2027-01-02}]")
        found = None if mapping is None else reader.fields(mapping, FREEZE, "a freeze")
        if mapping is None or found is None:
            continue
        if found["to"] < found["from"]:
            reader.problems.error("RB356", f"This freeze ends on {found['to']}, before it begins on {found['from']}.", mapping.span)
        out.append(Freeze(found["from"], found["to"], found.get("because", "")))
    return tuple(out)


def read_holidays(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """(country or '', dates): a list of dates, or a mapping with both."""
    if not isinstance(node, Mapping):
        dates = read_dates(reader, node, field, key)
        return FAILED if dates is FAILED else ("", frozenset(dates))
    found = _table(reader, node, HOLIDAY, key)
    if found is None:
        return FAILED
    country = found.get("country", "")
    if country and not COUNTRY.fullmatch(country):
        entry = node.get("country") or node
        return reader.wrong(entry, "country", "a country's code", "Two letters, and a region after a hyphen: CL, US-CA.", "RB356")
    return country, frozenset(found.get("dates", ()))


def read_after(reader: Reader, node: Node, field: Field, key: str) -> Any:
    found = _table(reader, node, AFTER, key)
    return FAILED if found is None else After(**found)


def read_checklist(reader: Reader, node: Node, field: Field, key: str) -> Any:
    """((what, who or '', within or None), …): texts, or mappings."""
    if not isinstance(node, Sequence):
        return reader.wrong(node, key, "a list", "For example `[Update the runbook, {what: Add an alert, within: 7d}]`.")
    out: list[tuple[str, str, int | None]] = []
    for item in node.items:
        if not isinstance(item, Mapping):
            text = read_word(reader, item, field, key)
            out += [] if text is FAILED else [(text, "", None)]
            continue
        found = reader.fields(item, CHECK, "a check")
        out += [] if found is None else [(found["what"], found.get("who", ""), found.get("within"))]
    return tuple(out)


KINDS: MappingType[str, ReadKind] = {
    **VALUES,
    "people": read_people,
    "tiers": read_tiers,
    "severities": read_severities,
    "approvals": read_approvals,
    "roles": read_roles,
    "windows": read_windows,
    "waits": read_waits,
    "hours": read_hours,
    "hours_by_severity": _by_severity("hours"),
    "durations_by_severity": _by_severity("duration"),
    "notify": read_notify,
    "policy_names": read_names,
    "zone": read_zone,
    "date": read_date,
    "dates": read_dates,
    "freezes": read_freezes,
    "holidays": read_holidays,
    "words": read_words,
    "emails": read_words,
    "after": read_after,
    "checklist": read_checklist,
    "email": read_email,
    "key": read_key,
}
