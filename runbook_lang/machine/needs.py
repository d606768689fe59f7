"""Waits for people and for time."""

from __future__ import annotations

from ..expr.tagged import loads
from ..expr.values import Duration, EvalError, Timestamp, Unknown
from .consent import Unfit, check_approver, check_role, waive
from .control import DONE, STOPPED, Ctl, Failed, Failure, NeedCtl, Terminal
from .events import NeedExpired, NeedMet, StepWaived, TimerFired
from .resolve import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .core import Need
    from .events import Event
    from .turn import Frame, Turn


def enter_need(turn: Turn, frame: Frame, need: Need, path: str) -> Ctl | Terminal:
    if need.what == "timer":
        return _enter_timer(turn, frame, need, path)
    within = need.within_us if need.within_us is not None else turn.program.wait_people_us
    return NeedCtl(need, path, due=turn.now + within, text=text_of(need.text, frame, turn.moment))


def _enter_timer(turn: Turn, frame: Frame, need: Need, path: str) -> Ctl | Terminal:
    due, problem = turn.now, ""
    if need.span_us is not None:
        due = turn.now + need.span_us
    elif need.window:
        opening = turn.program.windows.get(need.window)
        if opening is None:
            problem = f"there is no window {need.window!r}"
        else:
            due = opening(turn.now)
    elif need.at is not None:
        due, problem = _moment_of(turn, frame, need)
    if problem:
        return _failed(frame, need, path, "error", problem)
    return NeedCtl(need, path, due=due)


def _moment_of(turn: Turn, frame: Frame, need: Need) -> tuple[int, str]:
    from ..expr.times import parse_timestamp

    assert need.at is not None
    try:
        value = need.at.evaluate(frame, turn.moment)
        stamp = parse_timestamp(value) if isinstance(value, str) else value
    except EvalError as error:
        return 0, error.message
    if isinstance(stamp, Timestamp):
        return stamp.ns // 1000, ""
    if isinstance(stamp, Duration):
        return turn.now + stamp.ns // 1000, ""
    return 0, f"{need.at.text} is no moment in time"


def resume_need(turn: Turn, ctl: NeedCtl) -> NeedCtl:
    """A window that opened and closed again while nobody was there is waited for anew."""
    opening = turn.program.windows.get(ctl.need.window)
    return ctl if opening is None else ctl.replace(due=opening(turn.now))


def _failed(frame: Frame, need: Need, path: str, kind: str, message: str) -> Terminal:
    frame.set(need.id, {"state": "failed", "ok": False, "error": {"kind": kind, "message": message}})
    return Failed(Failure(path, kind, message, refusal=kind in ("refused", "expired")))


def step_need(turn: Turn, frame: Frame, ctl: NeedCtl, event: Event) -> Ctl | Terminal | None:
    if getattr(event, "path", None) != ctl.path:
        return None
    if isinstance(event, TimerFired):
        if ctl.need.what != "timer" or turn.now < ctl.due:
            raise Unfit(f"{event.path} waits for no timer that is due")
        again = resume_need(turn, ctl)
        if again.due > turn.now:
            return again
        frame.set(ctl.need.id, {"state": "done", "ok": True})
        return DONE
    if isinstance(event, StepWaived):
        turn.note(ctl.path, "skipped", f"by {event.by}: {event.why}")
        frame.set(ctl.need.id, {"state": "skipped", "ok": False})
        return DONE
    if ctl.need.what == "timer":
        return None
    if isinstance(event, NeedExpired):
        return _expired(turn, frame, ctl)
    if isinstance(event, NeedMet):
        return _met(turn, frame, ctl, event)
    return None


def _expired(turn: Turn, frame: Frame, ctl: NeedCtl) -> Terminal:
    need = ctl.need
    if turn.now < ctl.due:
        raise Unfit(f"{ctl.path} does not expire yet")
    if need.has_default:
        turn.note(ctl.path, "expired", "nobody answered in time; the default is taken")
        frame.set(need.id, {"state": "done", "ok": True, "answer": need.default, "by": "", "note": ""})
        return DONE
    return _failed(frame, need, ctl.path, "expired", "nobody answered in time")


def _met(turn: Turn, frame: Frame, ctl: NeedCtl, event: NeedMet) -> Ctl | Terminal:
    need = ctl.need
    if need.approval is None:
        check_role(turn, need.role, event.by)
    if need.what == "answer":
        return _answered(turn, frame, ctl, event)
    if need.approval is not None:
        if event.verdict == "waived":
            waive(turn, event)
            frame.set(need.id, {"state": "done", "ok": True, "answer": True, "by": "", "note": event.note})
            return DONE
        check_approver(turn, need.approval, event)
    if event.by in ctl.approved:
        raise Unfit(f"{event.by} has approved {event.path} already")
    if event.verdict != "approved":
        word = "refused" if need.what == "approval" else "did not do it"
        return _failed(frame, need, ctl.path, "refused", f"{event.by} {word}: {event.note or 'no reason given'}")
    approved = (*ctl.approved, event.by)
    wanted = need.approval.count if need.approval else 1
    if len(approved) < wanted:
        return ctl.replace(approved=approved)
    frame.set(need.id, {"state": "done", "ok": True, "answer": True, "by": ", ".join(approved), "note": event.note})
    return DONE


def _answered(turn: Turn, frame: Frame, ctl: NeedCtl, event: NeedMet) -> Terminal:
    need = ctl.need
    value = loads(event.value)
    assumed = isinstance(value, Unknown) and turn.mode != "live"  # a rehearsal asks nobody: the answer stays open
    if not assumed and not fits(need, value):
        raise Unfit(f"{event.path} wants {wanted(need)}")
    frame.set(need.id, {"state": "done", "ok": True, "answer": value, "by": event.by, "note": event.note})
    return DONE


def fits(need: Need, value: object) -> bool:
    """Whether a value is an answer of the declared type, and one of the choices where there are some."""
    kinds = {"bool": (bool,), "string": (str,), "int": (int,), "number": (int, float)}[need.type]
    right = isinstance(value, kinds) and (need.type == "bool" or not isinstance(value, bool))
    return right and (not need.choices or value in need.choices)


def wanted(need: Need) -> str:
    """What an answer has to be, in words."""
    if need.choices:
        return "one of " + ", ".join(str(choice) for choice in need.choices)
    return {"bool": "yes or no", "string": "a text", "int": "a whole number", "number": "a number"}[need.type]


def halt_need(frame: Frame, ctl: NeedCtl) -> Terminal:
    frame.set(ctl.need.id, {"state": "stopped", "ok": False})
    return STOPPED
