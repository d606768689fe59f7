"""`--until STEP`: which move is the first that would start, ask or wait for anything at that step or inside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..machine.control import ActCtl, FanCtl, NeedCtl, UnwindCtl, address
from ..machine.moves import Await, OpenIncident, Start, Timer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..machine.control import Ctl
    from ..machine.moves import Move


def first_of(step: str, tree: Ctl | None, moves: Iterable[Move]) -> Move | None:
    """The first of the moves that belongs to the step; None where the run isn't there yet.

    A path alone doesn't tell: what stands in a `try`, a `choose` or a `parallel` has no path below it, and an undo has that of the
    step that it undoes. The tree does.
    """
    places = set(_places(step, tree, False))
    return next((move for move in moves if _place(move) in places), None) if places else None


def _places(step: str, ctl: Ctl | None, within: bool) -> Iterator[str]:
    """Where the active leaves at a step or inside of it are addressed."""
    if ctl is None:
        return
    within = within or _leads_through(getattr(ctl, "path", ""), step)
    if isinstance(ctl, ActCtl):
        yield from (ctl.wait_path,) if within else ()
    elif isinstance(ctl, NeedCtl):
        yield from (ctl.path,) if within else ()
    elif isinstance(ctl, FanCtl):
        for branch in ctl.active.values():
            yield from _places(step, branch.child, within)
    elif isinstance(ctl, UnwindCtl):
        yield from (ctl.current.wait_path,) if within else ()
    else:
        yield from _places(step, getattr(ctl, "child", None), within)


def _leads_through(path: str, step: str) -> bool:
    """Whether a path is that of a step or below it. A loop that is named without a key means each of its turns."""
    parts, wanted = path.split("/"), step.split("/")
    return len(parts) >= len(wanted) and all(name in (part, part.partition("[")[0]) for name, part in zip(wanted, parts, strict=False))


def _place(move: Move) -> str:
    if isinstance(move, Start):
        return address(move.path, move.role)
    return move.path if isinstance(move, (Await, Timer, OpenIncident)) else ""
