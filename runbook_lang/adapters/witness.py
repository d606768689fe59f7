"""Signs a journal while it is written: sees each line, gives checkpoints over all so far, and the seal at the end."""

from __future__ import annotations

import json
import os
import re
from types import MappingProxyType

from ..base.diagnostics import fail
from ..base.text import reason
from .checkpoints import RUN_ORIGIN, BadNote, Head, read_head, read_note, write_note
from .files import REAL, cannot, read_regular, write_file
from .lines import LINE_LIMIT, BadLine, split
from .merkle import Tree
from .reader import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .keys import KeyRing, Signer

SEAL = "seal"
CHECKPOINT_END = b'"type":"checkpoint"'
"""How a checkpoint's line ends before its digest: keys are sorted, and of its keys `type` is the last."""


class Witness:
    """Of one run. `saw` gets each raw line without its newline, in order. `covered`: after `take_up`, whether the last line is a
    checkpoint, over all lines above it."""

    __slots__ = ("covered", "origin", "signer", "tree")

    def __init__(self, signer: Signer, run: str) -> None:
        self.signer = signer
        self.origin = RUN_ORIGIN + run
        self.tree = Tree()
        self.covered = False

    def saw(self, raw: bytes) -> None:
        self.tree.add(raw)

    def checkpoint(self) -> str:
        """A signed note over all lines so far. Raises RunbookError RB627 when an agent doesn't sign."""
        text = Head(self.origin, self.tree.size, self.tree.root()).text
        return write_note(text, self.signer.sign(text))

    def take_up(self, folder: str, ring: KeyRing, known: Mapping[int, Head] = MappingProxyType({})) -> None:
        """Reads the lines that are there, and refuses to sign on what another hand changed: the last checkpoint and the seal must be
        of these lines, by a key that counts. `known`: what the list of runs knows of it, by number of lines; a journal that was put
        back to an earlier state would have its changes made again. Raises RunbookError RB626."""
        last: tuple[bytes, Head] | None = None
        first = b""
        happened = False
        seal = _head_of(read_seal(folder))
        for line in _lines(folder):
            first = first or line
            head = split(line)[0]
            if head.endswith(CHECKPOINT_END):
                last = (head, Head(self.origin, self.tree.size, self.tree.root()))
            happened = happened or not _NOTHING_YET.search(head)
            self.tree.add(line)
            if seal is not None and seal.size == self.tree.size and seal != Head(self.origin, seal.size, self.tree.root()):
                raise _unsafe(folder, "it isn't the one that was sealed")
            if self.tree.size in known and known[self.tree.size].root != self.tree.root():
                raise _unsafe(folder, f"runs.log holds another history of its lines 1 to {self.tree.size}")
        if max(known, default=0) > self.tree.size:
            raise _unsafe(folder, f"runs.log knows {max(known)} lines, and {self.tree.size} are left: it was put back to an earlier state")
        if seal is not None and seal.size > self.tree.size:
            raise _unsafe(folder, f"{seal.size} lines were sealed, and {self.tree.size} are left")
        if last is not None:
            why = _why_not(json.loads(last[0] + b"}"), last[1], ring)
            if why:
                raise _unsafe(folder, why)
            self.covered = last[1].size == self.tree.size - 1
        elif happened and names_key(first):
            raise _unsafe(folder, "it was begun with a key, and holds no checkpoint")


_NOTHING_YET = re.compile(rb'"type":"(?:run\.opened|run\.resumed|journal\.repaired|note)"')
"""A run that was killed before its first checkpoint holds no other lines, and has done nothing."""


def names_key(first: bytes) -> bool:
    """Whether the first line of a journal names the key that its run is signed with."""
    try:
        tools = json.loads(split(first)[0] + b"}").get("tools", {})
    except (BadLine, ValueError, RecursionError, AttributeError):
        return False
    return isinstance(tools, dict) and bool(tools.get("key"))


def _lines(folder: str) -> Iterator[bytes]:
    with open(os.path.join(folder, NAME), "rb", buffering=1024 * 1024) as stream:
        while (raw := stream.readline(LINE_LIMIT + 1)).endswith(b"\n"):
            yield raw[:-1]


def _head_of(note: str) -> Head | None:
    try:
        return read_head(read_note(note).text) if note else None
    except BadNote:
        return None


def _why_not(body: dict[str, str], wanted: Head, ring: KeyRing) -> str:
    """Why a checkpoint isn't one of what stands before it."""
    try:
        note = read_note(body["body"])
        head = read_head(note.text)
    except BadNote as bad:
        return f"its last checkpoint can't be read: {bad.args[0]}"
    if head != wanted:
        return "its last checkpoint isn't one of the lines before it"
    for signature in note.signatures:
        key = ring.signed_by(signature)
        if key is not None:
            fault = key.fault(body["at"])
            if fault:
                return f"its last checkpoint is by the key {key.name}, which is {fault}"
            return "" if key.verify(note.text.encode(), signature.data) else "the signature of its last checkpoint is false"
    return "its last checkpoint is by a key that isn't known here"


def _unsafe(folder: str, why: str) -> Exception:
    help = "See `runbook audit verify`. To go on all the same, unsigned: RUNBOOK_KEYS= with an empty folder."
    return fail("RB626", f"The journal in {folder} isn't signed on: {why}.", help=help)


def write_seal(folder: str, note: str) -> None:
    """Keeps the checkpoint over a whole journal beside it. Raises RunbookError RB631."""
    try:
        write_file(REAL, os.path.join(folder, SEAL), note.encode())
    except OSError as error:
        raise cannot("RB631", f"The seal of the run in {folder} can't be written", error) from None


def read_seal(folder: str) -> str:
    """The seal; '' without one. Raises RunbookError RB631 when it can't be read."""
    try:
        return read_regular(os.path.join(folder, SEAL), 64 * 1024).decode()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise fail("RB631", f"The seal of the run in {folder} can't be read: {reason(error)}.") from None
