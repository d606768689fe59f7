"""Start programs, and tell what they cost: CPU and wall time in seconds, peak memory in bytes.

The numbers are the kernel's own account of the program and of all its children (wait4). Keep this
module's imports few: a child's peak memory can't read as less than that of the process it came from.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Cost(NamedTuple):
    cpu: float
    wall: float
    memory: float


NOT_PASSED_ON = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONDEVMODE")
"""Settings of a workshop that make Python slower than it is for users: modules would be compiled at every start."""


class Failed(Exception):
    """A program that was to be measured didn't end as it should."""


def cost(argv: Sequence[str], cwd: str, exits: tuple[int, ...] = (0,)) -> Cost:
    """Run a program with its output kept only for the message of a failure. Raises Failed for an exit code that wasn't expected."""
    log = os.path.join(cwd, ".output")
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    began = time.perf_counter()
    here = os.getcwd()
    environment = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    os.chdir(cwd)
    try:
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            {**environment, "NO_COLOR": "1"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, out, 2),
            ],
        )
    finally:
        os.chdir(here)
        os.close(out)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in exits:
        with open(log, encoding="utf-8", errors="replace") as said:
            raise Failed(f"{' '.join(argv)[:200]}: exit {code}\n{said.read()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


def side_by_side(programs: Mapping[str, Sequence[str]], cwd: str, rounds: int, exits: tuple[int, ...] = (0,)) -> dict[str, Cost]:
    """Medians over several rounds. Each round runs every program once, so that a noisy moment falls on all of them."""
    seen: dict[str, list[Cost]] = {name: [] for name in programs}
    for argv in programs.values():
        cost(argv, cwd, exits)  # once to warm the caches, not counted
    for _ in range(rounds):
        for name, argv in programs.items():
            seen[name].append(cost(argv, cwd, exits))
    return {name: Cost(*(statistics.median(column) for column in zip(*costs, strict=True))) for name, costs in seen.items()}
