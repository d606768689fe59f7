"""Decisions of people about a run, looked at before they are recorded or left for its writer."""

from __future__ import annotations

from ..adapters.clock import SystemClock
from ..adapters.inbox import FileInbox
from ..base.diagnostics import fail
from ..base.suggest import did_you_mean
from ..expr.tagged import dumps
from ..machine.advance import advance
from ..machine.control import ActCtl, NeedCtl, Refused
from ..machine.events import NeedMet, RunOpened, RunResumed, StepRetried, StepWaived
from ..machine.needs import wanted
from ..machine.outcome import leaves
from ..machine.stamps import stamp_of
from .approving import statement
from .runs import read_run
from .waits import UNKNOWN, WORDS, waits_of, with_left, with_over

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..adapters.store import RunFolder
    from ..base.diagnostics import RunbookError
    from ..machine.control import State
    from ..machine.core import Program
    from ..machine.events import Event
    from ..machine.moves import Await
    from .approving import Approver
    from .runs import Choices
    from .waits import Wait

VERDICTS = {"done": "yes", "yes": "yes", "not-done": "no", "no": "no", "unknown": "unknown"}


def check_choices(run: RunFolder, program: Program, choices: Choices) -> None:
    """Raises RunbookError RB730 when a step can't be tried again or skipped where the run stands; nothing is recorded then."""
    if not choices.retry and not choices.skip:
        return
    state = read_run(run).replayed.state
    if state.phase == "closed":
        return
    state = _fold(program, state, RunResumed(state.seq + 1, stamp_of(state.now), "", 0), "")
    for path in choices.retry:
        state = _fold(
            program, state, StepRetried(state.seq + 1, stamp_of(state.now), path, ""), f"{path!r} isn't waiting to be tried again"
        )
    for path, why in choices.skip:
        state = _fold(program, state, StepWaived(state.seq + 1, stamp_of(state.now), path, "", why), f"{path!r} can't be skipped now")


def _fold(program: Program, state: State, event: Event, what: str) -> State:
    after = advance(program, state, event)
    if isinstance(after, Refused):
        active = sorted({leaf.path for leaf in leaves(state.tree) if isinstance(leaf, (ActCtl, NeedCtl))})
        raise fail("RB730", f"{what}: {after.why}.", help=f"The run stands at {', '.join(active)}." if active else "")
    return after


def check_role(program: Program, move: Await, by: str) -> None:
    """Raises RunbookError RB732 for a person who isn't in the role that an answer or an approval is wanted of."""
    role = move.role
    people = program.roles.get(role, frozenset())
    if role and by not in people:
        help = f"In the role: {', '.join(sorted(people)) or 'nobody'}. The policy says who is: approvals: roles:"
        raise fail(
            "RB732",
            f"{by} is not in the role {role!r}, of which this {'approval' if move.what == 'approval' else 'answer'} is wanted.",
            help=help,
        )


def open_waits(run: RunFolder, store: str = "") -> tuple[Wait, ...]:
    """What a run waits for; empty for one that is closed."""
    opened = read_run(run)
    assert opened.loaded.program is not None
    waits = with_over(waits_of(opened.loaded.program, opened.replayed.state, run.id, store), SystemClock().now())
    return with_left(waits, FileInbox(run.inbox).peek())


def answer_message(run: RunFolder, step: str, text: str, by: str, note: str) -> tuple[Wait, dict[str, Any]]:
    """The message that answers a question or settles a doubt. Raises RunbookError RB730 (nothing asks there), RB731 (it doesn't fit),
    RB732 (somebody of another role is asked)."""
    wait, move = _wait_at(run, step, ("answer", "do", "doubt", "approval"))
    if wait.what == "approval":
        raise fail("RB730", f"{step!r} waits for an approval, not for an answer.", help=f"Type: {wait.commands[0]}")
    program = read_run(run).loaded.program
    assert program is not None
    check_role(program, move, by)
    _not_yet_answered(run, wait)
    message: dict[str, Any] = {"path": move.path, "by": by, "grade": "claimed", "bind": move.bind, "note": note}
    if wait.what == "doubt":
        if text not in VERDICTS:
            raise fail("RB731", f"{text!r} doesn't settle a doubt.", help="Say done (it took place), not-done, or unknown.")
        return wait, {**message, "kind": "settle", "applied": VERDICTS[text]}
    if wait.what == "do":
        if text not in ("yes", "done", "no", "not-done"):
            raise fail("RB731", f"{text!r} is no answer to something that is to be done.", help="Say yes (it is done) or no.")
        return wait, {**message, "kind": "answer", "verdict": "approved" if text in ("yes", "done") else "refused"}
    from ..adapters.terminal_person import read_answer

    assert move.need is not None
    value = read_answer(move.need, text)
    if value is None:
        raise fail("RB731", f"{text!r} doesn't answer {move.path!r}.", help=f"It wants {wanted(move.need)}.")
    return wait, {**message, "kind": "answer", "value": dumps(value)}


def approval_message(run: RunFolder, step: str, who: Approver, *, verdict: str, note: str) -> tuple[Wait, dict[str, Any]]:
    """The message that approves, refuses or waives (`verdict`: approved | refused | waived).

    Raises RunbookError: RB730 when no approval is wanted there, or theirs is given; RB732 for another role; RB764 when the rules wouldn't
    take it: of the operator, not proven, a waiver that the policy doesn't let.
    """
    wait, move = _wait_at(run, step, ("approval",))
    opened = read_run(run)
    program = opened.loaded.program
    assert program is not None
    if verdict != "waived":
        check_role(program, move, who.by)
    if verdict == "approved" and who.by in wait.approved:
        raise fail("RB730", f"{who.by} has approved {step!r} already.", help=f"It wants {wait.who or 'another person'}.")
    if (who.by, verdict) in wait.left:
        raise fail("RB730", f"{who.by} has {verdict} {step!r} already; the run hasn't taken it yet.", help=f"Type: runbook resume {run.id}")
    first = opened.events[0]
    plan = first.plan if isinstance(first, RunOpened) else ""
    message = {"kind": "approve", "path": move.path, "by": who.by, "bind": move.bind, "verdict": verdict, "note": note, "plan": plan}
    if who.sign is not None:
        message["proof"] = who.sign(statement(run.id, plan, message))
    state = opened.replayed.state
    grade = "proven" if who.known else "claimed"
    event = NeedMet(state.seq + 1, stamp_of(state.now), move.path, who.by, grade, verdict=verdict, bind=move.bind, note=note)
    after = advance(program, state.replace(cancel=0), event)
    if isinstance(after, Refused):
        raise fail("RB764", f"That doesn't count for {step!r}: {after.why}.", help=_who_may(program, state, move))
    return wait, {**message, "grade": grade}


def _who_may(program: Program, state: State, move: Await) -> str:
    others = sorted(program.roles.get(move.role, frozenset()) - frozenset(state.operators))
    return f"These can: {', '.join(others)}." if others else "Somebody else has to, from an account of their own."


def _wait_at(run: RunFolder, step: str, kinds: tuple[str, ...]) -> tuple[Wait, Await]:
    found = open_waits(run)
    over = next((wait for wait in found if wait.path == step and wait.over), None)
    if over is not None:
        message = f"{step!r} waited for {WORDS[over.what]} until {over.until}: that is past, and nothing that is said now counts."
        raise fail("RB730", message, help=f"The run goes on without it: runbook resume {run.id}")
    waits = [wait for wait in found if wait.move is not None and wait.what in kinds]
    for wait in waits:
        if wait.path == step and wait.move is not None:
            return wait, wait.move
    raise _nothing(run, step, waits)


def _not_yet_answered(run: RunFolder, wait: Wait) -> None:
    """The first answer is the one that counts. Raises RunbookError RB730 where one lies there already, as for an approval."""
    said = next(((by, word) for by, word in wait.left if word != UNKNOWN), None)
    if said is not None:
        message = f"{said[0]} has answered {wait.path!r} already; the run hasn't taken it yet, and the first answer counts."
        raise fail("RB730", message, help=f"Type: runbook resume {run.id}")


def _nothing(run: RunFolder, step: str, waits: list[Wait]) -> RunbookError:
    paths = [wait.path for wait in waits]
    state = read_run(run).replayed.state
    if state.phase == "closed":
        return fail("RB730", f"Run {run.id} is closed: it waits for nothing any more.", help=f"See it with: runbook show {run.id}")
    other = next((wait for wait in open_waits(run) if wait.path == step), None)
    if other is not None and other.what != "cut":
        return fail("RB730", f"{step!r} waits for {WORDS[other.what]}, not for an approval.", help=f"Type: {other.commands[0]}")
    if other is not None:
        return fail(
            "RB730",
            f"{step!r} was running when the run died: what became of it isn't looked into yet.",
            help=f"Type: runbook resume {run.id}",
        )
    listed = f"It waits at {', '.join(paths)}." if paths else f"See what it waits for: runbook status {run.id}"
    return fail("RB730", f"Run {run.id} waits for nothing like that at {step!r}.", help=did_you_mean(step, paths) or listed)
