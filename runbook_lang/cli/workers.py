"""Spreads independent work over processes: forks, since what is loaded already needn't be loaded again."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def spread(work: Callable[[int], dict[str, Any]], count: int, workers: int) -> list[dict[str, Any]]:
    """`work(0)` to `work(count - 1)` in that order; results are plain data. What a worker that died leaves is done here."""
    pipes = [_start(work, range(number, count, workers)) for number in range(workers)]
    found: dict[int, dict[str, Any]] = {}
    for pid, reader in pipes:
        with open(reader, "rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    at, result = json.loads(line)
                    found[at] = result
        os.waitpid(pid, 0)
    return [found[at] if at in found else work(at) for at in range(count)]


def _start(work: Callable[[int], dict[str, Any]], share: range) -> tuple[int, int]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        os.close(reader)
        with open(writer, "w", encoding="ascii") as stream:
            for at in share:
                stream.write(json.dumps([at, work(at)]) + "\n")
        status = 0
    finally:
        # Nothing of the parent's (buffers, exit handlers) may happen twice.
        os._exit(status)
    raise AssertionError("not reached")
