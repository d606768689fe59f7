"""The loops behind `all`, `exists`, `exists_one`, `map` and `filter`.

Each takes the frame, the elements, the slot of the variable, the compiled body (and condition) and the node.
An evaluation that is out of budget (RB246) is never absorbed.
"""

from __future__ import annotations

from .types import BOOL, DYN, ListType
from .unparse import unparse
from .values import EvalError, SecretRef, SecretText, Unknown, Value, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from .ast import Macro
    from .operators import Frame

    Step: TypeAlias = Callable[[Frame], Value]


def _not_bool(value: Value, node: Macro) -> EvalError:
    place = node.body if node.where is None else node.where
    if isinstance(value, (SecretRef, SecretText)):
        return EvalError("RB248", "a secret is no condition", place.start, place.end)
    return EvalError("RB242", f"the condition of {node.kind}() is a {type_name(value)}, not a bool", place.start, place.end)


def _quantify(*, decisive: bool) -> Callable[[Frame, list[Value], int, Step, Step | None, Macro], Value]:
    """all (false decides) and exists (true decides): errors count only when nothing decides."""

    def fold(frame: Frame, items: list[Value], slot: int, body: Step, _: Step | None, node: Macro) -> Value:
        error: EvalError | None = None
        unknown = False
        for item in items:
            frame[slot] = item
            try:
                value = body(frame)
            except EvalError as caught:
                if caught.code == "RB246":
                    raise
                error = error or caught
                continue
            if value is decisive:
                return decisive
            if type(value) is Unknown:
                unknown = True
            elif type(value) is not bool:
                error = error or _not_bool(value, node)
        if unknown:
            return Unknown(unparse(node), BOOL)
        if error is not None:
            raise error
        return not decisive

    return fold


def _exists_one(frame: Frame, items: list[Value], slot: int, body: Step, _: Step | None, node: Macro) -> Value:
    count = 0
    unknown = False
    for item in items:
        frame[slot] = item
        value = body(frame)
        if value is True:
            count += 1
        elif type(value) is Unknown:
            unknown = True
        elif value is not False:
            raise _not_bool(value, node)
    return Unknown(unparse(node), BOOL) if unknown and count < 2 else count == 1


def _map(frame: Frame, items: list[Value], slot: int, body: Step, where: Step | None, node: Macro) -> Value:
    result = []
    unknown = False
    for item in items:
        frame[slot] = item
        if where is not None:
            chosen = where(frame)
            if type(chosen) is Unknown:
                unknown = True
            elif type(chosen) is not bool:
                raise _not_bool(chosen, node)
            if chosen is False:
                continue
        value = body(frame)
        if type(value) is Unknown:
            unknown = True
        elif type(value) is SecretRef or type(value) is SecretText:
            raise EvalError("RB248", "a secret can't be an element of a list", node.body.start, node.body.end)
        result.append(value)
    return Unknown(unparse(node), ListType(DYN)) if unknown else result


def _filter(frame: Frame, items: list[Value], slot: int, body: Step, _: Step | None, node: Macro) -> Value:
    result = []
    unknown = False
    for item in items:
        frame[slot] = item
        value = body(frame)
        if value is True:
            result.append(item)
        elif type(value) is Unknown:
            unknown = True
        elif value is not False:
            raise _not_bool(value, node)
    return Unknown(unparse(node), ListType(DYN)) if unknown else result


MACROS: dict[str, Callable[[Frame, list[Value], int, Step, Step | None, Macro], Value]] = {
    "all": _quantify(decisive=False),
    "exists": _quantify(decisive=True),
    "exists_one": _exists_one,
    "map": _map,
    "filter": _filter,
}
