"""Resolving: from names to a concrete request, and from a result to a judgement. Used by the machine and the plan alike."""

from __future__ import annotations

from ..expr.tagged import dumps, loads
from ..expr.values import Duration, EvalError, SecretRef, SecretText, Unknown
from ..model.nodes import EFFECTS
from ..surfaces.evaluate import request_of as resolved
from ..surfaces.evaluate import words_vary
from ..surfaces.kinds import ArgumentError, Request
from .control import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    from ..expr.expression import Expression, Template
    from ..expr.values import Now, Value
    from ..surfaces.kinds import Call
    from .core import Act
    from .events import ActEnded

    class Lookup(Protocol):
        def get(self, name: str) -> Value: ...


OVERRIDABLE = ("", "exit", "status", "auth")
"""Kinds of ends in which there is a result that an `expect` may judge by itself (a wanted 401, a wanted exit 3)."""
_EXECUTION_LOST = ("timeout", "killed")
_SHOWN = 200  # characters of a command in a sentence


class Unresolved(Exception):
    """A request could not be made; `args[0]` is the sentence."""


def request_of(act: Act, names: Lookup, now: Now) -> Request:
    """The concrete request of an act; raises Unresolved. Unknown parts stay in it as holes (never in a live run)."""
    assert act.call is not None
    try:
        request = resolved(act.call, names, now)
        if words_vary(act.call):
            _no_worse(act, act.call, request)
        if act.on is None:
            return request
        host = act.on.evaluate(names, now)
        if not isinstance(host, (str, Unknown)):
            raise Unresolved("'on' must give a text like user@host")
        if not host:
            raise Unresolved("'on' is empty, and without a host it would be done on this machine")
        return request.replace(on=str(host))
    except EvalError as error:
        raise Unresolved(error.message) from None
    except ArgumentError as error:
        raise Unresolved(str(error)) from None


_DOES = {"read": "reads", "change": "changes something", "destroy": "destroys"}
_INSTEAD = {"change": "`effect: change`", "destroy": "`effect: destroy` with `because`"}


def _no_worse(act: Act, call: Call, request: Request) -> None:
    """What was planned, approved and rehearsed as one thing isn't started as a worse one. Raises Unresolved.

    An author who lowers an effect has seen what the surface saw, and no more than that.
    """
    seen = max(act.effect, act.inferred or "read", key=EFFECTS.index)
    effect = call.surface.effect(request) if seen != "destroy" else ""
    if not effect or EFFECTS.index(effect) <= EFFECTS.index(seen):
        return
    if effect != "destroy" and any(isinstance(word, Unknown) for word in request.argv):
        return  # what isn't known yet counts as a change
    words = " ".join(request.shown())
    words = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    message = f"`{words}` {_DOES[effect]}, and the step was taken for one that {_DOES[seen]}"
    raise Unresolved(f"{message}: write {_INSTEAD[effect]}, or write the words out")


def text_of(template: Template | None, names: Lookup, now: Now) -> str:
    """A text for people; what can't be evaluated is shown as written, since a message must get out."""
    if template is None:
        return ""
    try:
        value = template.evaluate(names, now)
    except EvalError:
        return template.text
    return value if isinstance(value, str) else shown(value)


def shown(value: Value) -> str:
    """A value in a note or a question."""
    if isinstance(value, Unknown):
        return str(value)
    if isinstance(value, (SecretRef, SecretText)):
        return "«secret»"
    return value if isinstance(value, str) else dumps(value)


def secrets_in(value: Value) -> Iterator[str]:
    """Handles of the secrets in a request or a value."""
    if isinstance(value, SecretRef):
        yield value.handle
    elif isinstance(value, SecretText):
        for part in value.parts:
            if isinstance(part, SecretRef):
                yield part.handle
    elif isinstance(value, dict):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from secrets_in(item)
    elif isinstance(value, Request):
        for field in (value.argv, value.env, value.stdin, value.files, value.data):
            yield from secrets_in(field)


def condition(expression: Expression, names: Lookup, now: Now) -> bool | Unknown:
    """A condition's value; raises EvalError, also when it isn't a bool: an error is never 'false'."""
    value = expression.evaluate(names, now)
    if isinstance(value, (bool, Unknown)):
        return value
    raise EvalError("RB240", "the condition is not a bool")


def result_record(event: ActEnded) -> dict[str, Value]:
    """What `result` and the step's name stand for once an attempt has ended."""
    record: dict[str, Value] = loads(event.value)
    record["ok"] = event.ok
    record["elapsed"] = Duration(event.elapsed_us * 1000)
    record["state"] = "done" if event.ok else "failed"
    if event.kind:
        record["error"] = {"kind": event.kind, "message": event.message}
    return record


class Verdict:
    """How an attempt was judged; `failure` is None when it passed. `denied`: there is a result, and an `expect` is false of it."""

    __slots__ = ("denied", "failure", "record")

    def __init__(self, record: dict[str, Value], failure: Failure | None, denied: bool = False) -> None:
        self.record = record
        self.failure = failure
        self.denied = denied


def judge(act: Act, path: str, event: ActEnded, names: Lookup, now: Now) -> Verdict:
    """An attempt passes if the executor says ok and every `expect` is true.

    An `expect` that reads `result.exit`, `.status` or `.ok` replaces the executor's idea of ok, as long as
    there is a result at all. An error in an `expect` fails the attempt, so that a retry goes on.
    """
    record = result_record(event)
    if not event.ok and not (act.overrides_ok and event.kind in OVERRIDABLE):
        return Verdict(record, Failure(path, event.kind or "exit", event.message or "the attempt failed", event.applied))
    for expression in act.expect:
        problem, denied = _expected(expression, record, names, now)
        if problem:
            record["ok"] = False
            record["state"] = "failed"
            record.setdefault("error", {"kind": "expect", "message": problem})
            return Verdict(record, Failure(path, "expect", problem, event.applied), denied)
    record["ok"] = True
    record["state"] = "done"
    record.pop("error", None)
    return Verdict(record, None)


def _expected(expression: Expression, record: Mapping[str, Value], names: Lookup, now: Now) -> tuple[str, bool]:
    """(why the expectation doesn't hold, whether it is false and not in error); empty when it holds, or can't be known in a rehearsal."""
    from .turn import With

    seen = With(names, "result", record)  # type: ignore[arg-type]  # any lookup will do
    try:
        value = condition(expression, seen, now)
    except EvalError as error:
        return f"expected {expression.text}, but {error.message}", False
    return (f"expected {expression.text}{_actual(expression, seen, now)}", True) if value is False else ("", False)


def _actual(expression: Expression, names: Lookup, now: Now) -> str:
    """What the left side of a failed comparison was; empty for another kind of expression."""
    from ..expr.ast import Binary, Literal

    tree = expression.tree
    if not isinstance(tree, Binary) or isinstance(tree.left, Literal):
        return ""
    left = type(expression)(expression.text[tree.left.start : tree.left.end], tree.left, None)
    try:
        return f"; it was {shown(left.evaluate(names, now))[:200]}"
    except EvalError:
        return ""


def may_retry(act: Act, failure: Failure) -> bool:
    """A change is tried again only when repeating it is harmless or nothing was applied."""
    return act.effect == "read" or act.repeatable or failure.applied == "no"


def leaves_doubt(act: Act, event: ActEnded) -> bool:
    """Whether an attempt's end, after which there is no other, leaves open if its change took place, and that has to be known.

    Of a change that may be repeated it has to be known only where something follows from it: an undo, or the author's own
    question. An answer that says nothing about it (a gateway's 504) is a failure, unless the author gave a read that can tell.
    """
    if act.effect == "read" or event.applied != "unknown":
        return False
    if event.kind in _EXECUTION_LOST:
        return not act.repeatable or act.undo is not None or act.applied is not None
    return event.kind == "status" and act.applied is not None
