"""Files of mode 0600 for what a program wants to read from a file and nobody else may see."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from .spawn import SpawnError

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_files(files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Variable to path; all or nothing. In memory ($XDG_RUNTIME_DIR) where there is such a folder. Raises SpawnError."""
    paths: dict[str, str] = {}
    try:
        for name, data in files:
            fd, paths[name] = tempfile.mkstemp(prefix="runbook-", dir=_folder())
            with open(fd, "wb") as stream:
                stream.write(data)
    except OSError as error:
        remove_files(paths.values())
        raise SpawnError("refused", f"a file for {name} can't be written: {error.strerror}") from error
    return paths


def remove_files(paths: Iterable[str]) -> None:
    """Remove them; one that the program has removed itself is no error."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _folder() -> str | None:
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    return folder if folder and os.access(folder, os.W_OK) else None
