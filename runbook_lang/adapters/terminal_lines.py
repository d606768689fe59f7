"""The plain view of a run: one line for each event that matters, to be read in a terminal, a pipe or a build log."""

from __future__ import annotations

import time
from functools import lru_cache

from ..base.duration import human_duration
from ..base.text import cells, clean
from ..machine.events import ActStarted
from .terminal_story import Story, parts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.control import State
    from ..machine.core import Program
    from ..machine.events import Event
    from ..runtime.live import LiveDriver
    from .terminal import Screen
    from .terminal_story import Line

TONES = {"ok": "ok", "bad": "error", "warn": "warning", "dim": "dim", "plain": ""}
AGAIN_US = 10_000_000
"""A step that is tried again and again tells so once, and then after so many microseconds."""
TAIL_LINES = 10
MESSAGE = "message"
"""The stream of what a step says to whoever sits here."""
TAIL_BYTES = 4096
WIDEST_PATH = 32
HEAD = 31
"""Columns of a line in front of its text, beside the path."""


def _short(text: str, width: int) -> str:
    """One line that is not much longer than the terminal is wide."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width - 1]}…"


@lru_cache(maxsize=4)
def _clock(second: int) -> str:
    """The local time of day; neighbouring lines share it."""
    return time.strftime("%H:%M:%S", time.localtime(second))


class LineView:
    """Implements `ports.Watcher`, and takes the live output of programs. `follow` tells it the driver once there is one."""

    def __init__(self, program: Program, screen: Screen, *, verbose: bool = False, quiet: bool = False) -> None:
        self.program = program
        self.screen = screen
        self.verbose = verbose
        self.quiet = quiet
        self.story = Story(program, details=verbose)
        self.width = min(WIDEST_PATH, max(4, *map(cells, self.story.rows)))
        self._driver: LiveDriver | None = None
        self._told: dict[str, int] = {}
        self._tails: dict[str, bytes] = {}
        self._partial: dict[tuple[str, str], bytes] = {}

    def follow(self, driver: LiveDriver) -> None:
        """From now on more is known; the first events came before."""
        self._driver = driver
        with self.screen.lock:
            for line in self.story.stands(driver.state):
                self._tell(line)

    def stop(self) -> None:
        """Nothing more comes."""

    def resume(self) -> None:
        """A question has been answered."""

    def pause(self) -> None:
        """A question is about to be asked."""

    @property
    def state(self) -> State | None:
        return self._driver.state if self._driver is not None else None

    def saw(self, event: Event) -> None:
        with self.screen.lock:
            if self._tails and type(event) is ActStarted:
                self._tails.pop(parts_of(event.id)[0], None)
            driver = self._driver
            for line in self.story.see(event, driver.recorder.state if driver is not None else None):
                self._tell(line)

    def _tell(self, line: Line) -> None:
        if (line.detail and not self.verbose) or (self.quiet and line.tone in ("ok", "dim", "plain")):
            return
        if line.again and not self.verbose:
            last = self._told.get(line.path)
            if last is not None and line.at - last < AGAIN_US:
                return
            self._told[line.path] = line.at
        self.screen.show(self.text(line))
        if line.word in ("failed", "in doubt", "undo failed"):
            self._show_tail(line.path)

    def text(self, line: Line) -> str:
        """`12:03:04  deployments   ok   0.4s  Listar los despliegues`."""
        style = self.screen.style
        at = _clock(line.at // 1_000_000)
        path = line.path or "·"
        elapsed = human_duration(line.elapsed) if line.elapsed >= 0 else ""
        word = f"{line.word:<9}"
        title = (
            self.story.title(line.path) if line.word in ("ok", "undone", "failed", "refused", "escalated", "would run", "skipped") else ""
        )
        text = f"{title} · {line.text}" if title and line.text else title or line.text
        if line.word == "set" and not self.verbose:
            text = _short(line.text, max(40, self.screen.style.width - self.width - HEAD))
        padded = clean(path) + " " * (self.width - cells(path))
        plain = head = f"{at}  {padded}  {word} {elapsed:>7}  "
        if style.colour:
            tone = TONES[line.tone]
            head = f"{style.paint('dim', at)}  {padded}  {style.paint(tone, word) if tone else word} {elapsed:>7}  "
        if line.tone == "bad" and title and line.text:
            return f"{self._folded(plain, head, clean(title))}\n{self._folded(' ' * 10, ' ' * 10, clean(line.text), 'error')}"
        return self._folded(plain, head, clean(text))

    def _folded(self, plain: str, head: str, text: str, tone: str = "") -> str:
        style = self.screen.style
        if not style.fold:
            return (head + (style.paint(tone, text) if tone else text)).rstrip()
        lines = style.folded(plain, head, text, cells(plain)).rstrip()
        return "\n".join(style.paint(tone, line) for line in lines.split("\n")) if tone else lines

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Masked bytes of a running program, or a message for whoever sits here; from any thread."""
        told = stream == MESSAGE and not self.quiet
        with self.screen.lock:
            if not told:
                self._tails[path] = (self._tails.get(path, b"") + data)[-TAIL_BYTES:]
            if not self.verbose and not told:
                return
            buffered = self._partial.get((path, stream), b"") + data
            *lines, rest = buffered.split(b"\n")
            self._partial[(path, stream)] = rest[-TAIL_BYTES:]
            for line in lines:
                self.screen.put(self._piece(path, line))

    def _piece(self, path: str, line: bytes) -> str:
        return self.screen.style.paint("dim", f"          {clean(path)} │ ") + clean(line.decode("utf-8", "replace").rstrip("\r"))

    def _show_tail(self, path: str) -> None:
        """The last lines of what a failed step wrote; with `verbose` they have been shown."""
        if self.verbose:
            return
        for line in self._tails.get(path, b"").splitlines()[-TAIL_LINES:]:
            self.screen.put(self._piece(path, line))
