"""What a run's events mean for somebody who watches: one line for each that matters, and where each step stands."""

from __future__ import annotations

from ..base.duration import human_duration
from ..base.record import Record, constructor
from ..machine import events as e
from ..machine.control import ActCtl, Failed, NeedCtl, ScopeCtl
from ..machine.outcome import leaves
from ..machine.stamps import micros_of
from .story_places import command_line, spots_of
from .terminal_rows import Row, rows_of, standing, static_path, titles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from ..machine.control import Ctl, Failure, State
    from ..machine.core import Program
    from .story_places import Spot

_HELD = {"answer": "asks", "do": "asks", "approval": "approval"}


class Line(Record):
    """One thing that happened. `tone`: ok | bad | warn | dim | plain. `detail` lines are shown only when more is asked for."""

    at: int
    path: str
    word: str
    text: str = ""
    tone: str = "plain"
    elapsed: int = -1
    detail: bool = False
    again: bool = False  # a retry or a wait that goes on: shown now and then only


_line = constructor(Line)


class Story:
    """Folds events. `state` in `see` is the one after the event; without it (the first events) less is known."""

    def __init__(self, program: Program, *, details: bool = True) -> None:
        """Without `details` there are no lines for what only a watcher who asks for more gets to see."""
        self.details = details
        self.titles = titles_of(program)
        self._program = program
        self._spots: dict[str, Spot] | None = None
        self.rows: dict[str, Row] = {row.path: row for row in rows_of(program)}
        self.run = ""
        self.opened = 0
        self.now = 0
        self._waits: set[tuple[str, int]] = set()
        self._deeds: set[str] = set()  # where something is to be done, rather than agreed to
        self._failures: set[tuple[str, str]] = set()
        self._passed: set[str] = set()

    def title(self, path: str) -> str:
        return self.titles.get(static_path(path), "")

    def row(self, path: str) -> Row:
        """The row of a path; one for each turn of a loop."""
        found = self.rows.get(path)
        if found is None:
            written = static_path(path)  # a turn of a loop belongs to the step as written
            within = written if written != path and written in self.rows else ""
            found = self.rows[path] = Row(path, self.title(path), *self._spot(path, written), within=within)
        return found

    @property
    def spots(self) -> dict[str, Spot]:
        """By path as written, every step; looked up only once something asks."""
        if self._spots is None:
            self._spots = spots_of(self._program)
        return self._spots

    def _spot(self, path: str, written: str) -> tuple[int, str]:
        """How deep a step stands, and its effect."""
        spot = self.spots.get(written)
        return (path.count("/"), "") if spot is None else (spot.depth, spot.effect)

    def standing(self, state: State | None) -> dict[str, str]:
        """The state of each row by path, also of steps that hold others."""
        return standing(list(self.rows.values()), state, {path for path, _ in list(self._failures)}, self._passed)

    def see(self, event: e.Event, state: State | None) -> list[Line]:
        """What there is to say about an event."""
        self.now = state.now if state is not None else micros_of(event.at) or self.now
        handler = _HANDLERS.get(type(event))
        lines = [*handler(self, event, state)] if handler else []
        if state is not None and type(event) not in _NOTHING_NEW:
            lines += self.stands(state)
        return lines

    def stands(self, state: State) -> list[Line]:
        """Waits and failures of a state that haven't been told: they begin without an event of their own."""
        found = self._new_waits(state)
        failures = _handled(state.tree)
        if type(state.result) is Failed:
            failures.append(state.result.failure)
        return [*found, *self._new_failures(failures)] if failures else found

    def _new_waits(self, state: State) -> list[Line]:
        """Waits for people and time begin without an event of their own."""
        found = []
        for leaf in leaves(state.tree):
            if type(leaf) is NeedCtl:
                kind, due = leaf.need.what, leaf.due
            elif type(leaf) is ActCtl and leaf.state == "held":
                kind, due = "approval", leaf.due
            else:
                continue
            path = leaf.path
            if (path, due) in self._waits:
                continue
            self._waits.add((path, due))
            if kind == "do":
                self._deeds.add(path)
            row = self.row(path)
            row.state, row.due, row.began = "waits", due, row.began or self.now
            if kind == "timer":
                found.append(self._line(path, "waits", f"for {human_duration(max(0, due - self.now))}", "dim"))
            else:
                text = leaf.text if isinstance(leaf, NeedCtl) else "of its undo" if leaf.role == "undo" else self.title(path)
                found.append(self._line(path, _HELD[kind], text, "warn"))
        return found

    def _new_failures(self, failures: list[Failure]) -> Iterator[Line]:
        """Failures that no attempt's end told of: an expression's error, an unsuccessful end."""
        for failure in failures:
            key = (failure.path, failure.message)
            if key in self._failures:
                continue
            self._failures.add(key)
            row = self.rows.get(failure.path)
            if row is None or row.state != "failed":
                if row is not None:
                    row.state, row.message, row.ended = "failed", failure.message, self.now
                word = "refused" if failure.kind in ("refused", "expired") else "failed"
                yield self._line(failure.path, word, failure.message, "bad")

    def _line(
        self, path: str, word: str, text: str = "", tone: str = "plain", elapsed: int = -1, detail: bool = False, again: bool = False
    ) -> Line:
        return _line(Line, self.now, path, word, text, tone, elapsed, detail, again)

    def _opened(self, event: e.RunOpened, state: State | None) -> Iterator[Line]:
        self.run, self.opened = event.run, self.now
        yield self._line("", "run", f"{event.run[-8:]}  {event.runbook}, started by {event.operator} on {event.host}", "dim")

    def _resumed(self, event: e.RunResumed, state: State | None) -> Iterator[Line]:
        yield self._line("", "resumed", f"by {event.operator}, {human_duration(event.down_us)} after it stopped", "dim")
        if event.tools_changed:
            yield self._line("", "changed", f"since it was opened: {', '.join(event.tools_changed)}", "warn")

    def _started(self, event: e.ActStarted, state: State | None) -> Iterator[Line]:
        path, number, role = parts_of(event.id)
        row = self.row(path)
        if row.role != role or row.state not in ("again", "running"):
            row.began = self.now
        row.role, row.state, row.attempts, row.due = role, "running", number, 0
        if self.details:
            yield self._line(path, "starts", command_line(event.argv), "dim", detail=True)

    def _ended(self, event: e.ActEnded, state: State | None) -> Iterator[Line]:
        path, number, role = parts_of(event.id)
        row = self.row(path)
        if role == "applied":
            yield self._line(path, "asked", "whether it took place", "dim", event.elapsed_us)
            return
        judged = None
        for note in state.notes if state is not None else ():
            if note.path == path and note.what == "judged":
                judged = note.text
                break
        if judged is None and not event.ok and _cut_short(event, state):
            row.state, row.due = "pending", 0
            yield self._line(path, "cut short", "before its end; it starts again when the run goes on", "warn", self.now - row.began)
            return
        if judged is None:
            row.state, row.ended, row.message = "undone" if role == "undo" else "done", self.now, ""
            word = {"undo": "undone", "rehearse": "rehearsed"}.get(role, "ok")
            tries = f"at attempt {number}" if number > 1 else ""
            yield self._line(path, word, tries, "ok", self.now - row.began if row.began else event.elapsed_us)
            return
        yield from self._judged(row, judged.partition(": ")[2] or judged, number, role, state)

    def _judged(self, row: Row, message: str, number: int, role: str, state: State | None) -> Iterator[Line]:
        leaf = leaf_of(state, row.path, role)
        row.message = message
        if leaf is not None and leaf.state == "backoff":
            row.state, row.due = "again", leaf.due
            pause = human_duration(max(0, leaf.due - self.now))
            yield self._line(row.path, "again", f"attempt {number + 1} in {pause}: {message}", "dim", again=True)
        elif leaf is not None and leaf.state == "doubt":
            row.state = "doubt"
            what = "its undo" if role == "undo" else "the change"
            yield self._line(row.path, "in doubt", f"it is not known whether {what} took place: {message}", "warn")
        else:
            row.state, row.ended = "failed", self.now
            yield self._line(row.path, "undo failed" if role == "undo" else "failed", message, "bad", self.now - row.began)

    def _found(self, event: e.ActFound, state: State | None) -> Iterator[Line]:
        path, _, role = parts_of(event.id)
        what = f"the process {event.pid} of its undo" if role == "undo" else f"its process {event.pid}"
        yield self._line(path, "found", f"{what} is still running", "warn")

    def _lost(self, event: e.ActLost, state: State | None) -> Iterator[Line]:
        path, _, role = parts_of(event.id)
        leaf = leaf_of(state, path, role)
        doubt = leaf is not None and leaf.state == "doubt"
        row = self.row(path)
        row.state = "doubt" if doubt else _not_undone(role)
        what, it = ("its undo", "that") if role == "undo" else ("it", "it")
        if doubt:
            yield self._line(path, "in doubt", f"the run died while {what} was running; it is not known whether {it} took place", "warn")
        else:
            yield self._line(path, "cut off", f"the run died while {what} was running; {it} starts again", "dim")

    def _met(self, event: e.NeedMet, state: State | None) -> Iterator[Line]:
        path = event.path.partition("#")[0]
        row = self.row(path)
        refused = event.verdict not in ("approved", "waived", "")
        row.state, row.ended = ("failed" if refused else "done"), self.now
        word = "refused" if refused else event.verdict or "answered"
        if path in self._deeds:
            word = "not done" if refused else "done"
        value = f"{event.value} " if event.value and not event.verdict else ""
        note = f": {event.note}" if event.note else ""
        yield self._line(path, word, f"{value}by {event.by}{note}", "bad" if refused or event.verdict == "waived" else "ok")

    def _expired(self, event: e.NeedExpired, state: State | None) -> Iterator[Line]:
        path = event.path.partition("#")[0]
        taken = next((note.text for note in state.notes if (note.path, note.what) == (path, "expired")), "") if state is not None else ""
        if taken:
            row = self.row(path)
            row.state, row.ended = "done", self.now
        yield self._line(path, "expired", taken or "nobody answered in time", "warn")

    def _fired(self, event: e.TimerFired, state: State | None) -> Iterator[Line]:
        row = self.row(event.path.partition("#")[0])
        if row.state == "waits":
            row.state, row.ended = "done", self.now
            yield self._line(row.path, "ok", "", "ok", self.now - row.began)

    def _settled(self, event: e.DoubtSettled, state: State | None) -> Iterator[Line]:
        path, _, role = parts_of(event.id)
        row = self.row(path)
        done, it = ("undone", "its undo") if role == "undo" else ("done", "it")
        row.state = {"yes": done, "unknown": "failed"}.get(event.applied, _not_undone(role))
        said = {"yes": f"{it} took place", "no": f"{it} did not take place"}.get(event.applied, "it stays unknown")
        yield self._line(path, "settled", f"{said}, says {'its own read' if event.by == 'probe' else event.by}", "warn")

    def _cancel(self, event: e.CancelAsked, state: State | None) -> Iterator[Line]:
        said = {1: "nothing new is started; what changes something is awaited", 2: "running programs are asked to end"}
        yield self._line("", "stopping", said.get(event.level, "running programs are killed"), "warn")

    def _abort(self, event: e.AbortAsked, state: State | None) -> Iterator[Line]:
        yield self._line("", "aborted", f"by {event.by}" + (", what was done is undone" if event.undo else ""), "warn")

    def _retried(self, event: e.StepRetried, state: State | None) -> Iterator[Line]:
        yield self._line(event.path.partition("#")[0], "again", f"at once, says {event.by}", "dim")

    def _waived(self, event: e.StepWaived, state: State | None) -> Iterator[Line]:
        self.row(event.path).state = "skipped"
        yield self._line(event.path, "skipped", f"by {event.by}: {event.why}", "warn")

    def _incident(self, event: e.IncidentOpened, state: State | None) -> Iterator[Line]:
        path = event.id.partition("#")[0]
        row = self.row(path)
        row.state, row.ended = "done", self.now
        yield self._line(path, "escalated", "", "warn")

    def _busy(self, event: e.LockBusy, state: State | None) -> Iterator[Line]:
        yield self._line("", "locked", f"{event.key} is held by {event.holder or 'another run'}", "bad")

    def _locked(self, event: e.LockTaken, state: State | None) -> Iterator[Line]:
        yield self._line("", "locks", event.key, "dim", detail=True)

    def _repaired(self, event: e.JournalRepaired, state: State | None) -> Iterator[Line]:
        yield self._line("", "repaired", f"an unfinished last line of the journal was moved to {event.moved_to}", "warn")

    def _assumed(self, event: e.ActAssumed, state: State | None) -> Iterator[Line]:
        path = parts_of(event.id)[0]
        row = self.row(path)
        row.state, row.ended = "done", self.now
        yield self._line(path, "would run", "", "plain")

    def _note(self, event: e.Note, state: State | None) -> Iterator[Line]:
        path, what = event.path, event.what
        row = self.row(path) if path else None
        if what in _SPOKEN or row is None or (what == row.state == "skipped"):
            return
        if what == "set":
            row.state, row.ended = "done", self.now
            yield self._line(path, "set", event.text, "dim")
        elif what == "skipped":
            row.state = "skipped"
            yield self._line(path, "skipped", event.text, "dim")
        elif what == "refused":
            told, row.state = row.state == "failed", "failed"
            if not told:  # by the failure that it is
                row.message = event.text
                yield self._line(path, "refused", event.text, "bad")
        elif what == "waived":
            yield self._line(path, "WAIVED", event.text, "bad")
        elif what == "passed over":
            self._passed.add(path)
            row.state = "failed"
            yield self._line(path, "goes on", "its failure is passed over", "warn")
        elif what == "undone":
            row.state = "undone"
        else:
            yield self._line(path, what, event.text, "dim", detail=what == "bound")


_NOTHING_NEW = e.UNMOVING | {e.ActStarted}
"""Events after which nothing waits or has failed that didn't before."""

_SPOKEN = ("judged", "doubt", "settled", "expired", "aborted", "busy", "assumed")
"""Notes about what another event has told already."""

_HANDLERS: Mapping[type[e.Event], Callable[[Story, Any, State | None], Iterator[Line]]] = {
    e.RunOpened: Story._opened,
    e.RunResumed: Story._resumed,
    e.ActStarted: Story._started,
    e.ActEnded: Story._ended,
    e.ActFound: Story._found,
    e.ActLost: Story._lost,
    e.NeedMet: Story._met,
    e.NeedExpired: Story._expired,
    e.TimerFired: Story._fired,
    e.DoubtSettled: Story._settled,
    e.CancelAsked: Story._cancel,
    e.AbortAsked: Story._abort,
    e.StepRetried: Story._retried,
    e.StepWaived: Story._waived,
    e.IncidentOpened: Story._incident,
    e.LockBusy: Story._busy,
    e.LockTaken: Story._locked,
    e.JournalRepaired: Story._repaired,
    e.ActAssumed: Story._assumed,
    e.Note: Story._note,
}


def _cut_short(event: e.ActEnded, state: State | None) -> bool:
    """Whether a failed attempt that may be repeated was ended because a person stopped the run: neither a success nor a failure."""
    return state is not None and state.cancel > 0 and event.kind == "killed"


def _not_undone(role: str) -> str:
    """Where a step stands whose attempt did nothing: an undo leaves it as it was."""
    return "done" if role == "undo" else "pending"


def parts_of(id_: str) -> tuple[str, int, str]:
    """(path, attempt, role) of `path#attempt/role`. A key of a loop holds no `#`."""
    path, _, rest = id_.partition("#")
    number, _, role = rest.partition("/")
    return path, int(number) if number.isdigit() else 0, role or "main"


def leaf_of(state: State | None, path: str, role: str) -> ActCtl | None:
    """The active act at a path."""
    if state is None:
        return None
    found = (leaf for leaf in leaves(state.tree) if isinstance(leaf, ActCtl) and leaf.path == path and leaf.role == role)
    return next(found, None)


def _handled(ctl: Ctl | None) -> list[Failure]:
    """What scopes along the spine are handling, the outer first; those inside of branches are told when they end."""
    found = []
    while ctl is not None:
        if type(ctl) is ScopeCtl and ctl.failure is not None and ctl.phase == "handling":
            found.append(ctl.failure)
        ctl = getattr(ctl, "child", None)
    return found
