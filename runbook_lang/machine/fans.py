"""Bodies side by side: `parallel` and `for_each`, with a limit, and what happens when one fails."""

from __future__ import annotations

from ..expr.values import EvalError, Unknown
from . import flow
from .control import DONE, BranchCtl, Ctl, Done, Ended, Failed, Failure, FanCtl, Terminal
from .core import fit_for_key
from .names import Names
from .resolve import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value
    from .core import Body, Fan
    from .events import Event
    from .turn import Frame, Turn

_NO_NAMES = Names()


def enter_fan(turn: Turn, frame: Frame, node: Fan, path: str) -> Ctl | Terminal:
    if node.over is None:
        entries: tuple[tuple[str, Value], ...] = tuple((name, None) for name, _ in node.branches)
        return _go_on(turn, frame, FanCtl(node, path, entries, 0, {}, Names()))
    try:
        entries = _entries(turn, frame, node)
    except EvalError as error:
        frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "error", "message": error.message}})
        return Failed(Failure(path, "error", error.message))
    return _go_on(turn, frame, FanCtl(node, path, entries, 0, {}, Names()))


def _entries(turn: Turn, frame: Frame, node: Fan) -> tuple[tuple[str, Value], ...]:
    """Keys and values of the turns; raises EvalError for no list, too many, or two equal keys."""
    from .turn import With

    assert node.over is not None
    value = node.over.evaluate(frame, turn.moment)
    if isinstance(value, Unknown):
        return (("?", Unknown(node.var)),)
    if not isinstance(value, list):
        raise EvalError("RB240", f"{node.over.text} is no list")
    if node.max is not None and len(value) > node.max:
        raise EvalError("RB240", f"{node.over.text} has {len(value)} items, and max is {node.max}")
    seen: dict[str, Value] = {}
    for index, item in enumerate(value):
        key = str(index) if node.key is None else shown(node.key.evaluate(With(frame, node.var, item), turn.moment))
        if not fit_for_key(key, seen):
            raise EvalError("RB240", f"the key {key[:60]!r} of item {index} is empty, too long, not unique, or holds one of ] / #")
        seen[key] = item
    return tuple(seen.items())


def _body(node: Fan, key: str) -> Body:
    return node.template if node.over is not None else dict(node.branches)[key]


def branch_frame(frame: Frame, ctl: FanCtl, key: str, names: Names) -> Frame:
    return frame.under(names, f"{ctl.path}[{key}]/" if ctl.node.over is not None else None, ctl.node.steps)


def _go_on(turn: Turn, frame: Frame, ctl: FanCtl) -> Ctl | Terminal:
    """Start as many bodies as the limit allows; join when all are through."""
    limit = ctl.node.limit or len(ctl.entries)
    active = dict(ctl.active)
    while ctl.next < len(ctl.entries) and len(active) < limit and not _stopping(ctl):
        key, value = ctl.entries[ctl.next]
        names = Names({ctl.node.var: value}) if ctl.node.over is not None else Names()
        inner = branch_frame(frame, ctl, key, names)
        ctl = ctl.replace(next=ctl.next + 1)
        ctl = _absorb(turn, inner, ctl, active, key, flow.enter_body(turn, inner, _body(ctl.node, key)))
    if _stopping(ctl) and active:
        ctl = _halt_active(turn, frame, ctl, active)
    if active:
        return ctl.replace(active=active)
    return _join(turn, frame, ctl.replace(active=active))


def _stopping(ctl: FanCtl) -> bool:
    return ctl.ended is not None or (ctl.failure is not None and ctl.node.fail == "fast")


def _absorb(turn: Turn, inner: Frame, ctl: FanCtl, active: dict[str, BranchCtl], key: str, child: Ctl | Terminal) -> FanCtl:
    """A branch goes on, or is through and hands over its names and what it yields."""
    if isinstance(child, Ctl):
        active[key] = BranchCtl(key, inner.names, child)
        return ctl
    active.pop(key, None)
    ok, value = isinstance(child, Done), None
    failure = child.failure if isinstance(child, (Failed, Ended)) else None
    if failure is not None and ctl.failure is None:
        ctl = ctl.replace(failure=failure)
    if isinstance(child, Ended) and ctl.ended is None and (child.outcome != "stopped" or ctl.failure is None):
        ctl = ctl.replace(ended=child)
    if ok and ctl.node.yields is not None:
        try:
            value = ctl.node.yields.evaluate(inner, turn.moment)
        except EvalError as error:
            ok = False
            failure = Failure(f"{ctl.path}[{key}]", "error", f"yield {ctl.node.yields.text}: {error.message}")
            ctl = ctl if ctl.failure is not None else ctl.replace(failure=failure)
    # What a loop's turn named isn't seen from outside; only a branch hands its names over.
    names = inner.names if ctl.node.over is None else _NO_NAMES
    return ctl.replace(finished=ctl.finished.with_(key, (ok, value, names)))


def _halt_active(turn: Turn, frame: Frame, ctl: FanCtl, active: dict[str, BranchCtl], force: bool = False) -> FanCtl:
    for key, branch in list(active.items()):
        inner = branch_frame(frame, ctl, key, branch.names)
        ctl = _absorb(turn, inner, ctl, active, key, flow.transform(turn, inner, branch.child, "halt", force))
    return ctl


def step_fan(turn: Turn, frame: Frame, ctl: FanCtl, event: Event) -> Ctl | Terminal | None:
    for key, branch in ctl.active.items():
        inner = branch_frame(frame, ctl, key, branch.names)
        child = flow.step(turn, inner, branch.child, event)
        if child is None:
            continue
        was_stopping = _stopping(ctl)
        active = dict(ctl.active)
        ctl = _absorb(turn, inner, ctl, active, key, child)
        if isinstance(child, Ctl) and not _stopping(ctl):
            return ctl.replace(active=active)
        if was_stopping and active:
            return ctl.replace(active=active)
        return _go_on(turn, frame, ctl.replace(active=active))
    return None


def _join(turn: Turn, frame: Frame, ctl: FanCtl) -> Terminal:
    node = ctl.node
    end = _end(ctl)
    record = flow.record_of(end)
    if node.over is not None:
        record["items"] = [{"key": key, "ok": ok, "value": value} for key, (ok, value, _) in _finished(ctl)]
    else:
        for _, (_, _, names) in _finished(ctl):
            for name, value in names.items():
                if name != "failure":
                    frame.set(name, value)
    frame.set(node.id, record)
    return end


def _end(ctl: FanCtl) -> Terminal:
    """A failure goes before what another branch decided: what it left has to be dealt with. Halted from outside, that is decided there."""
    if ctl.ended is not None and ctl.ended.outcome == "stopped":
        return ctl.ended.replace(failure=ctl.failure)
    return Failed(ctl.failure) if ctl.failure is not None else ctl.ended or DONE


def _finished(ctl: FanCtl) -> list[tuple[str, tuple[bool, Value, Names]]]:
    """What each body that ran came to, in the order of the keys."""
    return [(key, ctl.finished.get(key)) for key, _ in ctl.entries if key in ctl.finished]


def transform_fan(turn: Turn, frame: Frame, ctl: FanCtl, change: str, force: bool) -> Ctl | Terminal:
    active = dict(ctl.active)
    if change == "halt":
        ctl = _halt_active(turn, frame, ctl.replace(ended=ctl.ended or Ended("stopped")), active, force)
        return ctl.replace(active=active) if active else _join(turn, frame, ctl.replace(active=active))
    for key, branch in list(active.items()):
        inner = branch_frame(frame, ctl, key, branch.names)
        ctl = _absorb(turn, inner, ctl, active, key, flow.transform(turn, inner, branch.child, change, force))
    return _go_on(turn, frame, ctl.replace(active=active))
