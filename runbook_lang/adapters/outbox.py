"""Sends what is owed: the intent first, then the message, then what came of it, each durable.

A process that dies in between leaves a message whose sending was begun. It is sent once more, with the same key, and not a third
time. Several messages go out side by side; a channel that didn't answer twice is left alone for a while. To one that got many messages
within a minute the rest goes in one message that names them, in this minute if it has a place left, else as soon as it has one.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..base.record import Record
from ..machine.stamps import stamp_of
from ..people.due import HANDWORK, decide, owed
from ..people.events import Sending, Sent, Tried
from .grouping import APART, Held, begin, grouped, held_in, sent, tried
from .grouping import MOST as GROUP
from .messages import notice_of
from .notifiers.contract import Answer, Settings
from .notifiers.registry import notifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..people.escalation import Escalation, Message
    from ..people.events import Event
    from .incident import IncidentFile
    from .notifiers.contract import Notice, Notifier

SECOND_US = 1_000_000
BACK_OFF_S = (5, 20, 60, 180, 600)
"""Seconds from each failed attempt to the next; after the last it is given up on this channel."""
PER_MINUTE = 30
"""Messages that one address of a channel gets within a minute, the last of which names all that would be too many; those of P1 go out
all the same."""
SILENT = 2
"""Attempts without any answer after which a channel is left alone for PAUSE_S."""
PAUSE_S = 60
AT_ONCE = 8


class Counts(Record):
    """What one pass did."""

    sent: int = 0
    failed: int = 0
    held: int = 0

    def plus(self, other: Counts) -> Counts:
        return Counts(self.sent + other.sent, self.failed + other.failed, self.held + other.held)

    def less(self, later: Counts) -> Counts:
        """With what became, later, of those that were held back."""
        return Counts(self.sent + later.sent, self.failed + later.failed, self.held - later.sent - later.failed)


class Outbox:
    """Of one process; may be used from several threads. `say` tells the person here what went wrong, once for each message."""

    def __init__(self, settings: Settings, now: Callable[[], int], say: Callable[[str], None]) -> None:
        self.settings = settings
        self.now = now
        self.say = say
        self._lock = threading.Lock()
        self._recent: dict[tuple[str, str], list[int]] = {}
        self._silent: dict[tuple[str, str], tuple[int, int]] = {}
        self._found: dict[tuple[str, str], Notifier] = {}
        self._full: set[tuple[str, str]] = set()

    def drain(self, file: IncidentFile) -> Counts:
        """Records what is due and sends what is owed, until there is nothing left for now. Raises RunbookError RB64x when the file
        can't be written: nothing more is sent then."""
        total = Counts()
        while True:
            self.settle(file)
            chosen, held = self._choose(file)
            if not chosen:
                return total.plus(Counts(held=held))
            total = total.plus(self._send(file, chosen))

    def settle(self, file: IncidentFile) -> None:
        """Records what is due; sends nothing."""
        while events := decide(file.incident, self.now()):
            file.append(events)

    def _choose(self, file: IncidentFile) -> tuple[list[tuple[Escalation, Message]], int]:
        """What is sent now, and how many messages have to wait for their turn."""
        chosen, held = [], 0
        now = self.now()
        for one, message in owed(file.incident, now):
            if self._urgent(one) or self._turn(message, now):
                chosen.append((one, message))
            else:
                held += 1
        return chosen, held

    def _urgent(self, one: Escalation) -> bool:
        return one.plan.severity == "P1" and not one.plan.says

    def _turn(self, message: Message, now: int) -> bool:
        """Whether it goes alone. The last place of a minute is for one that names the rest, and so is the next when there was none left."""
        place = (message.channel, message.to)
        if message.channel in APART:
            return self._place(place, now, PER_MINUTE)
        with self._lock:
            if place in self._full:
                return False
        free = self._place(place, now, PER_MINUTE - 1)
        if not free:
            with self._lock:
                self._full.add(place)
        return free

    def _place(self, place: tuple[str, str], now: int, limit: int) -> bool:
        with self._lock:
            recent = [at for at in self._recent.get(place, []) if at > now - 60 * SECOND_US]
            free = len(recent) < limit
            self._recent[place] = [*recent, now] if free else recent
        return free

    def together(self, files: Sequence[IncidentFile]) -> Counts:
        """What was held back in these files, one message an address that has a place for it. Raises as `drain`."""
        total = Counts()
        now = self.now()
        for place, items in held_in(files, now).items():
            waiting = [item for item in items if not self._urgent(item.one)][:GROUP]
            if not waiting or not self._place(place, now, PER_MINUTE):
                continue
            if len(waiting) == 1:
                total = total.plus(self._send(waiting[0].file, [(waiting[0].one, waiting[0].message)]))
            else:
                total = total.plus(self._group(waiting))
            if len(items) <= GROUP:
                with self._lock:
                    self._full.discard(place)
        return total

    def _group(self, items: list[Held]) -> Counts:
        notice = grouped(items)
        begin(items, self.now())
        answer = self.send(notice)
        if answer.ok:
            sent(items, self.now())
            return Counts(len(items))
        tried(items, self.now(), answer.why, lambda message: self._again(message, answer))
        word = "are tried again" if answer.retry else "are given up there"
        self.say(f"{notice.channel} {notice.to}: {len(items)} messages, held back and sent as one, {word}: {answer.why}.")
        return Counts(0, len(items))

    def _again(self, message: Message, answer: Answer) -> int:
        """When a message that didn't go out is tried next; 0 for never."""
        if not answer.retry or message.tries >= len(BACK_OFF_S):
            return 0
        return self.now() + int(max(BACK_OFF_S[message.tries], answer.after_s) * SECOND_US)

    def _send(self, file: IncidentFile, chosen: list[tuple[Escalation, Message]]) -> Counts:
        at = stamp_of(max(self.now(), file.incident.now))
        by_id: dict[str, list[str]] = {}
        for one, message in chosen:
            by_id.setdefault(one.id, []).append(message.key)
        file.append([Sending(file.incident.seq + 1 + number, at, id_, keys) for number, (id_, keys) in enumerate(by_id.items())])
        fresh = [(file.incident.all[one.id], file.incident.all[one.id].messages[message.key]) for one, message in chosen]
        with ThreadPoolExecutor(min(AT_ONCE, len(fresh))) as pool:
            answers = list(pool.map(self._one, fresh))
        at = stamp_of(max(self.now(), file.incident.now))
        seq = file.incident.seq + 1
        bad = {pair[1].key for pair, answer in zip(fresh, answers, strict=True) if not answer.ok}
        file.append([self._came(seq + number, at, *pair, answers[number], bad) for number, pair in enumerate(fresh)])
        good = sum(answer.ok for answer in answers)
        return Counts(good, len(fresh) - good)

    def _came(self, seq: int, at: str, one: Escalation, message: Message, answer: Answer, bad: set[str]) -> Event:
        if answer.ok:
            return Sent(seq, at, one.id, message.key, message.channel, answer.why)
        again = self._again(message, answer)
        if not message.tries or not again:
            told = one.current or tuple(item for item in one.messages.values() if item.kind == message.kind)
            good = (item for item in told if item.key not in bad and item.state != "failed" and item.channel not in HANDWORK)
            others = [f"{item.channel} {item.to}".strip() for item in good]
            rest = f"; the message goes by {', '.join(others)}" if others else "" if again or message.kind != "told" else _next(one)
            word = "is tried again" if again else "isn't told"
            self.say(f"{message.channel} {message.to} {word}: {answer.why}{rest}.")
        return Tried(seq, at, one.id, message.key, answer.why, stamp_of(again) if again else "")

    def _one(self, pair: tuple[Escalation, Message]) -> Answer:
        one, message = pair
        notice, problem = notice_of(one, message)
        if problem:
            self.say(f"{problem}; the default one was sent.")
        return self.send(notice)

    def send(self, notice: Notice) -> Answer:
        """One notice, now; a channel that is silent isn't asked again at once."""
        place = (notice.channel, notice.to)
        with self._lock:
            count, since = self._silent.get(place, (0, 0))
            if count >= SILENT and self.now() < since + PAUSE_S * SECOND_US:
                return Answer(ok=False, why="it didn't answer just before", retry=True, after_s=PAUSE_S)
            found = self._found.get(place)
            if found is None:
                found = self._found[place] = notifier(*place)
        try:
            answer = found.send(notice, self.settings)
        except Exception as error:  # noqa: BLE001 - a plugin may raise what it likes; the others are told all the same
            answer = Answer(ok=False, why=f"its notifier failed ({type(error).__name__})")
        with self._lock:
            mute = not answer.ok and answer.retry and "answered" not in answer.why
            self._silent[place] = (count + 1, self.now()) if mute else (0, 0)
        return answer


def _next(one: Escalation) -> str:
    return "; the next tier is told" if one.rung + 1 < len(one.plan.rungs) else "; nobody else is left to be told"
