"""`notify`: a message to people, over the one channel that needs nothing: the console. A live run has the others (`api.notifying`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtime.ports import Outcome
from ..surfaces.kinds import show_word
from ..surfaces.notify import CONSOLE
from .plain import refusal

if TYPE_CHECKING:
    from ..runtime.ports import Attempt


class NotifyExecutor:
    """ok: the message was written. For another channel it goes to the console all the same, and says so."""

    name = "notify"

    def run(self, attempt: Attempt) -> Outcome:
        data = attempt.request.data
        refused = refusal(attempt)
        if refused is not None:
            return refused
        attempt.output.write("message", attempt.reveal(data["message"]).encode("utf-8", "replace") + b"\n")
        here = data["to"] == CONSOLE
        note = "" if here else f"nobody is told here: the message for {show_word(data['to'])} went to the {CONSOLE}"
        told = [CONSOLE] if here else []
        return Outcome(ok=True, message=note, value={"sent": here, "channel": CONSOLE, "told": told, "owed": [], "failed": [], "links": []})


EXECUTOR_CLASS = NotifyExecutor
