"""`open_moves`: what may happen next, as a function of the state, so that a crash loses no move."""

from __future__ import annotations

from ..base.record import constructor
from . import scopes
from .acts import lost_handles
from .control import ActCtl, Ctl, FanCtl, IfCtl, NeedCtl, ScopeCtl, SeqCtl, State, TryCtl, UnwindCtl
from .core import Approval
from .fans import branch_frame
from .moves import Await, Close, EndAct, Locate, Lock, Move, OpenIncident, Pick, Refill, Settle, Start, Timer, Unlock
from .outcome import outcome_of
from .resolve import text_of
from .turn import Frame, Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core import Program


_start = constructor(Start)


def open_moves(program: Program, state: State) -> tuple[Move, ...]:
    """Moves in the order of the program; locates alone while there are any."""
    if state.phase == "locking":
        return tuple(Lock(key) for key in state.locks_wanted if key not in state.locks_held)[:1]
    if state.phase == "closing":
        held: tuple[Move, ...] = tuple(Unlock(key) for key in state.locks_held)
        return held or (Close(outcome_of(state)),)
    if state.phase != "flowing" or not isinstance(state.tree, ScopeCtl):
        return ()
    if state.locks_wanted:
        missing = [key for key in state.locks_wanted if key not in state.locks_held]
        if missing:
            return (Lock(missing[0]),)
    moves: list[Move] = []
    turn = Look(program, state, state.now)
    _walk(turn, scopes.inner_frame(state.tree), state.tree.child, moves)
    if state.cancel:
        return tuple(move for move in moves if isinstance(move, (EndAct, Settle)))
    if len(moves) == 1:
        return (moves[0],)
    return tuple(move for move in moves if isinstance(move, Locate)) or tuple(moves)


def _walk(turn: Look, frame: Frame, ctl: Ctl, moves: list[Move]) -> None:
    while type(ctl) is SeqCtl or type(ctl) is TryCtl:
        ctl = ctl.child
    if isinstance(ctl, ActCtl):
        _act(turn, frame, ctl, moves)
    elif isinstance(ctl, NeedCtl):
        _need(ctl, moves)
    elif isinstance(ctl, IfCtl):
        if ctl.child is None:
            moves.append(Pick(ctl.path, str(ctl.unknown)))
        else:
            _walk(turn, frame, ctl.child, moves)
    elif isinstance(ctl, FanCtl):
        for key, branch in ctl.active.items():
            _walk(turn, branch_frame(frame, ctl, key, branch.names), branch.child, moves)
    elif isinstance(ctl, ScopeCtl):
        _walk(turn, scopes.inner_frame(ctl), ctl.child, moves)
    elif isinstance(ctl, UnwindCtl):
        _act(turn, ctl.entry.frame or frame, ctl.current, moves)


def _need(ctl: NeedCtl, moves: list[Move]) -> None:
    if ctl.need.what == "timer":
        moves.append(Timer(ctl.path, ctl.due, f"window {ctl.need.window}" if ctl.need.window else "wait"))
    else:
        approval = ctl.need.approval
        moves.append(Await(ctl.path, ctl.need.what, ctl.text, ctl.need, approval=approval, deadline=ctl.due))


def _act(turn: Look, frame: Frame, ctl: ActCtl, moves: list[Move]) -> None:
    state = ctl.state
    if state == "ready":
        _ready(turn, frame, ctl, moves)
    elif state == "running":
        _running(turn, ctl, moves)
    elif state in ("adrift", "adopted"):
        moves.append(Locate(ctl.id, ctl.act, ctl.request.on if ctl.request is not None else ""))
    elif state == "backoff":
        moves.append(Timer(ctl.wait_path, ctl.due, f"attempt {ctl.attempts + 1}"))
    elif state == "shut":
        names = ", ".join(ctl.act.windows)
        moves.append(Timer(ctl.wait_path, ctl.due, f"window {names}"))
        outside = turn.program.consent.outside
        if outside and ctl.role == "main":
            wanted = Approval(None, outside, why=f"outside of its window {names}")
            text = f"{ctl.act.title or ctl.path}: now, outside of its window {names}?"
            moves.append(Await(ctl.wait_path, "approval", text, act=ctl.act, approval=wanted, bind=ctl.digest, request=ctl.request))
    elif state == "held":
        approval = ctl.act.approval
        text = text_of(approval.text if approval else None, frame, turn.moment) or ctl.act.title
        moves.append(
            Await(ctl.wait_path, "approval", text, act=ctl.act, approval=approval, bind=ctl.digest, deadline=ctl.due, request=ctl.request)
        )
    elif state == "pick":
        moves.append(Pick(ctl.path, str(ctl.unknown)))
    elif state == "rehearsing" and ctl.probe is not None:
        _act(turn, frame, ctl.probe, moves)
    elif state == "doubt":
        _doubt(turn, frame, ctl, moves)


def _ready(turn: Look, frame: Frame, ctl: ActCtl, moves: list[Move]) -> None:
    incident = ctl.act.incident
    if incident is not None:
        message = text_of(incident.message, frame, turn.moment)
        severity = incident.severity or turn.program.severity
        moves.append(OpenIncident(ctl.id, ctl.path, incident.tier, severity, message, f"{turn.state.run}/{ctl.path}"))
        return
    assert ctl.request is not None
    handles = lost_handles(ctl, turn.state.lost) if turn.state.lost else ()
    if handles:
        moves.extend(Refill(handle, handle.partition("#")[0]) for handle in handles)
    else:
        hosts = tuple([(name, tuple([text_of(host, frame, turn.moment) for host in given])) for name, given in ctl.act.hosts])
        moves.append(_start(Start, ctl.id, ctl.path, ctl.role, ctl.act, ctl.request, ctl.digest, hosts))


def _running(turn: Look, ctl: ActCtl, moves: list[Move]) -> None:
    level = turn.state.cancel
    read = ctl.act.effect == "read"
    if level >= 3:
        moves.append(EndAct(ctl.id, "now"))
    elif level == 2 or ((level == 1 or ctl.halting) and read):
        moves.append(EndAct(ctl.id, "polite"))


def _doubt(turn: Look, frame: Frame, ctl: ActCtl, moves: list[Move]) -> None:
    if ctl.probe is not None:
        _act(turn, frame, ctl.probe, moves)
    elif ctl.verdict in ("yes", "no"):
        moves.append(Settle(ctl.id, ctl.verdict))
    else:
        text = ctl.cause.message if ctl.cause else "the run died while it was running"
        moves.append(Await(ctl.wait_path, "doubt", text, act=ctl.act, id=ctl.id, bind=ctl.digest, request=ctl.request, verdict=ctl.verdict))
