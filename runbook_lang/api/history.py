"""A run told again from its journal: the story of its events, and the output that its steps left."""

from __future__ import annotations

import os

from ..adapters.evidence import evidence_state
from ..adapters.terminal_story import Story, parts_of
from ..base.record import Record
from ..machine.advance import advance
from ..machine.control import Refused, State
from ..machine.events import ActEnded
from .runs import read_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..adapters.store import RunFolder
    from ..adapters.terminal_story import Line
    from ..machine.core import Program
    from .runs import Opened


class Told(Record):
    """A run's story. `lines` are in the order of its events."""

    opened: Opened
    program: Program
    story: Story
    lines: tuple[Line, ...]
    state: State


class Written(Record):
    """What one attempt wrote to one stream. `state`: inline | whole | removed | changed; `data` is masked, None when it's gone."""

    id: str
    stream: str
    size: int
    state: str
    data: bytes | None


def tell(run: RunFolder) -> Told:
    """Raises RunbookError as `read_run` does."""
    opened = read_run(run)
    program = opened.loaded.program
    assert program is not None
    story = Story(program)
    lines: list[Line] = []
    state = State()
    for event in opened.events:
        after = advance(program, state, event)
        assert not isinstance(after, Refused)
        state = after
        lines += story.see(event, state)
    return Told(opened, program, story, tuple(lines), state)


def written(run: RunFolder, told: Told, step: str) -> list[Written]:
    """The kept output of a step's attempts, in order."""
    found = []
    for event in told.opened.events:
        if isinstance(event, ActEnded) and parts_of(event.id)[0] == step:
            found += [_written(run, event.id, entry) for entry in event.out]
    return found


def _written(run: RunFolder, id_: str, entry: list[object]) -> Written:
    digest, size, head, stream = str(entry[0]), int(str(entry[1])), str(entry[2]), str(entry[3])
    state = evidence_state(run.evidence, entry)
    data: bytes | None = None
    if state == "inline":
        data = head.encode()
    elif state == "whole":
        with open(os.path.join(run.evidence, os.path.basename(digest)), "rb") as kept:
            data = kept.read()
    return Written(id_, stream, size, state, data)
