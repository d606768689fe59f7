"""Whether a runbook is still what a run started with."""

from __future__ import annotations

import os

from ..base.diagnostics import RunbookError, fail
from .load import Loaded, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..machine.core import Program


def check_same(kept: Loaded, path: str) -> None:
    """Raises RunbookError RB514 when the runbook at `path` doesn't say what the run's own copy says."""
    now = load(path, check=False, also=kept.files)
    began = _program(kept)
    if now.program is None:
        wrong = next(item for item in now.problems.sorted() if item.is_error)
        if os.path.isdir(path):
            raise RunbookError(wrong)
        why = f"Changed since the run started, and now it can't be used: {os.path.basename(path)}. {wrong.message}"
    elif now.program.name != began.name and os.path.basename(path) != os.path.basename(kept.path):
        why = f"{os.path.basename(path)} is another runbook, {now.program.name!r}: the run is one of {began.name!r}."
        raise fail("RB514", why, help="Name the file that the run started with, or none.")
    elif now.program.digest != began.digest:
        why = f"Changed since the run started: {', '.join(_other_meaning(kept, now))}."
    else:
        return
    raise fail("RB514", why, help="A run goes on with what it started with. To do so, say: runbook resume … --as-recorded")


def _other_meaning(kept: Loaded, now: Loaded) -> list[str]:
    """The files that don't say what they said when the run started; comments and layout say nothing."""
    before, after = _program(kept).files, _program(now).files
    shown = {os.path.splitext(name)[0]: name for name in (*kept.files, *now.files)}
    return sorted({shown.get(name, name) for name in {*before, *after} if before.get(name) != after.get(name)})


def _program(loaded: Loaded) -> Program:
    if loaded.program is None:
        raise RunbookError(*loaded.problems.sorted())
    return loaded.program
