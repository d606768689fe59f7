"""Plays a runbook's text through the machine: the world is a script, and every event goes through its written form."""

from __future__ import annotations

from typing import Any

from runbook_lang.api.load import load
from runbook_lang.expr.tagged import dumps, loads
from runbook_lang.machine.advance import advance
from runbook_lang.machine.control import Refused
from runbook_lang.machine.core import Program
from runbook_lang.machine.events import (
    AbortAsked,
    ActEnded,
    ActFound,
    ActLost,
    ActStarted,
    CancelAsked,
    DoubtSettled,
    Event,
    NeedExpired,
    NeedMet,
    RefillDone,
    RunClosed,
    RunResumed,
    TimerFired,
    from_wire,
    to_wire,
)
from runbook_lang.machine.moves import Await, EndAct, Locate, Move, Refill, Start, Timer
from runbook_lang.machine.opening import open_moves
from runbook_lang.machine.stamps import stamp_of
from runbook_lang.runtime.explorer import Dead, Explorer
from runbook_lang.runtime.replay import replay

SECOND = 1_000_000
MINUTE = 60 * SECOND
OK = {"exit": 0, "stdout": "", "stderr": "", "lines": []}

TIMEOUT = {"ok": False, "kind": "timeout", "applied": "unknown"}
KILLED = {"ok": False, "kind": "killed", "applied": "unknown"}
EXIT_1 = {"ok": False, "kind": "exit", "applied": "unknown", "exit": 1}
NOT_STARTED = {"ok": False, "kind": "not_found", "applied": "no"}
HANG = "hang"


def program_of(text: str, **files: str) -> Program:
    """The program of a text; further files of its library by name, with `_` for the dot of `.yml`."""
    kept = {"book.yml": text.encode()}
    kept.update({name.replace("_yml", ".yml"): body.encode() for name, body in files.items()})
    loaded = load("book.yml", kept=kept)
    assert loaded.program is not None, [(item.code, item.message) for item in loaded.problems]
    return loaded.program


class Play(Explorer):
    """`world` says by path (`deploy`), role (`deploy/applied`) or attempt (`deploy#2/main`) how attempts end; a list has an
    end for each attempt. What isn't in it ends well. `HANG` leaves an attempt running."""

    def __init__(self, program: Program, world: dict[str, Any] | None = None, start: int = 0) -> None:
        super().__init__(program, lambda n: 0, start=start)
        self.world = {name: list(ends) if isinstance(ends, list) else ends for name, ends in (world or {}).items()}
        self.told: list[str] = []

    @property
    def moves(self) -> tuple[Move, ...]:
        return open_moves(self.program, self.state)

    @property
    def started(self) -> list[str]:
        """Ids of all attempts, in order; the short form for a first attempt of a step itself."""
        return [event.id.removesuffix("#1/main") for event in self.events if isinstance(event, ActStarted)]

    @property
    def commands(self) -> list[str]:
        return [" ".join(event.argv) for event in self.events if isinstance(event, ActStarted)]

    @property
    def closed(self) -> dict[str, Any]:
        assert self.state.closed is not None, self.moves
        return dict(self.state.closed)

    @property
    def outputs(self) -> Any:
        return loads(self.closed["outputs"])

    @property
    def waits(self) -> list[str]:
        return [f"{move.path}: {move.what}" for move in self.moves if isinstance(move, Await)]

    @property
    def timers(self) -> dict[str, int]:
        return {move.path: move.at for move in self.moves if isinstance(move, Timer)}

    @property
    def notes(self) -> list[str]:
        return [f"{event.path}: {event.what}" for event in self.events if type(event).__name__ == "Note"]

    def await_(self, path: str) -> Await:
        return next(move for move in self.moves if isinstance(move, Await) and move.path == path)

    def go(self, inputs: dict[str, Any] | None = None, timers: bool = True) -> Play:
        """On until only people, attempts that hang, or (without `timers`) time can bring it further."""
        if not self.events:
            self.open(inputs)
        while self.state.phase != "closed" and self._next(timers):
            pass
        if self.state.phase == "closed":
            found = replay(self.program, self.events)
            assert found.finding is None
            assert not found.missing_notes
        return self

    def _next(self, timers: bool) -> bool:
        moves = self.moves
        for move in moves:
            if not isinstance(move, (Await, EndAct, Locate, Timer)) and not (isinstance(move, Start) and move.id in self.starts):
                if type(move).__name__ == "OpenIncident":
                    self.told.append(move.message)  # type: ignore[attr-defined]  # its name says what it is
                self._take(move)
                return True
        for id_ in list(self.starts):
            if self._finish(id_):
                return True
        due = sorted((move.at, move.path) for move in moves if isinstance(move, Timer))
        if timers and due:
            self.now = max(self.now, due[0][0])
            self.record(TimerFired, path=due[0][1])
            return True
        return False

    def _finish(self, id_: str) -> bool:
        path, _, rest = id_.partition("#")
        role = rest.partition("/")[2]
        for name in (id_, f"{path}/{role}", path if role == "main" else ""):
            end = self.world.get(name)
            if isinstance(end, list):
                end = (end.pop(0) if len(end) > 1 else end[0]) if end else None
            if end is not None:
                break
        if end == HANG:
            return False
        self.end(id_, **(end or {}))
        return True

    def end(
        self, id_: str, ok: bool = True, kind: str = "", applied: str = "", message: str = "", taint: tuple[str, ...] = (), **fields: Any
    ) -> None:
        """An attempt ends; `fields` are those of its result."""
        self.starts.pop(id_, None)
        self.now += 1
        words = message or ("" if ok else f"it ended with {kind}")
        applied = applied or ("yes" if ok else "unknown")
        self.record(ActEnded, id=id_, ok=ok, applied=applied, kind=kind, message=words, value=dumps({**OK, **fields}), taint=list(taint))

    def meet(self, path: str, by: str = "ana", answer: Any = None, verdict: str = "approved", **more: Any) -> Play:
        """A person answers, approves or refuses, and the run goes on."""
        bind = more.pop("bind", self.await_(path).bind)
        self.record(NeedMet, path=path, by=by, value="" if answer is None else dumps(answer), verdict=verdict, bind=bind, **more)
        return self.go()

    def expire(self, path: str) -> Play:
        self.now = max(self.now, self.await_(path).deadline)
        self.record(NeedExpired, path=path)
        return self.go()

    def settle(self, id_: str, applied: str) -> Play:
        self.record(DoubtSettled, id=id_, applied=applied, by="ana")
        return self.go()

    def resume(self, down: int = 1000) -> Play:
        """The process died (or had paused) and another one takes the run up; it doesn't go on by itself."""
        self.starts = {}
        self.now += down
        self.record(RunResumed, operator="ana", down_us=down)
        return self

    def lose(self, id_: str) -> Play:
        self.record(ActLost, id=id_)
        return self.go()

    def find(self, id_: str) -> Play:
        self.record(ActFound, id=id_, pid=4711)
        return self

    def cancel(self, level: int = 1) -> Play:
        self.record(CancelAsked, level=level, by="ana")
        return self

    def abort(self, undo: bool = False) -> Play:
        self.record(AbortAsked, by="ana", undo=undo)
        return self.go()

    def refused(self, kind: type[Event], **fields: Any) -> str:
        """Why the rules don't take an event now; fails when they do."""
        event = from_wire(to_wire(kind(seq=self.state.seq + 1, at=stamp_of(self.now), **fields)))
        after = advance(self.program, self.state, event)
        assert isinstance(after, Refused), f"{event} was taken"
        return after.why


def play(text: str, world: dict[str, Any] | None = None, inputs: dict[str, Any] | None = None, start: int = 0, **files: str) -> Play:
    """A runbook's text, played as far as it goes."""
    return Play(program_of(text, **files), world, start).go(inputs)


__all__ = ["Dead", "Play", "Refill", "RefillDone", "RunClosed", "play", "program_of"]
