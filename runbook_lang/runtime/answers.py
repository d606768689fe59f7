"""What people say to a live run: at its terminal, by messages of other processes, by a plan they approved, by `--assume`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..machine.events import DoubtSettled, NeedMet
from .mail import event_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..machine.events import Event
    from ..machine.moves import Await
    from .gate import Gate
    from .recorder import Recorder
    from .world import World


class Answers:
    """Each wait is asked for once; what the rules don't take is said to whoever said it."""

    def __init__(self, recorder: Recorder, world: World, gate: Gate, assumed: Mapping[str, str] | None, by: str) -> None:
        """`assumed`: how doubts about attempts (by id) are settled where their probes don't know, by the word of `by`."""
        self.recorder = recorder
        self.world = world
        self.gate = gate
        self.asked: set[tuple[str, str, str]] = set()
        self.assumed = dict(assumed or {})
        self.by = by

    def ask(self, people: list[Await]) -> bool:
        """Take what the operator assumes, or ask the person at the terminal, once for each wait; True when something was recorded."""
        for wait in people:
            if wait.what == "doubt" and wait.id in self.assumed:
                self.recorder.record(DoubtSettled, id=wait.id, applied=self.assumed.pop(wait.id), by=self.by, note="--assume")
                return True
            key = (wait.path, wait.bind, wait.id)
            if key in self.asked:
                continue
            self.asked.add(key)
            if any(self.answered(wait, given) for given in self.gate.approvals(wait)):
                self.asked.discard(key)  # it may want several
                return True
            answer = self.world.ask(wait)
            if answer is None:
                continue
            if self.answered(wait, answer):
                return True
            self.world.unfit({"path": wait.path, **answer})
        return False

    def answered(self, wait: Await, answer: Mapping[str, Any]) -> bool:
        """False when the rules don't take the answer: of another type, or a second approval by the same person."""
        kind: type[Event] = NeedMet
        fields = {"path": wait.path, "bind": wait.bind, "by": answer["by"], "note": answer.get("note", "")}
        if wait.what == "doubt":
            kind = DoubtSettled
            fields = {"id": wait.id, "applied": answer["applied"], "by": answer["by"], "note": answer.get("note", "")}
        else:
            fields.update((name, answer[name]) for name in ("grade", "value", "verdict") if name in answer)
        if not self.recorder.allows(kind, **fields):
            return False
        self.recorder.record(kind, **fields)
        return True

    def take_inbox(self, people: list[Await]) -> bool:
        """Fold one message that another process dropped; what fits nothing that is waited for is set aside, and said."""
        messages = iter(self.world.inbox.take())
        for message in messages:
            found = event_of(message, people)
            if found is None or not self.recorder.allows(found[0], **found[1]):
                self.world.unfit(message)
                continue
            self.recorder.record(found[0], **found[1])
            next(messages, None)  # a message goes when the next one is asked for, and that one stays until it is folded
            return True
        return False
