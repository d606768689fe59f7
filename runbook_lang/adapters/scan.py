"""One pass over the raw lines of a journal, fast enough for a million of them: digests, links, numbers, times, tree heads.

Nothing is decoded that needn't be, and nothing is ever written. What a line means is not looked at here.
"""

from __future__ import annotations

import json
import os
import re
import stat
from hashlib import sha256

from ..base.diagnostics import fail
from ..base.record import Record
from .files import cannot
from .lines import FIRST_PREV, LINE_LIMIT, TAIL, BadLine, split
from .merkle import Tree
from .reader import NAME
from .witness import CHECKPOINT_END

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, BinaryIO

    At = Callable[[int, Tree], object]
    Seen = Callable[[int, int, bytes, Tree], object]

OUT = b'"out":[['
REPAIRED_END = b'"type":"journal.repaired"'


class Flaw(Record):
    """A line that can't be what was written there. `line` counts from 1, `offset` is that of its first byte; `step` as far as it can
    be read. `mixed`: the line is good and follows an earlier one, as if two processes had written at once."""

    line: int
    offset: int
    why: str
    step: str = ""
    mixed: bool = False


class Scan(Record):
    """What a pass found. `lines` and `size` (bytes) are those before the first flaw. `first` and `last` are raw lines, `last` the last one
    that is no checkpoint and no word of a repair; `ends_signed`: a checkpoint is the last line of all."""

    lines: int
    size: int
    first: bytes
    last: bytes
    last_at: str
    ends_signed: bool
    flaw: Flaw | None
    torn: int


def open_journal(folder: str) -> BinaryIO:
    """The journal, read only; not through a link, and not a pipe that would wait for ever. Raises RunbookError RB604."""
    path = os.path.join(folder, NAME)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise cannot("RB604", f"The journal {path} can't be read", error) from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise fail("RB604", f"{path} is no regular file.")
    return os.fdopen(fd, "rb", buffering=1024 * 1024)


def raw_lines(folder: str) -> Iterator[bytes]:
    """The whole lines of a journal without their newlines, unchecked."""
    with open_journal(folder) as stream:
        while (raw := stream.readline(LINE_LIMIT + 1)).endswith(b"\n"):
            yield raw[:-1]


def scan(stream: BinaryIO, points: dict[int, At], on_checkpoint: Seen, on_output: Seen) -> Scan:
    """Reads until the end or the first flaw. `points`: called with a size and the tree of so many lines. `on_checkpoint` gets (line,
    offset, bytes before its digest, tree of the lines above), `on_output` the same for lines with output kept beside the journal."""
    tree = Tree()
    prev = FIRST_PREV.encode()
    number = offset = torn = 0
    at = first = last = b""
    ends_signed = False
    flaw: Flaw | None = None
    add = tree.add_hash
    while raw := stream.readline(LINE_LIMIT + 1):
        head, tail = raw[:-78], raw[-78:]
        state = sha256(head)
        why = ""
        begin = head.find(b'"at":"') + 6
        now = head[begin : begin + 27]
        if tail != b',"digest":"%b"}\n' % state.hexdigest().encode():
            why = _misshapen(raw)
            if not why:
                torn = len(raw)
                break
        elif b'"prev":"%b","seq":%d,' % (prev, number + 1) not in head and (why := _unlinked(head, prev, number + 1)):
            pass
        elif begin < 6 or now < at:
            why = "its time is before that of the line above it"
        if why:
            flaw = Flaw(number + 1, offset, why, step_of(raw))
            break
        if head.endswith(CHECKPOINT_END):
            on_checkpoint(number + 1, offset, head, tree)
            ends_signed = True
        elif head.endswith(REPAIRED_END):
            ends_signed = False
        else:
            last, ends_signed = raw, False
            if OUT in head:
                on_output(number + 1, offset, head, tree)
        state.update(tail[:-1])
        prev = state.hexdigest().encode()
        add(sha256(b"\0" + raw[:-1]).digest())
        at = now
        number += 1
        offset += len(raw)
        if number == 1:
            first = raw[:-1]
        if number in points:
            points[number](number, tree)
    return Scan(number, offset, first, last[:-1], at.decode("ascii", "replace"), ends_signed, flaw, torn)


def _unlinked(head: bytes, prev: bytes, seq: int) -> str:
    """Why a line doesn't follow; in the first line other fields stand between the two."""
    if b'"prev":"%b"' % prev not in head:
        return "it doesn't follow the line above it"
    return "" if b'"seq":%d,' % seq in head else f"its `seq` isn't {seq}"


_KEPT = re.compile(rb'\["[0-9a-f]{64}",(\d+),"')
_REPLACED = "\N{REPLACEMENT CHARACTER}".encode()


def may_be_kept(head: bytes, inline: int) -> bool:
    """Whether some output of a line may lie in a file: it has more than `inline` bytes, or isn't text. Never says no where it does."""
    sizes = _KEPT.findall(head, head.find(OUT))
    return not sizes or _REPLACED in head or any(len(size) > 3 or int(size) > inline for size in sizes)


def _misshapen(raw: bytes) -> str:
    """Why a line isn't one; empty for the beginning of a line at the end of the file, which is a torn write."""
    if len(raw) > LINE_LIMIT:
        return f"it has more than {LINE_LIMIT} bytes"
    if raw[-1] != 10:
        # A torn write is the beginning of a line: what ends like a line but for one byte isn't.
        whole = _fits(raw) or _fits(raw[:-1])
        return "it is whole, but no newline stands where it should end" if whole and not _fits(raw) else ""
    try:
        split(raw[:-1])
    except BadLine as bad:
        return str(bad.args[0])
    return "its digest doesn't fit its bytes: it was changed"


def _fits(line: bytes) -> bool:
    if len(line) <= TAIL:
        return False
    head, tail = line[:-TAIL], line[-TAIL:]
    return tail == b',"digest":"%b"}' % sha256(head).hexdigest().encode()


_STEP = re.compile(rb'"(?:id|path)":"([^"\\]{1,200})"')


def step_of(raw: bytes) -> str:
    """The step that a line names, as far as its bytes can be read; '' for none."""
    found = _STEP.search(raw)
    return found[1].decode("utf-8", "replace").partition("#")[0] if found else ""


def explain_link(folder: str, flaw: Flaw) -> Flaw:
    """Looks where a line that doesn't follow the one above comes from: lines that are missing, were put in, swapped, or written by
    two processes. A second pass, only for a journal that is bad anyway."""
    digests: dict[str, int] = {}
    stated, seq = "", 0
    with open_journal(folder) as stream:
        for number, raw in enumerate(_lines(stream), 1):
            digests.setdefault(sha256(raw).hexdigest(), number)
            if number == flaw.line:
                body = body_of(raw)
                stated, seq = str(body.get("prev", "")), int(body["seq"]) if type(body.get("seq")) is int else 0
    found = digests.get(stated, 0)
    mixed = False
    if found > flaw.line:
        why = f"it follows line {found}, which stands below it: lines were swapped"
    elif 0 < found < flaw.line - 1:
        mixed = True
        why = f"it follows line {found}: two processes wrote at once, or what stands between was put in"
    elif seq > flaw.line:
        missing = f"line {flaw.line} is" if seq == flaw.line + 1 else f"lines {flaw.line} to {seq - 1} are"
        why = f"it doesn't follow the line above it: {missing} missing"
    else:
        why = "it follows no line of this journal: it is of another one, or what stood above it was changed"
    return flaw.replace(why=why, mixed=mixed)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while (raw := stream.readline(LINE_LIMIT + 1)) and raw[-1] == 10:
        yield raw[:-1]


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object of a line, unchecked; empty for what is none."""
    try:
        body = json.loads(split(raw)[0] + b"}")
    except (BadLine, ValueError, RecursionError):
        return {}
    return body if type(body) is dict else {}
