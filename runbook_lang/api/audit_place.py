"""Whether the place of a journal lets a verdict rest on it: whose file it is, who may write it, what kind of file system it's on."""

from __future__ import annotations

import os
import stat

from ..adapters.reader import NAME
from .verdicts import FAIL, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "lustre", "ncpfs"}
)
MOUNTS = "/proc/self/mountinfo"


def place_of(folder: str, mounts: str = MOUNTS) -> list[Verdict]:
    """What speaks against the place; empty when nothing does."""
    return [Verdict("place", FAIL, why, exit) for exit, why in _faults(folder, mounts)]


def _faults(folder: str, mounts: str) -> Iterator[tuple[int, str]]:
    path = os.path.join(folder, NAME)
    about, above = os.stat(path), os.stat(folder)
    if about.st_uid != above.st_uid:
        yield 30, f"the journal belongs to user {about.st_uid}, its folder to user {above.st_uid}"
    for what, one in (("the journal", about), ("its folder", above)):
        if stat.S_IMODE(one.st_mode) & 0o022:
            yield 30, f"others may write {what} (mode {stat.S_IMODE(one.st_mode):04o})"
    if about.st_nlink > 1:
        yield 30, f"the journal has {about.st_nlink} names: it can be written by another one of them"
    kind = file_system(path, mounts)
    if kind in NETWORK:
        yield 31, f"it lies on a network file system ({kind}), whose locks and flushes may be none"


def file_system(path: str, mounts: str = MOUNTS) -> str:
    """The type of the file system that a path is on, as the kernel names it; '' where it can't be told."""
    try:
        with open(mounts, encoding="utf-8", errors="replace") as stream:
            rows = [line.split() for line in stream]
    except OSError:
        return ""
    real = os.path.realpath(path)
    best, kind = "", ""
    for row in rows:
        if len(row) < 10 or "-" not in row:
            continue
        point = row[4].replace("\\040", " ")
        below = point in ("/", real) or real.startswith(point + "/")
        if below and len(point) >= len(best):
            best, kind = point, row[row.index("-") + 1]
    return kind
