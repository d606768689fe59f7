"""The live view: finished steps scroll up as plain lines; below them stands what runs, waits and comes next."""

from __future__ import annotations

import threading
import time

from ..base.duration import human_duration
from ..base.text import clean
from .terminal_lines import LineView

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..machine.core import Program
    from ..runtime.live import LiveDriver
    from .terminal import Screen
    from .terminal_rows import Row

DELAY_S = 1.0
"""A run that is over sooner needs no live view, and is spared the time to load one."""
NEXT_ROWS = 4
ACTIVE = ("running", "again", "waits", "doubt")


class LiveView(LineView):
    """Adds a region at the bottom of the terminal that is redrawn a few times a second."""

    def __init__(self, program: Program, screen: Screen, *, verbose: bool = False, quiet: bool = False) -> None:
        super().__init__(program, screen, verbose=verbose, quiet=quiet)
        self._live: Any = None
        self._wanted = True
        self._timer = threading.Timer(DELAY_S, self._begin)
        self._timer.daemon = True

    def follow(self, driver: LiveDriver) -> None:
        """Only now is it under way: whoever is still asked whether to start, or for a secret, has the terminal to himself."""
        super().follow(driver)
        self._timer.start()

    def _begin(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with self.screen.lock:
            if not self._wanted or self._live is not None:
                return
            outlet: Any = self.screen.outlet()  # rich asks for a whole file, and uses what an outlet has of one
            console = Console(file=outlet, force_terminal=True, no_color=not self.screen.style.colour, highlight=False)
            self._live = Live(
                console=console,
                get_renderable=self.picture,
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                vertical_overflow="crop",
            )
            self._live.start()
            self.screen.divert(self._above)

    def _above(self, text: str) -> None:
        from rich.text import Text

        self._live.console.print(Text.from_ansi(text), soft_wrap=True)

    def _end(self) -> None:
        with self.screen.lock:
            live, self._live = self._live, None
            self.screen.divert(None)
            if live is not None:
                live.stop()

    def pause(self) -> None:
        self._timer.cancel()
        with self.screen.lock:
            self._wanted = False
        self._end()

    def resume(self) -> None:
        with self.screen.lock:
            self._wanted = True
        self._begin()

    stop = pause

    def picture(self) -> Any:
        """What stands at the bottom now."""
        from rich.table import Table
        from rich.text import Text

        # Called by the view's own thread, which must not wait for one that prints.
        now = time.time_ns() // 1000
        rows = list(self.story.rows.values())
        standing = self.story.standing(self.state)
        active = [row for row in rows if row.state in ACTIVE]
        pending = [row for row in rows if standing[row.path] == "pending"]
        table = Table.grid(padding=(0, 1))
        for row in active[-12:]:
            mark = "?" if row.state in ("waits", "doubt") and not _counts(row) else _SPIN[now // 120_000 % len(_SPIN)]
            style = "yellow" if mark == "?" else "cyan"
            table.add_row(Text(mark, style), Text(clean(row.path)), Text(_progress(row, now), "dim"), Text(clean(row.title), "dim"))
        for row in pending[:NEXT_ROWS]:
            table.add_row(Text("·", "dim"), Text(clean(row.path), "dim"), Text(""), Text(clean(row.title), "dim"))
        done = sum(stands not in (*ACTIVE, "pending") for stands in standing.values())
        spent = human_duration(max(0, now - self.story.opened)) if self.story.opened else ""
        more = f", {len(pending) - NEXT_ROWS} more to come" if len(pending) > NEXT_ROWS else ""
        table.add_row(Text(""), Text(f"{done}/{len(rows)} steps", "dim"), Text(spent, "dim"), Text(f"Ctrl-C stops{more}", "dim"))
        return table


_SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def _counts(row: Row) -> bool:
    return row.state == "waits" and row.due > 0


def _progress(row: Row, now: int) -> str:
    """Elapsed time, and for retries and waits what is left."""
    spent = human_duration(max(0, now - row.began)) if row.began else ""
    if row.state == "again":
        left = human_duration(max(0, row.due - now))
        return f"{spent}, attempt {row.attempts + 1} in {left}"
    if row.state == "waits" and row.due:
        return f"{human_duration(max(0, row.due - now))} left"
    if row.state == "running" and row.attempts > 1:
        return f"{spent}, attempt {row.attempts}"
    return {"doubt": "in doubt"}.get(row.state, spent)
