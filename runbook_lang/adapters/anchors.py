"""Anchors: checkpoints told to somebody outside of the store, and what they say when they are asked again.

`anchors.jsonl` in a run's folder only remembers where to ask; it proves nothing itself. A file and a git note can be read back. A
webhook can't: its receipt is kept, and what it stored can be given to `audit verify` as a file. The receipt of a time stamp proves itself.
"""

from __future__ import annotations

import json
import os
import re

from ..base.diagnostics import fail
from ..base.record import Record
from ..base.text import reason
from .checkpoints import BadNote, read_head, read_note
from .files import REAL, cannot, read_regular, write_all
from .keys import stamp_now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "anchors.jsonl"
REF = "runbook"
FILE_LIMIT = 64 * 1024 * 1024
PATIENCE_S = 30
KINDS = ("file", "git", "webhook", "tsa")


class Anchor(Record):
    """Where a checkpoint was told: a file's path, `repository@commit`, or a URL. `receipt`: what a webhook
    answered, or the token of a time stamp."""

    kind: str
    where: str
    at: str
    note: str
    receipt: str = ""


def anchors_of(folder: str) -> list[Anchor]:
    """What the run's folder remembers. Raises RunbookError RB633 for a file that can't be read."""
    path = os.path.join(folder, NAME)
    try:
        lines = read_regular(path, FILE_LIMIT).decode().splitlines()
        found = [Anchor(*(str(body.get(field, "")) for field in Anchor.__fields__)) for body in map(json.loads, lines)]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise fail("RB633", f"The list of anchors {path} can't be read: {reason(error)}.") from None
    return found


def remember(folder: str, anchor: Anchor) -> None:
    """Adds a line to the run's folder. Raises RunbookError RB633."""
    text = json.dumps({field: getattr(anchor, field) for field in Anchor.__fields__}, ensure_ascii=False)
    _append(os.path.join(folder, NAME), text + "\n")


def _append(path: str, text: str) -> None:
    try:
        fd = REAL.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            write_all(REAL, fd, text.encode())
            REAL.fsync(fd)
        finally:
            REAL.close(fd)
    except OSError as error:
        raise cannot("RB633", f"The anchor {path} can't be written", error, "Name a place that this user can write.") from None


def tell(kind: str, where: str, note: str, folder: str) -> Anchor:
    """Tells a checkpoint to the outside and remembers where. Raises RunbookError RB633."""
    receipt = ""
    if kind == "file":
        where = os.path.abspath(where)
        _append(where, note + "\n")
    elif kind == "git":
        where = _tell_git(where, note)
    elif kind == "tsa":
        from .timestamps import ask_authority

        receipt = ask_authority(where, note)
    else:
        receipt = _tell_webhook(where, note)
    anchor = Anchor(kind, where, stamp_now(), note, receipt)
    remember(folder, anchor)
    return anchor


def read_back(anchor: Anchor) -> str | None:
    """The text that the anchor holds now; None for one that can't be asked. Raises RunbookError RB634 when it can't be reached."""
    if anchor.kind == "file":
        return read_notes(anchor.where)
    if anchor.kind == "git":
        repository, _, commit = anchor.where.rpartition("@")
        return _git(repository, "notes", f"--ref={REF}", "show", commit)
    return None


def read_notes(path: str) -> str:
    """A file of checkpoints. Raises RunbookError RB634."""
    try:
        return read_regular(path, FILE_LIMIT).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise fail("RB634", f"The anchor {path} can't be read: {reason(error)}.") from None


_NOTE = re.compile(r"^(?P<origin>[^\n]+)\n\d+\n[A-Za-z0-9+/=]{44}\n(?:[^\n]+\n)*\n(?:\N{EM DASH} [^\n]+\n)+", re.MULTILINE)


def notes_in(text: str, origin: str) -> Iterator[str]:
    """The checkpoints of an origin that stand in a text, among whatever else stands there."""
    for found in _NOTE.finditer(text if text.endswith("\n") else text + "\n"):
        if found["origin"] == origin:
            try:
                read_head(read_note(found.group()).text)
            except BadNote:
                continue
            yield found.group()


def _git(repository: str, *words: str, text: str = "") -> str:
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", repository, *words], input=text, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise fail("RB634", f"git can't be asked: {reason(error)}.") from None
    if done.returncode:
        raise fail("RB634", f"git says of {repository}: {done.stderr.strip() or 'nothing'}.", help="Is it there, with its notes fetched?")
    return done.stdout


def _tell_git(repository: str, note: str) -> str:
    repository = os.path.abspath(repository)
    commit = _git(repository, "rev-parse", "--verify", "HEAD").strip()
    _git(repository, "notes", f"--ref={REF}", "append", "-F", "-", commit, text=note)
    return f"{repository}@{commit}"


def _tell_webhook(url: str, note: str) -> str:
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    if not url.startswith(("https://", "http://")):
        raise fail("RB633", f"{url!r} is no http or https address.")
    request = Request(url, note.encode(), {"Content-Type": "text/plain; charset=utf-8"}, method="POST")  # noqa: S310 - the scheme is looked at above
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - the same
            status = answer.status
            text = answer.read(2000).decode("utf-8", "replace")
    except (URLError, OSError, ValueError) as error:
        raise fail("RB633", f"The webhook can't be told: {error}.") from None
    return f"{status} {text}"
