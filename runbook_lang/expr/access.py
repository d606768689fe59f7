"""The rarer ways of selections, indexes and failed operations: holes, secrets and errors with their places."""

from __future__ import annotations

from .ast import Expr, Has, Index, Select
from .operators import Misfit
from .types import DYN, ListType, Type, field_type
from .unparse import field_text, literal_text, unparse
from .values import MISSING, EvalError, SecretRef, SecretText, Unknown, Value, as_key, type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def placed(error: EvalError, node: Expr) -> EvalError:
    """The error with the node's place, unless it has one."""
    if error.start < 0:
        error.start, error.end = node.start, node.end
    return error


def settle(error: EvalError, node: Expr, type_: Type = DYN) -> Value:
    """After a failed operation: a hole when a hole was to blame, a secret's own error, or the error with its place."""
    if isinstance(error, Misfit) and error.start < 0:
        for value in error.values:
            if isinstance(value, (SecretRef, SecretText)):
                raise EvalError("RB248", f"{error.message.split(' does ')[0]} can't be used on a secret", node.start, node.end) from None
        if any(type(value) is Unknown for value in error.values):
            return Unknown(unparse(node), type_)
    raise placed(error, node) from None


def not_bool(op: str, value: Value, node: Expr) -> EvalError:
    if isinstance(value, (SecretRef, SecretText)):
        return EvalError("RB248", f"'{op}' can't be used on a secret", node.start, node.end)
    return EvalError("RB242", f"'{op}' wants a bool, not {type_name(value)}", node.start, node.end)


def no_fields(holder: Value, node: Select | Has) -> Value:
    if isinstance(holder, (SecretRef, SecretText)):
        raise EvalError("RB248", "a secret has no fields", node.start, node.end)
    raise EvalError("RB242", f"a value of type {type_name(holder)} has no field {node.field!r}", node.at, node.end)


def select_rest(holder: Value, node: Select) -> Value:
    if type(holder) is Unknown:
        return Unknown(holder.text + field_text(node.field), field_type(holder.type, node.field))
    if isinstance(holder, dict):
        value = holder.get(node.field, MISSING)
        if value is not MISSING:
            return value
        raise EvalError("RB240", f"no such key: {node.field!r}", node.at, node.end)
    return no_fields(holder, node)


def index_rest(holder: Value, key: Value, node: Index) -> Value:
    if isinstance(holder, (SecretRef, SecretText)) or isinstance(key, (SecretRef, SecretText)):
        raise EvalError("RB248", "a secret can't be indexed or be an index", node.start, node.end)
    if type(holder) is Unknown or type(key) is Unknown:
        return _index_hole(holder, key, node)
    place = node.index
    if isinstance(holder, dict):
        found = as_key(key)
        value = holder.get(found, MISSING) if found is not MISSING else MISSING
        if value is MISSING:
            shown = _short(key)
            raise EvalError("RB240", f"no such key: {shown}", place.start, place.end)
        return value
    if isinstance(holder, list):
        if type(key) is float and key.is_integer():
            key = int(key)
        if type(key) is not int:
            raise EvalError("RB242", f"a list is indexed by int, not {type_name(key)}", place.start, place.end)
        if not 0 <= key < len(holder):
            raise EvalError("RB241", f"index {key} is outside a list of {len(holder)}", place.start, place.end)
        return holder[key]
    raise EvalError("RB242", f"a value of type {type_name(holder)} can't be indexed", node.start, node.end)


def _index_hole(holder: Value, key: Value, node: Index) -> Value:
    if type(holder) is not Unknown or isinstance(key, (list, dict)):
        return Unknown(unparse(node))
    elem = holder.type.elem if isinstance(holder.type, ListType) else field_type(holder.type, key) if isinstance(key, str) else DYN
    shown = key.text if type(key) is Unknown else literal_text(key)
    return Unknown(f"{holder.text}[{shown}]", elem)


def _short(key: Value) -> str:
    shown = literal_text(key) if key is None or isinstance(key, (bool, int, float, str)) else type_name(key)
    return shown if len(shown) <= 60 else shown[:57] + "…"


def put(result: dict[Any, Value], key: Value, value: Value, place: Expr) -> None:
    """Add an entry of a map literal."""
    if type(key) is float:
        raise EvalError("RB249", "a double can't be the key of a map", place.start, place.end)
    found = as_key(key)
    if found is MISSING:
        raise EvalError("RB249", f"a value of type {type_name(key)} can't be the key of a map", place.start, place.end)
    if found in result:
        raise EvalError("RB249", f"the key {_short(key)} stands twice in the map", place.start, place.end)
    result[found] = value
