"""The lab's control address: what `lab break`, `lab mend` and `lab status` talk to from inside.

POST /break/WHAT   POST /mend/WHAT   POST /mend/all   POST /reset   GET /state
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pymerp_lab.api.server import Api
from pymerp_lab.app import App
from pymerp_lab.github import GitHub
from pymerp_lab.part import Part
from pymerp_lab.processes import LabError
from pymerp_lab.redis import Redis
from pymerp_lab.web import Answer, Handler, WebServer


class Control:
    """`parts` are those that run; `left_out` says why the others don't."""

    def __init__(self, parts: Sequence[Part], left_out: Mapping[str, str]) -> None:
        self.parts, self.left_out = parts, left_out
        self.broken: list[str] = []
        self._lock = threading.Lock()

    def set_fault(self, what: str, on: bool) -> None:
        """Raises LabError where no running part knows `what`, or where it can't be done."""
        part = next((part for part in self.parts if what in part.breaks), None)
        if part is None:
            raise LabError(self._unknown(what))
        with self._lock:
            part.set_fault(what, on)
            self.broken = [item for item in self.broken if item != what] + ([what] if on else [])

    def mend_all(self) -> None:
        for what in reversed(self.broken):
            self.set_fault(what, False)

    def reset(self) -> None:
        """Mends everything, and the platform forgets what was done to it; the databases keep their rows."""
        self.mend_all()
        for part in self.parts:
            if isinstance(part, Api):
                part.reset()
            elif isinstance(part, App):
                part.requests.clear()
            elif isinstance(part, Redis | GitHub):
                part.reset()

    def _unknown(self, what: str) -> str:
        for name, reason in self.left_out.items():
            if what == name or what.startswith(f"{name}-"):
                return f"{what}: the part {name} is not running: {reason}"
        return f"{what}: nothing of that name can be broken here; `lab list` shows what can"

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"parts": [part.name for part in self.parts], "left_out": dict(self.left_out), "broken": list(self.broken)}
        for part in self.parts:
            if isinstance(part, Api):
                state["api"] = part.state()
            elif isinstance(part, App):
                state["app"] = {"healthy": part.healthy(), "requests": list(part.requests)}
            elif isinstance(part, GitHub):
                state["github"] = part.state()
        return state


class ControlServer(WebServer):
    """The secret path keeps other users of the machine out."""

    def __init__(self, control: Control) -> None:
        super().__init__()
        self.control = control
        self.secret = secrets.token_urlsafe(9)
        self.url = f"http://127.0.0.1:{self.port}/{self.secret}"

    def respond(self, request: Handler, body: bytes) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[0] != self.secret:
            return Answer(404)
        match request.command, parts[1:]:
            case "GET", ["state"]:
                return Answer(200, self.control.state())
            case "POST", ["mend", "all"]:
                return self._do(self.control.mend_all)
            case "POST", ["reset"]:
                return self._do(self.control.reset)
            case "POST", ["break" | "mend" as verb, what]:
                return self._do(lambda: self.control.set_fault(what, verb == "break"))
        return Answer(404, {"error": "unknown request"})

    def _do(self, action: Any) -> Answer:
        try:
            action()
        except (LabError, OSError) as error:
            return Answer(409, {"error": str(error)})
        return Answer(200, {"broken": self.control.broken})
