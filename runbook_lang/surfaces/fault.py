"""One thing that is wrong with a command: what every reader of command lines yields."""

from __future__ import annotations

from ..base.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..base.diagnostics import Problems
    from .kinds import BoundArg


class Fault(Record):
    """`index` is that of the word that shows it (-1: the whole command), `start` and `end` a part of that word (0, 0: all of it)."""

    code: str
    message: str
    index: int = -1
    help: str = ""
    warning: bool = False
    start: int = 0
    end: int = 0


UNCHECKED = "RB569"
"""The code of a command that can't be looked up: it isn't wrong as far as is known, and isn't checked either."""


def unchecked(what: str, index: int, help: str = "") -> Fault:
    """A command that nothing is known of before it runs; a warning, so that `check --strict` stops at it."""
    return Fault(UNCHECKED, f"{what}: the command is unchecked and counts as a change", index, help, warning=True)


def report(faults: Iterable[Fault], bound: BoundArg | None, problems: Problems) -> None:
    """Faults of a `words` argument as diagnostics at their places."""
    from .cmdline import word_span

    for fault in faults:
        add = problems.warning if fault.warning else problems.error
        add(fault.code, fault.message, word_span(bound, fault.index, fault.start, fault.end), fault.help)
