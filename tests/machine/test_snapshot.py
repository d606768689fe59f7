"""Snapshots: a state as text and back, over random programs and random worlds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.expr.values import Duration, SecretRef, SecretText, Timestamp, Unknown
from runbook_lang.machine.advance import advance
from runbook_lang.machine.control import Refused, State
from runbook_lang.machine.core import Program
from runbook_lang.machine.opening import open_moves
from runbook_lang.machine.snapshot import FORMAT, Unpackable, pack, unpack
from tests.machine.programs import programs
from tests.machine.test_laws import LAW, explore


@LAW
@given(programs(), st.integers(0, 2**32), st.integers(0, 150))
def test_a_run_goes_on_from_a_snapshot_as_if_it_had_been_folded(program: Program, seed: int, at: int) -> None:
    events = explore(program, seed).events
    whole = kept = State()
    for number, event in enumerate(events):
        if number == at:
            try:
                text = pack(program, whole)
            except Unpackable:
                return  # an abort that undoes runs in a scope of its own, made for the moment
            kept = unpack(program, text)
            assert kept == whole
            assert open_moves(program, kept) == open_moves(program, whole)
        whole, kept = (taken(program, state, event) for state in (whole, kept if number >= at else whole))
    assert kept == whole


@LAW
@given(programs(), st.integers(0, 2**32))
def test_a_replayed_state_gives_the_text_that_the_live_one_gave(program: Program, seed: int) -> None:
    explorer = explore(program, seed, turns=40)
    replayed = State()
    for event in explorer.events:
        replayed = taken(program, replayed, event)
    try:
        assert pack(program, replayed) == pack(program, explorer.state)
    except Unpackable:
        assert explorer.state.aborted


def taken(program: Program, state: State, event: object) -> State:
    after = advance(program, state, event)  # type: ignore[arg-type]  # an event of the explorer's
    assert not isinstance(after, Refused), after.why
    return after


VALUES = [
    {"a": [1, 2.5, None, True, "text"], "b": {"deep": {"er": []}}},
    {"at": Timestamp(1_700_000_000_000_000_000), "for": Duration(5)},
    {"password": SecretRef("step#field"), "url": SecretText(("x", SecretRef("token")))},
    {"$odd": "key"},
    "« «",
]


@given(programs(), st.sampled_from(VALUES))
def test_values_come_back_with_their_types(program: Program, value: object) -> None:
    state = State(inputs={"it": value})  # type: ignore[dict-item]  # any value
    assert unpack(program, pack(program, state)).inputs == {"it": value}


@given(programs())
def test_what_only_a_rehearsal_has_is_not_kept(program: Program) -> None:
    with pytest.raises(Unpackable):
        pack(program, State(inputs={"it": Unknown("⟨x⟩")}))


@given(programs(), st.data())
def test_a_damaged_snapshot_is_refused_or_another_state_but_never_an_accident(program: Program, data: st.DataObject) -> None:
    text = pack(program, explore(program, 1, turns=20).state) if program.root.body else pack(program, State())
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(["", "x", "0", "{", '"', "]"])) + text[at + 1 :]
    try:
        assert isinstance(unpack(program, damaged), State)
    except ValueError:
        return


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"format":1}', '{"format":1,"shared":[],"state":5}', '{"format":1,"shared":[],"state":{}}']
)
def test_no_snapshot(text: str) -> None:
    with pytest.raises(ValueError):
        unpack(Program.__new__(Program, *[None] * 2), text)  # type: ignore[arg-type]  # no program is looked at


def test_another_format_is_refused() -> None:
    text = json.dumps({"format": FORMAT + 1, "shared": [], "state": {}})
    with pytest.raises(ValueError, match=f"format {FORMAT + 1}"):
        unpack(Program.__new__(Program, *[None] * 2), text)  # type: ignore[arg-type]  # no program is looked at
