"""What a run came to, its exit code, and what it waits for."""

from __future__ import annotations

from ..base.record import Record
from ..expr.tagged import dumps
from .control import ActCtl, Ctl, Done, Ended, Failed, FanCtl, IfCtl, NeedCtl, ScopeCtl, SeqCtl, State, TryCtl, UnwindCtl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SUCCEEDED, FAILED, USAGE, REFUSED, UNDONE, ESCALATED, ABORTED, UNDO_INCOMPLETE, NEEDS_PERSON, STALE = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
EXIT_CODES = {
    SUCCEEDED: ("succeeded", "every step that had to run did, and the success condition holds"),
    FAILED: ("failed", "a step failed and nothing was undone or escalated"),
    USAGE: ("usage", "the command line, the runbook or its inputs are wrong; nothing ran"),
    REFUSED: ("refused", "a guard was false, a person refused, or a lock was held; the step did not start"),
    UNDONE: ("undone", "it failed, and what was to be undone was"),
    ESCALATED: ("escalated", "it failed, and people were told"),
    ABORTED: ("aborted", "a person ended it"),
    UNDO_INCOMPLETE: ("undo incomplete", "not all that was to be undone could be"),
    NEEDS_PERSON: ("needs a person", "it is paused: in doubt, waiting for an answer or an approval, cancelled, or stopped as asked"),
    STALE: ("plan refused", "the plan given with --plan is stale, expired, used, changed, or refused by somebody; nothing ran"),
}


class Needs(Record):
    """What a state holds that isn't through."""

    locates: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    running: tuple[str, ...] = ()


_HOLD_ONE = frozenset((SeqCtl, TryCtl, ScopeCtl))


def leaves(ctl: Ctl | None) -> Iterator[Ctl]:
    """The active leaves of a tree: acts, needs, undecided conditions."""
    while type(ctl) in _HOLD_ONE or (type(ctl) is IfCtl and ctl.child is not None):
        ctl = ctl.child  # type: ignore[union-attr]  # each of them has one
    if isinstance(ctl, FanCtl):
        for branch in ctl.active.values():
            yield from leaves(branch.child)
    elif isinstance(ctl, UnwindCtl):
        yield ctl.current
    elif ctl is not None:
        yield ctl


def needs_of(state: State) -> Needs:
    locates, doubts, people, running = [], [], [], []
    for leaf in leaves(state.tree):
        if isinstance(leaf, ActCtl):
            probe = leaf.probe
            if leaf.state in ("adrift", "adopted"):
                locates.append(leaf.id)
            elif probe is not None and probe.state in ("adrift", "adopted"):
                locates.append(probe.id)
            elif leaf.state == "doubt":
                doubts.append(leaf.path)
            elif leaf.state == "held":
                people.append(leaf.path)
            elif leaf.state == "running":
                running.append(leaf.id)
        elif isinstance(leaf, NeedCtl) and leaf.need.what != "timer":
            people.append(leaf.path)
    return Needs(tuple(locates), tuple(doubts), tuple(people), tuple(running))


def adopted(state: State) -> frozenset[str]:
    """Ids of the attempts whose processes outlived the last process of the run, and were found."""
    acts = [ctl for leaf in leaves(state.tree) if isinstance(leaf, ActCtl) for ctl in (leaf, leaf.probe)]
    return frozenset(ctl.id for ctl in acts if ctl is not None and ctl.state == "adopted")


def outcome_of(state: State) -> dict[str, object]:
    """{result, undone, escalated, failure, outputs, exit}: plain JSON; `outputs` is a tagged text."""
    result, failure = _result(state)
    undone = undone_of(state)
    outcome: dict[str, object] = {
        "result": result,
        "undone": undone,
        "escalated": state.escalated,
        "outputs": dumps(dict(state.outputs)),
    }
    if failure:
        outcome["failure"] = failure
    outcome["exit"] = exit_code(result, undone, state.escalated)
    return outcome


def undone_of(state: State) -> str:
    """none | complete | incomplete. What a rescue undid before more was done says nothing of a failure after it."""
    if state.undone != "earlier":
        return state.undone
    return "none" if isinstance(state.result, Failed) else "complete"


def _result(state: State) -> tuple[str, dict[str, object]]:
    end = state.result
    if state.aborted:
        return "aborted", {}
    if isinstance(end, Done) or (isinstance(end, Ended) and end.outcome == "succeeded"):
        return "succeeded", {}
    if isinstance(end, Failed):
        failure = end.failure
        result = "refused" if failure.refusal else "failed"
        return result, {"step": failure.path, "kind": failure.kind, "message": failure.message}
    return "failed", {}


def exit_code(result: str, undone: str, escalated: bool) -> int:
    """The first that applies, the most urgent first."""
    if undone == "incomplete":
        return UNDO_INCOMPLETE
    if result == "aborted":
        return ABORTED
    if result == "succeeded":
        return SUCCEEDED
    if escalated:
        return ESCALATED
    if undone == "complete":
        return UNDONE
    return REFUSED if result == "refused" else FAILED
