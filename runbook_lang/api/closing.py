"""What comes after an incident: the log, the issue, the meeting, what is to be done. Each part is done once, however often it is asked for.

`after.json` beside the run's journal says what was done and what is still to be done.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from ..adapters.files import REAL, cannot, write_file
from ..adapters.notifiers.contract import Settings
from ..adapters.notifiers.github import create_issue
from ..base.diagnostics import fail
from ..base.record import Record
from ..machine.stamps import stamp_of
from ..model.policy import After
from ..people.calendar import SECOND_US, Shift, hours_of, local_stamp, moment_of
from ..reports.documents import render_document
from .escalations import escalations_of
from .report import report
from .runs import kept_program, read_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adapters.store import RunFolder, Store
    from ..model.policy import Policy

NAME = "after.json"
LIMIT = 1024 * 1024
HOUR_US = 3600 * SECOND_US
LEAST_US = 2 * HOUR_US
"""A meeting isn't sooner than this."""


class Wanted(Record):
    """What is asked for; '' takes what the policy says, `no` leaves a part out."""

    cause: str = ""
    resolution: str = ""
    log: str = ""
    github: str = ""
    meeting: str = ""
    calendar: str = ""
    by: str = ""


class Followup(Record):
    """One thing that has to be done. `due` is '' for no date."""

    number: int
    what: str
    who: str = ""
    due: str = ""
    done: str = ""
    done_by: str = ""
    note: str = ""


class Closed(Record):
    """What `close` has done; `said` tells each part in words, `problems` what didn't work (asking again does that part again)."""

    said: tuple[str, ...]
    problems: tuple[str, ...]
    followups: tuple[Followup, ...]


def close(run: RunFolder, wanted: Wanted, environ: Mapping[str, str], now: int) -> Closed:
    """Does what isn't done yet. Raises RunbookError RB766 for a run that isn't over, or whose escalations are open."""
    opened = read_run(run)
    if opened.replayed.state.phase != "closed":
        raise fail("RB766", f"Run {run.id} isn't over.", help="Go on with it, or end it: runbook resume, runbook abort")
    for one in escalations_of(run):
        if one.is_open:
            raise fail(
                "RB766", f"{one.id} is still {one.state}: the incident isn't over.", help=f"When it is: runbook resolve {run.id[-8:]}"
            )
    policy = kept_program(run).policy
    rules = policy.after if policy is not None else After()
    kept = _load(run)
    if "closed_at" not in kept:
        kept.update(closed_at=stamp_of(now), closed_by=wanted.by, cause=wanted.cause, resolution=wanted.resolution)
        kept["followups"] = _checklist(rules, now)
    kept["cause"] = wanted.cause or kept.get("cause", "")
    kept["resolution"] = wanted.resolution or kept.get("resolution", "")
    said: list[str] = []
    problems: list[str] = []
    document = {**report(run), "audit": None}
    text = _entry(document, kept, escalations_of(run))
    for part in (_log, _meeting, _issue):
        done, problem = part(run, rules, policy, wanted, kept, document, text, environ, now)
        said += [done] if done else []
        problems += [problem] if problem else []
        _save(run, kept)
    return Closed(tuple(said), tuple(problems), _followups(kept))


def _checklist(rules: After, now: int) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "what": what,
            "who": who,
            "due": stamp_of(now + within) if within is not None else "",
            "done": "",
            "done_by": "",
            "note": "",
        }
        for number, (what, who, within) in enumerate(rules.checklist, 1)
    ]


def _entry(document: Mapping[str, Any], kept: Mapping[str, Any], escalations: tuple[Any, ...]) -> str:
    """The entry of the log: the run's own report, with the cause and the resolution that people gave."""
    text = render_document(dict(document), "md", "").rstrip()
    if kept.get("cause"):
        text = text.replace("_to be filled in_", _one_cell(str(kept["cause"])), 1)
    if kept.get("resolution"):
        text = text.replace("\n| people |", f"\n| in words | {_one_cell(str(kept['resolution']))} |\n| people |", 1)
    lines = [
        f"- {one.raised.severity or 'an escalation'}, raised {local_stamp(one.plan.zone, one.at)} ({one.plan.zone}): {_answered(one)}"
        for one in escalations
    ]
    return text + ("\n\n### Escalations\n\n" + "\n".join(lines) if lines else "") + "\n"


def _answered(one: Any) -> str:
    return f"{one.state}{' by ' + one.by if one.by else ''}{': ' + _one_cell(one.note) if one.note else ''}"


def _one_cell(text: str) -> str:
    """Text that stays within a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def _log(run: RunFolder, rules: After, policy: Policy | None, wanted: Wanted, kept: dict[str, Any], *rest: Any) -> tuple[str, str]:
    text: str = rest[1]
    path = wanted.log or rules.log
    if path == "no" or kept.get("log"):
        return "", ""
    mark = f"<!-- runbook: {run.id} -->"
    try:
        before = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as stream:
                before = stream.read()
        if mark not in before:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            gap = "" if not before or before.endswith("\n\n") else "\n" if before.endswith("\n") else "\n\n"
            with open(path, "a", encoding="utf-8") as stream:
                stream.write(f"{gap}{mark}\n{text}\n")
    except (OSError, ValueError) as error:
        return "", f"The entry can't be written to {path}: {getattr(error, 'strerror', None) or error}."
    kept["log"] = os.path.abspath(path)
    return f"entry       {path}", ""


def _meeting(run: RunFolder, rules: After, policy: Policy | None, wanted: Wanted, kept: dict[str, Any], *rest: Any) -> tuple[str, str]:
    document, now = rest[0], rest[3]
    path = wanted.calendar or f"post-mortem-{run.id[-8:]}.ics"
    if wanted.calendar == "no" or kept.get("calendar"):
        return "", ""
    zone = policy.zone if policy is not None else "UTC"
    at = moment_of(zone, wanted.meeting) if wanted.meeting else meeting_time(rules, policy, now)
    if at is None:
        return "", f'{wanted.meeting!r} is no moment; write it as "2026-12-01 10:00".'
    if at > now + rules.meeting:
        return "", f"The meeting has to be held by {local_stamp(zone, now + rules.meeting)}; {wanted.meeting} is later."
    title = f"Post-mortem: {document['title'] or document['runbook']}"
    data = calendar(run.id, title, f"Run {run.id}, {document['result']}", at, now, rules.attendees)
    try:
        with open(path, "w", encoding="utf-8", newline="") as stream:
            stream.write(data)
    except OSError as error:
        return "", f"The calendar file can't be written to {path}: {error.strerror}."
    kept["calendar"], kept["meeting"] = os.path.abspath(path), stamp_of(at)
    return f"meeting     {local_stamp(zone, at)} ({zone}), {path}", ""


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


def _issue(run: RunFolder, rules: After, policy: Policy | None, wanted: Wanted, kept: dict[str, Any], *rest: Any) -> tuple[str, str]:
    document, text, environ = rest[0], rest[1], rest[2]
    repository = wanted.github or rules.github
    if not repository or repository == "no" or kept.get("issue"):
        return "", ""
    tasks = "".join(f"- [ ] {_task(one)}\n" for one in _followups(kept))
    body = text + (f"\n### To be done\n\n{tasks}" if tasks else "")
    title = f"Incident {document['opened_at'][:10]}: {document['title'] or document['runbook']}"
    key = hashlib.sha256(run.id.encode()).hexdigest()[:32]
    answer, url = create_issue(repository, title, body, key, Settings(environ), labels=rules.labels, milestone=rules.milestone, again=True)
    if not answer.ok:
        return "", f"No issue was made in {repository}: {answer.why}. Ask again: runbook close {run.id[-8:]}"
    kept["issue"] = url or repository
    return f"issue       {kept['issue']}", ""


def _task(one: Followup) -> str:
    about = ", ".join(part for part in (one.who, f"by {one.due[:10]}" if one.due else "") if part)
    return f"{one.what} ({about})" if about else one.what


def _followups(kept: Mapping[str, Any]) -> tuple[Followup, ...]:
    fields = Followup.__fields__
    return tuple(Followup(**{name: item[name] for name in fields if name in item}) for item in kept.get("followups", ()))


def _load(run: RunFolder) -> dict[str, Any]:
    """Raises RunbookError RB767 when it is there and can't be read: what was done would be done again."""
    path = os.path.join(run.path, NAME)
    try:
        with open(path, "rb") as stream:
            found = json.loads(stream.read(LIMIT))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise fail("RB767", f"{path} can't be read: {error}.", help="Restore it from a backup.") from None
    if not isinstance(found, dict):
        raise fail("RB767", f"{path} holds no object.", help="Restore it from a backup.")
    return found


def _save(run: RunFolder, kept: Mapping[str, Any]) -> None:
    path = os.path.join(run.path, NAME)
    try:
        write_file(REAL, path, json.dumps(kept, indent=1, ensure_ascii=False).encode())
    except OSError as error:
        raise cannot("RB767", f"{path} can't be written", error) from None


class Open(Record):
    """A run with what is to be done after it."""

    run: str
    runbook: str
    followups: tuple[Followup, ...]


def followups(stores: list[Store], everything: bool = False) -> list[Open]:
    """What is to be done after the incidents of these stores; `everything`: what was done, too."""
    from ..adapters.store import RunFolder, summarise

    found = []
    for store in stores:
        for name in reversed(store.ids()):
            run = RunFolder(name, os.path.join(store.runs, name))
            if not os.path.exists(os.path.join(run.path, NAME)):
                continue
            left = tuple(one for one in _followups(_load(run)) if everything or not one.done)
            if left:
                found.append(Open(name, summarise(run).runbook, left))
    return found


def done(run: RunFolder, number: int, by: str, note: str, now: int) -> Followup:
    """Notes that something was done. Raises RunbookError RB768 for a number that isn't there, or is done already."""
    kept = _load(run)
    for item in kept.get("followups", ()):
        if item["number"] == number:
            if item["done"]:
                raise fail("RB768", f"{number} was done already, by {item['done_by']}.", help="See: runbook followups --all")
            item.update(done=stamp_of(now), done_by=by, note=note)
            _save(run, kept)
            return next(one for one in _followups(kept) if one.number == number)
    raise fail("RB768", f"Run {run.id} has nothing with the number {number} to be done.", help="See: runbook followups")
