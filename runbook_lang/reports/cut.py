"""Markdown that has to fit: the middle goes, what stays is whole."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_SHARE = 0.75


def cut_middle(text: str, limit: int, note: str) -> str:
    """At most `limit` characters: the beginning, the note, the end. Blocks of code and `<details>` that the cut opens are closed;
    the end begins where none is open. Lines stay whole."""
    if len(text) <= limit:
        return text
    lines = text.split("\n")
    states = list(_states(lines))
    room = limit - len(note) - 100
    head = _fitting(lines, int(room * _HEAD_SHARE))
    closing = _closing(states[head - 1]) if head else ""
    tail = len(lines) - _fitting(lines[::-1], room - sum(len(line) + 1 for line in lines[:head]) - len(closing))
    while tail < len(lines) and (tail <= head or states[tail - 1] != ("", 0)):
        tail += 1
    return "\n".join([*lines[:head], *([closing] if closing else []), "", note, "", *lines[tail:]])


def _fitting(lines: list[str], room: int) -> int:
    """How many lines fit."""
    count = used = 0
    for line in lines:
        used += len(line) + 1
        if used > room:
            break
        count += 1
    return count


def _states(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Behind each line: (the fence of the block that is open, '' for none; how many `<details>` are open)."""
    fence, depth = "", 0
    for line in lines:
        bare = line.lstrip(" ")
        ticks = len(bare) - len(bare.lstrip("`"))
        if ticks >= 3 and not fence:
            fence = line[: len(line) - len(bare)] + "`" * ticks
        elif fence and bare.rstrip() and set(bare.rstrip()) == {"`"} and ticks >= len(fence.strip()):
            fence = ""
        elif not fence:
            depth += line.count("<details>") - line.count("</details>")
        yield fence, depth


def _closing(state: tuple[str, int]) -> str:
    fence, depth = state
    return "\n".join([*([fence] if fence else []), *["\n</details>"] * depth])
