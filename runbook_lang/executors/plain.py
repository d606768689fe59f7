"""Expression values as plain data for the outside world, and what every executor refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..expr.plain import plain as data
from ..expr.values import Unknown
from ..runtime.ports import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..runtime.ports import Attempt


def plain(value: Any, reveal: Callable[[Any], str]) -> Any:
    """What JSON can hold: moments, durations and keys as text, secrets as `reveal` has them. Raises KeyClash."""
    return data(value, reveal, exact=True)


def unknown_in(value: Any) -> Unknown | None:
    """The first unknown at any depth."""
    if isinstance(value, Unknown):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return next((found for item in items if (found := unknown_in(item)) is not None), None)


def refusal(attempt: Attempt) -> Outcome | None:
    """For executors that work in this process: no unknowns, no other host, not after a cancel. None when all is well."""
    request = attempt.request
    hole = unknown_in(request.data)
    if hole is not None:
        return Outcome(ok=False, applied="no", kind="refused", message=f"{hole} isn't known")
    if request.on:
        return Outcome(ok=False, applied="no", kind="refused", message=f"{request.executor} works from here only, not on {request.on}")
    if attempt.cancel.level:
        return Outcome(ok=False, applied="no", kind="killed", message="it was cancelled before it started")
    return None
