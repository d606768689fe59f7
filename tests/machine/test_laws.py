"""The laws of the machine, held over random programs and random worlds."""

from __future__ import annotations

import json
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_lang.machine.advance import advance, fold
from runbook_lang.machine.control import Refused, State
from runbook_lang.machine.core import Program
from runbook_lang.machine.events import (
    AbortAsked,
    ActAssumed,
    ActEnded,
    ActStarted,
    DoubtSettled,
    Note,
    PickTaken,
    RunResumed,
    from_wire,
    to_wire,
)
from runbook_lang.machine.moves import Locate, Start, Timer
from runbook_lang.machine.opening import open_moves
from runbook_lang.runtime.explorer import Explorer
from runbook_lang.runtime.replay import replay
from tests.machine.programs import programs

LAW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TURNS = 150


def explore(program: Program, seed: int, deaths: bool = True, turns: int = TURNS) -> Explorer:
    """A random world: mostly goes on, sometimes dies, sometimes is cancelled and comes back."""
    chance = random.Random(seed)
    explorer = Explorer(program, chance.randrange)
    explorer.open()
    for _ in range(turns):
        if not explorer.turn():
            break
        if deaths and explorer.state.phase != "closed" and chance.random() < 0.06:
            explorer.die()
    return explorer


@LAW
@given(programs(), st.integers(0, 2**32))
def test_a_every_open_move_is_allowed_and_the_run_ends(program: Program, seed: int) -> None:
    explorer = explore(program, seed, turns=2000)
    assert explorer.state.phase == "closed"


@LAW
@given(programs(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_a_advance_never_raises_whatever_the_event(program: Program, seed: int, other: int) -> None:
    events = explore(program, seed, turns=40).events
    chance = random.Random(other)
    state = State()
    for _ in range(60):
        event = chance.choice(events).replace(seq=state.seq + 1)
        if event.at < (events[0].at if state.now == 0 else event.at):
            continue
        after = advance(program, state, event)
        if isinstance(after, Refused):
            assert after.code.startswith("RB5")
            assert after.why
        else:
            state = after


@LAW
@given(programs(), st.integers(0, 2**32))
def test_b_folding_what_was_written_and_read_gives_the_same_state(program: Program, seed: int) -> None:
    explorer = explore(program, seed)
    again = [from_wire(json.loads(json.dumps(to_wire(event)))) for event in explorer.events]
    assert again == explorer.events
    assert fold(program, again) == explorer.state


@LAW
@given(programs(), st.integers(0, 2**32))
def test_c_every_start_was_open_just_before(program: Program, seed: int) -> None:
    state = State()
    for event in explore(program, seed).events:
        if isinstance(event, ActStarted):
            starts = {move.id: move.digest for move in open_moves(program, state) if isinstance(move, Start)}
            assert starts.get(event.id) == event.argv_digest
        after = advance(program, state, event)
        assert isinstance(after, State)
        state = after


@LAW
@given(programs(), st.integers(0, 2**32))
def test_d_a_change_starts_again_only_when_nothing_was_applied(program: Program, seed: int) -> None:
    explorer = explore(program, seed)
    open_change: dict[tuple[str, str], bool] = {}
    state = State()
    for event in explorer.events:
        if isinstance(event, ActStarted):
            move = next(move for move in open_moves(program, state) if isinstance(move, Start) and move.id == event.id)
            key = (move.path, move.role)
            if move.act.effect != "read" and not move.act.repeatable:
                assert open_change.get(key, True), f"{event.id} started again though it may have been applied"
                open_change[key] = False
        elif isinstance(event, (ActEnded, DoubtSettled)) and event.applied == "no":
            path, _, rest = event.id.partition("#")
            open_change[(path, rest.partition("/")[2])] = True
        after = advance(program, state, event)
        assert isinstance(after, State)
        state = after


@LAW
@given(programs(), st.integers(0, 2**32))
def test_d_an_attempt_has_an_id_of_its_own_and_a_step_that_is_through_never_runs_again(program: Program, seed: int) -> None:
    explorer = explore(program, seed)
    starts = [event.id for event in explorer.events if isinstance(event, ActStarted)]
    assert len(starts) == len(set(starts))
    through: set[tuple[str, str]] = set()
    state = State()
    for event in explorer.events:
        if isinstance(event, ActStarted):
            path, _, rest = event.id.partition("#")
            assert (path, rest.partition("/")[2]) not in through
        after = advance(program, state, event)
        assert isinstance(after, State)
        for entry in state.undo:
            if entry.path not in {known.path for known in after.undo}:
                through.add((entry.path, "undo"))
        for entry in after.undo:
            through.add((entry.path, "main"))
        state = after


@LAW
@given(programs(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_h_an_abort_at_any_moment_ends_the_run_and_with_undo_leaves_nothing_open(program: Program, seed: int, moment: int) -> None:
    chance = random.Random(seed)
    explorer = Explorer(program, chance.randrange)
    explorer.open()
    for _ in range(moment % 40):
        if not explorer.turn():
            break
    if explorer.state.phase == "closed":
        return
    explorer.die()
    explorer.record(AbortAsked, by="ana", undo=True)
    was_closing = explorer.state.phase == "closing" and not explorer.state.aborted
    for _ in range(2000):
        if not explorer.turn():
            break
    assert explorer.state.phase == "closed"
    assert explorer.state.closed is not None
    if was_closing:
        return
    assert explorer.state.closed["result"] == "aborted"
    open_ = [entry for entry in explorer.state.undo if entry.path not in explorer.state.settled]
    barred = bool(explorer.state.settled) or any(entry.mark == "failed" for entry in explorer.state.undo)
    assert not open_ or barred


@LAW
@given(programs(), st.integers(0, 2**32))
def test_f_notes_recomputed_are_the_notes_recorded(program: Program, seed: int) -> None:
    explorer = explore(program, seed)
    replayed = replay(program, explorer.events)
    assert replayed.finding is None
    assert replayed.state == explorer.state
    notes = [index for index, event in enumerate(explorer.events) if isinstance(event, Note)]
    if notes:
        forged = list(explorer.events)
        index = notes[seed % len(notes)]
        forged[index] = forged[index].replace(text="something else")
        found = replay(program, forged).finding
        assert found is not None
        assert found.seq == explorer.events[index].seq


@LAW
@given(programs(), st.integers(0, 2**32))
def test_g_no_assumption_folds_in_a_live_run(program: Program, seed: int) -> None:
    state = State()
    for event in explore(program, seed, turns=20).events:
        after = advance(program, state, event)
        assert isinstance(after, State)
        state = after
        for kind, fields in ((ActAssumed, {"id": "s0#1/main"}), (PickTaken, {"path": "s0", "arm": True})):
            refused = advance(program, state, kind(seq=state.seq + 1, at=event.at, **fields))
            assert isinstance(refused, Refused)


@LAW
@given(programs(), st.integers(0, 2**32))
def test_h_killed_between_two_appends_only_running_acts_are_looked_for(program: Program, seed: int) -> None:
    explorer = explore(program, seed, deaths=False, turns=40)
    state = State()
    for event in explorer.events:
        after = advance(program, state, event)
        assert isinstance(after, State)
        state = after
        if state.phase != "flowing":
            continue
        running = {event.id for event in explorer.events[: state.seq] if isinstance(event, ActStarted)}
        running -= {event.id for event in explorer.events[: state.seq] if isinstance(event, ActEnded)}
        resumed = advance(program, state, RunResumed(seq=state.seq + 1, at=event.at, operator="o", down_us=0))
        assert isinstance(resumed, State)
        moves = open_moves(program, resumed)
        lookups = {move.id for move in moves if isinstance(move, Locate)}
        assert lookups == running
        if not running and not state.locks_wanted and resumed.phase == "flowing":
            starts = {move.id for move in moves if isinstance(move, Start)}
            before = {move.id for move in open_moves(program, state) if isinstance(move, Start)}
            # What was decided is decided again: a window may have opened or closed, and a probe that didn't know is asked again.
            opened = {f"{move.path}#" for move in open_moves(program, state) if isinstance(move, Timer) and move.at <= state.now}
            shut = {f"{move.path}#" for move in moves if isinstance(move, Timer)}
            again = {id_ for id_ in starts - before if not id_.endswith("/applied")}
            assert {id_ for id_ in again if f"{id_.partition('#')[0]}#" not in opened} == set()
            assert {id_ for id_ in before - starts if f"{id_.partition('#')[0]}#" not in shut} == set()
