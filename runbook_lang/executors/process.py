"""Running one program to its end: output, limit, cancel, and whatever it leaves behind.

`run_command` is what all executors that drive a program stand on. Memory is bounded whatever the program prints: the
first part is kept, of standard error the last part too, and all of it goes to `attempt.output` as it comes.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any

from ..base.duration import human_duration
from ..base.record import Record, constructor
from ..runtime.ports import VALUE_LIMIT
from .family import Family
from .secret_files import remove_files, write_files
from .spawn import SpawnError, spawn_piped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..runtime.ports import Attempt

RUN_MARK = "RUNBOOK_RUN"
ACT_MARK = "RUNBOOK_ACT"
KEEP_STDOUT = VALUE_LIMIT + 1  # one more than fits, so that 'too big' can be told from 'just fits'
KEEP_STDERR = 64 * 1024
CHUNK = 64 * 1024  # what a pipe holds

DRAIN_S = 0.25  # how long output is awaited after the end, when something else holds the pipe open
FAR_DRAIN_S = 1.0  # how long the next piece of it, when it has to come from another host
LOOK_MS = 50  # how often an end is looked for that no descriptor tells
KILL_WAIT_S = 5.0  # how long the end is awaited after SIGKILL (a process may hang in the kernel)


class Command(Record):
    """What is started. All texts are revealed already; argv holds no secrets.

    `env` is the whole environment of a local process. `own` is the part of it that belongs to the step: all that a remote
    host gets. `files`: name of a variable → contents of a 0600 file; the variable gets its path. `stop`: names of the
    signals that ask it to end, `grace_us` apart, SIGKILL after the last. `host`: user@host to run it on by ssh, '' for here.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    limit_us: int
    stdin: bytes | None = None
    stop: tuple[str, ...] = ("TERM",)
    host: str = ""
    files: tuple[tuple[str, bytes], ...] = ()
    own: Mapping[str, str] = {}
    grace_us: int = 5_000_000


class Finished(Record):
    """How a program ended.

    how: exit (by itself) | killed (by a signal that wasn't ours) | timeout | cancelled | not_found | spawn (couldn't be
    started) | connection (to the remote host). `kind` is the error kind for each but `exit`. `started` False: nothing
    ran. `exit` is 128 + n after signal n, -1 when it isn't known. `stdout` and `stderr` are the first KEEP_* bytes;
    `stdout_size` counts all; `stderr_end` is the last KEEP_STDERR bytes, b"" where `stderr` is all. `cut`: another process held
    the output open, so reading was ended shortly after the program.
    """

    how: str
    exit: int = -1
    signal: int = 0
    stdout: bytes = b""
    stderr: bytes = b""
    stdout_size: int = 0
    cut: bool = False
    message: str = ""
    elapsed_us: int = 0
    kind: str = ""
    started: bool = True
    stderr_end: bytes = b""

    @property
    def last_stderr(self) -> bytes:
        """The end of standard error, where a program says why it ends."""
        return self.stderr_end or self.stderr


_finished = constructor(Finished)


class Quiet:
    """An attempt whose program prints for the executor alone: nothing is shown, nothing becomes evidence."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self.output = self

    def write(self, stream: str, data: bytes) -> None:
        """Nothing is shown."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attempt, name)


def run_command(command: Command, attempt: Attempt) -> Finished:
    """Run it and wait for its end. Never raises for what the world does.

    At the limit it is asked to end by the signals of `stop`, then killed, with all that it started. Cancel level 1 sends the
    `stop` signals and goes on waiting (until level 2, or the limit); level 2 kills. What a program
    that ended by itself leaves running (a daemon) is left alone.
    """
    if command.host:
        from .remote import run_remote

        return run_remote(command, attempt)
    began = time.monotonic()
    if attempt.cancel.level:
        return Finished("cancelled", kind="killed", message="it was cancelled before it started", started=False)
    paths: dict[str, str] = {}
    try:
        paths = write_files(command.files) if command.files else {}
        env = command.env
        if paths or RUN_MARK not in env or ACT_MARK not in env:
            env = {RUN_MARK: attempt.run, ACT_MARK: attempt.id, **env, **paths}
        started = start(command.argv, env, command.cwd, attempt, stdin=command.stdin is not None)
        family = Family(started[0].pid, {RUN_MARK: env[RUN_MARK], ACT_MARK: env[ACT_MARK]})
        return Child(started, command, attempt, family, began).finish()
    except SpawnError as error:
        how = "not_found" if error.kind == "not_found" else "spawn"
        return Finished(how, kind=error.kind, message=error.args[0], started=False)
    finally:
        if paths:
            remove_files(paths.values())


def start(argv: tuple[str, ...], env: Mapping[str, str], cwd: str, attempt: Attempt, *, stdin: bool) -> tuple[Any, int, int]:
    """`spawn_piped`, once all is there that the conversation needs: a program that runs isn't to be given up for the want of a descriptor.

    Raises SpawnError.
    """
    try:
        attempt.cancel.fileno()
    except OSError as error:
        raise SpawnError("refused", f"{argv[0]} can't be started: {error.strerror}") from error
    return spawn_piped(argv, env, cwd, stdin=stdin)


class Stream:
    """One output of the child: its first bytes, and how many there were; with `ends` its last ones too."""

    __slots__ = ("ends", "fd", "keep", "kept", "name", "size", "tail")

    def __init__(self, name: str, fd: int, keep: int, *, ends: bool = False) -> None:
        self.name = name
        self.fd = fd
        self.keep = keep
        self.kept = bytearray()
        self.tail = bytearray()  # the last of what wasn't kept
        self.ends = ends
        self.size = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        room = self.keep - len(self.kept)
        if room > 0:
            self.kept += data[:room]
        if self.ends and len(data) > room:
            self.tail += data[room:]
            if len(self.tail) > 2 * self.keep:
                del self.tail[: -self.keep]

    def end(self) -> bytes:
        """The last bytes, as many as are kept of the first; b"" where those are all."""
        return bytes((self.kept + self.tail)[-self.keep :]) if self.tail else b""


class Child:
    """A running child and the conversation with it, until it has ended.

    `started` is what `spawn_piped` gave; its two descriptors are closed at the end. `family` sends signals: `send(number)`,
    `kill() -> bool`; for a remote program they travel by ssh, and `over() -> bool` tells that it has ended, though the ssh hasn't.
    """

    def __init__(self, started: tuple[Any, int, int], command: Command, attempt: Attempt, family: Any, began: float) -> None:
        proc, stdout, stderr = started
        self._kept = proc  # plumbum's object closes the child's input when it goes
        self.proc = proc.__enter__()  # the process itself
        self.command = command
        self.attempt = attempt
        self.family = family
        self.began = began
        self.how = "exit"
        self.exited = False
        self.cut = False
        self.over = False
        self.signals: list[str] = []  # still to be sent
        self.sent: list[str] = []
        self.limit_at = began + command.limit_us / 1e6
        self.signal_at = math.inf
        self.hang_up_at = math.inf  # when to end a connection whose program has ended
        self.over_at = math.inf  # when to stop waiting for output, or for an end that doesn't come
        self.poll = select.poll()
        self.ready: dict[int, Callable[[int, int], None]] = {}
        self.stdout = Stream("stdout", stdout, KEEP_STDOUT)
        self.stderr = Stream("stderr", stderr, KEEP_STDERR, ends=True)
        self.open = 2
        self.input = memoryview(command.stdin or b"")
        self.pidfd = -1

    def finish(self) -> Finished:
        """Talk with it until it's over; whatever happens, nothing of it is left open."""
        try:
            self.attempt.spawned(self.proc.pid)
            with contextlib.suppress(OSError):  # no descriptor is left, or the system has no such call: then it is looked for
                self.pidfd = os.pidfd_open(self.proc.pid)
            self._register()
            self._talk()
        except BaseException:
            self.family.kill()
            raise
        finally:
            if self.how != "exit":
                self.family.kill()
            self._close()
        return self._finished()

    def _register(self) -> None:
        stdout, stderr, cancel = self.stdout.fd, self.stderr.fd, self.attempt.cancel.fileno()
        read = self._read
        self.ready = {stdout: read, stderr: read, cancel: self._cancel}
        if self.pidfd >= 0:
            self.ready[self.pidfd] = self._ended
        register = self.poll.register
        for fd in self.ready:
            register(fd, select.POLLIN)
        if self.proc.stdin is not None:
            fd = self.proc.stdin.fileno()
            os.set_blocking(fd, False)
            self.ready[fd] = self._write
            register(fd, select.POLLOUT)

    def _ignore(self, fd: int) -> None:
        self.poll.unregister(fd)
        del self.ready[fd]

    def _talk(self) -> None:
        ready = self.ready
        while not (self.exited and self.open == 0):
            now = time.monotonic()
            until = min(self.limit_at, self.signal_at, self.hang_up_at, self.over_at)
            if now >= until:
                if now >= self.over_at:
                    self.cut = self.cut or self.exited
                    return
                self._look_at_clock(now)
                until = min(self.limit_at, self.signal_at, self.hang_up_at, self.over_at)
            # Milliseconds, rounded up: a wait that ends too early would only be begun again.
            patience = None if until == math.inf else max(0, math.ceil((until - now) * 1000))
            if self.pidfd < 0 and not self.exited:
                patience = self._look_for_end(patience)
            for fd, what in self.poll.poll(patience):
                act = ready.get(fd)
                if act is not None:  # one that ran before it may have taken it off
                    act(fd, what)

    def _look_at_clock(self, now: float) -> None:
        if self.over and now >= min(self.hang_up_at, self.limit_at):
            self._hang_up(now)
        if now >= self.limit_at:
            self.limit_at = math.inf
            polite = self.how == "exit"
            self._stop("timeout", [*(self.command.stop if polite else ()), "KILL"], now)
        if now >= self.signal_at:
            self._signal(now)

    def _hang_up(self, now: float) -> None:
        """The program has ended and told its exit code; what it left running over there holds the connection open."""
        self.hang_up_at = self.limit_at = self.signal_at = math.inf
        self.cut = True
        self.over_at = now + KILL_WAIT_S
        self.proc.terminate()

    def _stop(self, how: str, signals: list[str], now: float) -> None:
        """Begin to end it; the first reason is the one that is told."""
        if self.how == "exit":
            self.how = how
        self.signals = signals
        self.signal_at = now

    def _signal(self, now: float) -> None:
        name = self.signals.pop(0)
        self.sent.append(name)
        if name == "KILL":
            self.over_at = now + KILL_WAIT_S
            self.family.kill()
        else:
            self.family.send(getattr(signal, f"SIG{name}"))
        self.signal_at = now + self.command.grace_us / 1e6 if self.signals else math.inf

    def _cancel(self, fd: int, _: int) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(fd, 16)  # before the level is looked at: the next rise makes it readable again
        level = self.attempt.cancel.level
        if level >= 2:
            self._ignore(fd)
        if self.exited or self.over or not level:
            return
        if level >= 2:
            self._stop("cancelled", ["KILL"], time.monotonic())
        elif self.how == "exit":
            self._stop("cancelled", list(self.command.stop), time.monotonic())

    def _read(self, fd: int, what: int) -> None:
        # Hung up and nothing to read: whoever could write has gone. To ask for that by a read costs as much as a read.
        data = os.read(fd, CHUNK) if what & select.POLLIN else b""
        if not data:
            self._ignore(fd)
            self.open -= 1
            return
        stream = self.stdout if fd == self.stdout.fd else self.stderr
        stream.add(data)
        self.attempt.output.write(stream.name, data)
        if not self.exited and self.family.over():
            self.over = True
            self.hang_up_at = time.monotonic() + FAR_DRAIN_S

    def _write(self, fd: int, _: int) -> None:
        try:
            self.input = self.input[os.write(fd, self.input[:CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.input = self.input[:0]  # it wants no more; what it thinks of that is told by its exit
        if not self.input:
            self._ignore(fd)
            self.proc.stdin.close()

    def _look_for_end(self, patience: int | None) -> int:
        """Where no descriptor tells that it has ended; how long the poll may last until the next look."""
        if os.waitid(os.P_PID, self.proc.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            self._has_ended()
            return 0
        return LOOK_MS if patience is None else min(patience, LOOK_MS)

    def _ended(self, fd: int, _: int) -> None:
        self._ignore(fd)
        self._has_ended()

    def _has_ended(self) -> None:
        self.exited = True
        self.limit_at = self.signal_at = self.hang_up_at = math.inf
        self.over_at = time.monotonic() + DRAIN_S

    def _close(self) -> None:
        if self.pidfd >= 0:
            os.close(self.pidfd)
        os.close(self.stdout.fd)
        os.close(self.stderr.fd)
        if self.proc.stdin is not None:
            self.proc.stdin.close()
        if self.exited:
            self.proc.wait()

    def _finished(self) -> Finished:
        code = self.proc.returncode if self.exited else None
        number = -code if code is not None and code < 0 else 0
        how = "killed" if self.how == "exit" and number else self.how
        return _finished(
            Finished,
            how,
            -1 if code is None else 128 + number if number else code,
            number,
            bytes(self.stdout.kept),
            bytes(self.stderr.kept),
            self.stdout.size,
            self.cut,
            self._message(how, number) if how != "exit" else "",
            int((time.monotonic() - self.began) * 1e6),
            "" if how == "exit" else "timeout" if how == "timeout" else "killed",
            True,
            self.stderr.end(),
        )

    def _message(self, how: str, number: int) -> str:
        if how == "killed":
            return f"it was ended by {signal_name(number)}, sent by something else"
        asked = " and ".join(f"SIG{name}" for name in self.sent)
        if not self.exited:
            end = f"it can't be ended, not even by {asked}"
        elif number or self.proc.returncode - 128 in [getattr(signal, f"SIG{name}") for name in self.sent]:
            end = f"ended by {asked}"
        else:
            end = f"asked by {asked}, it ended with exit {self.proc.returncode}"
        if how == "timeout":
            return f"it hadn't ended after {human_duration(self.command.limit_us)}; {end}"
        return f"cancelled; {end}"


def signal_name(number: int) -> str:
    """`SIGTERM` for 15; `signal 77` for a number without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
