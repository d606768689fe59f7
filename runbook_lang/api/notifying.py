"""The step `notify` in a live run: through the channels that the policy names, with the outbox of the escalations behind it.

A message is owed from the moment at which its line is on the disk. A channel that is down holds nothing up and fails no step: the
others get the message, it is tried again there later, and the result says what was sent where. When nobody could be told at once,
the person here reads it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..base.diagnostics import RunbookError
from ..base.record import Record
from ..executors.plain import refusal
from ..people.due import DIED, HANDWORK
from ..people.ways import CONSOLE, whom_of
from ..runtime.ports import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..machine.core import Program
    from ..people.escalation import Message
    from ..runtime.ports import Attempt
    from .telling import Teller

    Way = tuple[str, str]

SPARE_S = 0.2
"""How long before its limit the step ends."""


def has_messages(program: Program) -> bool:
    """Whether a step of the program is a `notify`."""
    return any(act.call is not None and act.call.surface.name == "notify" for act in program.acts)


class Came(Record):
    """What came of a message: whom it reached, whom it is still owed to, whom it won't reach, what was made of it, what to say."""

    told: tuple[str, ...] = ()
    owed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Notifying:
    """Implements `ports.Executor`. `severity` is the runbook's."""

    name = "notify"

    def __init__(self, teller: Teller, severity: str) -> None:
        self._teller = teller
        self._severity = severity

    def run(self, attempt: Attempt) -> Outcome:
        """ok: it is owed, or said; `sent` tells whether somebody got it already."""
        refused = refusal(attempt)
        if refused is not None:
            return refused
        data = attempt.request.data
        text = attempt.reveal(data["message"])
        whom = whom_of(self._teller.policy, _named(data["to"]))
        notes = [f"{what} tells nobody: {why}" for what, why, _ in whom.wrong]
        here = any(channel == CONSOLE for channel, _ in whom.ways)
        ways = tuple(way for way in whom.ways if way[0] not in (CONSOLE, *HANDWORK))
        notes += [f"open it by hand: {to}" for channel, to in whom.ways if channel in HANDWORK]
        sent = self._send(attempt, text, ways) if ways else Came()
        told = [*sent.told, *([CONSOLE] if here else [])]
        notes += sent.notes
        if here or not told:
            attempt.output.write("message", text.encode("utf-8", "replace") + b"\n")
        for note in notes:
            if "isn't told" not in note or DIED in note:  # the outbox has said the others
                self._teller.say(f"{_id_of(attempt)}: {note}.")
        if not told:
            notes.append(f"so it went to the {CONSOLE}")
        first = told[0].partition(" ")[0] if told else CONSOLE
        value = {
            "sent": bool(told),
            "channel": first,
            "told": told,
            "owed": list(sent.owed),
            "failed": list(sent.failed),
            "links": list(sent.links),
        }
        return Outcome(ok=True, message="; ".join(notes), value=value)

    def _send(self, attempt: Attempt, text: str, ways: tuple[Way, ...]) -> Came:
        try:
            found = self._teller.say_to(_id_of(attempt), self._severity, text, ways, _deadline(attempt))
        except RunbookError as error:
            note = f"the message can't be written down, so nobody else is told: {error}"
            return Came(failed=tuple(map(_words, ways)), notes=(note,))
        states = [(way, found.get(way)) for way in ways]
        by_state = {
            state: tuple(_words(way) for way, item in states if (item.state if item is not None else "failed") == state)
            for state in ("sent", "owed", "failed")
        }
        links = tuple(item.why for _, item in states if item is not None and item.state == "sent" and item.why.startswith("http"))
        notes = tuple(note for way, item in states if (note := _note(way, item)))
        return Came(by_state["sent"], by_state["owed"], by_state["failed"], links, notes)


def _id_of(attempt: Attempt) -> str:
    """The step's path; that of an undo, or of another part of a step, with its role."""
    path, _, role = attempt.id.rpartition("/")
    return path.rpartition("#")[0] + ("" if role == "main" else f"/{role}")


def _named(to: Any) -> Iterable[str | Way]:
    """The names of a request: `devops`, or channels with their addresses."""
    return [part if isinstance(part, str) else (part[0], part[1]) for part in (to if isinstance(to, list) else [to])]


def _words(way: Way) -> str:
    return " ".join(way).strip()


def _note(way: Way, item: Message | None) -> str:
    if item is None or item.state == "sent":
        return ""
    if item.state == "failed":
        return f"{_words(way)} isn't told: {item.why}"
    return f"{_words(way)} isn't told yet{f': {item.why}' if item.why else ''}; it is tried again"


def _deadline(attempt: Attempt) -> Callable[[], bool]:
    until = time.monotonic() + max(0.0, attempt.limit_us / 1e6 - SPARE_S)
    return lambda: attempt.cancel.level > 0 or time.monotonic() >= until
