"""`runbook run --dry-run`: the real reads, no change, and what would be done."""

from __future__ import annotations

import sys

from ..adapters.terminal import Keyboard, Screen
from ..api.rehearsal import rehearse
from ..api.runs import Session, operator_name
from ..base.text import clean
from ..reports.rehearsal_text import render
from .commands.plan import save
from .session import interactive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..adapters.store import Store
    from ..api.load import Loaded
    from ..expr.values import Value
    from ..machine.events import Event
    from ..machine.moves import Await, OpenIncident
    from .args import Args
    from .console import Console


class Bystander:
    """Watches a rehearsal and is never asked: needs are assumed met, and nobody is told anything."""

    def __init__(self, screen: Screen, keyboard: Keyboard | None) -> None:
        self.screen = screen
        self.keyboard = keyboard

    def saw(self, event: Event) -> None:
        """The report at the end says it all."""

    def output(self, path: str, stream: str, data: bytes) -> None:
        """Kept as evidence, not shown."""

    def ask(self, wait: Await) -> Mapping[str, Any] | None:
        return None

    def incident(self, move: OpenIncident) -> None:
        """Nobody is told in a rehearsal."""

    def say(self, text: str) -> None:
        self.screen.put(clean(text))

    def secret(self, prompt: str) -> str | None:
        return self.keyboard.hidden(f"{clean(prompt)}: ") if self.keyboard is not None else None


def dry_run(loaded: Loaded, inputs: Mapping[str, Value], console: Console, store: Store, args: Args) -> int:
    """Exit code 0 when a way through the runbook succeeds. With `--output` the plan is kept with what was found."""
    depth = "rehearse" if args.text("dry-run") == "rehearse" else "reads"
    screen = Screen(sys.stderr, console.style(sys.stderr))
    bystander = Bystander(screen, Keyboard() if interactive() else None)
    session = Session(bystander, bystander, console.environ, operator_name(), bystander.secret)
    found = rehearse(loaded, inputs, session, store, depth=depth)
    if args.text("output"):
        save(found.assumed(), args, loaded.path)
    if console.is_json:
        console.json(found.as_json())
    else:
        style = console.style()
        console.print(render(found, style.width, style.colour).rstrip("\n"))
    return found.exit
