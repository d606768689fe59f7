"""Whose approval counts, and what goes on without one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .control import ActCtl
    from .core import Act, Approval, Program
    from .events import NeedMet
    from .turn import Turn


class Unfit(Exception):
    """The event doesn't fit the act's state; `args[0]` says why."""


def goes_at_once(program: Program, act: Act) -> bool:
    """Whether the severity is one that goes back at once: a change waits for nothing then that the policy alone wants. What destroys
    waits, and so does what the runbook itself wants to be approved."""
    return act.effect == "change" and program.severity in program.consent.immediate


def passes_policy(program: Program, act: Act) -> bool:
    """Whether the approval that the act wants is the policy's wish alone, and isn't waited for."""
    return act.approval is not None and bool(act.approval.why) and goes_at_once(program, act)


def may_go_outside(turn: Turn, ctl: ActCtl) -> bool:
    """Whether a change goes on although its window is shut: enough people let it, or the severity is one for which none binds."""
    consent = turn.program.consent
    if consent.outside and (len(ctl.outside) >= consent.outside or ctl.waived):
        return True
    at_once = goes_at_once(turn.program, ctl.act)
    if turn.program.severity not in consent.waive and not at_once:
        return False
    if not ctl.n:
        why = " at once, by the policy" if at_once else ""
        turn.note(ctl.path, "waived", f"{turn.program.severity}: it goes on outside of its window ({', '.join(ctl.act.windows)}){why}")
    return True


def check_approver(turn: Turn, approval: Approval | None, event: NeedMet) -> None:
    """Raises Unfit for a person whose approval doesn't count here. A refusal counts whoever it is by, the operator's own too."""
    check_role(turn, approval.role if approval is not None else "", event.by)
    if event.verdict == "approved" and event.by in turn.state.operators:
        raise Unfit(f"{event.by} operates the run: somebody else has to approve")
    if event.verdict == "approved" and turn.program.consent.proven and event.grade != "proven":
        raise Unfit(f"the approval of {event.by} isn't proven by a key")


def check_role(turn: Turn, role: str, by: str) -> None:
    """Raises Unfit for a person of whom nothing is wanted here: neither an answer nor an approval."""
    if role and by not in turn.program.roles.get(role, frozenset()):
        raise Unfit(f"{by} is not in the role {role!r}")


def waive(turn: Turn, event: NeedMet) -> None:
    """Going on without an approval: only where the policy lets this severity, with a reason, and loudly."""
    if turn.program.severity not in turn.program.consent.waive:
        raise Unfit(f"the policy lets no {turn.program.severity or 'run without a severity'} go on without the approval")
    if not event.note.strip():
        raise Unfit("going on without an approval wants its reason")
    turn.note(event.path, "waived", f"{turn.program.severity}: {event.by} goes on without the approval: {event.note}")
