"""The life of one act: entry conditions, attempts, judgement, retry, doubt."""

from __future__ import annotations

from ..base.record import changer, constructor
from ..expr.values import EvalError, Unknown
from . import rehearsal
from .consent import Unfit, check_approver, may_go_outside, passes_policy, waive
from .control import DONE, STOPPED, ActCtl, Ctl, Failure, Terminal
from .ends import fail, let_go, succeed
from .events import (
    ActAssumed,
    ActBarred,
    ActEnded,
    ActFound,
    ActLost,
    ActStarted,
    DoubtSettled,
    IncidentOpened,
    NeedExpired,
    NeedMet,
    StepRetried,
    StepWaived,
    TimerFired,
)
from .resolve import Unresolved, condition, judge, leaves_doubt, may_retry, request_of, secrets_in
from .turn import Frame, Turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..model.nodes import Retry
    from ..surfaces.kinds import Request
    from .core import Act
    from .events import Event

_act = constructor(ActCtl)
_running = changer(ActCtl, "state", "n", "since", "down", "cause", "lost", "verdict")
LIVE_ATTEMPT = ("running", "adrift", "adopted")
LONGEST_PAUSE_US = 86_400_000_000


def enter_act(
    turn: Turn, frame: Frame, act: Act, path: str, role: str = "main", request: Request | None = None, base: int = 0
) -> Ctl | Terminal:
    """An act becomes held, ready or (its guard is false, its words can't be made) failed. Attempts count on from `base`."""
    if act.call is None:
        return ActCtl(act, path, role, "ready", n=base, base=base)
    try:
        request = request or request_of(act, frame, turn.moment)
    except Unresolved as error:
        return _unmade(turn, frame, ActCtl(act, path, role, "held", n=base, base=base), str(error))
    # As it is decided nearly always, so that nothing has to be made anew then.
    return decide(turn, frame, _act(ActCtl, act, path, role, "ready", n=base, request=request, digest=request.digest(), base=base))


def _unmade(turn: Turn, frame: Frame, ctl: ActCtl, why: str) -> Terminal:
    """Its words can't be made: no error where the guard is false, which may be there to say just that."""
    decided = decide(turn, frame, ctl)
    return decided if isinstance(decided, Terminal) else fail(turn, frame, ctl, Failure(ctl.path, "error", why))


def decide(turn: Turn, frame: Frame, ctl: ActCtl) -> Ctl | Terminal:
    """Judge the entry conditions: the guard in the same advance as readiness, so that it is never stale."""
    act = ctl.act
    if act.guard is not None and ctl.role == "main" and not ctl.permitted:
        try:
            value = condition(act.guard, frame, turn.moment)
        except EvalError as error:
            return fail(turn, frame, ctl, Failure(ctl.path, "error", f"guard {act.guard.text}: {error.message}"))
        if isinstance(value, Unknown):
            return ctl.replace(state="pick", unknown=value)
        if not value:
            turn.note(ctl.path, "refused", f"guard is false: {act.guard.text}")
            return fail(turn, frame, ctl, Failure(ctl.path, "refused", f"its guard is false: {act.guard.text}", refusal=True))
    wanted = act.approval
    if wanted is not None and passes_policy(turn.program, act):
        if ctl.role == "main" and not ctl.n:
            turn.note(ctl.path, "waived", f"{turn.program.severity}: nobody is asked to approve it ({wanted.why}): at once, by the policy")
    elif wanted is not None and len(ctl.approved) < wanted.count and not ctl.waived:
        within = turn.program.wait_people_us if wanted.within_us is None else wanted.within_us
        return ctl.replace(state="held", due=ctl.due or turn.now + within)
    ctl = _in_window(turn, ctl)
    return rehearsal.begin(turn, frame, ctl) if turn.mode == rehearsal.MODE else ctl


def _in_window(turn: Turn, ctl: ActCtl) -> ActCtl:
    """Ready, or shut until the act's windows are open. What makes good for a change doesn't wait for one."""
    due = turn.now
    if ctl.role == "main" and ctl.act.windows:
        openings = [turn.program.windows[name] for name in ctl.act.windows if name in turn.program.windows]
        due = max((opening(turn.now) for opening in openings), default=turn.now)
        if due > turn.now and may_go_outside(turn, ctl):
            due = turn.now
    if due > turn.now:
        return ctl.replace(state="shut", due=due)
    return ctl if ctl.state == "ready" and not ctl.due else ctl.replace(state="ready", due=0)


def step_act(turn: Turn, frame: Frame, ctl: ActCtl, event: Event) -> Ctl | Terminal | None:
    """The act after an event; None when the event is for another. Raises Unfit when it is for this act but doesn't fit."""
    if ctl.probe is not None and _meant(ctl.probe, event):
        if ctl.state == rehearsal.STATE:
            return rehearsal.step(turn, frame, ctl, ctl.probe, event)
        return _step_probe(turn, frame, ctl, ctl.probe, event)
    handler = _HANDLERS.get(type(event))
    if handler is None or not _meant(ctl, event):
        return None
    return handler(turn, frame, ctl, event)


def _meant(ctl: ActCtl, event: Event) -> bool:
    id_ = getattr(event, "id", None)
    if id_ is not None:
        return bool(id_ == ctl.id) or (isinstance(event, IncidentOpened) and id_ == ctl.path and ctl.act.incident is not None)
    return bool(getattr(event, "path", None) == ctl.wait_path)


def started(turn: Turn, frame: Frame, ctl: ActCtl, event: ActStarted) -> ActCtl:
    if ctl.state != "ready" or ctl.request is None or turn.state.cancel or ctl.halting:
        raise Unfit(f"{event.id} is not ready to start (it is {ctl.state})")
    if event.argv_digest != ctl.digest:
        raise Unfit(f"{event.id} would run other words than were decided")
    if turn.lost and lost_handles(ctl, turn.lost):
        raise Unfit(f"{event.id} needs a secret that has to be read again first")
    since, down = (ctl.since, ctl.down) if ctl.since else (turn.now, turn.state.down)
    return _running(ctl, "running", ctl.n + 1, since, down, None, False, "")


def _barred(turn: Turn, frame: Frame, ctl: ActCtl, event: ActBarred) -> Terminal:
    if ctl.state != "ready" or ctl.request is None:
        raise Unfit(f"{event.id} is {ctl.state}: it was not about to start")
    return fail(turn, frame, ctl, Failure(ctl.path, "refused", event.why, refusal=True))


def _ended(turn: Turn, frame: Frame, ctl: ActCtl, event: ActEnded) -> Ctl | Terminal:
    check_end(ctl, event)
    turn.handles |= frozenset(event.taint)
    turn.lost -= frozenset(event.taint)
    if event.taint and ctl.request is not None:
        turn.sources = {**turn.sources, ctl.path: (ctl.act, ctl.request)}
    verdict = judge(ctl.act, ctl.path, event, frame, turn.moment)
    if verdict.failure is None:
        return succeed(turn, frame, ctl, verdict.record)
    failure = verdict.failure
    if event.applied == "yes" and ctl.act.effect != "read":
        ctl = ctl.replace(touched=True)
    if turn.state.cancel and event.kind == "killed" and may_retry(ctl.act, failure):
        if not ctl.halting:
            return ctl.replace(state="ready")
        let_go(turn, frame, ctl, "stopped")
        return STOPPED
    turn.note(ctl.path, "judged", f"attempt {ctl.n}: {failure.message}")
    due = _next_due(turn, ctl, failure)
    if due is None and leaves_doubt(ctl.act, event):
        # One that a person cut short is no failed attempt: if nothing was applied, it may start again.
        cut_short = bool(turn.state.cancel) and event.kind == "killed"
        return _doubt(turn, frame, ctl.replace(cause=failure, lost=cut_short))
    return _again(turn, frame, ctl, failure, due, verdict.record)


def check_end(ctl: ActCtl, event: ActEnded) -> None:
    if ctl.state not in ("running", "adopted"):
        raise Unfit(f"{event.id} is not running")
    if event.applied not in ("yes", "no", "unknown"):
        raise Unfit(f"{event.id} has an unknown word for whether it was applied: {event.applied}")


def _next_due(turn: Turn, ctl: ActCtl, failure: Failure) -> int | None:
    """The moment of another attempt, if the retry's count and time allow one and it is harmless; None for none."""
    retry = ctl.act.retry
    if retry is None or ctl.halting or not may_retry(ctl.act, failure) or (retry.times is not None and ctl.attempts >= retry.times):
        return None
    due = turn.now + pause_after(retry, ctl.attempts)
    spent = due - ctl.since - (turn.state.down - ctl.down)
    return None if retry.limit is not None and spent > retry.limit else due


def _again(
    turn: Turn, frame: Frame, ctl: ActCtl, failure: Failure, due: int | None, record: dict[str, object] | None = None
) -> Ctl | Terminal:
    """Another attempt at a moment, or the end where there is none."""
    if due is None:
        return fail(turn, frame, ctl, failure, record)
    return ctl.replace(state="backoff", due=due, cause=failure)


def pause_after(retry: Retry, attempts: int) -> int:
    """Microseconds from the end of an attempt to the next: it grows by `factor`, up to `longest` (a day where none is given)."""
    longest = LONGEST_PAUSE_US if retry.longest is None else retry.longest
    try:
        return int(min(retry.every * retry.factor ** max(0, attempts - 1), longest))
    except OverflowError:
        return longest


def _found(turn: Turn, frame: Frame, ctl: ActCtl, event: ActFound) -> Ctl | Terminal:
    if ctl.state != "adrift":
        raise Unfit(f"{event.id} was not lost sight of")
    return ctl.replace(state="adopted", pid=event.pid)


def _lost(turn: Turn, frame: Frame, ctl: ActCtl, event: ActLost) -> Ctl | Terminal:
    if ctl.state not in ("adrift", "adopted"):
        raise Unfit(f"{event.id} was not lost sight of")
    cut = Failure(ctl.path, "killed", "the run died while it was running", "unknown")
    if may_retry(ctl.act, cut):
        return _from_the_start(turn, frame, ctl)
    return _doubt(turn, frame, ctl.replace(cause=cut, lost=True))


def _from_the_start(turn: Turn, frame: Frame, ctl: ActCtl) -> Ctl | Terminal:
    """An attempt that a dead process left, and that did nothing: it is decided again, unless the act was halted meanwhile."""
    if not ctl.halting:
        return decide(turn, frame, ctl.replace(state="ready", lost=True))
    let_go(turn, frame, ctl, "stopped")
    return STOPPED


def _doubt(turn: Turn, frame: Frame, ctl: ActCtl) -> Ctl | Terminal:
    """Whether the change took place is open: its `applied` read is asked, or a person."""
    turn.note(ctl.path, "doubt", "it is not known whether the change took place")
    return ask_again(turn, frame, ctl.replace(state="doubt", probe=None))


def ask_again(turn: Turn, frame: Frame, ctl: ActCtl) -> ActCtl:
    """A doubt with its `applied` read ready to start; where there is none, a person has to say."""
    if ctl.act.applied is None or ctl.role != "main":
        return ctl
    probe = enter_act(turn, frame, ctl.act.applied, ctl.path, "applied", base=ctl.probed)
    return ctl.replace(probe=probe, verdict="") if isinstance(probe, ActCtl) else ctl.replace(probe=None, verdict="unknown")


def _step_probe(turn: Turn, frame: Frame, ctl: ActCtl, probe: ActCtl, event: Event) -> Ctl | Terminal | None:
    handler = _HANDLERS.get(type(event))
    if handler is None:
        return None
    after = _probe_ended(turn, frame, probe, event) if isinstance(event, ActEnded) else handler(turn, frame, probe, event)
    if isinstance(after, ActCtl):
        return ctl.replace(probe=after)
    return ctl.replace(probe=None, probed=probe.n, verdict=after if isinstance(after, str) else "unknown")


def _probe_ended(turn: Turn, frame: Frame, probe: ActCtl, event: ActEnded) -> Ctl | Terminal | str:
    """What a probe says: yes or no only when it ran and its expectations could be evaluated; else its retry goes on."""
    check_end(probe, event)
    verdict = judge(probe.act, probe.path, event, frame, turn.moment)
    if verdict.failure is None:
        return "yes"
    if verdict.denied:
        return "no"
    return "unknown" if turn.state.cancel else _again(turn, frame, probe, verdict.failure, _next_due(turn, probe, verdict.failure))


def _settled(turn: Turn, frame: Frame, ctl: ActCtl, event: DoubtSettled) -> Ctl | Terminal:
    if ctl.state != "doubt" or ctl.probe is not None:
        raise Unfit(f"{event.id} is not in doubt, or its probe is still being asked")
    if event.applied not in ("yes", "no", "unknown"):
        raise Unfit(f"{event.id} can't be settled as {event.applied}")
    if event.by == "probe" and (event.applied != ctl.verdict or event.applied == "unknown"):
        raise Unfit(f"the probe of {event.id} did not say so")
    turn.note(ctl.path, "settled", f"applied: {event.applied}, by {event.by}")
    cause = ctl.cause or Failure(ctl.path, "in_doubt", "the run died while it was running")
    if event.applied == "yes":
        return succeed(turn, frame, ctl, {"state": "done", "ok": True})
    if event.applied == "unknown":
        return fail(turn, frame, ctl, cause.replace(applied="unknown"))
    if ctl.lost:
        return _from_the_start(turn, frame, ctl)
    undone = cause.replace(applied="no")
    return _again(turn, frame, ctl, undone, _next_due(turn, ctl, undone))


def _met(turn: Turn, frame: Frame, ctl: ActCtl, event: NeedMet) -> Ctl | Terminal:
    wanted = ctl.act.approval
    shut = ctl.state == "shut" and turn.program.consent.outside > 0
    if not shut and (ctl.state != "held" or wanted is None):
        raise Unfit(f"{event.path} waits for no approval")
    if event.bind != ctl.digest:
        raise Unfit(f"the approval of {event.path} is for other words")
    if event.verdict == "waived":
        waive(turn, event)
        return decide(turn, frame, ctl.replace(waived=True))
    check_approver(turn, None if shut else wanted, event)
    if event.by in (ctl.outside if shut else ctl.approved):
        raise Unfit(f"{event.by} has approved {event.path} already")
    if event.verdict != "approved":
        return fail(turn, frame, ctl, Failure(ctl.path, "refused", f"{event.by} refused: {event.note or 'no reason given'}", refusal=True))
    if shut:
        turn.note(ctl.path, "waived", f"{event.by} lets it go on outside of its window")
        return decide(turn, frame, ctl.replace(outside=(*ctl.outside, event.by)))
    return decide(turn, frame, ctl.replace(approved=(*ctl.approved, event.by)))


def _expired(turn: Turn, frame: Frame, ctl: ActCtl, event: NeedExpired) -> Ctl | Terminal:
    if ctl.state != "held" or turn.now < ctl.due:
        raise Unfit(f"{event.path} has no approval that expires now")
    return fail(turn, frame, ctl, Failure(ctl.path, "expired", "nobody approved it in time", refusal=True))


def _timer(turn: Turn, frame: Frame, ctl: ActCtl, event: TimerFired) -> Ctl | Terminal:
    if ctl.state not in ("backoff", "shut") or turn.now < ctl.due:
        raise Unfit(f"{event.path} waits for no timer that is due")
    return decide(turn, frame, ctl) if ctl.state == "shut" else _in_window(turn, ctl)


def _retried(turn: Turn, frame: Frame, ctl: ActCtl, event: StepRetried) -> Ctl | Terminal:
    if ctl.state != "backoff":
        raise Unfit(f"{event.path} is not waiting to be tried again")
    return _in_window(turn, ctl)


def _waived(turn: Turn, frame: Frame, ctl: ActCtl, event: StepWaived) -> Ctl | Terminal:
    """A person lets a step that hasn't started go; it is skipped, and the note says by whom and why."""
    if ctl.state not in ("held", "shut", "ready", "backoff") or ctl.role != "main":
        raise Unfit(f"{event.path} is {ctl.state}: only a step that waits can be skipped")
    turn.note(ctl.path, "skipped", f"by {event.by}: {event.why}")
    let_go(turn, frame, ctl, "skipped")
    return DONE


def _incident(turn: Turn, frame: Frame, ctl: ActCtl, event: IncidentOpened) -> Ctl | Terminal:
    if ctl.act.incident is None or ctl.state != "ready":
        raise Unfit(f"{event.id} opens no incident")
    turn.escalated = True
    return succeed(turn, frame, ctl, {"state": "done", "ok": True})


def _assumed(turn: Turn, frame: Frame, ctl: ActCtl, event: ActAssumed) -> Ctl | Terminal:
    return rehearsal.assume(turn, frame, ctl, event.id)


_HANDLERS: dict[type[Event], Callable[[Turn, Frame, ActCtl, Any], Ctl | Terminal]] = {
    ActStarted: started,
    ActBarred: _barred,
    ActEnded: _ended,
    ActFound: _found,
    ActLost: _lost,
    DoubtSettled: _settled,
    NeedMet: _met,
    NeedExpired: _expired,
    TimerFired: _timer,
    StepRetried: _retried,
    StepWaived: _waived,
    IncidentOpened: _incident,
    ActAssumed: _assumed,
}


def resume_act(turn: Turn, frame: Frame, ctl: ActCtl) -> Ctl | Terminal:
    """After a pause: what ran is lost sight of, what was decided is decided again, and a probe that didn't know is asked again."""
    if ctl.state in ("running", "adopted"):
        return ctl.replace(state="adrift", pid=0)
    if ctl.state in ("ready", "shut") and ctl.act.call is not None:
        return decide(turn, frame, ctl)
    if ctl.probe is not None:
        probe = resume_act(turn, frame, ctl.probe)
        assert isinstance(probe, ActCtl), "a probe has no guard"
        return ctl.replace(probe=probe)
    return ask_again(turn, frame, ctl) if ctl.state == "doubt" and ctl.verdict == "unknown" else ctl


def halt_act(turn: Turn, frame: Frame, ctl: ActCtl) -> Ctl | Terminal:
    """Nothing new: a running attempt is awaited, a doubt must be settled, anything else ends here."""
    if ctl.state in LIVE_ATTEMPT or ctl.state == "doubt":
        return ctl.replace(halting=True)
    let_go(turn, frame, ctl, "stopped")
    return STOPPED


def lost_handles(ctl: ActCtl, lost: frozenset[str]) -> list[str]:
    """Secrets of the request that went with the last process."""
    return sorted(set(secrets_in(ctl.request)) & lost) if lost and ctl.request is not None else []
