"""Results that hold secrets: which fields, and what their types become."""

from __future__ import annotations

from ..expr.types import DYN, SECRET, STRING, ListType, MapType, RecordType, Type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

ONE_TEXT = (("stdout", "lines", "json", "value", "rows"), ("body", "json"))
"""Fields that are views of the same output: where one is a secret as a whole, so are the others."""


def secret_paths(result: RecordType, named: Iterable[str]) -> tuple[str, ...]:
    """The paths of secret fields, with the other views of an output that is secret as a whole."""
    found = dict.fromkeys(named)
    if not found:
        return ()
    for views in ONE_TEXT:
        if any(view in found for view in views):
            found.update(dict.fromkeys(view for view in views if view in result.fields))
    return tuple(found)


def with_secrets(result: RecordType, paths: Iterable[str]) -> RecordType:
    """The type of a result in which what the paths (`json[].connection.password`) lead to is a secret."""
    for path in paths:
        hidden = _hidden(result, path.replace("[]", ".[]").split("."))
        assert isinstance(hidden, RecordType)
        result = hidden
    return result


def _hidden(type_: Type, path: list[str]) -> Type:
    if not path:
        return _secret(type_)
    head, rest = path[0], path[1:]
    if head == "[]":
        elem = type_.elem if isinstance(type_, ListType) else DYN
        return ListType(_hidden(elem, rest)) if isinstance(type_, ListType) or type_ == DYN else type_
    if type_ == DYN:
        return RecordType("", {head: _hidden(DYN if rest else STRING, rest)}, frozenset((head,)), open=True)
    if isinstance(type_, RecordType) and head in type_.fields:
        return type_.replace(fields={**type_.fields, head: _hidden(type_.fields[head], rest)})
    return type_


def _secret(type_: Type) -> Type:
    """What is secret as a whole; where its shape isn't known, only the run can tell."""
    if isinstance(type_, ListType):
        return ListType(_secret(type_.elem))
    if isinstance(type_, MapType):
        return MapType(type_.key, _secret(type_.value))
    if isinstance(type_, RecordType):
        return type_.replace(fields={name: _secret(field) for name, field in type_.fields.items()})
    return DYN if type_ == DYN else SECRET
