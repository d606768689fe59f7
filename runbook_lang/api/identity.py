"""Which programs a run will start: where each lies, and the digest of what lies there.

The first event of a journal binds a run to them, and a resume says which of them changed meanwhile. A
program's own version isn't asked for: the digest is more exact, and starting `aws` for it takes most of a second.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..check.rules import nodes_in
from ..machine.core import Act
from ..surfaces.cmdline import constants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..machine.core import Program

LARGEST = 256 * 1024 * 1024
"""Bytes of a program that are hashed at the most; a larger one is named without a digest."""


def tools_of(program: Program, library: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """{runbook, python, executors: {name: version}, programs: {name: {path, digest}}}; a program that isn't there has an empty path."""
    executors: dict[str, int] = {}
    programs: dict[str, dict[str, str]] = {}
    for node in nodes_in((program.root,)):
        if isinstance(node, Act) and node.call is not None:
            executors[node.call.surface.name] = node.call.surface.version
            if node.on is None:
                programs.update((name, {}) for name in _names(node))
    found = {name: _identity(name, library, environ) for name in sorted(programs)}
    return {"runbook": __version__, "python": platform.python_version(), "executors": dict(sorted(executors.items())), "programs": found}


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of programs that lie elsewhere or have other contents than when the run was opened, sorted."""
    old, new = before.get("programs", {}), now.get("programs", {})
    found = [name for name in new if old.get(name) != new[name]]
    if before.get("runbook", now["runbook"]) != now["runbook"]:
        found.append("runbook")
    return sorted(found) if before else []


def _names(act: Act) -> Iterator[str]:
    """The program of an act, as far as it is known before the run."""
    assert act.call is not None
    if act.call.surface.program:
        yield act.call.surface.program
    elif act.call.surface.name == "shell":
        words = constants(act.call.args.get("command") or act.call.args.get("argv"))
        if words and words[0]:
            yield words[0]


def _identity(name: str, library: str, environ: Mapping[str, str]) -> dict[str, str]:
    path = os.path.join(library, name) if "/" in name else shutil.which(name, path=environ.get("PATH", os.defpath)) or ""
    return {"path": path, "digest": _digest(path)} if path else {"path": "", "digest": ""}


def _digest(path: str) -> str:
    try:
        if os.path.getsize(path) > LARGEST:
            return ""
        with open(path, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
