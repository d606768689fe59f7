"""What the pages of a library hold, as plain JSON-like data: the same for Markdown and HTML and for a team's own templates.

`docs/how-to/manuals.md` lists the keys.
"""

from __future__ import annotations

import os

from ..base.duration import format_duration
from ..model import nodes as m
from .files import find_runbooks
from .library_steps import Book, Steps, shown_value
from .load import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping as MappingType
    from typing import Any

    from ..model.policy import Policy, Tier

    Row = dict[str, Any]


def library_pages(folder: str) -> list[Row]:
    """A page for each runbook of the folder, in order of the paths. Files that can't be read as runbooks are left out."""
    books = []
    for path in find_runbooks([folder]):
        loaded = load(path, digest=False)
        if loaded.runbook is not None:
            books.append(Book(path, loaded, loaded.runbook))
    names = _file_names(books, folder)
    pages = [_page(one, folder, names) for one in books]
    for page in pages:
        page["called_by"] = [
            {"name": other["name"], "file": other["file"]}
            for other in pages
            if any(call["file"] == page["file"] for call in other["calls"])
        ]
    return pages


def _file_names(books: list[Book], folder: str) -> MappingType[str, str]:
    """The name of each runbook's page, without its ending, by the runbook's real path."""
    found: dict[str, str] = {}
    taken: set[str] = {"index"}
    for one in books:
        stem = os.path.splitext(os.path.relpath(one.path, folder))[0].replace(os.sep, "-")
        while stem in taken:
            stem += "-"
        taken.add(stem)
        found[os.path.realpath(one.path)] = stem
    return found


def _page(one: Book, folder: str, names: MappingType[str, str]) -> Row:
    book, policy = one.book, one.loaded.policy
    maker = Steps(one, names)
    steps = maker.steps(book.steps)
    on_failure = maker.steps(book.on_failure)
    flat = [row for row in _flat(steps) if row["effect"]]
    changes = [row for row in flat if row["effect"] != "read"]
    return {
        "name": book.name.text,
        "title": book.title or book.name.text,
        "file": names[os.path.realpath(one.path)],
        "path": os.path.relpath(one.path, folder),
        "description": book.description.strip(),
        "source": book.manual,
        "severity": book.severity,
        "window": _window(book, policy),
        "locks": [lock.text for lock in book.locks],
        "errors": sum(item.is_error for item in one.loaded.problems.sorted()),
        "effects": {name: sum(row["effect"] == name for row in flat) for name in m.EFFECTS},
        "inputs": [_input(entry) for entry in book.inputs],
        "secrets": [_secret(entry) for entry in book.secrets],
        "steps": steps,
        "success": book.success.text if book.success is not None else "",
        "on_failure": on_failure,
        "outputs": [{"name": name.text, "value": shown_value(value)} for name, value in book.outputs],
        "approvals": [row for row in _flat(steps + on_failure) if row["approval"]],
        "undo": [row for row in changes if row["undo"]],
        "no_undo": [row for row in changes if not row["undo"] and row["kind"] == "act"],
        "escalations": [row for row in _flat(steps + on_failure) if row["kind"] == "escalate"],
        "escalation": _escalation(book.severity, policy),
        "calls": maker.calls,
        "called_by": [],
    }


def _window(book: m.Runbook, policy: Policy | None) -> Row | None:
    if not book.window:
        return None
    known = policy.windows.get(book.window) if policy is not None else None
    notice = format_duration(known.notice) if known is not None and known.notice else ""
    return {"name": book.window, "hours": known.hours.text if known is not None else "", "notice": notice}


def _input(one: m.Input) -> Row:
    return {
        "name": one.name.text,
        "type": one.type,
        "format": one.format,
        "env": one.env,
        "default": shown_value(one.default) if one.has_default else "",
        "has_default": one.has_default,
        "choices": [shown_value(choice) for choice in one.choices],
        "pattern": one.pattern,
        "description": one.description,
    }


def _secret(one: m.Secret) -> Row:
    where = {"env": "environment variable", "file": "file", "command": "command", "prompt": "asked for"}[one.source]
    return {
        "name": one.name.text,
        "source": where,
        "where": one.where,
        "hosts": [host.text for host in one.hosts],
        "description": one.description,
    }


def _escalation(severity: str, policy: Policy | None) -> Row | None:
    """Who is told for the runbook's severity, in their order; all severities where it names none."""
    if policy is None or not policy.severities:
        return None
    chosen = [severity] if severity in policy.severities else list(policy.severities)
    rows = []
    for name in chosen:
        one = policy.severities[name]
        tiers = [_tier(policy.tiers[tier.text], name) for tier in one.tiers if tier.text in policy.tiers]
        rows.append(
            {
                "name": name,
                "description": one.description,
                "rollback": one.rollback,
                "when": one.when,
                "backlog": one.backlog,
                "tiers": tiers,
            }
        )
    return {"zone": policy.zone, "severities": rows}


def _tier(tier: Tier, severity: str) -> Row:
    hours, ack = tier.hours_for(severity), tier.ack_for(severity)
    return {
        "name": tier.name.text,
        "description": tier.description,
        "hours": hours.text if hours is not None else "",
        "ack_within": format_duration(ack) if ack is not None else "",
        "notify": [f"{one.channel} {one.to}".strip() for one in tier.notify],
        "contact": tier.contact,
    }


def _flat(steps: list[Row]) -> list[Row]:
    """Every step at any depth, in order."""
    found: list[Row] = []
    for step in steps:
        found.append(step)
        for key in ("steps", "rescue", "always"):
            found += _flat(step[key])
        for arm in step["arms"]:
            found += _flat(arm["steps"])
    return found
