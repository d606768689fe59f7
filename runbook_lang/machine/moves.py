"""Moves: what may happen next. `open_moves` computes them from a state; drivers carry them out."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..surfaces.kinds import Request
    from .core import Act, Approval, Need


class Move(Record):
    pass


class Start(Move):
    """Start an attempt. `id` = path#attempt/role; `digest` is what the intent must carry."""

    id: str
    path: str
    role: str
    act: Act
    request: Request
    digest: str
    hosts: tuple[tuple[str, tuple[str, ...]], ...] = ()  # by secret: the only hosts that the called runbook lets it be sent to


class EndAct(Move):
    """Tell a running attempt to end: politely (its stop signals) or now (SIGKILL)."""

    id: str
    how: str


class Locate(Move):
    """Find the child of an attempt that was running when the last process died. `on`: the host where it runs, '' for this one."""

    id: str
    act: Act
    on: str = ""


class Await(Move):
    """A person is wanted: for an answer, a deed, an approval, or to settle a doubt."""

    path: str
    what: str  # answer | do | approval | doubt
    text: str
    need: Need | None = None
    act: Act | None = None
    approval: Approval | None = None
    id: str = ""
    bind: str = ""
    deadline: int = 0
    request: Request | None = None
    verdict: str = ""

    @property
    def role(self) -> str:
        """The role of whoever may answer or approve; '' for everybody."""
        if self.approval is not None:
            return self.approval.role
        return self.need.role if self.need is not None else ""


class Timer(Move):
    path: str
    at: int
    why: str


class Lock(Move):
    key: str


class Unlock(Move):
    key: str


class Refill(Move):
    """A secret of a finished read is gone with the process; its step `by` must be read again."""

    handle: str
    by: str


class Pick(Move):
    """Only in a rehearsal: a condition that can't be known."""

    path: str
    cond: str


class OpenIncident(Move):
    id: str
    path: str
    tier: str
    severity: str
    message: str
    dedup: str


class Settle(Move):
    """The probe of a doubt has answered."""

    id: str
    applied: str


class Close(Move):
    outcome: dict[str, object]
