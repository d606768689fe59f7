"""Snapshots of a long run's state, in files beside its journal: an index, and never the truth.

The journal holds the digest of each (`state.kept`), so one that was changed, torn or lost only costs the time to fold everything.
"""

from __future__ import annotations

import hashlib
import os
import re

from .files import REAL, read_regular, write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .files import Files

LIMIT = 256 * 1024 * 1024
"""Bytes of the largest snapshot that is written or read."""
_NAME = re.compile(r"state-[0-9a-f]{64}")


def keep(folder: str, text: str, files: Files = REAL) -> tuple[str, int] | None:
    """Writes a snapshot; its digest and size in bytes. None when it is too large or the disk takes no more: a run goes on without.

    The one before it stays until the next: the journal may not name this one yet when the process dies.
    """
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > LIMIT:
        return None
    digest = hashlib.sha256(data).hexdigest()
    try:
        old = _names(folder)
        write_file(files, os.path.join(folder, f"state-{digest}"), data, durable=False)
        for name in old[:-1]:
            if name != f"state-{digest}":
                files.unlink(os.path.join(folder, name))
    except OSError:
        return None
    return digest, len(data)


def kept(folder: str, digest: str) -> str | None:
    """The text of a snapshot; None when it isn't there or isn't what was written."""
    if not re.fullmatch("[0-9a-f]{64}", digest):
        return None
    try:
        data = read_regular(os.path.join(folder, f"state-{digest}"), LIMIT)
    except OSError:
        return None
    return data.decode("utf-8", "surrogatepass") if hashlib.sha256(data).hexdigest() == digest else None


def forget_all(folder: str) -> int:
    """Removes a run's snapshots, because something in them has to be removed; returns how many there were. Raises OSError."""
    names = _names(folder)
    for name in names:
        os.unlink(os.path.join(folder, name))
    return len(names)


def _names(folder: str) -> list[str]:
    """The oldest first."""
    found = [name for name in os.listdir(folder) if _NAME.fullmatch(name)]
    return sorted(found, key=lambda name: os.stat(os.path.join(folder, name)).st_mtime_ns)
