"""The part that runs for a surface made of a surface file: one program, its words as they are, its end judged by its exit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import exit_outcome, run_program

if TYPE_CHECKING:
    from ..runtime.ports import Attempt, Outcome


class ToolExecutor:
    """ok: exit 0. A plugin names it after its tool."""

    def __init__(self, name: str) -> None:
        self.name = name

    def run(self, attempt: Attempt) -> Outcome:
        return exit_outcome(run_program(attempt), attempt, self.name)
