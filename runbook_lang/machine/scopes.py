"""Scopes (a runbook, a call) and the failure path."""

from __future__ import annotations

from contextlib import suppress

from ..base.record import changer
from ..expr.expression import Template
from ..expr.values import EvalError
from . import flow
from .control import DONE, Ctl, Done, Ended, Failed, Failure, ScopeCtl, Terminal
from .names import Names
from .turn import Frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..expr.values import Value
    from .core import Scope
    from .events import Event
    from .turn import Turn


_within = changer(ScopeCtl, "child", "names")


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
    inner = Frame(ctl.names, None, ctl.prefix, ctl.node.steps)
    child = flow.step(turn, inner, ctl.child, event)
    return None if child is None else _after_scope(turn, frame, inner, ctl, child)


def _after_scope(turn: Turn, caller: Frame | None, inner: Frame, ctl: ScopeCtl, child: Ctl | Terminal) -> Ctl | Terminal:
    while True:
        if isinstance(child, Ctl):
            return _within(ctl, child, inner.names)
        if ctl.phase == "body" and isinstance(child, Done):
            child = _made(turn, inner, ctl) or child
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


def _is_good(end: Terminal) -> bool:
    return isinstance(end, Done) or (isinstance(end, Ended) and end.outcome == "succeeded")


def _made(turn: Turn, inner: Frame, ctl: ScopeCtl) -> Terminal | None:
    """A failure when an output of a scope that came to its end can't be made; it takes the failure path like any other.

    One that was stopped before its end has the outputs that can be made of what it did.
    """
    for name, data in ctl.node.outputs:
        try:
            evaluate_data(data, inner, turn)
        except EvalError as error:
            return Failed(Failure(f"{ctl.prefix}outputs.{name}", "error", f"output {name}: {error.message}"))
    return None


def _leave(turn: Turn, caller: Frame | None, inner: Frame, ctl: ScopeCtl, end: Terminal) -> Terminal:
    """Outputs are made of the names at the end; on a failure, those that can be."""
    node = ctl.node
    good = _is_good(end)
    outputs: dict[str, Value] = {}
    for name, data in node.outputs:
        with suppress(EvalError):
            outputs[name] = evaluate_data(data, inner, turn)
    if isinstance(end, Ended) and end.outcome == "failed":
        end = Failed(Failure(ctl.path or node.runbook, "stopped", end.message or "the runbook stopped as failed"))
    if node.root or caller is None:
        turn.outputs = outputs
        return end  # of a run that was stopped as succeeded with what its author says to that
    end = DONE if good else end
    caller.set(node.id, {**outputs, **flow.record_of(end)})
    return end


def transform_scope(turn: Turn, frame: Frame | None, ctl: ScopeCtl, change: str, force: bool) -> Ctl | Terminal:
    inner = inner_frame(ctl)
    return _after_scope(turn, frame, inner, ctl, flow.transform(turn, inner, ctl.child, change, force))
