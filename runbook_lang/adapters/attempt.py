"""One attempt, as an executor sees it: its request, its limits, its way out, and nothing of the run's state."""

from __future__ import annotations

import os
from contextlib import suppress

from .cancel import EventCancel
from .evidence import EvidenceOutput
from .orphans import marks, note_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..machine.moves import Start
    from ..surfaces.kinds import Request
    from .mask import Masker
    from .secrets import Secrets
    from .store import RunFolder

PASSED = (
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "TZ", "TMPDIR", "TERM", "SHELL",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR",
)  # fmt: skip
"""The environment variables that every child process gets. A surface names the further ones that its program reads."""


class StopSwitch(EventCancel):
    """A cancel that the driver raises."""

    def ask(self, level: int) -> None:
        self.raise_to(level)


class RunAttempt:
    """Implements `ports.Attempt`."""

    def __init__(
        self,
        move: Start,
        run: RunFolder,
        library: str,
        kept: Mapping[str, bytes],
        env: Mapping[str, str],
        secrets: Secrets,
        masker: Masker,
        live: Callable[[str, str, bytes], None],
        spare: list[int],
    ) -> None:
        act = move.act
        self.id = move.id
        self.run = run.id
        self.request: Request = move.request
        self.limit_us = act.limit_us
        self.wants = act.wants
        self.effect = act.effect
        self.folder = run.path
        self.library = library
        self.kept = kept
        self.env: Mapping[str, str] = {**env, **marks(run.id, move.id)}
        self.cancel = switch = StopSwitch(spare)
        # What holds secrets is not known as such before it is whole: nothing of it is shown or kept.
        self.output: EvidenceOutput | _Unkept = (
            _Unkept(switch)
            if act.taint
            else EvidenceOutput(run.evidence, masker, lambda stream, data: live(move.path, stream, data), switch.close)
        )
        self._secrets = secrets

    def reveal(self, word: Any) -> str:
        return self._secrets.reveal(word)

    def spawned(self, pid: int) -> None:
        # A read that outlives its run is ended and made again, and its marks find it; only a change is worth a note.
        # Where no note can be made (a full disk), the marks are enough: what has begun isn't ended for the want of one.
        if self.effect != "read":
            with suppress(OSError):
                note_child(self.folder, self.id, pid)


class _Unkept:
    """The output of a step whose result holds secrets."""

    __slots__ = ("_switch",)

    def __init__(self, switch: StopSwitch) -> None:
        self._switch = switch

    def write(self, stream: str, data: bytes) -> None:
        """Goes nowhere but into the result."""

    def close(self) -> list[list[Any]]:
        self._switch.close()
        return []


def child_environment(environ: Mapping[str, str], further: tuple[str, ...]) -> dict[str, str]:
    """An allow-listed environment. A name that ends in `*` is a prefix."""
    env = {name: environ[name] for name in PASSED if name in environ}
    for name in further:
        if name.endswith("*"):
            env.update({key: value for key, value in environ.items() if key.startswith(name[:-1])})
        elif name in environ:
            env[name] = environ[name]
    env.setdefault("PATH", os.defpath)
    return env
