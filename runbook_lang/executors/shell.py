"""`shell`: one program with its arguments. No shell takes part: words are never read a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import exit_outcome, run_program

if TYPE_CHECKING:
    from ..runtime.ports import Attempt, Outcome


class ShellExecutor:
    """ok: exit 0."""

    name = "shell"

    def run(self, attempt: Attempt) -> Outcome:
        words = attempt.request.argv
        program = words[0].rpartition("/")[2] if words and isinstance(words[0], str) else "the program"
        return exit_outcome(run_program(attempt), attempt, program)


EXECUTOR_CLASS = ShellExecutor
