"""Escalations of runs: raised by a run, ticked by whatever comes along, acknowledged and resolved by people."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..adapters.clock import SystemClock
from ..adapters.files import REAL, make_folder, write_file
from ..adapters.incident import IncidentFile, glance, read_incident
from ..adapters.messages import own_templates
from ..adapters.notifiers.contract import Settings
from ..adapters.outbox import Counts, Outbox
from ..adapters.store import RunFolder
from ..base.diagnostics import RunbookError, fail
from ..base.record import Record
from ..base.suggest import did_you_mean
from ..machine.stamps import stamp_of
from ..people.due import next_due, said, word_back
from ..people.events import Acknowledged, Raised, Resolved
from ..people.holidays import public_holidays
from ..people.plan import plan_of, saying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from ..adapters.store import Store
    from ..model.policy import Policy
    from ..people.escalation import Escalation, Incident
    from ..people.plan import Plan
    from .scheduling import Entry

HEARTBEAT = "heartbeat"
MANY_RUNS = 400
"""Runs whose messages are put together at once: each is a file that is held open."""
ALIVE_US = 600_000_000
"""A tick that is older than this is none that can be relied on."""


class Raise(Record):
    """What a step raises. `bind`: the journal's place, [seq, digest of that line, signed checkpoint or '']."""

    id: str
    severity: str
    tier: str
    message: str
    runbook: str
    operator: str
    title: str = ""
    bind: tuple[Any, ...] = ()


def raise_escalation(run: RunFolder, policy: Policy, wanted: Raise, library: str, now: int) -> bool:
    """Records that an escalation is raised, and to whom what is owed by that. False when it was raised before (a run that died and was
    resumed raises the same one). Raises RunbookError RB64x."""
    try:
        public = public_holidays(policy.country, now)
    except RunbookError:
        public = frozenset()  # `policy check` says so; people are told all the same
    folder = os.path.join(library, policy.templates) if policy.templates else ""
    plan = plan_of(policy, wanted.severity, now, wanted.tier, public, own_templates(folder) if folder else ())
    with IncidentFile.open(run.path, create=True) as file:
        if wanted.id in file.incident.all:
            return False
        now = max(now, file.incident.now)
        sla = plan.sla_at(now)
        begins, late = stamp_of(plan.begins(now)), stamp_of(sla) if sla else ""
        file.record(lambda seq, at: _raised(seq, at, run, wanted, begins, late, plan), now)
    return True


def say_message(run: RunFolder, policy: Policy | None, wanted: Raise, ways: tuple[tuple[str, str], ...], library: str, now: int) -> None:
    """Records that a step says something, and to whom it is owed by that. What was said before isn't owed again but to those whom it is
    known not to have reached. Raises RunbookError RB64x."""
    folder = os.path.join(library, policy.templates) if policy is not None and policy.templates else ""
    with IncidentFile.open(run.path, create=True) as file:
        now = max(now, file.incident.now)
        if wanted.id not in file.incident.all:
            plan = saying(policy, wanted.severity, ways, own_templates(folder) if folder else ())
            file.record(lambda seq, at: _raised(seq, at, run, wanted, at, "", plan), now)
        owed = said(file.incident.all[wanted.id], file.incident.seq, now)
        if owed is not None:
            file.append([owed])


def _raised(seq: int, at: str, run: RunFolder, wanted: Raise, begins: str, late: str, plan: Plan) -> Raised:
    return Raised(
        seq,
        at,
        wanted.id,
        wanted.severity,
        wanted.message,
        run.id,
        wanted.runbook,
        wanted.operator,
        socket.gethostname(),
        begins,
        late,
        plan.as_json(),
        list(wanted.bind),
        wanted.title,
    )


class Ticked(Record):
    """What a tick did. `next`: when something is due next, 0 for never. `problems`: runs whose escalations can't be read or written."""

    open: int = 0
    due: int = 0
    counts: Counts = Counts()
    next: int = 0
    problems: tuple[str, ...] = ()


class Ticker:
    """Ticks the escalations of stores; keeps what it learned about channels from one tick to the next."""

    def __init__(self, environ: Mapping[str, str], say: Callable[[str], None], now: Callable[[], int] | None = None) -> None:
        self.now = now or SystemClock().now
        self.outbox = Outbox(Settings(environ), self.now, say)
        self.say = say
        self.environ = environ

    def tick(self, stores: Sequence[Store]) -> Ticked:
        """Does what is due everywhere. Never raises for one run's files: they are reported, and the others are ticked."""
        open_, due, following = 0, [], 0
        now = self.now()
        for store in stores:
            beat(store, now)
            for run in store.ids():
                folder = os.path.join(store.runs, run)
                found = glance(folder)
                if found is None:
                    continue
                open_ += found[1] > 0
                if found[0] and found[0] <= now:
                    due.append(RunFolder(run, folder))
                elif found[0]:
                    following = min(following or found[0], found[0])
        total, problems = self._scheduled(stores)
        if due:
            with ThreadPoolExecutor(min(8, len(due))) as pool:
                done = list(pool.map(self._drain, due))
            for counts, problem, later in done:
                total = total.plus(counts)
                problems += [problem] if problem else []
                following = min(following or later, later) if later else following
            waiting = [run for run, (counts, _, _) in zip(due, done, strict=True) if counts.held]
            if waiting:
                together, more = self._together(waiting)
                total = total.plus(together)
                problems += more
        return Ticked(open_, len(due), total, following, tuple(problems))

    def _scheduled(self, stores: Sequence[Store]) -> tuple[Counts, list[str]]:
        """Notices that are owed, and starts whose time has come."""
        from .scheduling import entries, start_due

        total, problems = Counts(), []
        for store in stores:
            for entry in entries(store):
                counts, problem = self.notices(entry)
                total = total.plus(counts)
                problems += [problem] if problem else []
                said = start_due(store, entry, self.now(), self.environ)
                if said:
                    self.say(said)
        return total, problems

    def notices(self, entry: Entry) -> tuple[Counts, str]:
        """Sends what is owed of one announcement; (what was done, what is wrong)."""
        found = glance(entry.folder)
        if found is None or not found[0] or found[0] > self.now():
            return Counts(), ""
        counts, problem, _ = self.one(RunFolder(entry.id, entry.folder))
        return counts, problem

    def one(self, run: RunFolder) -> tuple[Counts, str, int]:
        """(what was done for one run, what is wrong, when something is due there next)."""
        return self._drain(run, alone=True)

    def _drain(self, run: RunFolder, alone: bool = False) -> tuple[Counts, str, int]:
        """The same. `alone`: no other run is looked at, so what is held back is put together here."""
        try:
            with IncidentFile.open(run.path) as file:
                counts = self.outbox.drain(file)
                if alone and counts.held:
                    counts = counts.less(self.outbox.together([file]))
                return counts, "", next_due(file.incident)
        except RunbookError as error:
            return Counts(), str(error), 0

    def _together(self, runs: list[RunFolder]) -> tuple[Counts, list[str]]:
        """One message an address for what was held back in several runs. A run that somebody else is writing to waits for the next tick."""
        files: list[IncidentFile] = []
        problems: list[str] = []
        try:
            for run in sorted(runs, key=lambda one: one.id)[:MANY_RUNS]:
                try:
                    files.append(IncidentFile.open(run.path, patience=0.0))
                except RunbookError as error:
                    problems += [] if any(item.code == "RB640" for item in error.diagnostics) else [str(error)]
            return Counts().less(self.outbox.together(files)), problems
        except RunbookError as error:
            return Counts(), [*problems, str(error)]
        finally:
            for file in files:
                file.close()


def beat(store: Store, now: int) -> None:
    """Says that something ticks this store."""
    if os.path.isdir(store.root):
        from contextlib import suppress

        with suppress(OSError):
            make_folder(REAL, store.root)
            write_file(REAL, os.path.join(store.root, HEARTBEAT), stamp_of(now).encode() + b"\n", durable=False)


def is_ticked(store: Store, now: int) -> bool:
    """Whether something ticked this store within the last ten minutes."""
    from ..machine.stamps import micros_of

    try:
        with open(os.path.join(store.root, HEARTBEAT), encoding="ascii") as stream:
            at = micros_of(stream.read(40).strip())
    except (OSError, ValueError):
        return False
    return at is not None and now - ALIVE_US <= at


class Who(Record):
    """Who acknowledges or resolves: the OS user; `name`, the person whom they say they are; `sign`, where they have a key."""

    user: str
    name: str = ""
    note: str = ""
    sign: Callable[[str], str] | None = None
    public: str = ""  # `ed25519:…` of that key


def acknowledge(run: RunFolder, who: Who, now: int, path: str = "") -> tuple[Escalation, ...]:
    """Acknowledges the open escalations of a run (or the one of a step); returns them as they are now.

    Raises RunbookError: RB762 for somebody whom the policy doesn't know, RB763 where there is nothing to acknowledge, RB64x.
    """
    return _answer(run, who, now, path, "acknowledge", ("raised", "notified", "exhausted"))


def resolve(run: RunFolder, who: Who, now: int, path: str = "") -> tuple[Escalation, ...]:
    """Resolves them; the same errors."""
    return _answer(run, who, now, path, "resolve", ("raised", "notified", "exhausted", "acknowledged"))


def _answer(run: RunFolder, who: Who, now: int, path: str, verb: str, states: tuple[str, ...]) -> tuple[Escalation, ...]:
    with IncidentFile.open(run.path) as file:
        chosen = _chosen(file.incident, path)
        fitting = [one for one in chosen if one.state in states]
        names = {one.id: _person(one, who) for one in (fitting or chosen)}
        if not fitting:
            from ..people.escalation import why_not

            one = chosen[0]
            why = why_not(one, names[one.id], verb) or f"it is {one.state}"
            raise fail("RB763", f"{one.id} can't be {verb}d: {why}.", help=f"See: runbook escalations list {run.id[-8:]}")
        for one in fitting:
            _record(file, one, names[one.id], who, now, verb)
        return tuple(file.incident.all[one.id] for one in fitting)


def _chosen(incident: Incident, path: str) -> list[Escalation]:
    raised = {one.id: one for one in incident.all.values() if one.state != "said"}
    if path and path not in raised:
        help = did_you_mean(path, raised) or (f"By: {', '.join(raised)}." if raised else "See: runbook escalations list --all")
        raise fail("RB763", f"No escalation was raised by {path!r}.", help=help)
    if not raised:
        raise fail("RB763", "No escalation was raised: its messages wait for nobody.", help="See: runbook escalations list --all")
    return [raised[path]] if path else sorted(raised.values(), key=lambda one: not one.is_open)


def _person(one: Escalation, who: Who) -> str:
    """The person's name in the policy as it was when this was raised. Raises RunbookError RB762."""
    known = {name for name, _, _ in one.plan.people}
    name = who.name if who.name in known else one.plan.person(who.name or who.user)
    if name:
        return name
    help = did_you_mean(who.name or who.user, known) or f"It knows: {', '.join(sorted(known)) or 'nobody'}. Say who you are: --as NAME"
    raise fail("RB762", f"{who.name or who.user!r} is nobody whom the policy knew when this was raised.", help=help)


def _record(file: IncidentFile, one: Escalation, name: str, who: Who, now: int, verb: str) -> None:
    now = max(now, file.incident.now)
    key = {person: key for person, _, key in one.plan.people}.get(name, "")
    proof = who.sign(statement(verb, one, name, stamp_of(now), who.note)) if who.sign is not None and key and key == who.public else ""
    grade = "proven" if proof else "claimed"
    seq, at = file.incident.seq + 1, stamp_of(now)
    if verb == "acknowledge":
        until = stamp_of(now + one.plan.reack) if one.plan.reack else ""
        file.append([Acknowledged(seq, at, one.id, name, grade, who.note, until, who.user, proof)])
    else:
        file.append([Resolved(seq, at, one.id, name, grade, who.note, who.user, proof)])
    after = file.incident.all[one.id]
    told = word_back(after, after.state, file.incident.seq, now)
    if told is not None:
        file.append([told])


def statement(verb: str, one: Escalation, name: str, at: str, note: str = "") -> str:
    """What a key signs: who says what of which escalation, when; a remark is a line, whatever is in it."""
    return f"runbook {verb}\n{one.raised.run}\n{one.id}\n{name}\n{at}\nnote {note.encode('unicode_escape').decode()}\n"


class Listed(Record):
    """One escalation in a list. `next`: when something is due for it, 0 for never."""

    run: str
    store: str
    escalation: Escalation
    next: int


def listed(stores: Iterable[Store], run: str = "", everything: bool = False) -> tuple[list[Listed], list[str]]:
    """(the open escalations, or all; what can't be read). The oldest first."""
    found: list[Listed] = []
    problems: list[str] = []
    for store in stores:
        for name in reversed(store.ids()):
            folder = os.path.join(store.runs, name)
            if (run and name != run) or not (seen := glance(folder)) or not (seen[1] or everything or run):
                continue
            try:
                incident = read_incident(folder)
            except RunbookError as error:
                problems.append(str(error))
                continue
            found += [
                Listed(name, store.root, one, next_due(incident.replace(all={one.id: one})))
                for one in (incident.all.values() if incident is not None else ())
                if incident is not None and (one.is_open or everything or run)
            ]
    return found, problems


def escalations_of(run: RunFolder) -> tuple[Escalation, ...]:
    """The escalations of one run; () when there were none."""
    incident = read_incident(run.path)
    return tuple(incident.all.values()) if incident is not None else ()
