"""Starting a program without the ceremony of `subprocess`, where it is to run in the folder in which this process stands.

`subprocess` runs some fifty functions of Python for a start, most of them for wishes that weren't uttered; right after another
child has emptied the processor's caches that is a tenth of the time of a short step. `posix_spawn` is one call. It can't change
the folder, so a program that is to run elsewhere is started the usual way.
"""

from __future__ import annotations

import os
import resource
import signal
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_DUP2 = os.POSIX_SPAWN_DUP2
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)
"""Python ignores them; a program is used to what the system does."""


class DirectProcess:
    """A child as `subprocess.Popen` shows one, as far as a reader of its outputs needs it. It has no input."""

    __slots__ = ("pid", "returncode")
    stdin = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def __enter__(self) -> DirectProcess:
        return self

    def wait(self) -> int:
        """Wait for the end: its exit code, or -n after signal n."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode


def start_directly(
    path: str, argv: tuple[str, ...], env: Mapping[str, str], cwd: str, stdin: int, outputs: tuple[int, int]
) -> DirectProcess | None:
    """Start a program at the head of a session of its own; None where it has to be started the usual way.

    Raises OSError, ValueError and UnicodeEncodeError as `subprocess` does.
    """
    out, err = outputs
    try:
        if cwd != os.getcwd():
            return None
    except OSError:
        return None  # where this process stands is gone, or can't be reached any more
    if stdin <= 2 or out <= 2 or err <= 2:  # a standard stream of ours that was closed: they would overwrite each other
        return None
    actions = [(_DUP2, stdin, 0), (_DUP2, out, 1), (_DUP2, err, 2), *_closing()]
    return DirectProcess(os.posix_spawn(path, argv, env, file_actions=actions, setsid=True, setsigdef=_RESTORED))


@cache
def _closing() -> tuple[tuple[int, int], ...]:
    """What keeps from a child whatever this process was started with beside its standard streams (a lock, the pipe of a build).

    What Python opens closes by itself. To close what isn't open any more is no error of `posix_spawn`; a number that the limit of open
    files doesn't allow (it was lowered after it had been opened) is one: such a descriptor is told to close by itself.
    """
    found = []
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        try:
            if descriptor <= 2 or not os.get_inheritable(descriptor):
                continue
            if descriptor >= limit != resource.RLIM_INFINITY:
                os.set_inheritable(descriptor, False)
            else:
                found.append((os.POSIX_SPAWN_CLOSE, descriptor))
        except OSError:
            continue  # the descriptor of the listing itself
    return tuple(found)
