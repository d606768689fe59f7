"""Whose approval counts, and what goes on without one."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .control import ActCtl
    from .core import Approval
    from .events import NeedMet
    from .turn import Turn


class Unfit(Exception):
    """The event doesn't fit the act's state; `args[0]` says why."""


def may_go_outside(turn: Turn, ctl: ActCtl) -> bool:
    """Whether a change goes on although its window is shut: enough people let it, or the severity is one for which none binds."""
    consent = turn.program.consent
    if consent.outside and (len(ctl.outside) >= consent.outside or ctl.waived):
        return True
    if turn.program.severity not in consent.waive:
        return False
    if not ctl.n:
        turn.note(ctl.path, "waived", f"{turn.program.severity}: it goes on outside of its window ({', '.join(ctl.act.windows)})")
    return True


def check_approver(turn: Turn, approval: Approval | None, event: NeedMet) -> None:
    """Raises Unfit for a person whose approval doesn't count here. A refusal counts whoever it is by, the operator's own too."""
    role = approval.role if approval is not None else ""
    if role and event.by not in turn.program.roles.get(role, frozenset()):
        raise Unfit(f"{event.by} is not in the role {role!r}")
    if event.verdict == "approved" and event.by in turn.state.operators:
        raise Unfit(f"{event.by} operates the run: somebody else has to approve")
    if event.verdict == "approved" and turn.program.consent.proven and event.grade != "proven":
        raise Unfit(f"the approval of {event.by} isn't proven by a key")


def waive(turn: Turn, event: NeedMet) -> None:
    """Going on without an approval: only where the policy lets this severity, with a reason, and loudly."""
    if turn.program.severity not in turn.program.consent.waive:
        raise Unfit(f"the policy lets no {turn.program.severity or 'run without a severity'} go on without the approval")
    if not event.note.strip():
        raise Unfit("going on without an approval wants its reason")
    turn.note(event.path, "waived", f"{turn.program.severity}: {event.by} goes on without the approval: {event.note}")
