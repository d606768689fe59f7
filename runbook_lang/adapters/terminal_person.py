"""The person at the terminal: questions, approvals and doubts are put to them; what has to be said is said."""

from __future__ import annotations

import os
import time

from ..base.duration import human_duration
from ..base.text import clean, wrap
from ..expr.tagged import dumps
from ..machine.inputs import parse_value
from ..machine.needs import fits, wanted
from .story_places import command_line
from .terminal import Interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ..machine.core import Need
    from ..machine.moves import Await, OpenIncident
    from .terminal import Keyboard, Screen
    from .terminal_lines import LineView

YES = ("y", "yes", "s", "si", "sí")
NO = ("n", "no")
WAIVE = ("w", "waive")
LATER = ("", "l", "later")


class TerminalPerson:
    """Implements `adapters.world.Person`. Without a keyboard nobody is asked, and the run pauses.

    `approved_by` tells who has approved at a path already: the same person isn't asked twice. `inbox` is looked at
    while a question stands open: whoever answers elsewhere first has answered. `leaving`: the run is to stop.
    """

    def __init__(self, screen: Screen, view: LineView, keyboard: Keyboard | None, name: str) -> None:
        self.screen = screen
        self.view = view
        self.keyboard = keyboard
        self.name = name
        self.inbox = ""
        self.approved_by: Callable[[str], tuple[str, ...]] = lambda path: ()
        self.leaving: Callable[[], bool] = lambda: False
        self.barred: Callable[[Await], str] = lambda wait: ""
        self.may_waive: Callable[[], bool] = lambda: False

    def say(self, text: str) -> None:
        self.screen.put(clean(text))

    def output(self, path: str, stream: str, data: bytes) -> None:
        self.view.output(path, stream, data)

    def incident(self, move: OpenIncident) -> None:
        """An escalation, as it is told here."""
        paint = self.screen.style.paint
        about = " ".join(part for part in (move.severity, move.tier) if part)
        head = f"ESCALATION{' ' + about if about else ''}"
        self.screen.put(f"          {paint('error', head)}: {clean(move.message)}")

    def secret(self, prompt: str) -> str | None:
        """The value of a secret that is asked for."""
        return self.keyboard.hidden(f"{clean(prompt)}: ") if self.keyboard is not None else None

    def ask(self, wait: Await) -> Mapping[str, Any] | None:
        """None when nobody is here, nobody answers, or an answer has come from elsewhere."""
        if self.keyboard is None or self._distracted():
            return None
        if wait.what == "approval" and self.name in self.approved_by(wait.path):
            return None
        why = self.barred(wait)
        if why and (wait.what != "approval" or not self.may_waive()):
            self.screen.put(f"          {clean(wait.path)}: {clean(why)}")
            return None
        self.keyboard.asking, self.keyboard.interrupted = True, False
        self.view.pause()
        try:
            self.screen.put(self._question(wait))
            return self._ASKS[wait.what](self, wait)
        except Interrupt:
            self.screen.put("")
            return None
        finally:
            self.keyboard.asking = False
            self.view.resume()

    def _distracted(self) -> bool:
        """Something has come that goes before an answer from here."""
        return self.leaving() or self._mail()

    def _mail(self) -> bool:
        try:
            return any(name.endswith(".json") for name in os.listdir(self.inbox)) if self.inbox else False
        except OSError:
            return False

    def _question(self, wait: Await) -> str:
        """Who is asked what, about which command, until when."""
        paint = self.screen.style.paint
        title = {"approval": "Approval wanted", "doubt": "In doubt", "do": "To do", "answer": "Question"}[wait.what]
        lines = ["", f"{paint('warning', title)}: {clean(wait.path)}"]
        lines += ["  " + wrap(clean(wait.text), self.screen.style.width - 2).replace("\n", "\n  ")] if wait.text else []
        if wait.request is not None:
            lines.append(f"  command   {paint('bold', clean(command_line(wait.request.shown())))}")
        if wait.approval is not None:
            role = f"role {wait.approval.role}" if wait.approval.role else "anyone"
            count = f"{wait.approval.count} people, " if wait.approval.count > 1 else ""
            lines.append(f"  asked     {count}{role}")
        if wait.deadline:
            left = human_duration(max(0, wait.deadline - time.time_ns() // 1000))
            lines.append(f"  until     {time.strftime('%Y-%m-%d %H:%M', time.localtime(wait.deadline / 1_000_000))} ({left})")
        return "\n".join(lines)

    def _read(self, prompt: str, wait: Await) -> str | None:
        assert self.keyboard is not None
        self.screen.raw(self.screen.style.paint("bold", prompt) + " ")
        line = self.keyboard.line(wait.deadline / 1_000_000, self._distracted)
        if line is None:
            self.screen.raw("\n")
        return None if line is None else line.strip()

    def _approval(self, wait: Await) -> Mapping[str, Any] | None:
        if not self.may_waive():
            return self._yes_or_why_not(wait, "Approve?")
        why = self.barred(wait)
        if why:
            self.screen.put(f"  but       {clean(why)}")
        asked = "Go on WITHOUT it? [w]aive, [n]o, [Enter] later:" if why else "Approve? [y]es, [n]o, [w]aive, [Enter] later:"
        said = self._choice(asked, wait, ((() if why else YES), NO, WAIVE))
        if said not in WAIVE:
            return None if said is None else self._met(verdict="approved") if said in YES else self._refused(wait)
        reason = self._read("Why without it?", wait)
        return self._met(verdict="waived", note=reason) if reason else None

    def _do(self, wait: Await) -> Mapping[str, Any] | None:
        return self._yes_or_why_not(wait, "Done?")

    def _yes_or_why_not(self, wait: Await, question: str) -> Mapping[str, Any] | None:
        said = self._choice(f"{question} [y]es, [n]o, [Enter] later:", wait, (YES, NO))
        if said is None:
            return None
        if said in YES:
            return self._met(verdict="approved")
        return self._refused(wait)

    def _refused(self, wait: Await) -> Mapping[str, Any] | None:
        reason = self._read("Why not?", wait)
        return None if reason is None else self._met(verdict="refused", note=reason)

    def _doubt(self, wait: Await) -> Mapping[str, Any] | None:
        if wait.verdict:
            self.screen.put("  known     its own read could not tell")
        said = self._choice("Did it take place? [d]one, [n]ot done, [l]ater:", wait, (("d", "done"), ("n", "not done", "not-done")))
        if said is None:
            return None
        return {"by": self.name, "applied": "yes" if said[0] == "d" else "no", "note": "at the terminal"}

    def _choice(self, prompt: str, wait: Await, groups: tuple[tuple[str, ...], ...]) -> str | None:
        while True:
            said = self._read(prompt, wait)
            if said is None or said.lower() in LATER:
                return None
            if any(said.lower() in group for group in groups):
                return said.lower()

    def _answer(self, wait: Await) -> Mapping[str, Any] | None:
        need = wait.need
        assert need is not None
        hint = f"[{wanted(need)}]" + (f" (Enter: {_shown(need.default)})" if need.has_default else "")
        while True:
            said = self._read(f"Answer {hint}:", wait)
            if said is None or (not said and not need.has_default):
                return None
            if not said:
                return self._met(value=dumps(need.default))
            value = read_answer(need, said)
            if value is not None:
                return self._met(value=dumps(value))
            self.screen.put(f"  expected {wanted(need)}")

    def _met(self, value: str = "", verdict: str = "", note: str = "") -> Mapping[str, Any]:
        return {"by": self.name, "grade": "claimed", "value": value, "verdict": verdict, "note": note}

    _ASKS: Mapping[str, Callable[[TerminalPerson, Await], Mapping[str, Any] | None]] = {
        "approval": _approval,
        "do": _do,
        "doubt": _doubt,
        "answer": _answer,
    }


def read_answer(need: Need, text: str) -> Any:
    """The value of a typed answer; None when it doesn't fit."""
    if need.type == "bool":
        value: Any = True if text.lower() in (*YES, "true") else False if text.lower() in (*NO, "false") else None
    else:
        from ..base.source import Source, Span
        from ..model.nodes import Input, Name

        value = parse_value(Input(Name(need.id, Span(Source("", ""), 0, 0)), need.type), text)
    if value is None and need.choices:
        value = next((choice for choice in need.choices if str(choice) == text), None)
    return value if value is not None and fits(need, value) else None


def _shown(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
