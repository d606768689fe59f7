"""Messages of other processes as events: what they ask for, if it fits what is waited for now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..machine.events import DoubtSettled, Event, NeedMet, StepRetried

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..machine.moves import Await

GRADES = ("claimed", "proven")


def event_of(message: Mapping[str, Any], people: Iterable[Await]) -> tuple[type[Event], dict[str, Any]] | None:
    """The event's class and fields; None for a message that is malformed or meant for another state of the run.

    An approval holds for the command that its giver saw: one that carries another `bind` fits nothing. Nor does what was given after
    the deadline; what was given before it counts, however late the run takes it.
    """
    path, by = message.get("path"), message.get("by")
    if not isinstance(path, str) or not isinstance(by, str) or by in ("", "probe"):
        return None
    if message.get("kind") == "retry":
        return StepRetried, {"path": path, "by": by}
    wait = next((one for one in people if one.path == path), None)
    if wait is None or message.get("bind", wait.bind) != wait.bind or (wait.deadline and message.get("given", 0) > wait.deadline):
        return None
    note = message.get("note", "")
    note = note if isinstance(note, str) else ""
    if message.get("kind") == "settle" and wait.what == "doubt":
        applied = message.get("applied")
        return (DoubtSettled, {"id": wait.id, "applied": applied, "by": by, "note": note}) if applied in ("yes", "no", "unknown") else None
    if message.get("kind") not in ("answer", "approve") or wait.what == "doubt":
        return None
    texts = {name: message.get(name, "") for name in ("value", "verdict", "proof")}
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    grade = message.get("grade")
    return NeedMet, {"path": path, "by": by, "grade": grade if grade in GRADES else "claimed", "bind": wait.bind, "note": note, **texts}
