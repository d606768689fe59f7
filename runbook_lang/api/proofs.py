"""Proofs that a line stands in a journal, to be given away without the rest; and the acts that make runs provable."""

from __future__ import annotations

import json

from ..adapters.anchors import Anchor, tell
from ..adapters.checkpoints import RUN_ORIGIN, BadNote, Head, Proof, read_head, read_note, read_proof, write_note, write_proof
from ..adapters.journal import is_held
from ..adapters.keys import KeyRing
from ..adapters.merkle import Tree, inclusion_path, leaf_hash, root_from_path
from ..adapters.runslog import RunsLog, store_of
from ..adapters.scan import body_of, raw_lines, step_of
from ..adapters.witness import read_seal, write_seal
from ..base.diagnostics import fail
from ..base.record import Record
from .audit import Wanted, verify
from .verdicts import FAIL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..adapters.keys import Signer
    from ..adapters.store import RunFolder

    Ask = Callable[[str], str | None]


class Proven(Record):
    """What a proof shows. `why`: why it shows nothing, with the exit code of `audit verify` for it; '' and 0 when it is good."""

    why: str
    exit: int = 0
    run: str = ""
    line: int = 0
    size: int = 0
    key: str = ""
    body: Mapping[str, Any] = {}


def proofs(run: RunFolder, step: str = "", line: int = 0) -> dict[int, str]:
    """By line number, the proof of each line of a step, or of one line. Raises RunbookError: RB637 when there is no such line, or no
    checkpoint that covers it."""
    note = _best_note(run.path)
    head = read_head(read_note(note).text)
    if line:
        wanted = {number: raw for number, raw in enumerate(raw_lines(run.path), 1) if number == line}
    else:
        wanted = {number: raw for number, raw in enumerate(raw_lines(run.path), 1) if step_of(raw) == step}
    if not wanted:
        raise fail(
            "RB637", f"The run has no {f'line {line}' if line else f'step {step!r}'} to prove.", help="`runbook show` lists its steps."
        )
    beyond = max(wanted)
    if beyond > head.size:
        raise fail("RB637", f"No checkpoint covers line {beyond} yet: the last one covers {head.size}.")
    found = {}
    for number, raw in wanted.items():
        path = inclusion_path(raw_lines(run.path), number - 1, head.size)
        found[number] = write_proof(Proof(number - 1, path, note, raw))
    return found


def _best_note(folder: str) -> str:
    """The seal, else the last checkpoint inside of the journal."""
    note = read_seal(folder)
    for raw in () if note else raw_lines(folder):
        if b'"type":"checkpoint"' in raw:
            note = str(body_of(raw).get("body", note))
    try:
        read_head(read_note(note).text)
    except BadNote:
        help = "Only signed runs can be proven line by line. Make a key with: runbook key new"
        raise fail("RB637", "The run holds no signed checkpoint.", help=help) from None
    return note


def check_proof(text: str, ring: KeyRing) -> Proven:
    """Looks at nothing but the proof and the keys that count."""
    try:
        proof = read_proof(text)
        note = read_note(proof.note)
        head = read_head(note.text)
    except BadNote as bad:
        return Proven(f"it can't be read: {bad.args[0]}", 20)
    if not head.origin.startswith(RUN_ORIGIN):
        return Proven(f"it is of another tree than a run's journal ({head.origin})", 20)
    run = head.origin[len(RUN_ORIGIN) :]
    about: dict[str, Any] = {"run": run, "line": proof.index + 1, "size": head.size}
    if root_from_path(leaf_hash(proof.extra), proof.index, head.size, proof.path) != head.root:
        return Proven("the line isn't in the tree that was signed", 20, **about)
    body = body_of(proof.extra)
    for signature in note.signatures:
        key = ring.signed_by(signature)
        if key is None:
            continue
        if not key.verify(note.text.encode(), signature.data):
            return Proven(f"the signature by {key.name} is false", 22, **about)
        fault = key.fault(str(body.get("at", "")))
        if fault:
            return Proven(f"the key {key.name} is {fault}", 28 if fault == "revoked" else 27, **about)
        return Proven("", 0, **about, key=key.name, body=body)
    first = note.signatures[0]
    return Proven(f"it is signed by a key that isn't known here: {first.name}+{first.key_id.hex()}", 26, **about)


def need_signer(environ: Mapping[str, str], ask: Ask | None) -> Signer:
    """The active key. Raises RunbookError RB621 without one."""
    signer = KeyRing.locate(environ).signer(environ, ask)
    if signer is None:
        raise fail("RB621", "No key is there to sign with.", help="Make one with: runbook key new")
    return signer


def seal(run: RunFolder, environ: Mapping[str, str], operator: str, why: str, ask: Ask | None = None) -> int:
    """Signs the journal of a run as it is: one that crashed before it was sealed, that was made without a key, or whose key was
    revoked. Returns the number of lines. Raises RunbookError RB632 for a journal whose lines or story aren't in order."""
    if is_held(run.path):
        raise fail("RB632", f"The run {run.id} goes on just now.", help="It is sealed when it pauses or ends.")
    audit = verify(run, environ, Wanted())
    for one in audit.verdicts:
        if one.status == FAIL and (one.name in ("integrity", "conformance") or one.exit in (20, 24, 29)):
            raise fail("RB632", f"The run {run.id} isn't sealed: {one.name}: {one.reason}.", help="A seal would hide it.")
    signer = need_signer(environ, ask)
    tree = Tree()
    for raw in raw_lines(run.path):
        tree.add(raw)
    text = Head(RUN_ORIGIN + audit.run, tree.size, tree.root()).text
    note = write_note(text, signer.sign(text))
    write_seal(run.path, note)
    store = store_of(run.path)
    if store:
        RunsLog(store).append("sealed", run.id, signer, note=note, by=operator, why=why)
    return tree.size


def anchor(run: RunFolder, kind: str, where: str) -> Anchor:
    """Tells the run's newest signed checkpoint to the outside. Raises RunbookError RB633, RB637."""
    return tell(kind, where, _best_note(run.path), run.path)


def as_line(body: Mapping[str, Any]) -> str:
    """A body as one line of JSON."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True)
