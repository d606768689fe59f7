"""Approvals of a plan: made by a person who read it, bound to its digests, its id and its end, and signed where there is a key."""

from __future__ import annotations

import json

from ..adapters.checkpoints import BadNote, read_note, write_note
from ..adapters.keys import KeyRing, stamp_now
from ..base.diagnostics import fail
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .plan_file import PlanFile

ORIGIN = "runbook-lang/plan-approval"
_TEXTS = ("by", "at", "verdict", "digest", "content", "plan", "expires", "note")
_ANEW = "Take the approval out of the file, or make the plan anew and let it be approved again."


class Approval(Record):
    """An approval as read. `grade` is proven when a key that is trusted here signed it; `doubt` says why one that is signed isn't."""

    by: str
    verdict: str  # approved | refused
    at: str
    note: str
    grade: str
    key: str = ""
    doubt: str = ""


def approve(
    file: PlanFile, by: str, environ: Mapping[str, str], ask: Callable[[str], str | None] | None, *, refuse: bool = False, note: str = ""
) -> tuple[PlanFile, Approval]:
    """The plan with one more approval, or refusal. Raises RunbookError: RB780 for a plan without an envelope, RB785 for one that
    has expired, RB788 for a second approval by the same person, RB62x for a key that is there and can't be used."""
    at = stamp_now()
    if not file.envelope:
        raise fail(
            "RB780", f"{file.path} has no envelope, so there is nothing to put an approval in.", help="Use: runbook plan … -o plan.json"
        )
    if at > file.envelope["expires"]:
        raise fail("RB785", f"{file.path} expired at {file.envelope['expires']}.", help="Make the plan anew.")
    verdict = "refused" if refuse else "approved"
    if any(one.get("by") == by and one.get("verdict") == verdict for one in file.approvals):
        raise fail("RB788", f"{by} has {verdict} {file.path} already.", help="It counts once.")
    body = {"by": by, "at": at, "verdict": verdict, **_bound(file), "note": note}
    ring = KeyRing.locate(environ)
    signer = ring.signer(environ, ask)
    key = ""
    if signer is not None:
        text = _text(body)
        body["signature"] = write_note(text, signer.sign(text)).removeprefix(f"{text}\n").rstrip("\n")
        key = signer.key.name
    envelope = {**file.envelope, "approvals": [*file.approvals, body]}
    return file.replace(envelope=envelope), Approval(by, verdict, at, note, "proven" if key else "claimed", key)


def read_approvals(file: PlanFile, environ: Mapping[str, str]) -> list[Approval]:
    """The approvals of a file, each verified. Raises RunbookError RB788 for one that is for another plan or whose signature is false."""
    ring = KeyRing.locate(environ) if any("signature" in one for one in file.approvals) else None
    return [_read(file, one, ring) for one in file.approvals]


def _read(file: PlanFile, body: Mapping[str, Any], ring: KeyRing | None) -> Approval:
    if not all(isinstance(body.get(name), str) for name in _TEXTS) or body["verdict"] not in ("approved", "refused"):
        raise fail("RB788", f"An approval in {file.path} is malformed.", help=_ANEW)
    who = f"The approval of {body['by']} in {file.path}"
    if any(body[name] != value for name, value in _bound(file).items()):
        raise fail("RB788", f"{who} is for another plan.", help=_ANEW)
    made = Approval(body["by"], body["verdict"], body["at"], body["note"], "claimed")
    signature = body.get("signature")
    if signature is None:
        return made
    assert ring is not None
    text = _text(body)
    try:
        line = read_note(f"{text}\n{signature}\n").signatures[0]
    except (BadNote, IndexError):
        raise fail("RB788", f"{who} has a signature that can't be read.", help=_ANEW) from None
    key = ring.signed_by(line)
    if key is None:
        return made.replace(key=line.name, doubt=f"the key {line.name!r} isn't trusted here")
    if not key.verify(text.encode(), line.data):
        raise fail("RB788", f"{who} was changed: the signature of {key.name!r} isn't for what it says.", help=_ANEW)
    fault = key.fault(body["at"])
    if fault:
        return made.replace(key=key.name, doubt=f"the key {key.name!r} was {fault} at that time")
    return made.replace(grade="proven", key=key.name)


def _bound(file: PlanFile) -> dict[str, str]:
    return {"digest": file.digest, "content": file.content, "plan": file.id, "expires": str(file.envelope.get("expires", ""))}


def _text(body: Mapping[str, Any]) -> str:
    """What is signed: a line for each field, each as JSON so that none can hold the next."""
    return "".join(f"{line}\n" for line in (ORIGIN, *(f"{name} {json.dumps(body[name], ensure_ascii=True)}" for name in _TEXTS)))
