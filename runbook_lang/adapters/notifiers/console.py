"""The terminal, or the log, of whoever sends: the one channel that is always there."""

from __future__ import annotations

import sys

from ...base.text import clean
from .contract import Answer, Notice, Settings, further


class Console:
    name = "console"

    def send(self, notice: Notice, settings: Settings) -> Answer:
        try:
            sys.stderr.write(f"{clean(notice.subject)}\n{clean(further(notice))}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return Answer(ok=False, why="nobody reads the terminal")
        return Answer(ok=True)


NOTIFIER = Console()
