"""The difference in meaning between two sides: each runbook that is on one of them, planned and compared."""

from __future__ import annotations

from ..plan.diff import BROKEN, Diff, diff_plans
from ..plan.diff_policy import diff_policies
from ..plan.make import make_plan
from .load import Loaded
from .plan_file import PlanFile
from .sides import pairs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ..expr.values import Value
    from ..plan.difference import Difference
    from .sides import Book, Side


def diff_sides(base: Side, head: Side) -> Iterator[Diff]:
    """Each runbook of both sides, the equal ones too, in the order of their names. Raises what a plan's file raises."""
    for name, before, after in pairs_of(base, head):
        yield diff_books(name, before, after)


def diff_books(name: str, before: Book | None, after: Book | None) -> Diff:
    """What became of one runbook."""
    return diff_found(name, before.get() if before is not None else None, after.get() if after is not None else None)


def diff_found(name: str, before: Loaded | PlanFile | None, after: Loaded | PlanFile | None) -> Diff:
    """The same for what was loaded. A side that is wrong can't be compared: the diff says which."""
    for side, found in (("before", before), ("now", after)):
        if isinstance(found, Loaded) and found.program is None:
            first = next((item for item in found.problems.sorted() if item.is_error), None)
            why = f"{side} it can't be read" + (f": {first.code} {first.message}" if first is not None else "")
            return Diff(name, BROKEN, None, None, (), why)
    plans = _plan(before, after), _plan(after, before)
    return diff_plans(name, plans[0], plans[1], _policies(before, after))


def _plan(found: Loaded | PlanFile | None, other: Loaded | PlanFile | None) -> Mapping[str, Any] | None:
    """A side's plan. Against a plan's file it is made with that one's inputs, so that only what was changed differs."""
    if found is None or isinstance(found, PlanFile):
        return None if found is None else found.plan
    assert found.program is not None
    given: dict[str, Value] = {}
    if isinstance(other, PlanFile):
        declared = {item.name.text for item in found.program.root.declared}
        given = {item["name"]: item["value"] for item in other.plan["inputs"] if item["origin"] == "given" and item["name"] in declared}
    plan: Mapping[str, Any] = make_plan(found.program, given).as_json()["plan"]
    return plan


def _policies(before: Loaded | PlanFile | None, after: Loaded | PlanFile | None) -> Iterator[Difference]:
    if isinstance(before, Loaded) and isinstance(after, Loaded):
        yield from diff_policies(before.policy, after.policy)
