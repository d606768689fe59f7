"""The file of a plan: {digest, content, plan} is the same whoever makes it; the envelope tells this file from others.

{"digest": …, "content": …, "plan": {…}, "envelope": {"id", "created", "expires", "by", "file", "approvals": […]}}
"""

from __future__ import annotations

import json
import os
from contextlib import suppress

from ..adapters.files import read_regular
from ..adapters.uuid7 import is_uuid7, uuid7
from ..base.diagnostics import fail
from ..base.json_text import indented
from ..base.record import Record
from ..base.text import reason
from ..machine.stamps import micros_of, stamp_of
from ..plan.as_json import FORMAT
from ..plan.digest import content_digest
from .files import unwritable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..plan.entry import Plan

LIMIT = 64 * 1024 * 1024
TTL_US = 86_400_000_000
"""How long a plan may be run after it was made, unless its maker says otherwise."""
_REVIEW = "Make it anew, and let it be reviewed again: runbook plan … -o plan.json"


class PlanFile(Record):
    """A plan's file as read: its form and its content digest are right. `envelope` is {} in one that holds the plan alone."""

    path: str
    digest: str
    content: str
    plan: Mapping[str, Any]
    envelope: Mapping[str, Any] = {}

    @property
    def id(self) -> str:
        return str(self.envelope.get("id", ""))

    @property
    def approvals(self) -> list[dict[str, Any]]:
        return list(self.envelope.get("approvals", ()))

    @property
    def runbook(self) -> str:
        """The path of the runbook's file, as far as the plan's file knows it."""
        name = str(self.envelope.get("file", ""))
        return os.path.normpath(os.path.join(os.path.dirname(self.path), name)) if name else ""

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"digest": self.digest, "content": self.content, "plan": dict(self.plan)}
        return {**body, "envelope": dict(self.envelope)} if self.envelope else body

    def text(self) -> str:
        """What stands in the file."""
        return indented(self.as_json()) + "\n"

    def as_bytes(self) -> bytes:
        return self.text().encode("utf-8", "surrogatepass")


def plan_file(plan: Plan, path: str, runbook: str, by: str, now: int, ttl_us: int = TTL_US) -> PlanFile:
    """A new file for a plan. `runbook` is the path of its file, `now` microseconds since the epoch."""
    file = os.path.relpath(os.path.realpath(runbook), os.path.dirname(os.path.realpath(path)))
    envelope = {
        "id": uuid7(now * 1000),
        "created": stamp_of(now),
        "expires": stamp_of(now + ttl_us),
        "by": by,
        "file": file,
        "approvals": [],
    }
    body = plan.as_json()
    return PlanFile(path, body["digest"], body["content"], body["plan"], envelope)


def write_plan(file: PlanFile) -> None:
    """Write it where it says. Raises RunbookError RB701."""
    passing = f"{file.path}.{os.getpid()}.part"
    try:
        with open(passing, "wb") as stream:
            stream.write(file.as_bytes())
        os.replace(passing, file.path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(passing)
        raise unwritable(file.path, error) from None


def read_plan(path: str) -> PlanFile:
    """A plan's file. Raises RunbookError: RB701 (can't be read), RB780 (no plan), RB781 (another version), RB782 (it was changed)."""
    try:
        raw = read_regular(os.path.realpath(path), LIMIT)
    except OSError as error:
        raise fail("RB701", f"{path} can't be read: {reason(error)}.", help="Check the path.") from None
    return plan_of(raw, path)


def plan_of(raw: bytes, path: str) -> PlanFile:
    """The plan in the bytes of a file. Raises RunbookError RB780, RB781, RB782."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise _no_plan(path, "it is no JSON") from None
    if not isinstance(body, dict) or not isinstance(body.get("plan"), dict):
        raise _no_plan(path, "it has no `plan`")
    plan = body["plan"]
    if plan.get("format") != FORMAT:
        message = f"{path} is a plan of version {plan.get('format')!r}; this program reads version {FORMAT}."
        raise fail("RB781", message, help=_REVIEW)
    fault = _fault(body)
    if fault:
        raise _no_plan(path, fault)
    if content_digest(plan) != body["content"]:
        raise fail("RB782", f"{path} was changed by hand: what it says isn't what its digest covers.", help=_REVIEW)
    return PlanFile(path, body["digest"], body["content"], plan, body.get("envelope", {}))


def _fault(body: dict[str, Any]) -> str:
    """What is wrong with the form; the schema says it in full."""
    envelope = body.get("envelope", {})
    plan = body["plan"]
    if not all(isinstance(body.get(name), str) for name in ("digest", "content")):
        return "it has no digests"
    for name, kind in (("entries", list), ("inputs", list), ("files", dict), ("runbook", str), ("program", str)):
        if not isinstance(plan.get(name), kind):
            return f"its plan has no {name}"
    if not all(isinstance(one, dict) for name in ("entries", "inputs") for one in plan[name]):
        return "its entries or inputs are no mappings"
    if not isinstance(envelope, dict):
        return "its envelope is no mapping"
    if envelope and not is_uuid7(str(envelope.get("id"))):
        return "its envelope has no id"
    if envelope and any(micros_of(str(envelope.get(name))) is None for name in ("created", "expires")):
        return "its envelope has no dates"
    approvals = envelope.get("approvals", [])
    if not isinstance(approvals, list) or not all(isinstance(one, dict) for one in approvals):
        return "its approvals are no list of mappings"
    return ""


def _no_plan(path: str, why: str) -> Exception:
    return fail("RB780", f"{path} is no plan: {why}.", help="A plan's file is made by: runbook plan FILE -o plan.json")
