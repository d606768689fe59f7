"""What a run waits for, of whom, and the command that gives it: from its state alone."""

from __future__ import annotations

import shlex

from ..adapters.terminal_story import parts_of
from ..base.record import Record
from ..machine.control import ActCtl, NeedCtl, address
from ..machine.moves import Await, Locate
from ..machine.opening import open_moves
from ..machine.outcome import leaves
from ..machine.stamps import stamp_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from ..machine.control import State
    from ..machine.core import Program

NAMED = 8
WORDS = {
    "answer": "an answer",
    "do": "something to be done",
    "approval": "an approval",
    "doubt": "somebody who knows whether it took place",
    "cut": "a resume",
}
"""What is waited for, in words."""
UNKNOWN = "it stays unknown"


class Wait(Record):
    """One thing that is waited for. `what`: answer | do | approval | doubt | cut (a resume looks for it). `shown`: the exact
    command, where it is about one. `commands`: what to type."""

    path: str
    what: str
    text: str
    move: Await | None = None
    shown: tuple[str, ...] = ()
    who: str = ""
    until: str = ""
    approved: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    left: tuple[tuple[str, str], ...] = ()  # (who, what they said) of messages that the run hasn't taken yet
    over: bool = False  # `until` is past: nothing that is said now counts any more

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.path,
            "what": self.what,
            "text": self.text,
            "command": list(self.shown),
            "who": self.who,
            "until": self.until or None,
            "approved_by": list(self.approved),
            "left": [{"by": by, "said": said} for by, said in self.left],
            "type": list(self.commands),
        }


def with_left(waits: Iterable[Wait], messages: Iterable[Mapping[str, Any]]) -> tuple[Wait, ...]:
    """The same with what lies in the run's inbox for them. Whether it counts is judged when the run takes it."""
    told = list(messages)
    return tuple(wait.replace(left=tuple(_left(wait, told))) for wait in waits)


def with_over(waits: Iterable[Wait], now: int) -> tuple[Wait, ...]:
    """The same at a moment (microseconds, UTC): for those whose deadline is past there is nothing to type."""
    return tuple(wait.replace(over=True, commands=()) if wait.move and 0 < wait.move.deadline < now else wait for wait in waits)


def _left(wait: Wait, messages: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for message in messages:
        by, move = message.get("by"), wait.move
        if move is None or not isinstance(by, str) or message.get("path") != move.path or message.get("bind", move.bind) != move.bind:
            continue
        applied = {"yes": "it took place", "no": "it did not take place", "unknown": UNKNOWN}.get(str(message.get("applied")))
        yield by, applied or str(message.get("verdict") or "answered")


def short_id(run: str) -> str:
    """The end of a run's id: chance enough to tell runs apart, and short enough to type."""
    return run[-NAMED:]


def waits_of(program: Program, state: State, run: str, store: str = "") -> tuple[Wait, ...]:
    """Everything that is waited for. `store`: an option to add to the commands."""
    tail = f" {store}" if store else ""
    calm = state.replace(cancel=0)
    found: list[Wait] = []
    for move in open_moves(program, calm):
        if isinstance(move, Await):
            found.append(_wait(move, program, state, short_id(run), tail))
        elif isinstance(move, Locate):
            path, _, role = parts_of(move.id)
            found.append(Wait(address(path, role), "cut", f"it was running when the run died ({move.id})"))
    return (*found, *(_running(leaf) for leaf in leaves(state.tree) if isinstance(leaf, ActCtl) and leaf.state == "running"))


def _running(leaf: ActCtl) -> Wait:
    shown = tuple(leaf.request.shown()) if leaf.request else ()
    return Wait(leaf.wait_path, "cut", "it is running, or was when the run died", shown=shown)


def approved_by(state: State, path: str) -> tuple[str, ...]:
    """Who has approved at a path already."""
    for leaf in leaves(state.tree):
        if (isinstance(leaf, ActCtl) and leaf.wait_path == path) or (isinstance(leaf, NeedCtl) and leaf.path == path):
            return leaf.outside if isinstance(leaf, ActCtl) and leaf.state == "shut" else leaf.approved
    return ()


def barred(program: Program, state: State, move: Await, name: str) -> str:
    """Why a person at the operator's terminal can't answer or approve; '' when they can."""
    if move.role and name not in program.roles.get(move.role, frozenset()):
        return f"it waits for somebody of the role {move.role}"
    if move.what != "approval":
        return ""
    if name in state.operators:
        return "you operate this run: somebody else has to approve it, from an account of their own"
    return "only an approval that a key proves counts: runbook approve" if program.consent.proven else ""


def _wait(move: Await, program: Program, state: State, run: str, tail: str) -> Wait:
    step = shlex.quote(move.path)
    approval = move.approval
    who = f"anyone of role {move.role}" if move.role else ""
    if approval is not None:
        who = (f"{approval.count} people" if approval.count > 1 else "anyone") + (f" of role {approval.role}" if approval.role else "")
    commands = {
        "answer": (f"runbook answer {run} {step} {_sample(move)}{tail}",),
        "do": (f"runbook answer {run} {step} yes{tail}", f"runbook answer {run} {step} no{tail}"),
        "approval": (f"runbook approve {run} {step}{tail}", f"runbook approve {run} {step} --refuse --because …{tail}"),
        "doubt": (f"runbook answer {run} {step} done{tail}", f"runbook answer {run} {step} not-done{tail}"),
    }[move.what]
    if move.what == "approval":
        others = ", but not of " + ", ".join(state.operators) if state.operators else ""
        who += others + (", proven by a key" if program.consent.proven else "")
        if program.severity in program.consent.waive:
            commands += (f"runbook approve {run} {step} --waive --because …{tail}",)
    shown = tuple(move.request.shown()) if move.request is not None else ()
    until = stamp_of(move.deadline) if move.deadline else ""
    return Wait(move.path, move.what, move.text, move, shown, who, until, approved_by(state, move.path), commands)


def _sample(move: Await) -> str:
    """A value of the right kind, to be replaced."""
    need = move.need
    if need is not None and need.choices:
        return shlex.quote(str(need.choices[0]))
    return {"bool": "yes", "int": "3", "number": "1.5"}.get(need.type if need is not None else "", "TEXT")
