"""Whether what a journal tells is what the reviewed runbook allowed: its events, replayed through the machine.

The rules are the machine's own; here is only the replay, two checks that a live run can't fail (the words that are shown, a window
that is still open at the start), and the words in which a departure is told.
"""

from __future__ import annotations

import re
from hashlib import sha256

from ..adapters.lines import FIRST_PREV, LINE_LIMIT, BadLine, decode
from ..adapters.scan import open_journal
from ..adapters.terminal_rows import static_path, titles_of
from ..adapters.terminal_story import leaf_of, parts_of
from ..base.record import Record
from ..machine.control import ActCtl, State
from ..machine.events import ActEnded, ActStarted, Event, NeedMet, Note, RunOpened, StateKept
from ..machine.moves import Await, Start, Timer
from ..machine.opening import open_moves
from ..machine.outcome import leaves
from ..machine.snapshot import FORMAT, Unpackable, pack
from ..machine.stamps import micros_of
from ..runtime.replay import Replay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..machine.control import Refused
    from ..machine.core import Program
    from ..plan.bound import Binding

LATE_US = 60_000_000
"""A step starts at once when it is ready. One that starts so long after its window was shut wasn't decided on inside of it."""


class Departure(Record):
    """The first event that the runbook didn't allow."""

    line: int
    offset: int
    step: str
    why: str


class Conformed(Record):
    """`departure` is None when all `events` are allowed. `state` is the one after the last event that is."""

    events: int
    state: State
    departure: Departure | None = None


class _Facts:
    """Where the story of each step stands, for the words of a departure."""

    def __init__(self) -> None:
        self.line = 0
        self.offset = 0
        self.ended: dict[str, int] = {}
        self.notes: dict[str, tuple[int, str, str]] = {}

    def see(self, event: Event) -> None:
        if isinstance(event, ActEnded) and event.ok:
            self.ended[event.id.partition("#")[0]] = event.seq
        elif isinstance(event, Note) and event.what in ("refused", "skipped"):
            self.notes[event.path] = (event.seq, event.what, event.text)


def conform(program: Program, folder: str, size: int, bound: Callable[[RunOpened], Binding | None] = lambda opened: None) -> Conformed:
    """Replays the journal in `folder`, at most its first `size` bytes. `bound` gives the plan of a run that was bound to one. Raises
    RunbookError RB604 when there is no journal, and what `bound` raises."""
    facts = _Facts()
    fold = Replay(program)
    binding: Binding | None = None
    try:
        for event in _events(folder, size, facts):
            before = fold.state
            if isinstance(event, RunOpened):
                binding = bound(event)
            why = _beyond(program, before, event, binding)
            finding = fold.take(event)
            if finding is not None:
                why = _why(program, before, event, finding.refused, facts)
            elif fold.missing:
                why = "the notes that the rules derive from what is above it are missing"
            if why:
                return Conformed(event.seq - 1, before, Departure(facts.line, facts.offset, step_of(event), why))
            facts.see(event)
            if binding is not None:
                binding.saw(event)
    except BadLine as bad:
        return Conformed(facts.line - 1, fold.state, Departure(facts.line, facts.offset, "", str(bad.args[0])))
    if fold.state.phase == "closed" and fold.notes < len(fold.state.notes):
        return Conformed(facts.line, fold.state, Departure(facts.line, facts.offset, "", "the last notes are missing"))
    return Conformed(facts.line, fold.state)


def _events(folder: str, size: int, facts: _Facts) -> Iterator[Event]:
    prev = FIRST_PREV
    at = 0
    with open_journal(folder) as stream:
        while at < size and (raw := stream.readline(LINE_LIMIT + 1)):
            facts.line, facts.offset = facts.line + 1, at
            event, prev = decode(raw[:-1], prev)
            at += len(raw)
            yield event


def step_of(event: Event) -> str:
    """The step that an event is of; '' for those of the whole run."""
    path = getattr(event, "id", "") or getattr(event, "path", "")
    return str(path).partition("#")[0]


def _beyond(program: Program, state: State, event: Event, binding: Binding | None) -> str:
    """What is wrong with an event that the machine would take."""
    if isinstance(event, ActStarted):
        return _beyond_start(program, state, event, binding)
    return _beyond_kept(program, state, event) if isinstance(event, StateKept) else ""


def _beyond_kept(program: Program, state: State, event: StateKept) -> str:
    """A snapshot that a resume would have gone on from has to be the one of the state that the events give."""
    if event.format != FORMAT:
        return ""  # another version wrote it, and only that one can read it
    try:
        data = pack(program, state).encode("utf-8", "surrogatepass")
    except Unpackable:
        data = b""
    return "" if sha256(data).hexdigest() == event.snapshot else "the kept state is not the one that the events above it give"


def _beyond_start(program: Program, state: State, event: ActStarted, binding: Binding | None) -> str:
    path, _, role = parts_of(event.id)
    leaf = leaf_of(state, path, role)
    if leaf is None or leaf.state != "ready" or leaf.request is None or leaf.id != event.id:
        return ""
    if not _shows(event.argv, leaf.request.shown()):
        return _other_words(leaf, event)
    departs = "" if binding is None else binding.refusal(path, role, leaf.act.effect, leaf.request)
    if departs:
        return f"it departs from the plan that the run is bound to: {departs}"
    now = micros_of(event.at) or 0
    if role == "main" and now - state.now > LATE_US:
        shut = [name for name in leaf.act.windows if name in program.windows and program.windows[name](now) > now]
        if shut:
            return f"it ran after its window {', '.join(shut)} was shut"
    return ""


_MASKED = re.compile("«[^«»]*»")


def _shows(words: list[str], wanted: list[str]) -> bool:
    """Whether the words in the journal are those of the request; a masked part stands for any text."""
    if words == wanted:
        return True
    return len(words) == len(wanted) and all(one == other or _masked(one, other) for one, other in zip(words, wanted, strict=True))


def _masked(word: str, wanted: str) -> bool:
    parts = [re.escape(part) for part in _MASKED.split(word)]
    return len(parts) > 1 and re.fullmatch(".*".join(parts), wanted, re.DOTALL) is not None


def _other_words(leaf: ActCtl, event: ActStarted) -> str:
    assert leaf.request is not None
    return f"it ran with other words: the runbook gives {_words(leaf.request.shown())}, here stand {_words(event.argv)}"


def _words(words: list[str]) -> str:
    text = " ".join(words)
    return f"`{text if len(text) <= 200 else text[:199] + '…'}`"


def _why(program: Program, state: State, event: Event, refused: Refused, facts: _Facts) -> str:
    """A refused event in words: what the step lacked, or what would have come instead."""
    if isinstance(event, ActStarted):
        path, number, role = parts_of(event.id)
        leaf = leaf_of(state, path, role)
        told = _of_leaf(program, leaf, event, number, facts) if leaf is not None else _of_none(program, state, path, role, facts)
        return told or refused.why
    if isinstance(event, NeedMet) and refused.code == "RB507" and not _waited_for(state, event.path):
        return f"nothing waited for this answer or approval ({refused.why})"
    return refused.why


def _of_leaf(program: Program, leaf: ActCtl, event: ActStarted, number: int, facts: _Facts) -> str:
    """Why an act that is under way couldn't start so."""
    state = leaf.state
    if state == "held":
        wanted = leaf.act.approval.count if leaf.act.approval else 1
        return f"it ran without its approval ({len(leaf.approved)} of {wanted} given)"
    if state == "shut":
        return f"it ran outside of its window {', '.join(leaf.act.windows)}"
    if state in ("running", "adrift", "adopted"):
        return f"it ran twice at once: attempt {leaf.n} was still under way"
    if state == "backoff":
        return f"it ran again before its attempt {leaf.attempts + 1} was due"
    if state == "doubt":
        return "it ran again while it was in doubt whether it had taken place"
    if state == "ready" and leaf.id != event.id:
        return f"it ran as attempt {number}, and attempt {leaf.n + 1} was due"
    if state == "ready" and event.argv_digest != leaf.digest:
        return _other_words(leaf, event)
    return ""


def _of_none(program: Program, state: State, path: str, role: str, facts: _Facts) -> str:
    """Why a step that isn't active couldn't start."""
    derived = [(0, note.what, note.text) for note in state.notes if note.path == path and note.what in ("refused", "skipped")]
    noted = derived[-1] if derived else facts.notes.get(path)
    if noted is not None and role == "main":
        where = f" (line {noted[0]})" if noted[0] else ""
        if noted[1] == "refused":
            return f"it ran though its {noted[2]}{where}"
        return f"it ran though it was skipped: {noted[2]}{where}"
    if path in facts.ended and role == "main":
        return f"it ran a second time: it had ended on line {facts.ended[path]}"
    if static_path(path) not in titles_of(program):
        return "the runbook has no such step"
    return f"it ran out of order: {_next(program, state)}"


def _next(program: Program, state: State) -> str:
    """What was open instead."""
    due = [move.path for move in open_moves(program, state) if isinstance(move, (Start, Await, Timer))]
    due += [leaf.path for leaf in leaves(state.tree) if isinstance(leaf, ActCtl) and leaf.state == "running"]
    return f"{', '.join(sorted(set(due))[:5])} came first" if due else "nothing was left to do"


def _waited_for(state: State, path: str) -> bool:
    return any(getattr(leaf, "path", None) == path.partition("#")[0] for leaf in leaves(state.tree))
