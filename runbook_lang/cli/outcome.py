"""How a run that ended or paused is told: a block for people, a document for programs."""

from __future__ import annotations

from ..api.plain import plain
from ..api.waits import WORDS, short_id, waits_of
from ..base.duration import human_duration
from ..base.text import clean, wrap
from ..expr.tagged import loads
from ..machine.control import Ended
from ..machine.outcome import EXIT_CODES, REFUSED, undone_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..api.runs import Finished
    from ..api.waits import Wait
    from ..base.text import Style
    from ..machine.control import State
    from ..machine.core import Program


def exit_of(finished: Finished) -> int:
    """A run that found its lock taken was refused; it can be resumed all the same."""
    return REFUSED if finished.busy and not finished.state.locks_held else finished.exit


def document(program: Program, finished: Finished, waits: tuple[Wait, ...]) -> dict[str, Any]:
    """What `--format json` prints of a run."""
    state = finished.state
    return {
        **outcome_json(state),
        "run": finished.run.id,
        "runbook": program.name,
        "exit": exit_of(finished),
        "needs": [one.as_json() for one in waits],
    }


def outcome_json(state: State) -> dict[str, Any]:
    """{run, result, message, undone, escalated, failure, outputs, outputs_partial}: `result` of a run that isn't closed is `paused`.
    `message`: what a `stop` that ended it said. Outputs of a run that didn't succeed are those that could be made: `outputs_partial`."""
    closed: Any = state.closed or {}
    return {
        "run": state.run,
        "result": closed.get("result", "paused"),
        "message": _said(state),
        "undone": undone_of(state),
        "escalated": state.escalated,
        "failure": closed.get("failure"),
        "outputs": plain(loads(closed["outputs"])) if closed else {},
        "outputs_partial": closed.get("result", "") != "succeeded",
    }


def _said(state: State) -> str:
    """What the `stop` said that ended the run well; after any other end the failure tells."""
    return state.result.message if isinstance(state.result, Ended) and state.result.outcome == "succeeded" else ""


def block(program: Program, finished: Finished, store: str, style: Style, *, seen: bool = False) -> str:
    """The last thing that is said: what came of it, and what to do next. `seen`: the run is being shown already."""
    state = finished.state
    exit = exit_of(finished)
    run = short_id(finished.run.id)
    tail = f" {store}" if store else ""
    rows: list[tuple[str, str]] = []
    commands: list[str] = []
    if state.closed is None:
        rows.append(("paused", _pause(finished, style)))
        waits = waits_of(program, state, finished.run.id, store)
        for wait in waits:
            rows.append(
                (
                    "waits for",
                    f"{clean(wait.path)}: {WORDS['do'] if wait.what == 'do' else wait.what}" + (f" of {wait.who}" if wait.who else ""),
                )
            )
            commands += wait.commands
        commands.append(f"runbook resume {run}{tail}")
    else:
        rows += _closed(state, style)
    rows += _told(finished, style)
    if exit and not seen:
        commands.append(f"runbook show {run}{tail}")
    name, meaning = EXIT_CODES[exit]
    rows.append(("exit", f"{exit} ({name}: {meaning})"))
    rows.append(("run", f"{finished.run.id}, {human_duration(max(0, state.now - _opened(finished)))}"))
    text = _aligned(rows, style)
    if commands:
        text += "\n" + style.paint("title", "next") + "".join(f"\n    {line}" for line in commands)
    return f"{style.paint('dim', '─' * min(style.width, 80))}\n{text}"


def _opened(finished: Finished) -> int:
    """The moment in the run's id (UUIDv7: milliseconds since the epoch in its first 48 bits), in microseconds."""
    return int(finished.run.id.replace("-", "")[:12], 16) * 1000


def _pause(finished: Finished, style: Style) -> str:
    if finished.busy:
        return style.paint("warning", f"another run holds its lock: {clean(finished.busy)}")
    if finished.full:
        return style.paint("error", "the disk is full; it can go on from here once there is room")
    if finished.before:
        return style.paint("warning", f"stopped before {clean(finished.before)}, as asked; it goes on from here")
    return style.paint(
        "warning", "it can go on later, from here" if not finished.state.cancel else "stopped on request; it can go on from here"
    )


def _closed(state: State, style: Style) -> list[tuple[str, str]]:
    closed: Any = state.closed
    good = closed["result"] == "succeeded"
    rows = [("result", style.paint("ok" if good else "error", closed["result"]))]
    if _said(state):
        rows.append(("message", clean(_said(state))))
    failure = closed.get("failure")
    if failure:
        rows.append(("because", clean(f"{failure['step']}: {failure['message']}")))
    undone = undone_of(state)
    if undone != "none":
        rows.append(("undone", _undone(state) if undone == "complete" else style.paint("error", "incomplete")))
    outputs = plain(loads(closed["outputs"]))
    if outputs and not good:
        rows.append(("outputs", "no results, but what could be made of them when the run ended:"))
    for name, value in outputs.items():
        rows.append((f"output {name}", clean(value if isinstance(value, str) else _json(value))))
    return rows


def _undone(state: State) -> str:
    """That all was undone, or what stands all the same: the author named what to undo, or something was done afterwards."""
    stands = [entry.path for entry in state.undo if entry.path not in state.settled]
    if not stands:
        return "all that could be undone was"
    return f"what was asked for; this stands: {', '.join(map(clean, stands))}"


def _told(finished: Finished, style: Style) -> list[tuple[str, str]]:
    """The escalations, and what the person here has to do about them."""
    rows: list[tuple[str, str]] = []
    if finished.state.escalated:
        from .people_lines import lines_of

        lines = lines_of(finished.run, style) or ["told here alone: the runbook has no policy"]
        rows = [("escalated", line) for line in lines]
    if finished.notice:
        from .people_lines import undelivered

        rows += [("message", line) for line in undelivered(finished.run, style)]
        rows.append(("", style.paint("warning", finished.notice)))
    return rows


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _aligned(rows: list[tuple[str, str]], style: Style) -> str:
    wide = max(len(name) for name, _ in rows)
    lines = []
    for name, text in rows:
        room = max(30, style.width - wide - 2)
        body = text if "\x1b" in text else wrap(text, room)
        lines.append(f"{style.paint('title', f'{name:<{wide}}')}  " + body.replace("\n", "\n" + " " * (wide + 2)))
    return "\n".join(lines)
