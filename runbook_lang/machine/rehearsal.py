"""A change in a rehearsal: not made. Its own `rehearse`, or what its tool offers, is run in its place and judged."""

from __future__ import annotations

from ..expr.values import Unknown
from . import acts, ends
from .consent import Unfit
from .control import ActCtl, Ctl, Terminal
from .events import ActEnded, ActStarted
from .resolve import judge

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core import Act
    from .events import Event
    from .turn import Frame, Turn

MODE = "rehearse"
STATE = "rehearsing"


def begin(turn: Turn, frame: Frame, ctl: ActCtl) -> ActCtl:
    """A ready change becomes its rehearsal, where there is one whose words can be made. For the mode that is called so."""
    act = ctl.act
    if ctl.state != "ready" or ctl.role != "main" or act.effect == "read" or act.call is None or ctl.request is None:
        return ctl
    part, request = act.rehearse, None
    if part is None:
        request = act.call.surface.rehearsal(ctl.request)
        part = None if request is None else _by_the_tool(act)
    if part is None:
        return ctl
    probe = acts.enter_act(turn, frame, part, ctl.path, "rehearse", request)
    return ctl.replace(state=STATE, probe=probe) if isinstance(probe, ActCtl) else ctl


def _by_the_tool(act: Act) -> Act:
    """The act as its tool rehearses it: a read, of which nothing is expected but that it ends well."""
    return act.replace(
        effect="read",
        guard=None,
        expect=(),
        retry=None,
        applied=None,
        undo=None,
        rehearse=None,
        settles=(),
        approval=None,
        windows=(),
        result=None,
    )


def step(turn: Turn, frame: Frame, ctl: ActCtl, probe: ActCtl, event: Event) -> Ctl | Terminal | None:
    """The rehearsal starts, or has ended: the change then counts as made, or has failed before anything was done."""
    if isinstance(event, ActStarted):
        return ctl.replace(probe=acts.started(turn, frame, probe, event))
    if not isinstance(event, ActEnded):
        return None
    acts.check_end(probe, event)
    failure = judge(probe.act, ctl.path, event, frame, turn.moment).failure
    if failure is None:
        turn.note(ctl.path, "rehearsed", "it would work")
        return take_as_made(turn, frame, ctl)
    turn.note(ctl.path, "rehearsed", f"it would fail: {failure.message}")
    return ends.fail(turn, frame, ctl.replace(probe=None), failure.replace(message=f"in the rehearsal: {failure.message}", applied="no"))


def assume(turn: Turn, frame: Frame, ctl: ActCtl, id_: str) -> Terminal:
    """What nobody ran, or what the read of an unchanged world can't tell: its result stays unknown. Raises Unfit."""
    read = ctl.act.effect == "read"
    if ctl.state not in ("ready", STATE) and not (ctl.state == "running" and read):
        raise Unfit(f"{id_} is {ctl.state}: there is nothing to assume")
    if ctl.state == "running":
        why = "it was read, but a change before it was not made"
    else:
        why = "a read, of which not all words are known" if read else "a change, not made in a rehearsal"
    turn.note(ctl.path, "assumed", why)
    return take_as_made(turn, frame, ctl)


def take_as_made(turn: Turn, frame: Frame, ctl: ActCtl) -> Terminal:
    """The act has ended well; its fields are holes, typed by the surface."""
    fields = getattr(ctl.act.result, "fields", {})
    record: dict[str, object] = {name: Unknown(f"{ctl.act.id}.{name}", type_) for name, type_ in fields.items()}
    return ends.succeed(turn, frame, ctl.replace(n=max(ctl.n, 1), probe=None), {**record, "state": "done", "ok": True})
