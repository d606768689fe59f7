"""What people read: templates in their language, or the team's own. The first line is the subject."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from ..base.text import clean
from ..people.calendar import local_stamp
from ..people.due import HANDWORK
from .notifiers.contract import Notice, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from jinja2 import Environment, Template

    from ..people.escalation import Escalation, Message

FOLDER = os.path.join(os.path.dirname(__file__), "notifiers", "templates")
KINDS = ("told", "repeat", "acknowledged", "resolved", "late", "exhausted", "notice", "cancelled", "message", "grouped")
SUFFIX = ".txt.j2"
OWN_LIMIT = 16 * 1024


@lru_cache(maxsize=1)
def _environment() -> Environment:
    """A sandbox: a template of a team's own sees the values alone."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)


@lru_cache(maxsize=256)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


@lru_cache(maxsize=64)
def _default(language: str, kind: str) -> str:
    with open(os.path.join(FOLDER, language, kind + SUFFIX), encoding="utf-8") as stream:
        return stream.read()


def write(kind: str, values: Mapping[str, Any], language: str, own: Mapping[str, str]) -> tuple[str, str, str]:
    """(subject, text, what is wrong with the team's own template, for which the default one stands in then)."""
    problem = ""
    text = own.get(kind, "")
    if text:
        try:
            return (*_split(_compiled(text).render(values)), "")
        except Exception as error:  # noqa: BLE001 - a template may fail in as many ways as a program
            problem = f"the template {kind}{SUFFIX} can't be used ({type(error).__name__}: {one_line(str(error), 120)})"
    return (*_split(_compiled(_default(language, kind)).render(values)), problem)


def _split(text: str) -> tuple[str, str]:
    subject, _, rest = clean(text).strip().partition("\n")
    return one_line(subject), rest.strip()


def own_templates(folder: str) -> tuple[tuple[str, str], ...]:
    """(kind, text) of the messages that a folder holds; those that are too long or no text are left out."""
    found = []
    for kind in KINDS:
        try:
            with open(os.path.join(folder, kind + SUFFIX), encoding="utf-8") as stream:
                text = stream.read(OWN_LIMIT + 1)
        except (OSError, ValueError):
            continue
        if 0 < len(text) <= OWN_LIMIT:
            found.append((kind, text))
    return tuple(found)


def notice_of(one: Escalation, message: Message) -> tuple[Notice, str]:
    """(what is sent for an owed message, what is wrong with the team's own template)."""
    plan, raised = one.plan, one.raised
    rung = plan.rungs[message.rung] if 0 <= message.rung < len(plan.rungs) else None
    zone = plan.zone
    values = {
        "severity": one_line(raised.severity),
        "message": raised.message,
        "summary": one_line(raised.message, 180),
        "tier": rung.tier if rung is not None else "",
        "contact": rung.contact if rung is not None else "",
        "why": said(one.why, plan.language),
        "tickets": [to for channel, to in (rung.notify if rung is not None else ()) if channel in HANDWORK],
        "ack_by": _local(zone, one.ack_by) if message.kind in ("told", "repeat") else "",
        "zone": zone,
        "raised_at": _local(zone, one.at),
        "sla": _local(zone, one.sla_at),
        "by": one.by,
        "note": one.note,
        "run": raised.run,
        "short": raised.run[-8:],
        "runbook": raised.runbook,
        "step": one.id,
        "title": raised.title,
        "operator": raised.operator,
        "host": raised.host,
    }
    subject, text, problem = write(message.kind, values, plan.language, dict(plan.templates))
    incident = f"{raised.run}/{one.id}"
    notice = Notice(
        message.key,
        incident,
        message.kind,
        message.channel,
        message.to,
        raised.severity,
        subject,
        text,
        raised.run,
        raised.runbook,
        one.id,
        raised.host,
        one.by,
        str(values["tier"]),
        message.begun > 1,
    )
    return notice, problem


SPANISH = {
    "it wasn't acknowledged in time": "no se confirmó a tiempo",
    "no channel worked": "ningún canal funcionó",
    "everybody was told, and it wasn't acknowledged in time": "se avisó a todos y nadie confirmó a tiempo",
    "everybody was told, and no channel worked": "ningún canal funcionó",
    "no tier answers this severity": "ningún nivel atiende esta severidad",
    "the policy names no tier for it": "la política no nombra ningún nivel",
}


def said(why: str, language: str) -> str:
    """A reason in the language of the message; one that has no translation stays as it is."""
    return SPANISH.get(why, why) if language == "es" else why


def _local(zone: str, moment: int) -> str:
    return local_stamp(zone, moment) if moment else ""
