"""The law of the plan: whatever a run starts fits exactly one of the plan's entries."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runbook_lang.machine.moves import Start
from runbook_lang.machine.opening import open_moves
from runbook_lang.plan.entry import NO
from runbook_lang.plan.make import make_plan
from runbook_lang.plan.unify import Index
from runbook_lang.runtime.explorer import Explorer
from tests.machine.programs import programs as simple_programs
from tests.plan.programs import Shown, programs

if TYPE_CHECKING:
    from typing import Any

    from runbook_lang.machine.core import Program
    from runbook_lang.plan.entry import Plan

# Shrinking a program takes longer than a test may.
LAW = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.reuse, Phase.generate]
)


class Kind(Explorer):
    """A world in which most attempts end well, so that runs get far."""

    def _end(self, id_: str) -> None:
        usual = self.choose
        self.choose = lambda n: 0 if usual(4) else usual(n)
        super()._end(id_)
        self.choose = usual


def starts(program: Program, seed: int, inputs: dict[str, Any]) -> list[Start]:
    """Everything that a random run starts: in a random world, that now and then dies."""
    chance = random.Random(seed)

    def result(move: Start) -> dict[str, Any]:
        return {"exit": chance.randrange(3), "stdout": chance.choice(["", "a", "x/y", "⟨odd⟩"]), "lines": ["l"] * chance.randrange(3)}

    explorer = Kind(program, chance.randrange, result)
    explorer.open(inputs)
    found: list[Start] = []
    for _ in range(150):
        found += [move for move in open_moves(program, explorer.state) if isinstance(move, Start)]
        if not explorer.turn():
            break
        if explorer.state.phase != "closed" and chance.random() < 0.05:
            explorer.die()
    return found


def every_start_is_planned(program: Program, seed: int, given_inputs: dict[str, Any], known: dict[str, Any]) -> None:
    plan = make_plan(program, known)
    index = Index(plan)
    for move in starts(program, seed, given_inputs):
        fits = index.find(move.path, move.role, move.request)
        assert len(fits) == 1, f"{move.path}: {move.request}"
        assert fits[0].reached != NO, move.path


@LAW
@given(programs().map(Shown), st.integers(0, 2**32), st.booleans())
def test_e_every_start_fits_exactly_one_entry(case: Shown, seed: int, known: bool) -> None:
    inputs = {"p": "val/ue"}
    every_start_is_planned(case.program, seed, inputs, inputs if known else {})


@LAW
@given(simple_programs().map(Shown), st.integers(0, 2**32))
def test_e_with_the_machines_own_random_programs(case: Shown, seed: int) -> None:
    every_start_is_planned(case.program, seed, {}, {})


@LAW
@given(programs().map(Shown))
def test_a_plan_is_a_function_of_the_program_and_its_inputs(case: Shown) -> None:
    first, second = make_plan(case.program, {"p": "v"}), make_plan(case.program, {"p": "v"})
    assert first.as_json() == second.as_json()
    assert len(first.digest) == 64
    assert _acts(first) == len({(entry.path, entry.role) for entry in first.entries if entry.kind == "act"})


def _acts(plan: Plan) -> int:
    return sum(entry.kind == "act" for entry in plan.entries)
