"""Differences between a manual and its runbooks that somebody looked at and lets stand, each with a reason.

A file of lines `manual: COMMAND` and `runbooks: COMMAND`, as `runbook drift` prints the command; `…` stands for any text. The comment
above a line, or above several lines without an empty one between, says why.
"""

from __future__ import annotations

import os
import re

from ..base.diagnostics import fail
from ..base.record import Record
from ..base.text import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "drift.accepted"
"""In the folder of the runbooks it is read without being named."""
SIDES = ("manual", "runbooks")
LIMIT = 1024 * 1024


class Accepted(Record):
    """A line: which side has the command alone, the command, the reason."""

    line: int
    side: str
    command: str
    why: str

    def fits(self, side: str, command: str) -> bool:
        pattern = ".*".join(map(re.escape, self.command.split("…")))
        return side == self.side and re.fullmatch(pattern, " ".join(command.split()), re.DOTALL) is not None


def read_accepted(path: str, library: str) -> tuple[Accepted, ...]:
    """The file's lines; without a `path` those of the library's own, if it has one. Raises RunbookError RB704."""
    named = path or os.path.join(library, NAME)
    if not path and not os.path.lexists(named):
        return ()
    try:
        with open(named, encoding="utf-8") as stream:
            text = stream.read(LIMIT)
    except (OSError, UnicodeDecodeError) as error:
        raise fail("RB704", f"The accepted differences in {named} can't be read: {reason(error)}.") from None
    return tuple(_lines(named, text))


def _lines(path: str, text: str) -> Iterator[Accepted]:
    why, fresh = "", True
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if not words:
            why, fresh = "", True
        elif words.startswith("#"):
            remark = words.lstrip("#").strip()
            why, fresh = (remark if fresh else f"{why} {remark}".strip()), False
        else:
            side, colon, command = words.partition(":")
            if not colon or side not in SIDES or not command.strip():
                raise fail("RB704", f"Line {number} of {path} is none of `manual: COMMAND` and `runbooks: COMMAND`.", help=_HELP)
            yield Accepted(number, side, " ".join(command.split()), why)
            fresh = True


_HELP = "Write the command as `runbook drift` prints it, and above it a line `# why`."
