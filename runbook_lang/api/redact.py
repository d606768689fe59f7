"""Taking kept output away, and leaving a trail that says so; legal holds."""

from __future__ import annotations

import json
import os

from ..adapters.evidence import evidence_state
from ..adapters.kept import forget_all
from ..adapters.keys import KeyRing
from ..adapters.runslog import RunsLog, held, store_of
from ..adapters.scan import OUT, body_of, raw_lines, step_of
from ..base.diagnostics import fail
from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..adapters.store import RunFolder

    Ask = Callable[[str], str | None]


def redact(run: RunFolder, step: str, environ: Mapping[str, str], operator: str, why: str, ask: Ask | None = None) -> list[str]:
    """Removes the output files of a step: first the entry in runs.log, durable, then the files. The journal stays as it is, since it
    holds only their digests and first characters. Returns the digests. Raises RunbookError RB635, RB636, RB630."""
    store = _store(run)
    hold = held(store, run.id)
    if hold is not None:
        raise fail(
            "RB636", f"The run {run.id} is on hold since {hold.at}, by {hold.by}: {hold.why}.", help="`runbook audit release` ends that."
        )
    found = [digest for digest, one in kept_output(run) if one == step]
    if not found:
        raise fail(
            "RB635", f"No output of {step!r} is kept beside the journal.", help="What is short stands in the journal itself, and stays."
        )
    shared = {digest for digest, one in kept_output(run) if one != step}
    gone = sorted(set(found) - shared)
    if not gone:
        raise fail("RB635", f"Another step wrote the same output as {step!r}; it would go, too.", help="Name that step as well.")
    signer = KeyRing.locate(environ).signer(environ, ask)
    RunsLog(store).append("redacted", run.id, signer, removed=gone, by=operator, why=why)
    forget_all(run.path)  # a snapshot repeats values; without one a resume folds everything
    for digest in gone:
        os.unlink(os.path.join(run.evidence, os.path.basename(digest)))
    return gone


def kept_output(run: RunFolder) -> list[tuple[str, str]]:
    """(digest, step) of each output file that is still there."""
    found = []
    for raw in raw_lines(run.path):
        if OUT not in raw:
            continue
        try:
            entries = json.loads(raw)["out"]
            found += [(str(one[0]), step_of(raw)) for one in entries if evidence_state(run.evidence, one) in ("whole", "changed")]
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            continue
    return found


class Remains(Record):
    """What a line of the journal holds of a step, and can't lose without breaking the chain. `size` in bytes."""

    line: int
    what: str
    size: int


def remains(run: RunFolder, step: str) -> list[Remains]:
    """What a redaction can't take: the lines of a step are what was signed."""
    found = []
    for number, raw in enumerate(raw_lines(run.path), 1):
        if step_of(raw) != step:
            continue
        body = body_of(raw)
        parts = [(f"the beginning of its {one[3]}", str(one[2])) for one in body.get("out", ()) if len(one) > 3]
        value = str(body.get("value", ""))
        parts += [("a value that later steps may read", value)] if value not in ("", "{}") else []
        parts += [("a message", str(body[name])) for name in ("message", "text", "note") if body.get(name)]
        parts += [("the words of its command", " ".join(body["argv"]))] if body.get("argv") else []
        found += [Remains(number, what, len(text.encode())) for what, text in parts]
    return found


def hold(run: RunFolder, environ: Mapping[str, str], operator: str, why: str, *, release: bool = False, ask: Ask | None = None) -> None:
    """Puts a run on legal hold, so that neither prune nor redact touches it; or ends that. Raises RB636 if it is so already."""
    store = _store(run)
    if (held(store, run.id) is None) == release:
        raise fail("RB636", f"The run {run.id} is {'not ' if release else ''}on hold{'' if release else ' already'}.")
    signer = KeyRing.locate(environ).signer(environ, ask)
    RunsLog(store).append("released" if release else "held", run.id, signer, by=operator, why=why)


def _store(run: RunFolder) -> str:
    store = store_of(run.path)
    if not store:
        raise fail("RB630", f"{run.path} doesn't lie in a store, so there is no runs.log to say what was done.")
    return store
