"""JSON of a tool brought to the type that the tool's surface promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..expr.types import DOUBLE, DYN, NULL, ListType, MapType, RecordType, field_type

if TYPE_CHECKING:
    from ..expr.types import Type


def fit(value: Any, type_: Type) -> Any:
    """The value with whole numbers as doubles where doubles are promised, and without optional fields that are null.

    Tools written in Go print `null` for an empty list and `2` for the number 2.0; an expression sees an
    absent field and a double. What doesn't fit otherwise stays as it is.
    """
    if isinstance(type_, ListType) and isinstance(value, list):
        return [fit(item, type_.elem) for item in value]
    if isinstance(type_, RecordType | MapType) and isinstance(value, dict):
        return {key: fit(item, field_type(type_, key)) for key, item in value.items() if not _absent(key, item, type_)}
    if type_ == DOUBLE and type(value) is int:
        return float(value)
    return value


def _absent(key: str, item: Any, type_: RecordType | MapType) -> bool:
    return item is None and isinstance(type_, RecordType) and key in type_.optional and type_.fields[key] not in (DYN, NULL)
