"""What is known of an incident once it is over: the entry of the log, the meeting, the issue, what is to be done. Facts alone: the
closing runbook writes, sends and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..machine.stamps import stamp_of
from ..model.policy import After
from ..people.calendar import SECOND_US, Shift, hours_of, local_stamp, moment_of
from ..reports.documents import render_document
from .escalations import escalations_of
from .report import report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adapters.store import RunFolder
    from ..model.policy import Policy

HOUR_US = 3600 * SECOND_US
LEAST_US = 2 * HOUR_US
"""A meeting isn't sooner than this."""


class Facts(Record):
    """`checklist`: what is to be done, as `what`, `who`, `due` ('' for none)."""

    title: str
    result: str
    entry: str
    issue: str
    meeting: str
    invitation: str
    checklist: tuple[Mapping[str, str], ...] = ()


def facts_of(run: RunFolder, policy: Policy | None, cause: str, resolution: str, at: int, now: int) -> Facts:
    """The facts of a closed run. `at`: when the meeting is, 0 for none. Raises RunbookError as `report` does."""
    rules = policy.after if policy is not None else After()
    document = {**report(run), "audit": None}
    title = str(document["title"] or document["runbook"])
    entry = _entry(document, cause, resolution, escalations_of(run))
    checklist = tuple(_checklist(rules, now))
    tasks = "".join(f"- [ ] {task(one)}\n" for one in checklist)
    issue = f"Incident {document['opened_at'][:10]}: {title}\n{entry}" + (f"\n### To be done\n\n{tasks}" if tasks else "")
    invitation = calendar(run.id, f"Post-mortem: {title}", f"Run {run.id}, {document['result']}", at, now, rules.attendees) if at else ""
    return Facts(title, str(document["result"]), entry, issue, stamp_of(at) if at else "", invitation, checklist)


def task(one: Mapping[str, str]) -> str:
    """`Add an alert (oncall-1, by 2026-12-01)`."""
    about = ", ".join(part for part in (one["who"], f"by {one['due'][:10]}" if one["due"] else "") if part)
    return f"{one['what']} ({about})" if about else one["what"]


def _checklist(rules: After, now: int) -> list[dict[str, str]]:
    return [
        {"what": what, "who": who, "due": stamp_of(now + within) if within is not None else ""} for what, who, within in rules.checklist
    ]


def _entry(document: Mapping[str, Any], cause: str, resolution: str, escalations: tuple[Any, ...]) -> str:
    """The entry of the log: the run's own report, with the cause and the resolution that people gave."""
    text = render_document(dict(document), "md", "").rstrip()
    if cause:
        text = text.replace("_to be filled in_", _one_cell(cause), 1)
    if resolution:
        text = text.replace("\n| people |", f"\n| in words | {_one_cell(resolution)} |\n| people |", 1)
    lines = [
        f"- {one.raised.severity or 'an escalation'}, raised {local_stamp(one.plan.zone, one.at)} ({one.plan.zone}): {_answered(one)}"
        for one in escalations
        if one.state != "said"
    ]
    return text + ("\n\n### Escalations\n\n" + "\n".join(lines) if lines else "") + "\n"


def _answered(one: Any) -> str:
    return f"{one.state}{' by ' + one.by if one.by else ''}{': ' + _one_cell(one.note) if one.note else ''}"


def _one_cell(text: str) -> str:
    """Text that stays within a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def meeting_at(rules: After, policy: Policy | None, wanted: str, now: int) -> tuple[int, str]:
    """(when the post-mortem is held, ''), or (0, why it can't be then)."""
    zone = policy.zone if policy is not None else "UTC"
    at = moment_of(zone, wanted) if wanted else meeting_time(rules, policy, now)
    if at is None:
        return 0, f'{wanted!r} is no moment; write it as "2026-12-01 10:00".'
    if at > now + rules.meeting:
        return 0, f"The meeting has to be held by {local_stamp(zone, now + rules.meeting)}; {wanted} is later."
    return at, ""


def meeting_time(rules: After, policy: Policy | None, now: int) -> int:
    """A full hour of business time within the limit; where there is none, the last full hour before the limit."""
    limit = now + rules.meeting
    if policy is not None:
        hours = policy.business or hours_of("mon-fri 09:00-18:00")
        shift = Shift(hours, policy.zone, policy.holidays)
        at = -(-(now + LEAST_US) // HOUR_US) * HOUR_US
        while at <= limit:
            if shift.open_at(at) and (shift.closes(at) or at) >= at + HOUR_US:
                return at
            at += HOUR_US
    return max(now, limit // HOUR_US * HOUR_US)


def calendar(run: str, title: str, text: str, at: int, now: int, attendees: tuple[str, ...]) -> str:
    """An iCalendar file (RFC 5545) with one event of an hour. Its UID is the run's, so that importing it again changes that event."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//runbook-lang//close//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{run}@runbook",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(at)}",
        f"DTEND:{_utc(at + HOUR_US)}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(text)}",
        *(f"ATTENDEE;ROLE=REQ-PARTICIPANT:mailto:{attendee}" for attendee in attendees),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) for line in lines)


def _utc(moment: int) -> str:
    return stamp_of(moment)[:19].replace("-", "").replace(":", "") + "Z"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """A content line of at most 75 bytes a piece; no character is cut."""
    out, current = "", b""
    for char in line:
        piece = char.encode()
        if len(current) + len(piece) > 74:
            out += current.decode() + "\r\n "
            current = b""
        current += piece
    return out + current.decode() + "\r\n"
