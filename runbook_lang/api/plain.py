"""Expression values as JSON, for documents."""

from __future__ import annotations

from ..plan.shown import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["plain", "shown"]


def shown(value: Any) -> str:
    """A value in a line for people: a text as it is, anything else as JSON."""
    import json

    data = plain(value)
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
