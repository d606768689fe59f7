"""The programs that executors drive: which are there, whether the facts about them fit, what a library lacks."""

from __future__ import annotations

import os
import shutil

from ..base.diagnostics import RunbookError, fail
from ..base.record import Record
from ..base.text import reason
from ..surfaces.registry import BUILTIN, plugin_names, surface
from .snapshots import snapshot_doctl, snapshot_redis, version_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from ..machine.core import Program

ASK_SECONDS = 20
_VERSION_WORDS: Mapping[str, tuple[str, ...]] = {"doctl": ("version",)}
_PACKAGES: Mapping[str, Mapping[str, str]] = {
    "psql": {
        "debian": "apt-get install postgresql-client",
        "fedora": "dnf install postgresql",
        "alpine": "apk add postgresql-client",
        "arch": "pacman -S postgresql",
        "darwin": "brew install libpq",
    },
    "redis-cli": {
        "debian": "apt-get install redis-tools",
        "fedora": "dnf install redis",
        "alpine": "apk add redis",
        "arch": "pacman -S redis",
        "darwin": "brew install redis",
    },
    "aws": {
        "debian": "apt-get install awscli",
        "fedora": "dnf install awscli2",
        "alpine": "apk add aws-cli",
        "arch": "pacman -S aws-cli",
        "darwin": "brew install awscli",
        "": "pip install awscli",
    },
    "doctl": {"arch": "pacman -S doctl", "darwin": "brew install doctl", "": "take the release for your system from the doctl project"},
    "ssh": {"debian": "apt-get install openssh-client", "fedora": "dnf install openssh-clients", "alpine": "apk add openssh-client"},
    "curl": {"debian": "apt-get install curl", "fedora": "dnf install curl", "alpine": "apk add curl"},
}


class ToolRow(Record):
    """One program. `known` is the version that the facts are of, '' where there are none; `note` says what doesn't fit."""

    executor: str
    program: str
    path: str
    found: str
    known: str
    note: str = ""


class Need(Record):
    """Something a library needs: `kind` is program, variable or plugin. `users` are the files that need it."""

    kind: str
    name: str
    there: bool
    detail: str
    users: tuple[str, ...]
    hint: str = ""


def list_tools() -> list[ToolRow]:
    """Every executor that drives a program, built-in or of a plugin."""
    rows = []
    for name in (*BUILTIN, *plugin_names()):
        try:
            found = surface(name)
        except RunbookError as error:
            rows.append(ToolRow(name, "", "", "", "", str(error)))
            continue
        if found is not None and found.program:
            rows.append(_row(name, found.program))
    return rows


def _row(executor: str, program: str) -> ToolRow:
    path = shutil.which(program) or ""
    found = installed_version(program) if path else ""
    known = known_version(executor)
    return ToolRow(executor, program, path, found, known, _mismatch(program, path, found, known))


def _mismatch(program: str, path: str, found: str, known: str) -> str:
    if not path:
        return "not on the PATH"
    if not found:
        return "it doesn't tell its version"
    if not known or _numbers(found)[: len(_numbers(known))] == _numbers(known):
        return ""
    order = "newer" if _numbers(found) > _numbers(known) else "older"
    more = f"; `runbook tools snapshot {program}` makes facts of this one" if program in ("doctl", "redis-cli") else ""
    return f"{order} than the facts{more}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def known_version(executor: str) -> str:
    """The version of the program that the facts are of, as exactly as it matters; '' where there is none."""
    from ..surfaces.facts_files import facts_file

    file = {"doctl": "doctl", "psql": "psql", "redis-cli": "redis_commands", "aws": "aws"}.get(executor)
    version: str = facts_file(file).get("version", "") if file else ""
    return ".".join(version.split(".")[:2])


def installed_version(program: str, path: str = "") -> str:
    """What the program (at `path`, where it is given) says of its version, '' when it doesn't."""
    try:
        return version_in(_run([path or program, *_VERSION_WORDS.get(program, ("--version",))], {}))
    except RunbookError:
        return ""


def _run(argv: Sequence[str], more: Mapping[str, str]) -> str:
    """Standard output of a program that gets no input, no credentials and a limited time."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory() as home:
        names = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR")
        env = {name: os.environ[name] for name in names if name in os.environ}
        try:
            done = subprocess.run(
                argv,
                env={**env, "HOME": home, "AWS_PAGER": "", **more},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ASK_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            hint = install_hint(argv[0])
            raise fail("RB596", f"{argv[0]} is not on the PATH.", help=f"Install it: {hint}." if hint else "") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise fail("RB597", f"`{' '.join(argv)}` gave no answer: {reason(error)}.") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise fail("RB597", f"`{' '.join(argv)}` failed with exit {done.returncode}: {said[-1] if said else 'it says nothing'}.")
    return done.stdout.decode("utf-8", "replace")


def snapshot(tool: str, only: Sequence[str], host: str) -> dict[str, Any]:
    """A surface file's content for `doctl` or `redis-cli`. Raises RunbookError (RB596, RB597)."""
    if tool == "doctl":
        return snapshot_doctl(lambda words: _run(["doctl", *words], {}), only)
    if not host:
        raise fail("RB597", "The commands of redis come from a server: which one?", help="Give it: --from HOST or --from HOST:PORT")
    name, _, port = host.partition(":")
    words = ["redis-cli", "-h", name, "-p", port or "6379", "-e", "--json"]
    password = {key: os.environ[key] for key in ("REDISCLI_AUTH",) if key in os.environ}
    return snapshot_redis(lambda more: _run([*words, *more], password))


def needs(programs: Iterable[tuple[str, Program]], unknown: Mapping[str, set[str]], environ: Mapping[str, str]) -> list[Need]:
    """What runbooks need: programs and variables of secrets. `programs`: (file, program); `unknown`: executors nobody provides."""
    wanted: dict[tuple[str, str], set[str]] = {("plugin", name): files for name, files in unknown.items()}
    for file, program in programs:
        for need in _needs_of(program):
            wanted.setdefault(need, set()).add(file)
    return [_need(kind, name, tuple(sorted(files)), environ) for (kind, name), files in sorted(wanted.items())]


def _needs_of(program: Program) -> Iterable[tuple[str, str]]:
    from ..machine.core import Act

    for secret in program.secrets:
        if secret.source == "env":
            yield "variable", str(getattr(secret.where, "constant", secret.where))
    for node in program.nodes:
        if not isinstance(node, Act) or node.call is None:
            continue
        if node.on is not None:
            yield "program", "ssh"
        elif node.call.surface.program:
            yield "program", node.call.surface.program
        elif node.call.surface.name == "shell":
            yield from _shell_program(node)


def _shell_program(act: Any) -> Iterable[tuple[str, str]]:
    from ..surfaces.cmdline import constants

    words = constants(act.call.args.get("command") or act.call.args.get("argv"))
    # A path belongs to the library or to the host: it is looked for when it is started.
    if words and words[0] and "/" not in words[0]:
        yield "program", words[0]


def _need(kind: str, name: str, users: tuple[str, ...], environ: Mapping[str, str]) -> Need:
    if kind == "plugin":
        return Need(kind, name, False, "no executor of this name is installed", users, "install the package that brings it")
    if kind == "variable":
        there = name in environ
        return Need(kind, name, there, "set" if there else "not set", users)
    path = shutil.which(name)
    if path is None:
        return Need(kind, name, False, "not on the PATH", users, install_hint(name))
    return Need(kind, name, True, path, users)


def install_hint(program: str, platform: str | None = None) -> str:
    """The command that installs a program on a platform (default: this one), '' when it isn't known."""
    packages = _PACKAGES.get(program, {})
    return next((packages[name] for name in [*([platform] if platform else platforms()), ""] if name in packages), "")


def platforms(release: str = "/etc/os-release") -> list[str]:
    """The names of this platform, the most exact first: its own, then those it is like (os-release(5))."""
    import sys

    if sys.platform != "linux":
        return [sys.platform]
    fields: dict[str, str] = {}
    try:
        with open(release, encoding="utf-8", errors="replace") as file:
            for line in file:
                key, _, value = line.strip().partition("=")
                fields[key] = value.strip("\"'")
    except OSError:
        return []
    return [*fields.get("ID", "").split(), *fields.get("ID_LIKE", "").split()]
