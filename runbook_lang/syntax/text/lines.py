"""Statements as lines, each with the comments that belong to it."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


_TAKES_COMMENT = re.compile(r"[{\[]\Z|\|-?2?\Z")
"""How the first of several lines ends behind which a comment may stand: where an expression goes on, none may."""


class Line:
    """One statement: comments before it, its lines, a comment behind its first one."""

    __slots__ = ("lead", "lines", "trail")

    def __init__(self, lead: list[str], lines: list[str], trail: list[str] | None = None) -> None:
        self.lead = lead
        self.lines = lines
        self.trail = trail or []


def indented(lines: Iterable[Line], pad: str) -> list[str]:
    """The lines of statements, deeper by `pad`."""
    out: list[str] = []
    for line in lines:
        first, *rest = line.lines
        trail = line.trail[:1] if not rest or _TAKES_COMMENT.search(first) else []
        for item in (*line.lead, *line.trail[len(trail) :]):
            if item:
                out.append(pad + item)
            elif out and out[-1]:
                out.append("")
        out.append(pad + first + behind(trail))
        out += [pad + item if item else "" for item in rest]
    return out


def behind(comments: list[str]) -> str:
    return f"  {comments[0]}" if comments else ""


def without_ends(lines: list[str], some: bool) -> list[str]:
    """No blank line at the end; none at the beginning where nothing stands before it."""
    out = list(lines)
    while out and not out[-1]:
        out.pop()
    while out and not out[0] and not some:
        del out[0]
    return out
