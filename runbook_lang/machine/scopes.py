"""Scopes (a runbook, a call), the failure path, and undo."""

from __future__ import annotations

from ..expr.expression import Template
from ..expr.values import EvalError
from . import flow
from .acts import enter_act
from .control import DONE, ActCtl, Ctl, Done, Ended, Failed, Failure, ScopeCtl, Terminal, UndoEntry, UnwindCtl
from .names import Names
from .turn import Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value
    from .core import Scope, Unwind
    from .events import Event
    from .turn import Turn


def evaluate_data(data: object, frame: Frame, turn: Turn) -> Value:
    """A template, a constant, or nested data of those; raises EvalError."""
    if isinstance(data, Template):
        return data.evaluate(frame, turn.moment)
    if isinstance(data, dict):
        return {key: evaluate_data(item, frame, turn) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return [evaluate_data(item, frame, turn) for item in data]
    return data


def enter_scope(turn: Turn, frame: Frame, node: Scope, path: str) -> Ctl | Terminal:
    """A call: inputs are evaluated in the caller's names, the body sees only its own."""
    from .inputs import check_value

    values: dict[str, Value] = {}
    try:
        given = {name: evaluate_data(data, frame, turn) for name, data in node.inputs}
    except EvalError as error:
        return _refuse(frame, node, path, error.message)
    for declared in node.declared:
        name = declared.name.text
        if name not in given and not declared.has_default:
            return _refuse(frame, node, path, f"input {name!r} of {node.runbook} is not given")
        values[name] = given.get(name, declared.default)
        problem = check_value(declared, values[name])
        if problem:
            return _refuse(frame, node, path, f"input {name!r} of {node.runbook}: {problem}")
    return start_body(turn, node, path, f"{path}/", values, frame)


def _refuse(frame: Frame, node: Scope, path: str, message: str) -> Terminal:
    frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "error", "message": message}})
    return Failed(Failure(path, "error", message))


def start_body(turn: Turn, node: Scope, path: str, prefix: str, values: dict[str, Value], caller: Frame | None) -> Ctl | Terminal:
    from ..expr.values import SecretRef

    for name in node.secrets:
        values[name] = SecretRef(name)
    inner = Frame(Names(values), None, prefix, node.steps)
    ctl = ScopeCtl(node, path, prefix, inner.names, "body", Ctl())
    return _after_scope(turn, caller, inner, ctl, flow.enter_body(turn, inner, node.body))


def inner_frame(ctl: ScopeCtl) -> Frame:
    return Frame(ctl.names, None, ctl.prefix, ctl.node.steps)


def step_scope(turn: Turn, frame: Frame | None, ctl: ScopeCtl, event: Event) -> Ctl | Terminal | None:
    inner = inner_frame(ctl)
    child = flow.step(turn, inner, ctl.child, event)
    return None if child is None else _after_scope(turn, frame, inner, ctl, child)


def _after_scope(turn: Turn, caller: Frame | None, inner: Frame, ctl: ScopeCtl, child: Ctl | Terminal) -> Ctl | Terminal:
    while True:
        if isinstance(child, Ctl):
            return ctl.replace(child=child, names=inner.names)
        if ctl.phase == "handling":
            ctl = ctl.replace(index=ctl.index + 1)
            if isinstance(child, Failed):
                turn.note(child.failure.path, "handling", f"failed while handling a failure: {child.failure.message}")
        elif isinstance(child, Failed) and ctl.node.on_failure:
            inner.set("failure", child.failure.as_value())
            ctl = ctl.replace(phase="handling", index=0, failure=child.failure)
        else:
            return _leave(turn, caller, inner, ctl, child)
        assert ctl.failure is not None
        if isinstance(child, Ended) or ctl.index >= len(ctl.node.on_failure):
            stopped = isinstance(child, Ended) and child.outcome == "stopped"
            return _leave(turn, caller, inner, ctl, child if stopped else Failed(ctl.failure))
        child = flow.enter(turn, inner, ctl.node.on_failure[ctl.index])


def _leave(turn: Turn, caller: Frame | None, inner: Frame, ctl: ScopeCtl, end: Terminal) -> Terminal:
    """Outputs are made of the names at the end; on a failure, those that can be."""
    node = ctl.node
    good = isinstance(end, Done) or (isinstance(end, Ended) and end.outcome == "succeeded")
    outputs: dict[str, Value] = {}
    for name, data in node.outputs:
        try:
            outputs[name] = evaluate_data(data, inner, turn)
        except EvalError as error:
            if good:
                good = False
                end = Failed(Failure(f"{ctl.prefix}outputs.{name}", "error", f"output {name}: {error.message}"))
    if isinstance(end, Ended) and end.outcome == "failed":
        end = Failed(Failure(ctl.path or node.runbook, "stopped", end.message or "the runbook stopped as failed"))
    if node.root or caller is None:
        turn.outputs = outputs
        return DONE if good else end
    record: dict[str, Value] = {**outputs, "state": "done" if good else "failed", "ok": good}
    if isinstance(end, Failed):
        record["error"] = {"kind": end.failure.kind, "message": end.failure.message}
    caller.set(node.id, record)
    return DONE if good else end


def transform_scope(turn: Turn, frame: Frame | None, ctl: ScopeCtl, change: str, force: bool) -> Ctl | Terminal:
    inner = inner_frame(ctl)
    return _after_scope(turn, frame, inner, ctl, flow.transform(turn, inner, ctl.child, change, force))


def enter_unwind(turn: Turn, frame: Frame, node: Unwind, path: str, prefix: str | None = None) -> Ctl | Terminal:
    """The entries of this scope that are open, in strict reverse of success."""
    scope = frame.prefix if prefix is None else prefix
    wanted = None if node.ids is None else {scope + name for name in node.ids}
    entries = tuple(
        entry
        for entry in reversed(turn.undo)
        if entry.path.startswith(scope)
        and (wanted is None or entry.path in wanted or any(entry.path.startswith((f"{w}[", f"{w}/")) for w in wanted))
    )
    return _next_undo(turn, frame, node, path, entries)


def _next_undo(turn: Turn, frame: Frame, node: Unwind, path: str, entries: tuple[UndoEntry, ...]) -> Ctl | Terminal:
    left = entries
    while left:
        entry, left = left[0], left[1:]
        if entry.path in turn.settled:
            turn.note(path, "undo", f"stops at {entry.path}, which is settled")
            break
        if entry.request is None:
            return _undo_failed(turn, frame, node, path, f"the undo of {entry.path} can't be made: {entry.why}")
        current = enter_act(turn, frame, entry.act, entry.path, "undo", entry.request)
        if isinstance(current, ActCtl):
            return UnwindCtl(node, path, current, entry, left)
        return _undo_failed(turn, frame, node, path, f"the undo of {entry.path} can't start")
    if turn.undone == "none" and entries:
        turn.undone = "complete"
    frame.set(node.id, {"state": "done", "ok": True})
    return DONE


def _undo_failed(turn: Turn, frame: Frame, node: Unwind, path: str, message: str) -> Terminal:
    turn.undone = "incomplete"
    frame.set(node.id, {"state": "failed", "ok": False, "error": {"kind": "exit", "message": message}})
    return Failed(Failure(path, "undo_failed", message))


def step_unwind(turn: Turn, frame: Frame, ctl: UnwindCtl, event: Event) -> Ctl | Terminal | None:
    current = flow.step(turn, frame, ctl.current, event)
    return None if current is None else after_undo(turn, frame, ctl, current)


def after_undo(turn: Turn, frame: Frame, ctl: UnwindCtl, current: Ctl | Terminal) -> Ctl | Terminal:
    if isinstance(current, ActCtl):
        return ctl.replace(current=current)
    if isinstance(current, Failed):
        return _undo_failed(turn, frame, ctl.node, ctl.path, f"the undo of {ctl.entry.path} failed: {current.failure.message}")
    if isinstance(current, Ended):
        turn.undone = "incomplete"
        return current
    turn.undo = tuple(entry for entry in turn.undo if entry is not ctl.entry)
    turn.note(ctl.entry.path, "undone", "")
    turn.undone = "complete" if turn.undone == "none" else turn.undone
    return _next_undo(turn, frame, ctl.node, ctl.path, ctl.left)
