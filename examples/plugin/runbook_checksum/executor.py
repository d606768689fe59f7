"""The half that runs."""

from __future__ import annotations

import hashlib
import os
import stat
import time

from runbook_lang.runtime.ports import Outcome

_CHUNK = 1 << 20


class ChecksumExecutor:
    """ok: the file could be read to its end within the limit."""

    name = "checksum"

    def run(self, attempt):
        path = attempt.request.data["path"]
        if not isinstance(path, str):
            return Outcome(ok=False, applied="no", kind="refused", message="the path isn't known, or is a secret")
        try:
            with open(os.path.join(attempt.library, path), "rb", buffering=0, opener=_without_waiting) as stream:
                return _read(stream, attempt)
        except FileNotFoundError:
            return Outcome(ok=False, applied="no", kind="not_found", message=f"there is no file {path!r}")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it has no usable path"
            return Outcome(ok=False, applied="no", kind="refused", message=f"{path!r} can't be read: {reason}")


def _without_waiting(path, flags):
    """A pipe without a writer would hold up the opening for ever."""
    return os.open(path, flags | os.O_NONBLOCK)


def _read(stream, attempt):
    if stat.S_ISDIR(os.fstat(stream.fileno()).st_mode):
        return Outcome(ok=False, applied="no", kind="refused", message="it is a folder")
    end = time.monotonic() + attempt.limit_us / 1e6
    digest = hashlib.sha256()
    size = 0
    while data := stream.read(_CHUNK):
        digest.update(data)
        size += len(data)
        if attempt.cancel.level:
            return Outcome(ok=False, applied="no", kind="killed", message="it was cancelled")
        if time.monotonic() > end:
            return Outcome(ok=False, applied="no", kind="timeout", message=f"only {size} bytes were read in time")
    return Outcome(ok=True, value={"sha256": digest.hexdigest(), "size": size})
