"""The names of a run: its inputs and what its finished steps recorded, as expressions see them."""

from __future__ import annotations

from ..expr.values import MISSING
from ..machine.advance import advance
from ..machine.control import Refused, ScopeCtl, State
from ..machine.core import Need
from ..machine.scopes import inner_frame
from .runs import read_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.store import RunFolder
    from ..expr.values import Value
    from ..machine.core import Program


def results_of(run: RunFolder) -> dict[str, Value]:
    """Of the run's own scope, where it stands or as it was at its end. Raises RunbookError as `read_run` does."""
    opened = read_run(run)
    assert opened.loaded.program is not None
    program = _open_ended(opened.loaded.program)
    state = State()
    last: ScopeCtl | None = None
    for event in opened.events:
        after = advance(program, state, event)
        if isinstance(after, Refused):
            break  # the run closes, and the one that doesn't end stays where it is
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


def _open_ended(program: Program) -> Program:
    """The same program with a question at its end that nobody answers: a scope that is through keeps no names."""
    root = program.root
    end = Need("the end", "", root.span, "answer")
    return program.replace(root=root.replace(body=(*root.body, end), on_failure=(*root.on_failure, end)))
