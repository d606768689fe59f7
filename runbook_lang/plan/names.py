"""What names stand for in a plan: the machine's own frames, filled with what is sure and with holes for the rest."""

from __future__ import annotations

from ..expr.types import BOOL, DOUBLE, DURATION, DYN, INT, STRING, ListType, MapType, RecordType, Type
from ..expr.values import Unknown
from ..machine.names import Names
from ..machine.turn import Frame
from .holes import unsure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..expr.values import Value
    from ..machine.core import Act, Need
    from ..model.nodes import Input

DONE: dict[str, Any] = {"state": "done", "ok": True}
SKIPPED: dict[str, Any] = {"state": "skipped", "ok": False}
FAILURE = Unknown("failure", RecordType("failure", {"step": STRING, "kind": STRING, "message": STRING, "summary": STRING}))
ITEM = RecordType("item", {"key": STRING, "ok": BOOL, "value": DYN})

_INPUTS: dict[str, Type] = {
    "string": STRING,
    "int": INT,
    "number": DYN,
    "bool": BOOL,
    "list": ListType(DYN),
    "map": MapType(STRING, DYN),
}
_ANSWERS: dict[str, Type] = {"bool": BOOL, "string": STRING, "int": INT, "number": DOUBLE}


def input_hole(declared: Input) -> Unknown:
    """An input that nobody has given yet."""
    return Unknown(declared.name.text, _INPUTS[declared.type])


def after_act(act: Act) -> dict[str, Value]:
    """An act that went well: its fields are there, their values are the run's to know."""
    if act.call is None:
        return dict(DONE)
    fields = {name: Unknown(f"{act.id}.{name}", type_) for name, type_ in getattr(act.result, "fields", {}).items()}
    return {**fields, "elapsed": Unknown(f"{act.id}.elapsed", DURATION), **DONE}


def ended(act: Act) -> dict[str, Value]:
    """An act whose change took place, however its attempt was judged: what its undo's words are made of."""
    return {**after_act(act), "state": Unknown(f"{act.id}.state", STRING), "ok": Unknown(f"{act.id}.ok", BOOL)}


def after_need(need: Need) -> dict[str, Value]:
    """A wait that is over."""
    if need.what == "timer":
        return dict(DONE)
    answer = Unknown(f"{need.id}.answer", _ANSWERS[need.type]) if need.what == "answer" else True
    people = {name: Unknown(f"{need.id}.{name}", STRING) for name in ("by", "note")}
    return {**DONE, "answer": answer, **people}


def added(frame: Frame, known: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The names that a layer has gained since it was made with `known`."""
    return {name: value for name, value in frame.names.items() if known is None or name not in known}


def all_unsure(values: Mapping[str, Value]) -> dict[str, Value]:
    return {name: unsure(name, value) for name, value in values.items()}


def layer(frame: Frame, values: Mapping[str, Value] | None = None, prefix: str | None = None) -> Frame:
    """A frame inside another, whose names can be handed over or forgotten later."""
    return frame.under(Names(values or {}), prefix)


def hand_over(frame: Frame, values: Mapping[str, Value]) -> None:
    for name, value in values.items():
        frame.set(name, value)
