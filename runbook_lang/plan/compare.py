"""Two plans of the same runbook field by field: where they differ, and how. For the message that a plan is stale."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_DERIVED = ("program", "counts", "risk", "unknowns", "targets", "waits", "not_undoable", "longest", "digest")
"""Fields that follow from others; they are told only when nothing else is."""
_KEYS = {"inputs": ("name",), "secrets": ("name",), "entries": ("path", "kind", "role")}
_USUAL = {"kind": "act", "role": "main"}
"""What most entries are isn't said."""


class _Absent:
    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(field, value in the old plan, value in the new one) for all that differ; ABSENT where one has no such field."""
    found = list(_differ("", old, new))
    telling = [one for one in found if not any(part in _DERIVED for part in one[0].replace("[", ".").split("."))]
    return telling or found


def _differ(at: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from _differ(f"{at}.{name}" if at else str(name), old.get(name, ABSENT), new.get(name, ABSENT))
    elif isinstance(old, list) and isinstance(new, list) and at in _KEYS:
        yield from _by_key(at, old, new)
    elif old != new or type(old) is not type(new):
        yield at, old, new


def _by_key(at: str, old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    before, after = _keyed(at, old), _keyed(at, new)
    for key in dict.fromkeys([*before, *after]):
        yield from _differ(f"{at}[{key}]", before.get(key, ABSENT), after.get(key, ABSENT))
    if list(before) != list(after) and before.keys() == after.keys():
        yield at, "in another order", "in this order"


def _keyed(at: str, items: list[Any]) -> dict[str, Any]:
    """Items by what names them; further ones of the same name are counted."""
    found: dict[str, Any] = {}
    for item in items:
        name = " ".join(str(item.get(key)) for key in _KEYS[at] if item.get(key) not in (None, "", _USUAL.get(key)))
        name, count = name or "runbook", 1
        key = name
        while key in found:
            count += 1
            key = f"{name} ({count})"
        found[key] = item
    return found
