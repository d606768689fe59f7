"""The child processes of the lab: started so that they end with it, whatever ends it."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
BARE_PYTHON = (sys.executable, "-I", "-S")


class LabError(Exception):
    """Something of the lab could not be started or changed; the text is for the user."""


class User(NamedTuple):
    uid: int
    gid: int


NOBODY_ELSE = User(-1, -1)
"""Stands for the user that runs the lab."""


def server_user() -> User:
    """Whom to run servers as that refuse root: `postgres`, else `nobody`; outside root the user of the lab."""
    if os.getuid() != 0:
        return NOBODY_ELSE
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid)
    return User(65534, 65534)


def user_name() -> str:
    """The name of the user that runs the lab; '' where the machine has none for the number, as in some containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def give(path: str, user: User) -> None:
    if user.uid >= 0:
        os.chown(path, user.uid, user.gid)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Children:
    """Starts every child from one thread that lives as long as the lab.

    The kernel's parent-death signal goes out when the *thread* that forked ends, so a short-lived thread must not
    start a server.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="children")

    def start(
        self,
        argv: Sequence[str],
        *,
        user: User = NOBODY_ELSE,
        on_death: signal.Signals = signal.SIGKILL,
        env: Mapping[str, str] | None = None,
        stdin: int | None = subprocess.DEVNULL,
        stdout: int | IO[str] | None = None,
        stderr: int | IO[str] | None = None,
        own_session: bool = True,
        cwd: str | None = None,
    ) -> subprocess.Popen[str]:
        launcher = os.path.join(HERE, "launch.py")
        words = [*BARE_PYTHON, launcher, str(int(on_death)), str(user.uid), str(user.gid), str(os.getpid()), *argv]
        environment = {**(os.environ if env is None else env), "LAB_FOLDER": self.folder}
        return self._thread.submit(
            subprocess.Popen,
            words,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=own_session,
            cwd=cwd,
        ).result()

    def close(self) -> None:
        self._thread.shutdown()


class Server:
    """A server program with a log file: start, wait until it serves, stop, start again on the same port."""

    def __init__(self, children: Children, name: str, user: User, on_death: signal.Signals = signal.SIGKILL) -> None:
        self.children, self.name, self.user, self.on_death = children, name, user, on_death
        self.log = os.path.join(children.folder, f"{name}.log")
        self.process: subprocess.Popen[str] | None = None

    def start(self, argv: Sequence[str], ready: Callable[[], bool], limit: float = 20.0) -> None:
        """Raises LabError with the end of the log when the program ends or does not serve within `limit` seconds."""
        with open(self.log, "a") as log:
            self.process = self.children.start(argv, user=self.user, on_death=self.on_death, stdout=log, stderr=log)
        deadline = time.monotonic() + limit
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop(signal.SIGKILL)
                raise LabError(f"{self.name} did not start:\n{self.tail()}")
            time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGTERM, limit: float = 5.0) -> None:
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)  # a frozen one would not notice
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def tail(self) -> str:
        with open(self.log, errors="replace") as log:
            return "".join(log.readlines()[-15:])


def start_on_free_port(start: Callable[[int], None], attempts: int = 4) -> int:
    """Another program may take a free port before the server does; then try the next one."""
    while True:
        port = free_port()
        attempts -= 1
        try:
            start(port)
        except LabError:
            if not attempts:
                raise
        else:
            return port
