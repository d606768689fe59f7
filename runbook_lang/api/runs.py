"""Starting, resuming and ending runs: puts the real parts together and hands them to a driver."""

from __future__ import annotations

import os
import socket
from pwd import getpwuid
from typing import TYPE_CHECKING, Any

from ..adapters.clock import SystemClock
from ..adapters.inbox import FileInbox, drop
from ..adapters.keys import KeyRing
from ..adapters.locks import FileLocks
from ..adapters.mask import Masker
from ..adapters.plan_uses import use_plan
from ..adapters.secrets import Secrets, load_secrets
from ..adapters.store import RunFolder, Store
from ..adapters.uuid7 import uuid7
from ..adapters.world import RealWorld
from ..base.diagnostics import RunbookError, fail
from ..base.record import Record
from ..executors.registry import executor
from ..expr.tagged import dumps
from ..machine.control import ActCtl, State
from ..machine.events import RULES, AbortAsked, JournalRepaired, RunOpened, RunResumed, StepRetried, StepWaived
from ..machine.moves import Await
from ..machine.opening import open_moves
from ..machine.outcome import NEEDS_PERSON, leaves
from ..plan.digest import plan_digest
from ..runtime.live import LiveDriver
from ..runtime.recorder import Recorder
from ..surfaces.evaluate import prepare
from .approving import JudgedInbox
from .binding import PLAN, check_inputs, resumed_binding, seen_by, used_before
from .fold import KeptState, folded
from .identity import changed, tools_of, with_versions
from .inputs import locks_of
from .load import Loaded, load
from .same import check_same
from .signing import Unsigned, signing_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..adapters.world import Person
    from ..expr.values import Value
    from ..machine.core import Program
    from ..machine.events import Event
    from ..runtime.ports import Watcher
    from ..runtime.replay import Replayed
    from .binding import Bound
    from .telling import Teller

NAME = "program.name"
"""Under this name the run keeps which of its files is the runbook."""
ORIGIN = "program.path"
"""Under this name the run keeps where the runbook lay when the run started."""


class Finished(Record):
    """How a call of `run` or `resume` ended. `exit` is the documented exit code."""

    run: RunFolder
    state: State
    exit: int
    paused: str = ""
    needs: tuple[str, ...] = ()
    busy: str = ""
    warning: str = ""  # what went wrong after the run itself was through
    notice: str = ""  # what is still open, and what has to be done about it
    untended: bool = False  # somebody has to be told later, and nothing does so
    full: bool = False  # the disk took no more
    before: str = ""  # the step before which it was to stop, and did
    missed: str = ""  # the step before which it was to stop, and to which it didn't come


class Session(Record):
    """Who runs, where, and through what he is talked to."""

    person: Person
    watcher: Watcher
    environ: Mapping[str, str]
    operator: str
    ask_secret: Callable[[str], str | None] | None = None
    on_driver: Callable[[LiveDriver], None] = lambda driver: None
    on_opening: Callable[[], None] = lambda: None  # from here on the journal says that it runs: whoever stops it asks the driver


def operator_name() -> str:
    """The user whose process this is, whatever the environment says: still a claim, not a proof."""
    try:
        return getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def check_place(store: Store, environ: Mapping[str, str]) -> None:
    """What would keep any run from starting here, to be told before anything is shown or asked: a store that takes nothing (RB602), or
    keys that can't be read (RB620). Nothing is left behind."""
    store.check_writable()
    _ = KeyRing.locate(environ).active


def start(
    loaded: Loaded,
    inputs: Mapping[str, Value],
    session: Session,
    store: Store,
    *,
    until: str = "",
    bound: Bound | None = None,
    closes: str = "",
) -> Finished:
    """A new live run; with `bound` it starts nothing that isn't in the plan; `closes` is the run whose incident it closes.

    Raises RunbookError before anything ran: a missing secret, an unwritable store, a plan that was used (RB786) or has other inputs
    (RB787)."""
    program = _program(loaded)
    wanted = locks_of(program, inputs)
    if bound is not None:
        check_inputs(bound, inputs)
    binding = None if bound is None else bound.binding(session.operator)
    secrets = load_secrets(program.secrets, folder=loaded.library, environ=session.environ, ask=session.ask_secret)
    masker = Masker(secrets.values())
    run_id = uuid7()
    signing = signing_for(session.environ, store.root, run_id, session.ask_secret)
    locks = _locks(store, run_id)
    try:
        _take_all(wanted, locks)
        _use(bound, store, run_id)
        run = store.create_run(run_id)
        if closes:
            run.note_closes(closes)
        plan_file = {} if bound is None else {PLAN: bound.file.as_bytes()}
        origin = {NAME: os.path.basename(loaded.path).encode(), ORIGIN: os.path.abspath(loaded.path).encode()}
        run.save_program({**loaded.files, **origin, **plan_file})
        journal = run.create_journal(masker)
        try:
            signing.attach(journal)
            recorder = Recorder(program, State(), journal, SystemClock(), seen_by(binding, session.watcher), signing.witness)
            world = _world(loaded, run, secrets, masker, locks, session)
            world.know_inputs(inputs)
            tools = with_versions(tools_of(program, loaded.library, session.environ), program, store.root)
            tools |= signing.opening.get("tools", {})
            fields = opening(program, run.id, inputs, session.operator, "live")
            if bound is not None:
                fields.update(plan=bound.plan.digest, bound=bound.file.id)
            world.inbox = JudgedInbox(FileInbox(run.inbox), loaded.policy, run.id, fields["plan"])
            session.on_opening()
            recorder.record(RunOpened, **fields, tools=tools)
            signing.opened(session.operator, store)
            teller = _teller(loaded, recorder, world, store, session, signing)
            return _drive(LiveDriver(recorder, world, until, binding=binding), run, session, signing, teller)
        finally:
            journal.close()
    finally:
        locks.close()


def _use(bound: Bound | None, store: Store, run_id: str) -> None:
    """From here on the plan is used, whatever becomes of the run."""
    used = "" if bound is None else use_plan(store.root, bound.file.id, run_id)
    if bound is not None and used:
        raise used_before(bound, used)


def _locks(store: Store, run_id: str) -> FileLocks:
    return FileLocks(os.path.join(store.root, "locks"), run_id, unfinished=store.unfinished)


def _take_all(wanted: tuple[str, ...], locks: FileLocks) -> None:
    """The run's locks, before there is a run: one that can't start leaves nothing behind. Raises RunbookError RB516."""
    for number, key in enumerate(wanted):
        holder = locks.take(key)
        if holder is not None:
            for taken in wanted[:number]:
                locks.free(taken)
            left = locks.left_by
            help = f"Go on with it: runbook resume {left}, or end it: runbook abort {left}" if left else "Wait for it: runbook status"
            raise fail("RB516", f"Another run holds the lock {key!r}: {holder}.", help=help)


def opening(program: Program, run: str, inputs: Mapping[str, Value], operator: str, mode: str) -> dict[str, Any]:
    """The fields of a run's first event."""
    return {
        "run": run,
        "rules": RULES,
        "mode": mode,
        "runbook": program.name,
        "program": program.digest,
        "plan": plan_digest(program, inputs),
        "inputs": dumps(dict(inputs)),
        "secret_names": sorted(secret.name.text for secret in program.secrets),
        "operator": operator,
        "host": socket.gethostname(),
        "four_eyes": mode == "live" and program.consent.four_eyes,
    }


def _program(loaded: Loaded) -> Program:
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    return loaded.program


def _world(loaded: Loaded, run: RunFolder, secrets: Secrets, masker: Masker, locks: FileLocks, session: Session) -> RealWorld:
    inbox = FileInbox(run.inbox)
    world = RealWorld(
        _program(loaded), run, loaded.library, loaded.files, session.environ, secrets, masker, locks, inbox, session.person, executor
    )
    world.elsewhere = _elsewhere
    return world


def _elsewhere(*about: Any) -> bool:
    from ..executors.far import see_out  # loads what drives ssh: only for a run that left something there

    return see_out(*about)


def _teller(loaded: Loaded, recorder: Recorder, world: RealWorld, store: Store, session: Session, signing: Unsigned) -> Teller | None:
    """Who tells people what the run raises and what its steps say. Without a policy only the person here hears of what is raised."""
    from .notifying import Notifying, has_messages

    if loaded.policy is None and not has_messages(recorder.program):
        return None
    from .telling import Teller

    journal = recorder.journal

    def place() -> tuple[Any, ...]:
        note = signing.witness.checkpoint() if signing.witness is not None else ""
        return (getattr(journal, "seq", 0), getattr(journal, "prev", ""), note)

    who = (recorder.program.name, session.operator)
    teller = Teller(world.run, store, loaded.policy, loaded.library, session.environ, session.person.say, who, place, world.masker.mask)
    world.tell = teller.tell
    world.use(Notifying(teller, recorder.program.severity))
    return teller


def _drive(driver: LiveDriver, run: RunFolder, session: Session, signing: Unsigned, teller: Teller | None) -> Finished:
    session.on_driver(driver)
    for act in driver.recorder.program.acts:
        if act.call is not None:
            prepare(act.call)
    notice, untended = "", False
    try:
        state = driver.run()
    finally:
        if teller is not None:
            notice, untended = teller.close()
    word = "closed" if state.phase == "closed" else "paused"
    warning = signing.seal(run.path, word, session.operator)
    if state.closed is not None:
        exit = int(state.closed["exit"])
        return Finished(run, state, exit, warning=warning, notice=notice, untended=untended, missed=driver.until)
    needs, full = waiting(driver.recorder.program, state), driver.recorder.journal.tight
    return Finished(run, state, NEEDS_PERSON, "paused", needs, driver.busy, warning, notice, untended, full, driver.stopped, driver.until)


def waiting(program: Program, state: State) -> tuple[str, ...]:
    """What a paused run waits for: `path: what`."""
    return tuple(f"{move.path}: {move.what}" for move in open_moves(program, state) if isinstance(move, Await))


class Opened(Record):
    """A run's journal read back: its program as kept, and what the fold of its events gives."""

    run: RunFolder
    loaded: Loaded
    replayed: Replayed
    events: tuple[Event, ...]


def read_run(run: RunFolder) -> Opened:
    """Read and fold a run without touching it. Raises RunbookError RB6xx or RB513."""
    events = tuple(run.read())
    loaded = kept_program(run)
    return Opened(run, loaded, folded(run.id, _program(loaded), events), events)


def kept_program(run: RunFolder) -> Loaded:
    """The program from the copies in the run's folder. Raises RunbookError RB519 when the run has not begun, RB604, RB606."""
    run.check_begun()
    kept = dict(run.load_program())
    kept.pop(ORIGIN, None)
    kept.pop(PLAN, None)
    name = kept.pop(NAME, b"").decode()
    return load(name, kept=kept, check=False)


def origin_of(run: RunFolder) -> str:
    """Where the runbook lay when the run started."""
    return run.load_program().get(ORIGIN, b"").decode()


class Choices(Record):
    """What a person decided for a resume."""

    as_recorded: bool = False
    assume: str = ""  # done | not-done
    abort: bool = False
    undo: bool = False
    retry: tuple[str, ...] = ()
    skip: tuple[tuple[str, str], ...] = ()  # (path, reason)


def resume(run: RunFolder, path: str, session: Session, store: Store, choices: Choices) -> Finished:
    """Go on with a run: replay, look for children that outlived it, decide again what was only decided.

    `path` is the runbook's file as it is now. Raises RunbookError: RB601 when a process holds the run, RB514
    when the file changed (unless `as_recorded`), RB515 when the run is closed.
    """
    loaded = kept_program(run)
    path = path or origin_of(run)
    library = os.path.dirname(os.path.realpath(path))
    loaded = loaded.replace(library=library)
    program = _program(loaded)
    secrets = load_secrets(program.secrets, folder=library, environ=session.environ, ask=session.ask_secret)
    signing = signing_for(session.environ, store.root, run.id, session.ask_secret)
    masker = Masker(secrets.values())
    events: list[Event] = []
    kept = KeptState(run.path, program)
    journal = run.open_journal(masker, each=events.append, known=kept.take)
    locks = _locks(store, run.id)
    try:
        replayed = folded(run.id, program, events, kept.state)
        if replayed.state.mode != "live":
            raise fail("RB517", f"Run {run.id} was a rehearsal: it can't go on as a run.", help="Start a run with: runbook run")
        opened = events[0]
        binding = resumed_binding(run, program, opened, session.environ)
        clock = SystemClock(replayed.state.now)
        recorder = Recorder(program, replayed.state, journal, clock, seen_by(binding, session.watcher), signing.witness)
        closed = replayed.state.phase == "closed"
        owed = closed and signing.owes_seal(store, run)
        if journal.repair is not None and closed == owed:  # it was made when the journal was opened, whatever becomes of this resume
            recorder.record(JournalRepaired, bytes=journal.repair.bytes, moved_to=journal.repair.moved_to)
        if closed:
            raise _closed(run, owed and signing.seal_late(journal, run, session.operator))
        signing.take_up(journal, run.path)
        signing.resumed(session.operator)
        if path and not choices.as_recorded:
            check_same(loaded, path)
        world = _world(loaded, run, secrets, masker, locks, session)
        world.know_inputs(replayed.state.inputs)
        world.inbox = JudgedInbox(FileInbox(run.inbox), loaded.policy, run.id, _plan_in(events))
        before = opened.tools if isinstance(opened, RunOpened) else {}
        session.on_opening()
        _take_up(recorder, replayed, session.operator, choices, changed(before, tools_of(program, library, session.environ)))
        assumed = _assumed(recorder.state, choices.assume, session)
        driver = LiveDriver(recorder, world, assumed=assumed, by=session.operator, binding=binding)
        teller = _teller(loaded, recorder, world, store, session, signing)
        return _drive(driver, run, session, signing, teller)
    finally:
        locks.close()
        journal.close()


def _closed(run: RunFolder, sealed: bool) -> RunbookError:
    late = " Its process had died before it was sealed; it is sealed now." if sealed else ""
    message = f"Run {run.id} is closed: it has ended, and nothing can be added to it.{late}"
    return fail("RB515", message, help=f"See it with: runbook show {run.id}")


def _plan_in(events: list[Event]) -> str:
    """The digest of the plan, as the run's first event has it."""
    return events[0].plan if events and isinstance(events[0], RunOpened) else ""


def _take_up(recorder: Recorder, replayed: Replayed, operator: str, choices: Choices, other_tools: list[str]) -> None:
    """Record what is owed, that the run goes on, and what the operator decided."""
    recorder.owed_notes(replayed.notes)
    down = max(0, recorder.clock.now() - replayed.state.now)
    recorder.record(RunResumed, operator=operator, down_us=down, tools_changed=other_tools)
    for path in choices.retry:
        recorder.record(StepRetried, path=path, by=operator)
    for path, why in choices.skip:
        recorder.record(StepWaived, path=path, by=operator, why=why)
    if choices.abort:
        recorder.record(AbortAsked, by=operator, undo=choices.undo)


def _assumed(state: State, assume: str, session: Session) -> dict[str, str]:
    found = assumptions(state, assume)
    if assume and not found:
        session.person.say("Nothing is in doubt, so there was nothing to assume.")
    return found


def assumptions(state: State, assume: str) -> dict[str, str]:
    """What the operator says of the attempts without an outcome as the run is taken up, by id: not of any later one."""
    if not assume:
        return {}
    applied = {"done": "yes", "not-done": "no"}[assume]
    acts = (leaf for leaf in leaves(state.tree) if isinstance(leaf, ActCtl))
    return {act.id: applied for act in acts if act.state in ("adrift", "doubt") and act.act.effect != "read"}


def leave_message(run: RunFolder, message: Mapping[str, Any]) -> None:
    """Drop an answer or an approval for the run's writer."""
    drop(run.inbox, message)
