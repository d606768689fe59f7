"""What a notifier is: an object with a `name` and a `send`.

A notifier never decides what is said, to whom, or when again: it sends one notice and tells what came of it. It never raises for
anything the world does. A plugin is an entry point of the group `runbook_lang.notifiers`, `name = "package.module:object"`, whose
object (or class without arguments) has both; the name is the channel's name in a policy.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from ...base.record import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "runbook_lang.notifiers"
TIMEOUT_S = 10.0
"""Everything that one message may take, from the connection to the end of the answer."""
MANY = 30_000
"""Characters of a message that names many others, which says nothing else."""
ANSWER_LIMIT = 64 * 1024
"""Bytes of an answer that are read; the rest isn't waited for."""


class Notice(Record):
    """One message. `key` is its own, the same in every attempt: whoever gets it twice can tell. `incident` is the key that all messages
    of one escalation have in common."""

    key: str
    incident: str
    kind: str  # told | repeat | acknowledged | resolved | late | exhausted | notice | cancelled | message | grouped
    channel: str
    to: str
    severity: str
    subject: str
    text: str
    run: str = ""
    runbook: str = ""
    step: str = ""
    host: str = ""
    by: str = ""
    tier: str = ""
    again: bool = False  # it may have been sent before: the process died meanwhile


class Answer(Record):
    """What came of it. `retry`: another attempt may go better; `after_s`: not sooner than that. `why` has no secret in it."""

    ok: bool
    why: str = ""
    retry: bool = False
    after_s: float = 0.0


class Settings:
    """What this machine knows of the channels: environment variables, RUNBOOK_<CHANNEL>_<WHAT>. Secrets stand nowhere else."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str, default: str = "") -> str:
        """The value of RUNBOOK_<name>."""
        return self._environ.get(f"RUNBOOK_{name}", "") or default

    def of(self, channel: str, to: str) -> tuple[str, str]:
        """(the value for one address of a channel, the variable that was looked for first): its own, else that of the channel."""
        own = f"{channel}_{slug(to)}"
        return self.get(own) or self.get(channel), f"RUNBOOK_{own}"

    @property
    def timeout(self) -> float:
        """Seconds that one message may take."""
        text = self.get("NOTIFY_TIMEOUT")
        try:
            return min(60.0, max(0.1, float(text))) if text else TIMEOUT_S
        except ValueError:
            return TIMEOUT_S

    @property
    def authorities(self) -> str:
        """A file of certificates to be trusted instead of the system's; '' for the system's."""
        return self.get("CA_FILE")


class Notifier(Protocol):
    """Sends one notice. Called in a thread of its own; returns within `settings.timeout`, more or less."""

    name: str

    def send(self, notice: Notice, settings: Settings) -> Answer: ...


def slug(text: str) -> str:
    """`INFRASTRUCTURE_EMERGENCIES` of `#infrastructure-emergencies`."""
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def one_line(text: str, limit: int = 250) -> str:
    """Text without line ends or control characters, for a subject."""
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what is missing is said."""
    return text if len(text) <= limit else text[: limit - 20].rstrip() + "\n[… cut]"


def further(notice: Notice) -> str:
    """The text without its first line, where the subject says that already."""
    first, _, rest = notice.text.partition("\n")
    return rest.strip() if first.strip() and first.strip() in notice.subject else notice.text
