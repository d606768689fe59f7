"""The names of a run: its inputs and what its finished steps recorded, as expressions see them."""

from __future__ import annotations

from ..expr.values import MISSING
from ..machine.advance import advance
from ..machine.control import Refused, ScopeCtl, State
from ..machine.scopes import inner_frame
from .runs import read_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.store import RunFolder
    from ..expr.values import Value


def results_of(run: RunFolder) -> dict[str, Value]:
    """Of the run's own scope, at the last moment at which it was active. Raises RunbookError as `read_run` does."""
    opened = read_run(run)
    program = opened.loaded.program
    assert program is not None
    state = State()
    last: ScopeCtl | None = None
    for event in opened.events:
        after = advance(program, state, event)
        assert not isinstance(after, Refused)
        state = after
        if isinstance(state.tree, ScopeCtl):
            last = state.tree
    names: dict[str, Value] = dict(state.inputs)
    if last is not None:
        frame = inner_frame(last)
        for name in (*(name for name, _ in last.names.items()), *sorted(last.node.steps)):
            value = frame.get(name)
            if value is not MISSING:
                names[name] = value
    return names
