"""Acts in a plan: the words that would be run, what they do, and the acts that stand beside them."""

from __future__ import annotations

from ..machine.consent import goes_at_once, passes_policy
from ..machine.resolve import Unresolved, request_of
from . import longest
from .entry import FAILURE, MAYBE, NO, Condition, Entry, Wanted
from .holes import NOW
from .names import after_act, ended, layer
from .shown import word
from .texts import filled, text_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.core import Act
    from ..machine.turn import Frame
    from ..surfaces.kinds import Request
    from .place import Place
    from .walk import Walk


class Acts:
    """Plans acts for a walk. `undo_us` is how long it takes to undo what has been met so far in the scope."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.undo_us: int | None = 0

    def plan(self, act: Act, frame: Frame, place: Place, path: str) -> tuple[bool, int | None]:
        """Entries for an act and what stands beside it; its name is known from here on.

        Returns whether anything can follow it, and its longest time.
        """
        if act.incident is not None:
            self._incident(act, frame, place, path)
            return True, act.limit_us
        judged = self._guard(act, frame, path)
        refused = judged is not None and judged.value in ("false", "error")
        if refused:
            place = place.but(NO)
        self._entry(act, "main", frame, place, path, judged)
        if place.reached != NO:
            for window in act.windows if not goes_at_once(self.walk.program, act) else ():
                self.walk.wait_for_window(window, path)
        beside = place.inside()
        if act.rehearse is not None:
            self._entry(act.rehearse, "rehearse", frame, beside.but(MAYBE), path)
        if act.applied is not None:
            self._entry(act.applied, "applied", frame, beside.but(FAILURE), path)
        if act.undo is not None:
            self._entry(act.undo, "undo", layer(frame, {act.id: ended(act)}), beside.but(FAILURE), path)
            self.undo_us = longest.total(self.undo_us, longest.act_time(act.undo))
        frame.set(act.id, after_act(act))
        return not refused, longest.act_time(act)

    def _incident(self, act: Act, frame: Frame, place: Place, path: str) -> None:
        incident = act.incident
        assert incident is not None
        severity = incident.severity or self.walk.program.severity
        facts = {"message": text_value(incident.message, frame), "severity": severity, "tier": incident.tier}
        if place.reached == FAILURE:
            facts["after_us"] = self.walk.before_us  # the longest that a failure may wait for it; None: no bound
        self.walk.add(Entry(path, "escalate", act.title, place.depth, reached=place.reached, facts=facts, settles=act.settles))
        frame.set(act.id, after_act(act))

    def _guard(self, act: Act, frame: Frame, path: str) -> Condition | None:
        return None if act.guard is None else self.walk.judge("guard", act.guard, frame, path)[1]

    def _entry(self, act: Act, role: str, frame: Frame, place: Place, path: str, judged: Condition | None = None) -> None:
        request, problem = _request(act, frame)
        self.walk.open(request, path)
        self.walk.add(
            Entry(
                path,
                "act",
                act.title if role == "main" else "",
                place.depth,
                role,
                place.reached,
                judged,
                act.effect,
                act.inferred if act.inferred != act.effect else "",
                act.why,
                act.because,
                request,
                problem,
                tuple(one.text for one in act.expect),
                act.retry,
                act.limit_us,
                act.repeatable and act.effect != "read",
                tuple(name for name in ("rehearse", "applied", "undo") if getattr(act, name) is not None) if role == "main" else (),
                self._approval(act, frame, path, place),
                act.settles,
                _targets(act, request, frame),
                act.windows if role == "main" else (),
                act.taint,
            )
        )

    def _approval(self, act: Act, frame: Frame, path: str, place: Place) -> Wanted | None:
        approval = act.approval
        if approval is None:
            return None
        within = self.walk.program.wait_people_us if approval.within_us is None else approval.within_us
        text = word(text_value(approval.text, frame)) if approval.text is not None else act.title
        if passes_policy(self.walk.program, act):
            why = f"{approval.why}; not waited for: {self.walk.program.severity} goes back at once"
            return Wanted(path, "approval", text, approval.count, approval.role, within, why)
        wanted = Wanted(path, "approval", text, approval.count, approval.role, within, approval.why)
        if place.reached != NO:
            self.walk.waits.append(wanted)
        return wanted


def _targets(act: Act, request: Request | None, frame: Frame) -> tuple[str, ...]:
    """What the act touches: as its surface knows from the request, else as it is written with the values filled in."""
    touched = act.call.surface.touched(request) if act.call is not None and request is not None else ()
    return touched or tuple(dict.fromkeys(filled(target, frame) for target in act.targets))


def _request(act: Act, frame: Frame) -> tuple[Request | None, str]:
    """The words with holes, or why they can't be made whatever the run finds."""
    try:
        return request_of(act, frame, NOW), ""
    except Unresolved as error:
        return None, str(error)
