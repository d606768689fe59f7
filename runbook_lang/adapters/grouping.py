"""One message for many that one address got too many of: it names each, and each is accounted for as if it had gone out alone."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ..base.record import Record
from ..machine.stamps import stamp_of
from ..people.due import owed
from ..people.events import Sending, Sent, Tried
from .messages import notice_of, write
from .notifiers.contract import Notice, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..people.escalation import Escalation, Message
    from .incident import IncidentFile

APART = ("pager", "github", "ticket")
"""Channels in which each message is a thing of its own, which is acknowledged or closed: they are never put together."""
MOST = 400
"""Messages that one names; with one line each they stay below what every channel takes."""
SUBJECT = 50


class Held(Record):
    """A message that waits for its turn, and the file that it is accounted for in."""

    file: IncidentFile
    one: Escalation
    message: Message


def held_in(files: Iterable[IncidentFile], now: int) -> dict[tuple[str, str], list[Held]]:
    """What is owed now, by address, in the order of the files."""
    found: dict[tuple[str, str], list[Held]] = {}
    for file in files:
        for one, message in owed(file.incident, now):
            if message.channel not in APART:
                found.setdefault((message.channel, message.to), []).append(Held(file, one, message))
    return found


def grouped(items: list[Held]) -> Notice:
    """The message that names them. Its key is made of theirs: the same ones are the same message."""
    first = items[0]
    rows = []
    for item in items:
        notice, _ = notice_of(item.one, item.message)
        rows.append(
            {
                "severity": notice.severity,
                "subject": one_line(notice.subject, SUBJECT),
                "runbook": notice.runbook,
                "step": notice.step,
                "short": notice.run[-8:],
            }
        )
    plan = first.one.plan
    runs = list(dict.fromkeys(row["short"] for row in rows))
    subject, text, _ = write("grouped", {"count": len(rows), "items": rows, "runs": runs}, plan.language, dict(plan.templates))
    key = "group/" + sha256("\n".join(item.message.key for item in items).encode()).hexdigest()[:32]
    severity = min((row["severity"] for row in rows if row["severity"]), default="")
    channel, to = first.message.channel, first.message.to
    again = any(item.message.begun for item in items)
    return Notice(key, key, "grouped", channel, to, severity, subject, text, host=first.one.raised.host, again=again)


def begin(items: list[Held], now: int) -> None:
    """The intent, in each file."""
    _append(items, lambda file, of: [Sending(0, stamp_of(max(now, file.incident.now)), id_, keys) for id_, keys in _by_id(of).items()])


def sent(items: list[Held], now: int) -> None:
    """It went out, in each file."""
    note = f"in one message with {len(items) - 1} others"
    _append(
        items,
        lambda file, of: [
            Sent(0, stamp_of(max(now, file.incident.now)), item.one.id, item.message.key, item.message.channel, note) for item in of
        ],
    )


def tried(items: list[Held], now: int, why: str, again: Callable[[Message], int]) -> None:
    """It didn't. `again`: when a message is tried next, 0 for never."""
    _append(
        items,
        lambda file, of: [
            Tried(
                0,
                stamp_of(max(now, file.incident.now)),
                item.one.id,
                item.message.key,
                why,
                stamp_of(at) if (at := again(item.message)) else "",
            )
            for item in of
        ],
    )


def _by_id(items: list[Held]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item.one.id, []).append(item.message.key)
    return found


def _append(items: list[Held], make: Callable[[IncidentFile, list[Held]], list[Sending] | list[Sent] | list[Tried]]) -> None:
    by_file: dict[int, list[Held]] = {}
    for item in items:
        by_file.setdefault(id(item.file), []).append(item)
    for of in by_file.values():
        file = of[0].file
        file.append([event.replace(seq=file.incident.seq + number) for number, event in enumerate(make(file, of), 1)])
