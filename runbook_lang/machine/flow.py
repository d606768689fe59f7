"""Entering and continuing nodes: the interpreter over the core.

`enter` takes a node as far as it goes without the world; `step` gives an event to whatever in the
tree it is for and goes on from there; `halt` stops a subtree (fan with `fail: fast`, abort).
Each returns the node's new control record, or a terminal when the node is through.
"""

from __future__ import annotations

from ..base.record import constructor
from ..expr.values import MISSING, EvalError, Unknown
from . import fans, scopes, undo
from .acts import decide, enter_act, halt_act, resume_act, step_act
from .control import (
    DONE,
    STOPPED,
    ActCtl,
    Ctl,
    Done,
    Ended,
    Failed,
    Failure,
    FanCtl,
    IfCtl,
    NeedCtl,
    ScopeCtl,
    SeqCtl,
    Terminal,
    TryCtl,
    UnwindCtl,
)
from .core import Act, End, Fan, If, Let, Need, Node, Scope, Try, Unwind
from .ends import fail
from .events import PickTaken
from .needs import enter_need, halt_need, resume_need, step_need
from .places import settle
from .resolve import condition, shown, text_of
from .turn import Frame, Turn, With

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..expr.expression import Expression
    from ..expr.values import Value
    from .core import Body
    from .events import Event

_seq = constructor(SeqCtl)
FAILURE_ENDS = {
    "unsuccessful": "the success condition is false",
    "refused": "its guard is false",
    "no_arm": "no arm fits and there is no else",
}


def enter(turn: Turn, frame: Frame, node: Node) -> Ctl | Terminal:
    return _ENTER[type(node)](turn, frame, node, frame.prefix + node.id)


def _enter_try(turn: Turn, frame: Frame, node: Try, path: str) -> Ctl | Terminal:
    return after_try(turn, frame, TryCtl(node, path, "body", _NOTHING), enter_body(turn, frame, node.body))


def enter_body(turn: Turn, frame: Frame, nodes: Body, index: int = 0) -> Ctl | Terminal:
    """Nodes in order, until one has to wait or doesn't end well."""
    while index < len(nodes):
        node = nodes[index]
        result = _ENTER[type(node)](turn, frame, node, frame.prefix + node.id)
        if isinstance(result, Ctl):
            return _seq(SeqCtl, nodes, index, result)
        if not isinstance(result, Done):
            return result
        index += 1
    return DONE


def with_earlier(frame: Frame, node: Let, record: dict[str, Any], expression: Expression) -> Frame | With:
    """What a field of `set` sees: the names of its place, and the fields before it where it asks for them."""
    return With(frame, node.id, dict(record)) if node.id in expression.roots else frame


def _enter_let(turn: Turn, frame: Frame, node: Let, path: str) -> Terminal:
    record: dict[str, object] = {"state": "done", "ok": True}
    for name, expression in node.fields:
        try:
            record[name] = expression.evaluate(with_earlier(frame, node, record, expression), turn.moment)
        except EvalError as error:
            message = f"{name}: {error.message}"
            frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "error", "message": message}})
            return Failed(Failure(path, "error", message))
    frame.set(node.id, record)
    turn.note(path, "set", ", ".join(f"{name} = {shown(record[name])[:200]}" for name, _ in node.fields))
    return DONE


def _enter_if(turn: Turn, frame: Frame, node: If, path: str) -> Ctl | Terminal:
    try:
        value = condition(node.cond, frame, turn.moment)
    except EvalError as error:
        frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "error", "message": error.message}})
        return Failed(Failure(path, "error", f"{node.what} {node.cond.text}: {error.message}"))
    if isinstance(value, Unknown):
        return IfCtl(node, path, None, value)
    return _take_arm(turn, frame, node, path, value)


def _take_arm(turn: Turn, frame: Frame, node: If, path: str, taken: bool) -> Ctl | Terminal:
    body, skipped = (node.body, node.skips_orelse) if taken else (node.orelse, node.skips_body)
    for step in skipped:
        frame.set(step, {"state": "skipped", "ok": False})
    if node.what == "when" and not taken:
        turn.note(path, "skipped", f"{node.cond.text} is false")
    if node.what == "guard" and not taken:
        turn.note(path, "refused", f"guard is false: {node.cond.text}")
    return _after_if(frame, IfCtl(node, path, _NOTHING, None, taken), enter_body(turn, frame, body))


def _after_if(frame: Frame, ctl: IfCtl, child: Ctl | Terminal) -> Ctl | Terminal:
    if isinstance(child, Ctl):
        return ctl.replace(child=child)
    if ctl.node.names or (ctl.node.what == "guard" and not ctl.taken):
        frame.set(ctl.node.id, record_of(child))
    return child


def record_of(end: Terminal) -> dict[str, object]:
    """What the name of a step that holds others stands for once it is through."""
    if isinstance(end, Failed):
        return {"state": "failed", "ok": False, "error": {"kind": end.failure.kind, "message": end.failure.message}}
    return {"state": "done", "ok": True} if isinstance(end, Done) else {"state": "stopped", "ok": False}


def after_try(turn: Turn, frame: Frame, ctl: TryCtl, child: Ctl | Terminal) -> Ctl | Terminal:
    """body → rescue on a failure → always, whatever came before; then what was pending."""
    node = ctl.node
    if isinstance(child, Ctl):
        return ctl.replace(child=child)
    if ctl.phase == "body" and isinstance(child, Failed):
        if node.keep_failed:
            turn.note(ctl.path, "passed over", child.failure.message)
            child = DONE
        elif node.rescue is not None:
            before = frame.get("failure")
            frame.set("failure", child.failure.as_value())
            ctl = ctl.replace(phase="rescue", before=None if before is MISSING else before)
            return after_try(turn, frame, ctl, enter_body(turn, frame, node.rescue))
    if ctl.phase == "rescue" and ctl.before is not None:
        frame.set("failure", ctl.before)
    if ctl.phase != "always" and node.always:
        return after_try(turn, frame, ctl.replace(phase="always", pending=child), enter_body(turn, frame, node.always))
    if ctl.phase == "always" and (isinstance(child, Done) or not isinstance(ctl.pending, Done)):
        child = ctl.pending
    if node.names:
        frame.set(node.id, record_of(child))
    if node.settles and isinstance(child, Done) and _is_done(frame.get(node.id)):
        settle(turn, frame, node.settles)
    return child


def _is_done(record: Value) -> bool:
    """Whether a step has done what it is for: one that a person let go, or that may fail and did, goes on without."""
    return isinstance(record, dict) and record.get("state") == "done"


def _enter_end(turn: Turn, frame: Frame, node: End, path: str) -> Terminal:
    message = text_of(node.message, frame, turn.moment)
    if node.outcome in FAILURE_ENDS:
        return Failed(Failure(path, node.outcome, message or FAILURE_ENDS[node.outcome], refusal=node.outcome == "refused"))
    if message and frame.scope().prefix:  # in a call; what the run's own runbook says at its end is part of the outcome
        turn.note(path, "stopped", f"as {node.outcome}: {message}")
    return Ended(node.outcome, message)


def step(turn: Turn, frame: Frame, ctl: Ctl, event: Event) -> Ctl | Terminal | None:
    """None when nothing in this subtree is meant."""
    return _STEP[type(ctl)](turn, frame, ctl, event)


def _step_seq(turn: Turn, frame: Frame, ctl: SeqCtl, event: Event) -> Ctl | Terminal | None:
    inner = ctl.child
    child = _STEP[type(inner)](turn, frame, inner, event)
    return None if child is None else after_seq(turn, frame, ctl, child)


def _step_act(turn: Turn, frame: Frame, ctl: ActCtl, event: Event) -> Ctl | Terminal | None:
    if ctl.state == "pick" and isinstance(event, PickTaken) and event.path == ctl.path:
        return _guard_picked(turn, frame, ctl, event.arm)
    return step_act(turn, frame, ctl, event)


def _step_try(turn: Turn, frame: Frame, ctl: TryCtl, event: Event) -> Ctl | Terminal | None:
    child = step(turn, frame, ctl.child, event)
    return None if child is None else after_try(turn, frame, ctl, child)


def after_seq(turn: Turn, frame: Frame, ctl: SeqCtl, child: Ctl | Terminal) -> Ctl | Terminal:
    if isinstance(child, Ctl):
        return _seq(SeqCtl, ctl.nodes, ctl.index, child)
    if isinstance(child, Done):
        return enter_body(turn, frame, ctl.nodes, ctl.index + 1)
    return child


def _step_if(turn: Turn, frame: Frame, ctl: IfCtl, event: Event) -> Ctl | Terminal | None:
    if ctl.child is None:
        if isinstance(event, PickTaken) and event.path == ctl.path:
            return _take_arm(turn, frame, ctl.node, ctl.path, event.arm)
        return None
    child = step(turn, frame, ctl.child, event)
    return None if child is None else _after_if(frame, ctl, child)


def _guard_picked(turn: Turn, frame: Frame, ctl: ActCtl, arm: bool) -> Ctl | Terminal:
    if arm:
        return decide(turn, frame, ctl.replace(permitted=True, state="held"))
    words = ctl.act.guard.text if ctl.act.guard else ""
    return fail(turn, frame, ctl, Failure(ctl.path, "refused", f"its guard is false: {words}", refusal=True))


def transform(turn: Turn, frame: Frame, ctl: Ctl, change: str, force: bool = False) -> Ctl | Terminal:
    """Apply `resume` or `halt` to every active leaf; composites go on from what their children become."""
    if isinstance(ctl, ActCtl):
        return resume_act(turn, frame, ctl) if change == "resume" else halt_act(turn, frame, ctl)
    if isinstance(ctl, NeedCtl):
        return resume_need(turn, ctl) if change == "resume" else halt_need(frame, ctl)
    if isinstance(ctl, SeqCtl):
        return after_seq(turn, frame, ctl, transform(turn, frame, ctl.child, change, force))
    if isinstance(ctl, IfCtl):
        if ctl.child is None:
            return ctl if change == "resume" else STOPPED
        return _after_if(frame, ctl, transform(turn, frame, ctl.child, change, force))
    if isinstance(ctl, TryCtl):
        if change == "halt" and ctl.phase == "always" and not force:
            return ctl.replace(pending=STOPPED)  # it is finished, and nothing after it
        return after_try(turn, frame, ctl, transform(turn, frame, ctl.child, change, force))
    if isinstance(ctl, FanCtl):
        return fans.transform_fan(turn, frame, ctl, change, force)
    if isinstance(ctl, ScopeCtl):
        return scopes.transform_scope(turn, frame, ctl, change, force)
    assert isinstance(ctl, UnwindCtl)
    return undo.after_undo(turn, frame, ctl, transform(turn, ctl.entry.frame or frame, ctl.current, change, force))


_NOTHING = Ctl()
# Fans, scopes and undo call back into this module, so theirs are looked up when they are called, not here.


def _enter_fan(turn: Turn, frame: Frame, node: Fan, path: str) -> Ctl | Terminal:
    return fans.enter_fan(turn, frame, node, path)


def _enter_scope(turn: Turn, frame: Frame, node: Scope, path: str) -> Ctl | Terminal:
    return scopes.enter_scope(turn, frame, node, path)


def _enter_unwind(turn: Turn, frame: Frame, node: Unwind, path: str) -> Ctl | Terminal:
    return undo.enter_unwind(turn, frame, node, path)


def _step_fan(turn: Turn, frame: Frame, ctl: FanCtl, event: Event) -> Ctl | Terminal | None:
    return fans.step_fan(turn, frame, ctl, event)


def _step_scope(turn: Turn, frame: Frame, ctl: ScopeCtl, event: Event) -> Ctl | Terminal | None:
    return scopes.step_scope(turn, frame, ctl, event)


def _step_unwind(turn: Turn, frame: Frame, ctl: UnwindCtl, event: Event) -> Ctl | Terminal | None:
    return undo.step_unwind(turn, frame, ctl, event)


_ENTER: dict[type[Node], Callable[[Turn, Frame, Any, str], Ctl | Terminal]] = {
    Act: enter_act,
    Let: _enter_let,
    Need: enter_need,
    If: _enter_if,
    Fan: _enter_fan,
    Try: _enter_try,
    Scope: _enter_scope,
    Unwind: _enter_unwind,
    End: _enter_end,
}
_STEP: dict[type[Ctl], Callable[[Turn, Frame, Any, Event], Ctl | Terminal | None]] = {
    SeqCtl: _step_seq,
    ActCtl: _step_act,
    NeedCtl: step_need,
    IfCtl: _step_if,
    TryCtl: _step_try,
    FanCtl: _step_fan,
    ScopeCtl: _step_scope,
    UnwindCtl: _step_unwind,
}
