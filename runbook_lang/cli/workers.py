"""Spreads independent work over processes: forks, since what is loaded already needn't be loaded again."""

from __future__ import annotations

import json
import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def spread(
    work: Callable[[int], dict[str, Any]], count: int, workers: int, tick: Callable[[int], None] = lambda done: None
) -> list[dict[str, Any]]:
    """`work(0)` to `work(count - 1)` in that order; results are plain data. What a worker that died leaves is done here.

    `tick` hears how many are done.
    """
    pids, buffers = {}, {}
    for number in range(workers):
        pid, reader = _start(work, range(number, count, workers))
        pids[reader], buffers[reader] = pid, b""
    found: dict[int, dict[str, Any]] = {}
    while buffers:
        for reader in select.select(list(buffers), [], [])[0]:
            data = os.read(reader, 65536)
            *lines, buffers[reader] = (buffers[reader] + data).split(b"\n")
            found.update(map(json.loads, lines))
            if not data:
                del buffers[reader]
                os.close(reader)
                os.waitpid(pids[reader], 0)
        tick(len(found))
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
