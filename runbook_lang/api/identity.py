"""Which programs a run will start: where each lies, and the digest of what lies there.

The first event of a journal binds a run to them, and a resume says which of them changed meanwhile. The programs that an executor
drives are asked for their version besides: a script (`aws` is one) stays the same while what it loads is replaced. What a binary
said is remembered in the store by its digest, so that it is asked once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..adapters.files import REAL, read_regular, write_file
from ..machine.core import Act
from ..surfaces.cmdline import constants

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..machine.core import Program

VERSIONS = "versions.json"
LARGEST = 256 * 1024 * 1024
"""Bytes of a program that are hashed at the most; a larger one is named without a digest."""


def tools_of(program: Program, library: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """{runbook, python, executors: {name: version}, programs: {name: {path, digest}}}; a program that isn't there has an empty path."""
    executors: dict[str, int] = {}
    programs: dict[str, dict[str, str]] = {}
    for node in program.acts:
        if node.call is not None:
            executors[node.call.surface.name] = node.call.surface.version
            if node.on is None:
                programs.update((name, {}) for name in _names(node))
    found = {name: _identity(name, library, environ) for name in sorted(programs)}
    return {"runbook": __version__, "python": platform.python_version(), "executors": dict(sorted(executors.items())), "programs": found}


def with_versions(tools: Mapping[str, Any], program: Program, store: str) -> dict[str, Any]:
    """The same with the `version` that each program that an executor drives reports; without one where it tells none. A program of a
    `shell` step isn't asked: nobody knows what it would do."""
    driven = {act.call.surface.program for act in program.acts if act.call is not None}
    programs = dict(tools["programs"])
    kept = _kept(store)
    for name in sorted(driven & programs.keys()):
        version = _version(name, programs[name], kept)
        if version:
            programs[name] = {**programs[name], "version": version}
    _keep(store, kept)
    return {**tools, "programs": programs}


def _version(name: str, found: Mapping[str, str], kept: dict[str, str]) -> str:
    path, digest = found["path"], found["digest"]
    if not path:
        return ""
    if digest in kept:
        return kept[digest]
    from .tools import installed_version

    version = installed_version(name, path)
    if version and digest and not _is_script(path):
        kept[digest] = version
    return version


def _is_script(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            return stream.read(2) == b"#!"
    except OSError:
        return True


def _kept(store: str) -> dict[str, str]:
    """What binaries said of themselves, by digest. Only a memory: what can't be read is asked again."""
    try:
        known = json.loads(read_regular(os.path.join(store, VERSIONS), 64 * 1024))
    except (OSError, ValueError, RecursionError):
        return {}
    return {str(digest): str(version) for digest, version in known.items()} if isinstance(known, dict) else {}


def _keep(store: str, kept: Mapping[str, str]) -> None:
    if kept and kept != _kept(store):
        with contextlib.suppress(OSError):
            write_file(REAL, os.path.join(store, VERSIONS), json.dumps(dict(kept)).encode(), durable=False)


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Names of programs that lie elsewhere or have other contents than when the run was opened, sorted."""
    old, new = before.get("programs", {}), now.get("programs", {})
    found = [name for name in new if _place(old.get(name)) != _place(new[name])]
    if before.get("runbook", now["runbook"]) != now["runbook"]:
        found.append("runbook")
    return sorted(found) if before else []


def _place(found: Mapping[str, str] | None) -> tuple[str, str] | None:
    return None if found is None else (found.get("path", ""), found.get("digest", ""))


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
