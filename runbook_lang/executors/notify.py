"""`notify`: a message to people. The console is the one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.ports import Outcome
from ..surfaces.notify import CONSOLE
from .plain import refusal

if TYPE_CHECKING:
    from ..runtime.ports import Attempt


class NotifyExecutor:
    """ok: the message was written. An unknown channel falls back to the console and says so."""

    name = "notify"

    def run(self, attempt: Attempt) -> Outcome:
        data = attempt.request.data
        refused = refusal(attempt)
        if refused is not None:
            return refused
        attempt.output.write("message", attempt.reveal(data["message"]).encode("utf-8", "replace") + b"\n")
        note = "" if data["to"] == CONSOLE else f"there is no channel {data['to']!r}: the message went to the {CONSOLE}"
        return Outcome(ok=True, message=note, value={"sent": True, "channel": CONSOLE})


EXECUTOR_CLASS = NotifyExecutor
