"""Rehearsing a run: the real reads, no change, nobody told; and what came of it, step by step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..adapters.clock import SystemClock
from ..adapters.inbox import FileInbox
from ..adapters.journal import FileJournal
from ..adapters.locks import FileLocks
from ..adapters.mask import Masker
from ..adapters.secrets import load_secrets
from ..adapters.world import RealWorld
from ..base.diagnostics import RunbookError
from ..base.record import Record
from ..executors.registry import executor
from ..machine.events import RunOpened
from ..machine.outcome import FAILED, SUCCEEDED
from ..plan.as_json import sealed
from ..plan.entry import Assumptions, Expected
from ..plan.entry import Filled as Assumed
from ..plan.holes import holes_in
from ..plan.make import make_plan
from ..plan.shown import words
from ..plan.unify import Index, plain
from ..runtime.dryrun import DryRun, has_holes
from .inputs import locks_of
from .runs import NAME, ORIGIN, opening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeVar

    from ..adapters.store import RunFolder, Store
    from ..base.diagnostics import Diagnostic
    from ..expr.values import Value
    from ..machine.core import Program
    from ..plan.entry import Plan
    from ..runtime.dryrun import Seen, Walk
    from ..runtime.ports import Journal
    from ..runtime.recorder import Recorder
    from .load import Loaded
    from .runs import Session

    T = TypeVar("T", "Read", "Change")

MODES = {"reads": "dry-run", "rehearse": "rehearse"}
WALKS = "walks"
"""Below the run's folder: the journals of the second walk and the further ones, by number."""


class Filled(Record):
    """What a hole of the plan came to, where it was first wanted."""

    hole: str
    value: str
    path: str


class Change(Record):
    """A change that would be made. `verdict`: assumed | rehearsed | failed; `message` says why it would fail.

    `way` is the number of the first walk that comes by, from 1. `findings`: what its server said of it without doing it.
    """

    path: str
    role: str
    effect: str
    words: tuple[str, ...]
    verdict: str
    message: str
    way: int
    findings: tuple[Diagnostic, ...] = ()


class Read(Record):
    """A read: `verdict` ok | failed | assumed, and why. `way` as for a change."""

    path: str
    role: str
    words: tuple[str, ...]
    verdict: str
    message: str
    way: int
    findings: tuple[Diagnostic, ...] = ()


class End(Record):
    """Where a walk ended: what it took for granted, the result, and what stopped it."""

    picks: tuple[tuple[str, bool], ...]
    result: str
    exit: int
    step: str = ""
    kind: str = ""
    message: str = ""


class Rehearsed(Record):
    """All that a rehearsal found. `exit` is that of the first walk that succeeds, else of the first walk; 1 where a server
    says that something can't work.

    `asked` and `told` are what people would have been asked, and told: (path, text).
    """

    run: RunFolder
    depth: str
    program: Program
    plan: Plan
    walks: tuple[Walk, ...]
    filled: tuple[Filled, ...]
    reads: tuple[Read, ...]
    changes: tuple[Change, ...]
    asked: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...]
    ends: tuple[End, ...]
    unexplored: int
    exit: int

    @property
    def stops(self) -> tuple[End, ...]:
        """The walks that would not succeed."""
        return tuple(end for end in self.ends if end.exit != SUCCEEDED)

    def assumed(self) -> Plan:
        """The plan with what was found before the first change, for a run to be bound to."""
        fresh = [item for walk in self.walks for item in walk.seen if item.fresh]
        filled = tuple(Assumed(item.hole, item.value, item.path) for item in _filled(self.plan, fresh, each=True))
        changes = tuple(dict.fromkeys(_expected(item) for walk in self.walks for item in walk.seen if item.effect != "read"))
        skipped = tuple(dict.fromkeys(path for walk in self.walks for path in walk.skipped))
        return sealed(self.plan.replace(assumptions=Assumptions(self.depth, filled, skipped, changes)), self.program)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON data in reading order."""
        return {
            "run": self.run.id,
            "depth": self.depth,
            "plan": self.plan.digest,
            "exit": self.exit,
            "unexplored": self.unexplored,
            "ends": [{**_fields(end), "picks": [{"path": path, "taken": arm} for path, arm in end.picks]} for end in self.ends],
            "filled": [_fields(item) for item in self.filled],
            "reads": [_item(item) for item in self.reads],
            "changes": [_item(item) for item in self.changes],
            "asked": [{"path": path, "text": text} for path, text in self.asked],
            "told": [{"path": path, "text": text} for path, text in self.told],
        }


def _fields(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__fields__}


def _item(item: Read | Change) -> dict[str, Any]:
    return {**_fields(item), "words": list(item.words), "findings": [finding.as_json() for finding in item.findings]}


def rehearse(loaded: Loaded, inputs: Mapping[str, Value], session: Session, store: Store, depth: str = "reads") -> Rehearsed:
    """Walk the runbook without changing anything. `depth`: reads | rehearse (changes are rehearsed where they can be).

    `inputs` are complete. What ran is in the journal of a run of its own, which can't be resumed. Raises RunbookError
    as a run's start does: the file's errors, a missing secret, an unwritable store.
    """
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    program = loaded.program
    locks_of(program, inputs)
    secrets = load_secrets(program.secrets, folder=loaded.library, environ=session.environ, ask=session.ask_secret)
    masker = Masker(secrets.values())
    run = store.create_run()
    run.save_program({**loaded.files, NAME: os.path.basename(loaded.path).encode(), ORIGIN: os.path.abspath(loaded.path).encode()})
    locks = FileLocks(os.path.join(store.root, "locks"), run.id)
    world = RealWorld(
        program,
        run,
        loaded.library,
        loaded.files,
        session.environ,
        secrets,
        masker,
        locks,
        FileInbox(run.inbox),
        session.person,
        executor,
    )
    world.know_inputs(inputs)
    open_run = _opener(program, run, inputs, session, depth)
    dry = DryRun(program, world, SystemClock(), session.watcher, _journals(run, masker), open_run, inquiring=True)
    try:
        walks = dry.run()
    finally:
        locks.close()
    return report(program, make_plan(program, inputs), run, depth, walks, dry.unexplored)


def _journals(run: RunFolder, masker: Masker) -> Callable[[int], Journal]:
    """The first walk's journal is the run's; each further one has a folder of its own below it."""

    def journal(number: int) -> Journal:
        if number == 0:
            return run.create_journal(masker)
        folder = os.path.join(run.path, WALKS, str(number + 1))
        os.makedirs(folder, mode=0o700)
        return FileJournal.create(folder, masker)

    return journal


def _opener(program: Program, run: RunFolder, inputs: Mapping[str, Value], session: Session, depth: str) -> Callable[[Recorder], None]:
    def open_run(recorder: Recorder) -> None:
        recorder.record(RunOpened, **opening(program, run.id, inputs, session.operator, MODES[depth]))

    return open_run


def report(program: Program, plan: Plan, run: RunFolder, depth: str, walks: list[Walk], unexplored: int) -> Rehearsed:
    """What the walks came to. Equal things on several walks are told once."""
    numbered = [(way, item) for way, walk in enumerate(walks, 1) for item in walk.seen]
    ends = tuple(_end(walk) for walk in walks)
    good = next((end for end in ends if end.exit == SUCCEEDED), ends[0])
    wrong = any(finding.is_error for _, item in numbered for finding in item.findings)
    return Rehearsed(
        run,
        depth,
        program,
        plan,
        tuple(walks),
        _filled(plan, [item for _, item in numbered]),
        tuple(_firsts(_read(item, way) for way, item in numbered if item.effect == "read")),
        tuple(_firsts(_change(item, way) for way, item in numbered if item.effect != "read")),
        tuple(dict.fromkeys(item for walk in walks for item in walk.asked)),
        tuple(dict.fromkeys(item for walk in walks for item in walk.told)),
        ends,
        unexplored,
        FAILED if wrong and good.exit == SUCCEEDED else good.exit,
    )


def _firsts(items: Iterable[T]) -> Iterator[T]:
    """Equal items but for their way once, with the first of their ways."""
    known: set[object] = set()
    for item in items:
        key = item.replace(way=0)
        if key not in known:
            known.add(key)
            yield item


def _filled(plan: Plan, seen: list[Seen], *, each: bool = False) -> tuple[Filled, ...]:
    """Holes of the plan that the reads have filled; what still has a hole in it isn't filled. `each`: at each path anew."""
    index = Index(plan)
    found: dict[tuple[str, ...], Filled] = {}
    for item in seen:
        for _, pairs in index.fitting(item.path, item.role, item.request):
            for hole, value in pairs:
                if next(holes_in(value), None) is None:
                    key = (hole, plain(value), item.path) if each else (hole, plain(value))
                    found.setdefault(key, Filled(hole, plain(value), item.path))
    return tuple(found.values())


def _expected(seen: Seen) -> Expected:
    known = seen.fresh and not has_holes(seen.request)
    return Expected(seen.path, seen.role, tuple(words(seen.request)), seen.request.digest() if known else "")


def _read(seen: Seen, way: int) -> Read:
    verdict = "failed" if not seen.ok else "assumed" if seen.how == "assumed" else "ok"
    return Read(seen.path, seen.role, tuple(words(seen.request)), verdict, seen.message, way, seen.findings)


def _change(seen: Seen, way: int) -> Change:
    verdict = "failed" if not seen.ok else "assumed" if seen.how == "assumed" else "rehearsed"
    return Change(seen.path, seen.role, seen.effect, tuple(words(seen.request)), verdict, seen.message, way, seen.findings)


def _end(walk: Walk) -> End:
    outcome: Mapping[str, Any] = walk.state.closed or {}
    failure = outcome.get("failure", {})
    return End(
        walk.picks,
        str(outcome["result"]),
        int(outcome["exit"]),
        str(failure.get("step", "")),
        str(failure.get("kind", "")),
        str(failure.get("message", "")),
    )
