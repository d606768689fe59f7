"""Signed notes and checkpoints as C2SP writes them (c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof).

A checkpoint is a note whose text has three lines: the origin (which tree it is of), the number of leaves, and the base64 of
the Merkle root. The signature is Ed25519 over the text with its last newline. So any tool for transparency logs reads it.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from hashlib import sha256

from ..base.record import Record

ED25519 = 1
"""The signature type of Ed25519 in a note's key id and verifier key."""
RUN_ORIGIN = "runbook-lang/run/"
"""Origin of a run's journal, before the run's id."""
RUNS_ORIGIN = "runbook-lang/runs/"
"""Origin of a store's list of runs, before the store's id."""
PROOF = "c2sp.org/tlog-proof@v1"
NOTE_LIMIT = 64 * 1024

_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_DASH = "\N{EM DASH} "


class BadNote(Exception):
    """The text is no note, checkpoint, key or proof; `args[0]` says why."""


class Signature(Record):
    """A signature line: the key's name, the first four bytes of its id, 64 bytes of Ed25519."""

    name: str
    key_id: bytes
    data: bytes


class Head(Record):
    """A tree head: `root` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


class Note(Record):
    """A note: its text, ended by a newline, and the signatures below it."""

    text: str
    signatures: tuple[Signature, ...]


class Proof(Record):
    """That the leaf `index` is in the tree of a checkpoint. `extra` is what the maker put in beside it; `note` is verbatim."""

    index: int
    path: list[bytes]
    note: str
    extra: bytes = b""


def _decode(text: str, what: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise BadNote(f"{what} is no base64") from None
    if b64encode(raw).decode() != text:
        raise BadNote(f"{what} is no base64 in its one form")
    return raw


def key_id(name: str, public: bytes) -> bytes:
    """Four bytes that tell keys of one name apart: the beginning of SHA-256(name || 0x0A || type || public key)."""
    return sha256(name.encode() + b"\n" + bytes([ED25519]) + public).digest()[:4]


def good_name(name: str) -> bool:
    """Whether a key may be called so: no white space, no plus."""
    return bool(_NAME.fullmatch(name))


def write_vkey(name: str, public: bytes) -> str:
    """The verifier key: `name+id+base64(type || public key)`."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(bytes([ED25519]) + public).decode()}"


def read_vkey(text: str) -> tuple[str, bytes]:
    """(name, public key of 32 bytes) of a verifier key. Raises BadNote."""
    name, _, rest = text.strip().partition("+")
    stated, _, data = rest.partition("+")
    raw = _decode(data, "the key")
    if not good_name(name) or len(raw) != 33 or raw[0] != ED25519:
        raise BadNote("it is no Ed25519 verifier key (name+id+base64)")
    if key_id(name, raw[1:]).hex() != stated:
        raise BadNote("its id doesn't fit its name and key: part of it was changed")
    return name, raw[1:]


def write_note(text: str, *signatures: Signature) -> str:
    """The note of a text and its signatures."""
    lines = [f"{_DASH}{one.name} {b64encode(one.key_id + one.data).decode()}\n" for one in signatures]
    return f"{text}\n{''.join(lines)}"


def read_note(note: str) -> Note:
    """Splits a note; the signatures are read, not verified. Raises BadNote."""
    if len(note) > NOTE_LIMIT:
        raise BadNote("it is too long")
    body, blank, below = note.rpartition("\n\n")
    if not blank or not body or not below.endswith("\n"):
        raise BadNote("it has no signature")
    return Note(body + "\n", tuple(_signature(line) for line in below[:-1].split("\n")))


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise BadNote("a line below the text is no signature")
    name, _, data = line[len(_DASH) :].partition(" ")
    raw = _decode(data, "a signature")
    if not good_name(name) or len(raw) < 5:
        raise BadNote("a signature line is malformed")
    return Signature(name, raw[:4], raw[4:])


def read_head(text: str) -> Head:
    """The tree head in a note's text; lines below the third are extensions and left alone. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise BadNote("it is no checkpoint: three lines are wanted")
    if not _SIZE.fullmatch(lines[1]):
        raise BadNote("its size is no number")
    root = _decode(lines[2], "its root")
    if len(root) != 32:
        raise BadNote("its root has not 32 bytes")
    return Head(lines[0], int(lines[1]), root)


def write_proof(proof: Proof) -> str:
    """The text of a `.tlog-proof` file."""
    extra = f"extra {b64encode(proof.extra).decode()}\n" if proof.extra else ""
    path = "".join(f"{b64encode(one).decode()}\n" for one in proof.path)
    return f"{PROOF}\n{extra}index {proof.index}\n{path}\n{proof.note}"


def read_proof(text: str) -> Proof:
    """Raises BadNote."""
    above, blank, note = text.partition("\n\n")
    lines = above.split("\n")
    if not blank or lines.pop(0) != PROOF:
        raise BadNote(f"it is no proof: its first line isn't {PROOF}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = _decode(lines.pop(0)[6:], "its extra data")
    if not lines or not lines[0].startswith("index ") or not _SIZE.fullmatch(lines[0][6:]):
        raise BadNote("it names no index")
    path = [_decode(line, "a hash") for line in lines[1:]]
    if len(path) > 63 or any(len(one) != 32 for one in path):
        raise BadNote("its path is malformed")
    return Proof(int(lines[0][6:]), path, note, extra)
