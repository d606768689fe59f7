"""What a report of a run holds, as plain JSON: the same document for every form and every template.

`docs/reference/audit.md` lists its keys. Times are RFC 3339 in UTC, durations integer microseconds beside a text for people; `left` and
`width` are percent of the timeline.
"""

from __future__ import annotations

from ..adapters.story_places import command_line, in_order
from ..adapters.terminal_story import Story, parts_of
from ..base.duration import human_duration
from ..expr.tagged import loads
from ..machine import events as e
from ..machine.advance import advance
from ..machine.control import ActCtl, NeedCtl, Refused, State
from ..machine.outcome import leaves, undone_of
from ..machine.stamps import stamp_of
from .plain import plain
from .report_scale import Scale
from .runs import read_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..adapters.store import RunFolder
    from ..machine.core import Program
    from .runs import Opened

    Row = dict[str, Any]

_WAITS = {"held": "approval", "backoff": "retry", "shut": "window"}
_BY_PEOPLE = ("answer", "deed", "approval")
_NEEDS = {"timer": "time", "answer": "answer", "do": "deed", "approval": "approval"}


class _Bar:
    """A stretch of time of one step: an attempt, or a wait. Microseconds; `end` 0 while it lasts."""

    __slots__ = ("begin", "due", "end", "kind", "n", "path", "state", "text")

    def __init__(self, path: str, kind: str, begin: int, n: int = 0, due: int = 0) -> None:
        self.path = path
        self.kind = kind
        self.begin = begin
        self.end = 0
        self.n = n
        self.due = due
        self.state = "running"
        self.text = ""


class _Gathering:
    """Folds the events once and keeps what a report tells."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.story = Story(program)
        self.state = State()
        self.bars: list[_Bar] = []
        self.people: list[Row] = []
        self.marks: list[Row] = []
        self.changes: list[Row] = []
        self.log: list[Row] = []
        self.words: dict[str, str] = {}
        self.signed = 0
        self._attempts: dict[str, _Bar] = {}
        self._waits: dict[tuple[str, str, int], _Bar] = {}

    def see(self, event: e.Event) -> None:
        after = advance(self.program, self.state, event)
        assert not isinstance(after, Refused)
        self.state = after
        lines = self.story.see(event, after)
        self.log += [
            {"at": stamp_of(line.at), "step": line.path, "word": line.word, "text": line.text, "tone": line.tone} for line in lines
        ]
        self._attempt(event)
        self._person(event)
        if type(event) not in e.UNMOVING:
            self._look_for_waits()
        self.signed += isinstance(event, e.Checkpoint)

    def _attempt(self, event: e.Event) -> None:
        now = self.state.now
        if isinstance(event, e.ActStarted):
            path, number, role = parts_of(event.id)
            bar = self._attempts[event.id] = _Bar(path, "attempt" if role == "main" else role, now, number)
            bar.text = command_line(event.argv)
            self.words.setdefault(path, bar.text)
            self.bars.append(bar)
        elif isinstance(event, (e.ActEnded, e.ActLost)):
            found = self._attempts.pop(event.id, None)
            if found is not None:
                found.end = now
                found.state = "lost" if isinstance(event, e.ActLost) else "ok" if event.ok else "failed"
            if isinstance(event, e.ActEnded):
                self._change(event)
        elif isinstance(event, e.IncidentOpened):
            self.marks.append(_mark(now, "escalated", event.id.partition("#")[0]))
        elif isinstance(event, e.Note) and event.what == "waived":
            self.marks.append({**_mark(now, "WAIVED", event.path), "text": event.text})
        elif isinstance(event, (e.RunResumed, e.RunPaused, e.AbortAsked, e.CancelAsked)):
            word = {e.RunResumed: "resumed", e.RunPaused: "paused", e.AbortAsked: "aborted"}.get(type(event), "stopping")
            self.marks.append(_mark(now, word, ""))

    def _change(self, event: e.ActEnded) -> None:
        path, number, role = parts_of(event.id)
        row = self.story.rows.get(path)
        effect = row.effect if row is not None else ""
        if role in ("main", "undo") and event.applied != "no" and (effect != "read" or role == "undo"):
            about = {"step": path, "title": self.story.title(path), "attempt": number, "words": self._said(event.id)}
            self.changes.append({**about, "at": event.at, "undo": role == "undo", "ok": event.ok, "applied": event.applied})

    def _said(self, id_: str) -> str:
        path, number, role = parts_of(id_)
        kind = "attempt" if role == "main" else role
        return next((bar.text for bar in reversed(self.bars) if (bar.path, bar.kind, bar.n) == (path, kind, number)), "")

    def _person(self, event: e.Event) -> None:
        did, step, by, note = "", "", "", ""
        if isinstance(event, e.RunOpened):
            did, by = "started the run", event.operator
        elif isinstance(event, e.RunResumed):
            did, by = "resumed it", event.operator
        elif isinstance(event, e.NeedMet):
            did = "went on WITHOUT the approval" if event.verdict == "waived" else event.verdict or "answered"
            step, by, note = event.path.partition("#")[0], event.by, event.note
        elif isinstance(event, e.DoubtSettled) and event.by != "probe":
            did, step, by, note = f"settled a doubt (took place: {event.applied})", event.id.partition("#")[0], event.by, event.note
        elif isinstance(event, e.StepWaived):
            did, step, by, note = "left a step out", event.path, event.by, event.why
        elif isinstance(event, (e.CancelAsked, e.AbortAsked, e.StepRetried)):
            did = {e.CancelAsked: "asked it to stop", e.AbortAsked: "ended it"}.get(type(event), "tried a step again")
            by, step = event.by, getattr(event, "path", "")
        if did:
            self.people.append({"at": event.at, "who": by, "did": did, "step": step, "note": note, "grade": getattr(event, "grade", "")})

    def _look_for_waits(self) -> None:
        """Waits have no events of their own: they are what the state's leaves say."""
        seen = set()
        for leaf in leaves(self.state.tree):
            kind = ""
            if isinstance(leaf, NeedCtl):
                kind = _NEEDS.get(leaf.need.what, "answer")
            elif isinstance(leaf, ActCtl):
                kind = _WAITS.get(leaf.state, "")
            if not kind:
                continue
            assert isinstance(leaf, (NeedCtl, ActCtl))
            due = leaf.due if kind in _BY_PEOPLE else 0  # what waits for time is not late when its time has come
            key = (leaf.path, kind, leaf.due)
            seen.add(key)
            if key not in self._waits:
                self._waits[key] = _Bar(leaf.path, kind, self.state.now, due=due)
                self.bars.append(self._waits[key])
        for key in [key for key in self._waits if key not in seen]:
            bar = self._waits.pop(key)
            bar.end, bar.state = self.state.now, "over"


def _mark(at: int, kind: str, step: str) -> Row:
    return {"us": at, "at": stamp_of(at), "kind": kind, "step": step}


def report(run: RunFolder) -> dict[str, Any]:
    """The document. Raises RunbookError as `read_run` does."""
    opened = read_run(run)
    program = opened.loaded.program
    assert program is not None
    found = _Gathering(program)
    for event in opened.events:
        found.see(event)
    scale = Scale([time for bar in found.bars for time in (bar.begin, bar.end or found.state.now)], _begin(opened), found.state.now)
    steps = _steps(found, scale)
    reached = _reached(steps) if found.state.closed else steps
    return {
        **_head(opened, program, found),
        "steps": reached,
        "unreached": len(steps) - len(reached),
        "people": found.people,
        "changes": found.changes,
        "marks": placed([{**mark, "left": scale.at(mark["us"])} for mark in found.marks]),
        "deadline": _deadline(opened, program, scale, found.state),
        "ticks": scale.ticks(),
        "log": found.log,
        "checkpoints": found.signed,
    }


LETTER = 2.0
"""Percent of a telephone's timeline that a letter of a label takes."""
TURNED = 70
"""Labels behind so many percent stand left of their line."""


def placed(marks: list[Row]) -> list[Row]:
    """The marks with the level on which each label stands clear of the others'."""
    ends: list[list[tuple[float, float]]] = []
    for mark in marks:
        width = LETTER * len(f"{mark['kind']} {mark['step']}".strip()) + 1
        begin = mark["left"] - width if mark["left"] > TURNED else mark["left"]
        level = next(
            (at for at, taken in enumerate(ends) if all(begin >= end or begin + width <= start for start, end in taken)), len(ends)
        )
        if level == len(ends):
            ends.append([])
        ends[level].append((begin, begin + width))
        mark["level"] = level
    return marks


def _deadline(opened: Opened, program: Program, scale: Scale, state: State) -> Row | None:
    """By when the policy wants the run's severity resolved, counted from the run's beginning; None without such a rule."""
    policy = opened.loaded.policy
    if policy is None or program.severity not in policy.severities or not policy.severities[program.severity].sla:
        return None
    from .policies import plan_at

    begin = _begin(opened)
    due = plan_at(policy, program.severity, begin).sla_at(begin)
    if not due:
        return None
    left = scale.at(due) if scale.begin <= due <= scale.end else None
    return {"at": stamp_of(due), "within": human_duration(due - begin), "late": state.now > due, "left": left}


def _begin(opened: Opened) -> int:
    from ..machine.stamps import micros_of

    return (micros_of(opened.events[0].at) or 0) if opened.events else 0


def _head(opened: Opened, program: Program, found: _Gathering) -> dict[str, Any]:
    first: Any = opened.events[0]
    state = found.state
    closed: Any = state.closed or {}
    elapsed = max(0, state.now - _begin(opened))
    return {
        "run": first.run,
        "runbook": program.name,
        "title": program.root.title,
        "severity": program.severity,
        "mode": first.mode,
        "operator": first.operator,
        "host": first.host,
        "program": first.program,
        "plan": first.plan,
        "opened_at": first.at,
        "ended_at": opened.events[-1].at,
        "elapsed_us": elapsed,
        "elapsed": human_duration(elapsed),
        "down": human_duration(state.down) if state.down else "",
        "closed": bool(closed),
        "result": closed.get("result", "paused"),
        "exit": closed.get("exit", 8),
        "undone": undone_of(state),
        "escalated": state.escalated,
        "failure": closed.get("failure"),
        "inputs": plain(dict(state.inputs)),
        "outputs": plain(loads(closed["outputs"])) if closed else {},
    }


def _steps(found: _Gathering, scale: Scale) -> list[Row]:
    """A lane for each step, in the order of the runbook; those of loops turn by turn."""
    bars: dict[str, list[_Bar]] = {}
    for bar in found.bars:
        bars.setdefault(bar.path, []).append(bar)
    steps = []
    rows = [found.story.rows[path] for path in in_order(found.story.rows, found.story.spots)]
    for row, below in zip(rows, [*rows[1:], None], strict=True):
        own = bars.get(row.path, [])
        elapsed = row.ended - row.began if row.ended and row.began else None
        steps.append(
            {
                "path": row.path,
                "title": row.title,
                "depth": row.depth,
                "effect": row.effect,
                "state": "" if row.state == "pending" and below is not None and below.depth > row.depth else row.state,
                "attempts": row.attempts,
                "began_at": stamp_of(row.began) if row.began else "",
                "ended_at": stamp_of(row.ended) if row.ended else "",
                "elapsed_us": elapsed,
                "elapsed": human_duration(max(0, elapsed)) if elapsed is not None else "",
                "message": row.message,
                "words": found.words.get(row.path, ""),
                "bars": [_bar(bar, scale, found.state.now) for bar in own],
            }
        )
    return steps


def _reached(steps: list[Row]) -> list[Row]:
    """Without what a run that is over never came to: the arms that it didn't take, the runbooks that it didn't call."""
    kept: list[Row] = []
    for step in reversed(steps):
        holds = bool(kept) and kept[-1]["depth"] > step["depth"]
        if step["state"] not in ("", "pending") or step["bars"] or holds:
            kept.append(step)
    return kept[::-1]


def _bar(bar: _Bar, scale: Scale, now: int) -> Row:
    end = bar.end or now
    left, right = scale.at(bar.begin), scale.at(end)
    return {
        "kind": bar.kind,
        "state": bar.state,
        "attempt": bar.n,
        "began_at": stamp_of(bar.begin),
        "ended_at": stamp_of(bar.end) if bar.end else "",
        "elapsed": human_duration(max(0, end - bar.begin)),
        "due_at": stamp_of(bar.due) if bar.due else "",
        "due_left": scale.at(bar.due) if bar.due and scale.begin <= bar.due <= scale.end else None,
        "late": bool(bar.due and end > bar.due),
        "left": left,
        "width": round(max(0.6, right - left), 3),
        "text": bar.text,
    }
