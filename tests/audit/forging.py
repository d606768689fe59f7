"""Journals written anew by somebody who holds the key: the chain, the checkpoints, the seal and the list of runs are all true to them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from runbook_lang.adapters.lines import FIRST_PREV, encode_body, split
from runbook_lang.adapters.runslog import RunsLog
from runbook_lang.adapters.witness import Witness, write_seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.audit.conftest import Made

    Body = dict[str, Any]


def journal(made: Made) -> str:
    return os.path.join(made.run.path, "journal.jsonl")


def lines(made: Made) -> list[bytes]:
    with open(journal(made), "rb") as stream:
        return stream.read().splitlines(keepends=True)


def write(made: Made, data: bytes) -> None:
    with open(journal(made), "wb") as stream:
        stream.write(data)


def bodies(made: Made) -> list[Body]:
    """The events without the checkpoints, and without what makes lines of them."""
    found = [json.loads(split(raw[:-1])[0] + b"}") for raw in lines(made)]
    return [{name: value for name, value in body.items() if name not in ("seq", "prev")} for body in found if body["type"] != "checkpoint"]


SIGNED = {"run.opened", "run.resumed", "run.paused", "run.closed", "need.met"}


def forge(made: Made, events: list[Body], environ: dict[str, str] | None = None) -> None:
    """Writes the events as the run's journal, signed with the place's key."""
    signer = made.place.ring.signer(environ or made.place.environ)
    assert signer is not None
    witness = Witness(signer, made.run.id)
    prev = FIRST_PREV
    out = b""
    count = 0

    def put(body: Body) -> None:
        nonlocal prev, out, count
        count += 1
        raw, prev = encode_body({**body, "seq": count}, prev)
        witness.saw(raw)
        out += raw + b"\n"

    for body in events:
        put(body)
        if body["type"] in SIGNED:
            put({"type": "checkpoint", "at": body["at"], "body": witness.checkpoint()})
    write(made, out)
    note = witness.checkpoint()
    write_seal(made.run.path, note)
    for name in ("runs.log", "runs.checkpoint"):
        if os.path.exists(os.path.join(made.place.store.root, name)):
            os.unlink(os.path.join(made.place.store.root, name))
    log = RunsLog(made.place.store.root)
    log.append("opened", made.run.id, signer, by="ada")
    log.append("closed", made.run.id, signer, note=note, by="ada")


def change(made: Made, edit: Callable[[list[Body]], list[Body] | None]) -> list[Body]:
    """Forges what `edit` makes of the events (in place, or a new list)."""
    events = bodies(made)
    events = edit(events) or events
    forge(made, events)
    return events


def index(events: list[Body], type_: str, step: str = "") -> int:
    """Where the event of a step stands."""
    return next(
        place
        for place, body in enumerate(events)
        if body["type"] == type_ and (body.get("id") or body.get("path") or "").partition("#")[0] == step
    )
