"""A program that goes on on another host though nothing here talks to it any more: it is looked for, awaited and ended there.

The connection broke, or the run died with its ssh. What looks like a change without an effect may be one that takes place in a moment.
"""

from __future__ import annotations

import contextlib
import math
import secrets
import time
from typing import TYPE_CHECKING

from .process import ACT_MARK, RUN_MARK
from .quoting import quote
from .remote import ANSWER_S, CONFIG_VARIABLE, HOP_MARK, local_env, target_of, told
from .spawn import SpawnError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..runtime.ports import Attempt
    from .process import Command, Finished

_LOOK_S = 1.0  # between two looks; each is a connection
_GRACE_S = 10.0
_KILLS = 3


def await_lost(done: Finished, command: Command, attempt: Attempt, began: float) -> Finished:
    """The connection is gone, and the program may not be: it is awaited as if it were there, so that nothing is started beside it."""
    limit_at = began + command.limit_us / 1e6

    def level() -> int:
        return 3 if attempt.cancel.level >= 2 else 2 if attempt.cancel.level or time.monotonic() >= limit_at else 0

    if not see_out(command.host, attempt.run, attempt.id, command.env, level, patient=lambda: level() == 0):
        return done
    message = f"the connection to {command.host} was lost while it ran; by now it has ended there"
    return done.replace(message=message, elapsed_us=int((time.monotonic() - began) * 1e6))


def see_out(
    host: str,
    run: str,
    act: str,
    env: Mapping[str, str],
    level: Callable[[], int],
    say: Callable[[tuple[int, ...]], None] = lambda pids: None,
    patient: Callable[[], bool] = lambda: False,
) -> bool:
    """Wait until nothing of an attempt runs on a host. False where the host can't be asked (while `patient`, it is asked again), or where
    something outlives a SIGKILL. `level`: 2 asks it to end, and kills some time later; 3 kills. `say` is told what runs, once."""
    local = local_env(env)
    kill_at, kills, told = math.inf, 0, False
    while True:
        pids = _living(host, run, act, local)
        if pids == () or kills >= _KILLS or (pids is None and not patient()):
            return pids == ()
        if pids and not told:
            say(pids)
            told = True
        wanted = level() if pids else 0
        if wanted >= 3 or (wanted == 2 and time.monotonic() >= kill_at):
            kills += 1
            _tell(host, pids, "KILL", local)
        elif wanted == 2 and kill_at == math.inf:
            kill_at = time.monotonic() + _GRACE_S
            _tell(host, pids, "TERM", local)
        time.sleep(_LOOK_S)


def _living(host: str, run: str, act: str, local: Mapping[str, str]) -> tuple[int, ...] | None:
    """The processes of an attempt over there; None where that isn't known: no connection, no /proc, or a grep that doesn't know -z.

    The mark of the far side keeps out the near ssh of an attempt that went to this very machine.
    """
    token = secrets.token_hex(16)
    script = (
        "printf 'a\\0b\\0' | grep -qzxF b && [ -r /proc/self/environ ] || exit 1\n"
        f"for f in $(grep -lzxF -e {quote(f'{ACT_MARK}={act}')} /proc/[0-9]*/environ 2>/dev/null); do\n"
        f"if grep -qzxF -e {RUN_MARK}={run} $f 2>/dev/null && grep -qz '^{HOP_MARK}=' $f 2>/dev/null; then\n"
        f'p=${{f#/proc/}}; echo "${{p%/environ}}"; fi; done\necho {token}\n'
    )
    try:
        words = told(target_of(host, int(ANSWER_S) - 2, local.get(CONFIG_VARIABLE, "")), local, script).split()
    except (SpawnError, ValueError):
        return None
    return tuple(int(word) for word in words[:-1] if word.isdigit()) if words[-1:] == [token.encode()] else None


def _tell(host: str, pids: tuple[int, ...] | None, name: str, local: Mapping[str, str]) -> None:
    script = f"kill -{name} {' '.join(map(str, pids or ()))} 2>/dev/null\n"
    with contextlib.suppress(SpawnError):  # whether it has been heard is seen by the next look
        told(target_of(host, int(ANSWER_S) - 2, local.get(CONFIG_VARIABLE, "")), local, script)
