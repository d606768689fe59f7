"""What a story of a run is told with: where each step stands, what it is, and words as one would type them.

Also for the turns of loops, and for what is only done when something fails.
"""

from __future__ import annotations

from ..base.record import Record
from ..machine.core import Act, Fan, If, Scope, Try
from .terminal_rows import static_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.core import Body, Program


class Spot(Record):
    """`order` counts the steps as written; `turns`: it stands in a loop."""

    title: str
    effect: str
    depth: int
    order: int
    turns: bool


def command_line(argv: Iterable[str]) -> str:
    """Words as one would type them; what is masked or a hole stays as it is."""
    from shlex import quote

    return " ".join(word if not word or word[0] in "«⟨" else quote(word) for word in argv)


def spots_of(program: Program) -> dict[str, Spot]:
    """By static path, every step; those of `on_failure` come last."""
    found: dict[str, Spot] = {}

    def walk(body: Body, prefix: str, depth: int, turns: bool) -> None:
        for node in body:
            path = prefix + node.id
            if isinstance(node, If):
                for part in (node.body, node.orelse):
                    walk(part, prefix, depth, turns)
                continue
            below = depth + 1
            if isinstance(node, Try) and not node.names:
                below = depth
            else:
                effect = node.effect if isinstance(node, Act) else ""
                found.setdefault(path, Spot(node.title, effect, depth, len(found), turns))
            if isinstance(node, Try):
                for part in (node.body, node.rescue or (), node.always):
                    walk(part, prefix, below, turns)
            elif isinstance(node, Fan):
                walk(node.template, f"{path}/", below, True)
                for _, part in node.branches:
                    walk(part, prefix, below, turns)
            elif isinstance(node, Scope):
                walk(node.body, f"{path}/", below, turns)
                walk(node.on_failure, f"{path}/", below, turns)

    walk(program.root.body, "", 0, False)
    walk(program.root.on_failure, "", 0, False)
    return found


def in_order(paths: Iterable[str], spots: dict[str, Spot]) -> list[str]:
    """The paths as the runbook has the steps, each turn of a loop behind the one before it; a step of a loop as it is written is
    left out where its turns are there."""
    turns: dict[str, int] = {}
    named = list(paths)
    came = {static_path(path) for path in named if "[" in path}

    def key(path: str) -> tuple[tuple[int, int], ...]:
        found = []
        prefix = ""
        for part in path.split("/"):
            prefix = f"{prefix}/{part}" if prefix else part
            spot = spots.get(static_path(prefix))
            turn = turns.setdefault(prefix, len(turns) + 1) if part.endswith("]") else 0
            found.append((spot.order if spot is not None else len(spots), turn))
        return tuple(found)

    kept = [path for path in named if "[" in path or path not in came or not (path in spots and spots[path].turns)]
    keys = {path: key(path) for path in kept}
    return sorted(kept, key=lambda path: keys[path])
