"""A run bound to a reviewed plan: which starts the plan holds, and which approvals of the plan count for a step.

The rule is the same for whoever asks: the run before a start, the audit behind it. `saw` folds the run's events, `refusal`
judges a start. What a dry run found binds a change; a read may differ, and then the change that it leads to is refused.
"""

from __future__ import annotations

from ..base.record import Record
from ..machine.events import ActStarted, Note
from .entry import NO
from .holes import holes_in
from .shown import words
from .unify import Index, general, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ..machine.events import Event
    from ..surfaces.kinds import Request
    from .entry import Assumptions, Entry, Plan

_SHOWN = 200


class Approved(Record):
    """An approval of the plan that counts: by whom, and whether a key proves it."""

    by: str
    grade: str  # claimed | proven
    note: str = ""


class Binding:
    """What a bound run may start. `operator` runs it: his own approval of the plan is no second pair of eyes."""

    def __init__(self, plan: Plan, approved: Iterable[Approved] = (), operator: str = "") -> None:
        self.plan = plan
        self.approved = tuple(one for one in approved if one.by != operator)
        self._index = Index(plan)
        self._changes = {(entry.path, entry.role) for entry in plan.entries if entry.kind == "act" and entry.effect != "read"}
        self._before_changes = True
        self._otherwise = ""

    def saw(self, event: Event) -> None:
        """An event of the run, in order."""
        if isinstance(event, ActStarted):
            path, _, rest = event.id.rpartition("#")
            if (general(path), rest.partition("/")[2]) in self._changes:
                self._before_changes = False
        elif isinstance(event, Note) and event.what == "skipped" and self._before_changes and not self._otherwise:
            found = self.plan.assumptions
            if found is not None and event.path not in found.skipped:
                self._otherwise = f"{event.path} was skipped ({event.text}), and in the dry run it was not"

    def refusal(self, path: str, role: str, effect: str, request: Request) -> str:
        """Why the plan doesn't hold this start; '' when it does."""
        fitting = self._index.fitting(path, role, request)
        if len(fitting) != 1:
            return self._no_entry(path, role, request) if not fitting else f"the plan has {len(fitting)} entries for it"
        entry, bound = fitting[0]
        if entry.reached == NO:
            return "the plan says that it is never reached"
        found = self.plan.assumptions
        if found is None or effect == "read":
            return ""
        return self._otherwise or _differs(found, path, role, request, bound, self._before_changes)

    def approvals(self, path: str, role: str) -> Iterator[dict[str, Any]]:
        """Those of the plan that count for a step which waits for one: never for one that destroys, as long as a word of it was open."""
        for entry in self._index.at(path, role):
            if entry.request is None or (entry.effect == "destroy" and next(holes_in(entry.request), None) is not None):
                continue
            for one in self.approved:
                note = f"with the plan {self.plan.digest[:12]}" + (f": {one.note}" if one.note else "")
                yield {"by": one.by, "grade": one.grade, "verdict": "approved", "note": note}

    def _no_entry(self, path: str, role: str, request: Request) -> str:
        planned = [entry for entry in self._index.at(path, role) if entry.request is not None]
        if not planned:
            return "the plan has no such step"
        return f"the plan has {_words(planned[0])}, this is {_short(words(request))}"


def _differs(found: Assumptions, path: str, role: str, request: Request, bound: tuple[tuple[str, Any], ...], first: bool) -> str:
    """How a change departs from what the dry run found."""
    here = {(one.path, one.hole): one.value for one in found.filled}
    anywhere = {one.hole: one.value for one in found.filled if "[" not in one.path}
    for hole, value in bound:
        assumed = here.get((path, hole), anywhere.get(hole))
        if assumed is not None and "now()" not in hole and assumed != plain(value):
            return f"in the dry run ⟨{hole}⟩ was {_cut(assumed)}, now it is {_cut(plain(value))}"
    expected = [one for one in found.changes if (one.path, one.role) == (path, role)]
    if path in found.skipped or (first and found.changes and not expected and role == "main"):
        return "in the dry run it was not among the changes"
    known = [one for one in expected if one.digest]
    if known and all(one.digest != request.digest() for one in known):
        return f"in the dry run it was {_short(known[0].words)}, now it is {_short(words(request))}"
    return ""


def _words(entry: Entry) -> str:
    assert entry.request is not None
    return _short(words(entry.request))


def _short(parts: Iterable[str]) -> str:
    return f"`{_cut(' '.join(parts))}`"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
