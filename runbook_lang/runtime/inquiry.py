"""Asking the other side about what a dry run doesn't run: nothing is executed there, and the journal has no line of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..base.record import Record
from ..plan.holes import holes_in, is_mixed

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..base.diagnostics import Diagnostic
    from ..machine.moves import Start
    from ..surfaces.kinds import Request
    from .ports import Executor, Outcome
    from .world import World

LIMIT_US = 30_000_000


class Said(Record):
    """What came of an inquiry: the question, and the answers in the executor's own form; or why it couldn't be asked."""

    question: Request
    answers: Any = ()
    unasked: str = ""


def inquire(world: World, move: Start, run: Callable[[Executor, Any], Outcome]) -> Said | None:
    """Ask about a move that isn't carried out; None when there is nobody to ask, or nobody knows yet where."""
    call = move.act.call
    question = call.surface.inquiry(move.request) if call is not None else None
    if question is None or any(holes_in((question.argv, question.env, question.files))) or is_mixed(question.on) or is_mixed(question.cwd):
        return None
    # Nothing of it is shown or kept but the answers: what the server says quotes the statement.
    act = move.act.replace(effect="read", taint=("stderr",), limit_us=LIMIT_US)
    asking = move.replace(act=act, request=question)
    outcome = world.refusal(asking)
    if outcome is None:
        attempt = world.attempt(asking)
        try:
            outcome = run(world.executor(question.executor), attempt)
        finally:
            attempt.output.close()
    if not outcome.ok:
        return Said(question, unasked=outcome.message)
    value: Any = outcome.value
    return Said(question, value["heard"])


def findings(move: Start, said: Said, changed: bool) -> tuple[Diagnostic, ...]:
    """What the answers mean, at their places in the file."""
    call = move.act.call
    return call.surface.heard(call, said.question, said.answers, changed) if call is not None and not said.unasked else ()
