"""Expression values as JSON, for documents."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def plain(value: Any) -> Any:
    """A value as JSON: timestamps and durations as CEL writes them, secrets by name."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    from ..expr.functions import to_text
    from ..expr.values import Duration, EvalError, Timestamp

    if isinstance(value, (Timestamp, Duration)):
        try:
            return to_text(value)
        except EvalError:
            return str(value)
    return str(value)


def shown(value: Any) -> str:
    """A value in a line for people: a text as it is, anything else as JSON."""
    import json

    data = plain(value)
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
