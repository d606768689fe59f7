"""The checkpoints inside a journal: whose they are, whether they are true, and how far they reach.

A signature vouches for every line above it, so the last true one of a key says all that the earlier ones of that key say. Up to
`EACH` of them every one is verified; beyond that the first `EACH`, the last before a change of keys, and the last of all.
"""

from __future__ import annotations

import json

from ..adapters.checkpoints import BadNote, read_head, read_note
from ..adapters.merkle import Tree
from ..base.record import Record
from .verdicts import FAIL, NONE, PASS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.checkpoints import Head, Note
    from ..adapters.keys import KeyRing
    from ..adapters.scan import Scan

    Row = tuple[str, str, str, int, int, int]

EACH = 2_000
_DASH = "\N{EM DASH} ".encode()
_ID = 6  # base64 characters that hold all four bytes of a key's id


class Fault(Record):
    line: int
    offset: int
    exit: int
    why: str


class Signatures:
    """Sees the checkpoints in their order."""

    def __init__(self, ring: KeyRing, origin: str, *, every: bool) -> None:
        self.ring = ring
        self.origin = origin
        self.every = every
        self.count = 0
        self.verified = 0
        self.covered = 0
        self.last_line = 0
        self.fault: Fault | None = None
        self.names: dict[str, int] = {}
        self._key = b""
        self._later: tuple[int, int, bytes, Tree] | None = None  # verified only if no other of its key follows

    def see(self, line: int, offset: int, head: bytes, tree: Tree) -> None:
        """A checkpoint's line: its number, offset, bytes before the digest, and the tree of the lines above it."""
        self.count += 1
        self.last_line = line
        if self.every or self.count <= EACH:
            self._judge(line, offset, head, tree)
            return
        begin = head.rfind(_DASH)
        key = head[begin : head.find(b" ", begin + len(_DASH)) + _ID]
        if self._later is not None and key != self._key:
            self._judge_later()
        self._key = key
        self._later = (line, offset, head, tree.copy())

    def finish(self) -> None:
        """After the last line."""
        self._judge_later()

    def _judge_later(self) -> None:
        later, self._later = self._later, None
        if later is not None:
            self._judge(*later)

    def _judge(self, line: int, offset: int, head: bytes, tree: Tree) -> None:
        self.verified += 1
        try:
            body = json.loads(head + b"}")
            note = read_note(body["body"])
            stated = read_head(note.text)
            at = str(body["at"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._bad(line, offset, 22, "it holds no checkpoint that can be read")
        except BadNote as bad:
            self._bad(line, offset, 22, f"it holds no checkpoint that can be read: {bad.args[0]}")
        else:
            exit, why = self._why_not(note, stated, tree, at)
            if why:
                self._bad(line, offset, exit, why)
            else:
                self.covered = stated.size

    def _why_not(self, note: Note, stated: Head, tree: Tree, at: str) -> tuple[int, str]:
        if stated.origin != self.origin:
            return 22, f"it is a checkpoint of another tree ({stated.origin})"
        if stated.size != tree.size or stated.root != tree.root():
            return 22, "its checkpoint isn't one of the lines above it"
        for signature in note.signatures:
            key = self.ring.signed_by(signature)
            if key is None:
                continue
            if not key.verify(note.text.encode(), signature.data):
                return 22, f"the signature by {key.name} is false"
            fault = key.fault(at)
            if fault == "revoked":
                return 28, f"it is signed by {key.name}, which was revoked at {key.revoked}" + (f": {key.why}" if key.why else "")
            if fault:
                dates = f"from {key.since} on" if fault == "early" else f"until {key.until}"
                return 27, f"it is signed by {key.name}, which counts {dates}, and dated {at}"
            self.names[key.name] = self.names.get(key.name, 0) + 1
            return 0, ""
        name = note.signatures[0].name
        return 26, f"it is signed by a key that isn't known here: {name}+{note.signatures[0].key_id.hex()}"

    def _bad(self, line: int, offset: int, exit: int, why: str) -> None:
        self.fault = self.fault or Fault(line, offset, exit, why)

    def verdict(self, found: Scan, sealed: int, expected: str) -> Row:
        """(name, status, reason, exit, line, offset). `sealed`: lines that a seal by a key that counts covers; `expected`: why a
        signature is, or ''."""

        def row(status: str, reason: str, exit: int = 0, line: int = 0, offset: int = -1) -> Row:
            return "signature", status, reason, exit, line, offset

        fault = self.fault
        resealed = fault is not None and fault.exit in (27, 28) and sealed >= found.lines > 0
        if fault is not None and not resealed:
            return row(FAIL, f"line {fault.line}: {fault.why}", fault.exit, fault.line, fault.offset)
        if not self.count and not sealed:
            if expected:
                return row(FAIL, f"it isn't signed, and should be: {expected}", 25)
            return row(NONE, "it isn't signed, and no key is known here: whoever can write the file can have made all of it")
        # The last line of all may be a checkpoint, which can't cover itself; the seal does.
        reach = max(self.covered, sealed)
        bare = found.lines - (1 if found.ends_signed and self.covered == found.lines - 1 else 0)
        if reach < bare:
            which = f"line {reach + 2 if self.covered == reach else reach + 1}"
            return row(FAIL, f"from {which} on, up to line {found.lines}, nothing is signed", 22, reach + 1)
        if found.flaw is not None:
            return row(FAIL, f"nothing that is signed can be told from line {found.flaw.line} on", 22, found.flaw.line, found.flaw.offset)
        if resealed and fault is not None:
            return row(PASS, f"sealed by a key that counts; inside, line {fault.line}: {fault.why}")
        names = ", ".join(self.names) or "the seal"
        seen = "each verified" if self.verified == self.count else f"{self.verified} of them verified, the last of each key among them"
        return row(PASS, f"{self.count} checkpoints by {names}, {seen}; they cover every line")
