"""`incident.jsonl` in an audit: its chain, its place in the run's journal, who signed an answer, and whether the rules allow each event.

What is found goes into the verdict of its kind. The end of the file has nothing behind it that vouches for it: an answer that was cut off
there is missed by nobody but whoever gave it.
"""

from __future__ import annotations

import os
from base64 import b64decode
from hashlib import sha256

from ..adapters.checkpoints import BadNote, read_note
from ..adapters.incident import NAME, SIZE_LIMIT
from ..adapters.lines import FIRST_PREV, BadLine, decode_body
from ..adapters.scan import body_of, raw_lines
from ..base.record import Record
from ..machine.stamps import micros_of, stamp_of
from ..people import events as e
from ..people.due import decide, next_due, said, word_back
from ..people.escalation import Incident, Refused, advance
from ..people.plan import plan_of
from .escalations import statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ..adapters.keys import KeyRing
    from ..model.policy import Policy
    from ..people.escalation import Escalation

VERBS = {e.Acknowledged: "acknowledge", e.Resolved: "resolve"}
DECIDED = (e.Told, e.Deferred, e.Late, e.Lapsed, e.Exhausted, e.Noted)


class Finding(Record):
    """What is wrong, for one verdict. `line` and `offset` are of the `file`; 0 and -1 where something isn't there."""

    verdict: str
    exit: int
    why: str
    line: int = 0
    offset: int = -1
    step: str = ""
    file: str = NAME


class Row(Record):
    """A line that could be read."""

    number: int
    offset: int
    event: e.Event
    due: Any
    open: Any


class Told(Record):
    """What the file holds. `notes`: the signed checkpoints to which its escalations are bound, each with its line."""

    there: bool
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()


class Known(Record):
    """What the journal says. `opened`: escalations by the path of their step, with the line; `said`: paths of steps `notify` that were
    started; `digests`: of the lines that the file is bound to."""

    lines: int
    closed: bool
    signed: bool
    opened: dict[str, int]
    said: frozenset[str]
    digests: dict[int, str]


def read_told(folder: str) -> Told:
    """The file's lines as far as they form a chain. Never raises for what is in it."""
    try:
        with open(os.path.join(folder, NAME), "rb") as stream:
            data = stream.read(SIZE_LIMIT)
    except FileNotFoundError:
        return Told(False)
    except OSError as error:
        return Told(True, (), (Finding("integrity", 20, f"it can't be read ({error.strerror})"),))
    rows: list[Row] = []
    findings: list[Finding] = []
    prev, offset = FIRST_PREV, 0
    *whole, torn = data.split(b"\n")
    for number, raw in enumerate(whole, 1):
        try:
            body, prev = decode_body(raw, prev)
            due, still = body.pop("due", None), body.pop("open", None)
            rows.append(Row(number, offset, e.from_wire(body), due, still))
        except (BadLine, e.BadEvent) as bad:
            findings.append(Finding("integrity", 20, str(bad.args[0]), number, offset))
            break
        offset += len(raw) + 1
    if torn and not findings:
        findings.append(Finding("completeness", 21, f"its last line is unfinished ({len(torn)} bytes)", len(whole) + 1, offset))
    notes = ((row.number, str(row.event.bind[2])) for row in rows if isinstance(row.event, e.Raised) and len(row.event.bind) == 3)
    return Told(True, tuple(rows), tuple(findings), tuple((line, note) for line, note in notes if note))


def read_known(folder: str, told: Told, lines: int, closed: bool, signed: bool) -> Known:
    """One pass over the journal's first `lines` lines, for what the file is held against."""
    wanted = {row.event.bind[0] for row in told.rows if isinstance(row.event, e.Raised) and len(row.event.bind) == 3}
    opened: dict[str, int] = {}
    started: set[str] = set()
    digests: dict[int, str] = {}
    for number, raw in enumerate(raw_lines(folder), 1):
        if number > lines:
            break
        if number in wanted:
            digests[number] = sha256(raw).hexdigest()
        if b'"type":"incident.opened"' in raw:
            opened.setdefault(_path(str(body_of(raw).get("id", ""))), number)
        elif b'"argv":["notify"' in raw:
            started.add(_path(str(body_of(raw).get("id", ""))))
    return Known(lines, closed, signed, opened, frozenset(started), digests)


def _path(id_: str) -> str:
    path, _, rest = id_.partition("#")
    role = rest.rpartition("/")[2]
    return path if role in ("main", "") else f"{path}/{role}"


class IncidentAudit:
    """Judges the rows. `policy` is the one that the run kept; None for a run without."""

    def __init__(self, run: str, told: Told, known: Known, policy: Policy | None, ring: KeyRing) -> None:
        self.run = run
        self.told = told
        self.known = known
        self.policy = policy
        self.ring = ring
        self.proven = 0

    def findings(self) -> list[Finding]:
        """The first finding of each verdict counts."""
        found = [*self.told.findings, *self._missing()]
        for row in self.told.rows:
            found += self._bound(row)
        return found + list(self._replay())

    def _missing(self) -> Iterator[Finding]:
        """Escalations that the journal knows and the file doesn't. Without a policy nobody but the operator is told."""
        raised = {getattr(row.event, "id", "") for row in self.told.rows if isinstance(row.event, e.Raised)}
        cut = any(one.verdict == "integrity" for one in self.told.findings)
        for path, line in self.known.opened.items():
            if self.policy is not None and path not in raised and not cut:
                what = "holds nothing of it" if self.told.there else "isn't there"
                yield Finding("completeness", 21, f"line {line} of the journal raised an escalation, and it {what}", step=path)

    # --- its place in the journal ---

    def _bound(self, row: Row) -> Iterator[Finding]:
        event = row.event
        if not isinstance(event, e.Raised):
            return
        at = (row.number, row.offset, event.id)
        if event.run != self.run:
            yield Finding("integrity", 20, f"it is of another run ({event.run})", *at)
            return
        if event.plan.get("says"):
            if event.id not in self.known.said:
                yield Finding("conformance", 24, "the journal knows of no step that says so", *at)
            return
        if event.id not in self.known.opened and self.known.closed:
            yield Finding("conformance", 24, "the journal knows of no such escalation", *at)
        if len(event.bind) != 3 or type(event.bind[0]) is not int:
            yield Finding("integrity", 20, "it isn't bound to the journal", *at)
            return
        seq, digest, note = event.bind
        if seq > self.known.lines or (seq and self.known.digests.get(seq) != digest):
            yield Finding("integrity", 20, f"it is bound to a line {seq} that the journal doesn't have", *at)
        yield from self._signed(row, str(note))

    def _signed(self, row: Row, note: str) -> Iterator[Finding]:
        at = (row.number, row.offset, getattr(row.event, "id", ""))
        if not note:
            if self.known.signed:
                yield Finding("signature", 22, "it isn't bound to a signed checkpoint, and the run is signed", *at)
            return
        try:
            found = read_note(note)
        except BadNote as bad:
            yield Finding("signature", 22, f"it is bound to no checkpoint: {bad.args[0]}", *at)
            return
        for signature in found.signatures:
            key = self.ring.signed_by(signature)
            if key is None:
                continue
            if not key.verify(found.text.encode(), signature.data):
                yield Finding("signature", 22, f"the signature by {key.name} is false", *at)
            else:
                yield from self._dated(row, key.fault(row.event.at), key.name)
            return
        yield Finding("signature", 26, f"its checkpoint is signed by a key that isn't known here ({found.signatures[0].name})", *at)

    def _dated(self, row: Row, fault: str, name: str) -> Iterator[Finding]:
        at = (row.number, row.offset, getattr(row.event, "id", ""))
        if fault == "revoked":
            yield Finding("signature", 28, f"it is signed by {name}, which was revoked", *at)
        elif fault:
            yield Finding("signature", 27, f"it is signed by {name} outside of its dates", *at)

    # --- the rules ---

    def _replay(self) -> Iterator[Finding]:
        incident = Incident()
        pending: tuple[e.Event, ...] = ()
        last: e.Event | None = None
        for row in self.told.rows:
            event, at = row.event, (row.number, row.offset, str(getattr(row.event, "id", "")))
            pending = pending if pending and pending[0] == event else self._expected(incident, event, last)
            why = self._why_not(incident, event, pending)
            after = advance(incident, event)
            if isinstance(after, Refused):
                yield Finding("conformance", 24, after.why, *at)
                return
            if why:
                yield Finding("conformance", 24, why, *at)
            pending = pending[1:] if pending and pending[0] == event else ()
            incident, last = after, event
            due = next_due(incident)
            if row.due != (stamp_of(due) if due else "") or row.open != len(incident.open):
                yield Finding("conformance", 24, "what it says to be due, or open, isn't what the rules say", *at)
            if isinstance(event, e.Raised) and not event.plan.get("says"):
                yield from self._planned(row, event)
            if isinstance(event, e.Acknowledged | e.Resolved):
                yield from self._answered(row, event, incident.all[event.id])

    def _expected(self, incident: Incident, event: e.Event, last: e.Event | None) -> tuple[e.Event, ...]:
        """What the rules would record in this state at this moment."""
        moment = micros_of(event.at) or 0
        if isinstance(event, e.Owed):
            one = incident.all.get(event.id)
            if one is not None and event.kind == "message":
                wanted = said(one, incident.seq, moment)
                return (wanted,) if wanted is not None else ()
            if one is not None and isinstance(last, e.Acknowledged | e.Resolved) and last.id == event.id:
                wanted = word_back(one, one.state, incident.seq, moment)
                return (wanted,) if wanted is not None else ()
        return decide(incident, moment)

    def _why_not(self, incident: Incident, event: e.Event, expected: tuple[e.Event, ...]) -> str:
        if isinstance(event, (*DECIDED, e.Owed)):
            if expected and expected[0] == event:
                return ""
            there = f"they would have recorded {e.NAMES[type(expected[0])]!r}" if expected else "nothing was due then"
            return f"the rules record no such {e.NAMES[type(event)]!r} there: {there}"
        if isinstance(event, e.Sent | e.Tried):
            one = incident.all.get(event.id)
            message = one.messages.get(event.key) if one is not None else None
            return "" if message is None or message.begun else "nobody had begun to send it"
        return ""

    def _planned(self, row: Row, event: e.Raised) -> Iterator[Finding]:
        """Its ladder has to be the policy's that the run kept."""
        at = (row.number, row.offset, event.id)
        if self.policy is None:
            yield Finding("conformance", 24, "the run kept no policy, and it has a plan", *at)
            return
        moment = micros_of(event.at) or 0
        public = frozenset(map(str, event.plan.get("holidays", ())))
        texts = tuple((str(name), str(text)) for name, text in event.plan.get("templates", ()))
        plans = [plan_of(self.policy, event.severity, moment, tier, public, texts) for tier in ("", *self.policy.tiers)]
        plan = next((one for one in plans if one.as_json() == event.plan), None)
        if plan is None:
            yield Finding("conformance", 24, "its plan isn't that of the policy which the run kept", *at)
            return
        sla = plan.sla_at(moment)
        if (event.begins, event.sla) != (stamp_of(plan.begins(moment)), stamp_of(sla) if sla else ""):
            yield Finding("conformance", 24, "its moments aren't those of the policy which the run kept", *at)

    # --- who answered ---

    def _answered(self, row: Row, event: e.Acknowledged | e.Resolved, one: Escalation) -> Iterator[Finding]:
        at = (row.number, row.offset, event.id)
        if not event.proof:
            if event.grade == "proven":
                yield Finding("signature", 22, f"{event.by}'s answer is said to be proven, and nothing proves it", *at)
            return
        try:
            note = read_note(event.proof)
        except BadNote as bad:
            yield Finding("signature", 22, f"what proves {event.by}'s answer can't be read: {bad.args[0]}", *at)
            return
        if note.text != statement(VERBS[type(event)], one, event.by, event.at, event.note):
            yield Finding("signature", 22, f"what {event.by} signed is another answer", *at)
            return
        public = self._key_of(event.by)
        if not public:
            yield Finding("signature", 26, f"the policy that the run kept names no key of {event.by}", *at)
            return
        from ..adapters.keys import Key

        if not any(Key("", public).verify(note.text.encode(), signature.data) for signature in note.signatures):
            yield Finding("signature", 22, f"{event.by}'s answer isn't signed by the key that the policy names", *at)
            return
        known = next((key for signature in note.signatures if (key := self.ring.signed_by(signature)) is not None), None)
        if known is not None:
            yield from self._dated(row, known.fault(event.at), known.name)
        self.proven += 1

    def _key_of(self, name: str) -> bytes:
        person = self.policy.people.get(name) if self.policy is not None else None
        if person is None or not person.key:
            return b""
        try:
            return b64decode(person.key.partition(":")[2])
        except ValueError:
            return b""
