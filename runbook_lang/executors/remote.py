"""Running a program on another host by the system's ssh.

Nothing of the step is in the remote command line: that is always the same short bootstrap, which reads a script
from its standard input. The script sets variables, makes the private files, changes the folder and starts the program with the rest
of the input. So environment and files may hold secrets, and no login shell reads a word of the step.

The script tells about itself on standard error in frames marked with a random token, which are taken out of the stream: the process
id at the start, and the exit code at the end. ssh's own exit code 255 can then be told from the program's, and a
connection lost on the way from one that never was.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from .process import ACT_MARK, RUN_MARK, Child, Command, Finished, start
from .quoting import quote, quote_all
from .spawn import SpawnError, spawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..runtime.ports import Attempt, Output

CONFIG_VARIABLE = "RUNBOOK_SSH_CONFIG"
"""Names a configuration file for ssh, used in place of the user's own."""

HOP_MARK = "RUNBOOK_HOP"
"""Marks what runs on the far side only: on the same machine the near ssh carries the other marks too."""

# Read by a login shell of any kind. POSIX sh reads a line byte by byte from a pipe, so the rest of the input is left alone.
_BOOTSTRAP = "exec sh -c 'IFS= read -r s && eval \"$s\"'"
_HOST = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.$-]*)@)?(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])(?::(?P<port>\d{1,5}))?"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONNECT_S = 30
ANSWER_S = 10.0
_PASSED_ON = ("HOME", "USER", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR")

# What ssh(1) says, always in English, when it never got as far as a session. The first match counts.
_REASONS = (
    ("dns", re.compile("Could not resolve hostname|Name or service not known")),
    (
        "auth",
        re.compile(
            "Permission denied|Host key verification failed|Too many authentication|HOST IDENTIFICATION HAS CHANGED|no matching host key"
        ),
    ),
    ("timeout", re.compile(r"connect to host .* timed out|banner exchange|Connection to \S+ port \d+ timed out")),
    (
        "refused",
        re.compile("connect to host|kex_exchange_identification|Bad configuration|Bad owner or permissions|Can't open user config"),
    ),
)


class Frames:
    """An `Output` that takes the frames `<token:word value>` out of standard error, across chunk borders."""

    def __init__(self, token: str, output: Output) -> None:
        self.start = f"<{token}:".encode()
        self.output = output
        self.found: dict[str, int] = {}
        self._held = b""

    def write(self, stream: str, data: bytes) -> None:
        if stream == "stderr":
            data = self.filter(data)
        if data:
            self.output.write(stream, data)

    def filter(self, data: bytes) -> bytes:
        """What of the stream belongs to the program. The beginning of a possible frame is held back."""
        rest = self._held + data
        out = bytearray()
        while True:
            at = rest.find(self.start)
            end = rest.find(b">", at) if at >= 0 else -1
            if end < 0:
                break
            word, _, value = rest[at + len(self.start) : end].partition(b" ")
            self.found[word.decode()] = int(value or b"0")
            out += rest[:at]
            rest = rest[end + 1 :]
        keep = at if at >= 0 else _tail(rest, self.start)
        self._held = rest[keep:]
        return bytes(out + rest[:keep])

    def rest(self) -> bytes:
        """What was held back at the end and is no frame."""
        return b"" if self._held.startswith(self.start) else self._held


def _tail(data: bytes, start: bytes) -> int:
    """Where the longest end of `data` begins that is a beginning of `start`."""
    for length in range(min(len(start) - 1, len(data)), 0, -1):
        if data.endswith(start[:length]):
            return len(data) - length
    return len(data)


class _Framed:
    """The attempt with its output filtered; everything else is the attempt's own."""

    def __init__(self, attempt: Attempt, frames: Frames) -> None:
        self._attempt = attempt
        self.output = frames

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attempt, name)


class Target(Record):
    """A host as ssh gets it: options before `--`, and the name after it."""

    options: tuple[str, ...]
    name: str


def target_of(host: str, connect_s: int, config: str) -> Target:
    """Reads `user@host`, `host:port`, `[2001:db8::1]:22`. Raises SpawnError for what ssh might read as an option."""
    match = _HOST.fullmatch(host)
    if match is None:
        raise SpawnError("refused", f"{host!r} isn't a host: write user@host, host or user@host:port")
    settings = {
        "BatchMode": "yes",
        "ConnectTimeout": str(connect_s),
        "ServerAliveInterval": "15",
        "ServerAliveCountMax": "3",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
        "RemoteCommand": "none",
        "RequestTTY": "no",
    }
    options = ["-T", "-a", "-x"]
    options += ["-F", config] if config else []
    options += [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    options += ["-p", match["port"]] if match["port"] else []
    options += ["-l", match["user"]] if match["user"] else []
    return Target(tuple(options), match["name"].strip("[]"))


def run_remote(command: Command, attempt: Attempt) -> Finished:
    """`process.run_command` for a command with a host. Never raises for what the world does."""
    began = time.monotonic()
    if attempt.cancel.level:
        return Finished("cancelled", kind="killed", message="it was cancelled before it started", started=False)
    token = secrets.token_hex(16)
    frames = Frames(token, attempt.output)
    local = local_env(command.env)
    marks = {RUN_MARK: attempt.run, ACT_MARK: attempt.id}
    hop = {HOP_MARK: secrets.token_hex(8)}
    try:
        connect_s = max(1, min(_CONNECT_S, command.limit_us // 1_000_000 - 2))  # ssh's own time-out is the clearer one
        target = target_of(command.host, connect_s, local.get(CONFIG_VARIABLE, ""))
        head = _first_line(token) + script_of(command, {**marks, **hop}, token)
        argv = ("ssh", *target.options, "--", target.name, _BOOTSTRAP)
        started = start(argv, {**local, **marks}, "/", attempt, stdin=True)
    except SpawnError as error:
        how = "not_found" if error.kind == "not_found" else "spawn"
        return Finished(how, kind=error.kind, message=error.args[0], started=False)
    family = RemoteFamily(started[0], target, local, frames, hop)
    full = command.replace(stdin=head.encode("utf-8", "surrogateescape") + (command.stdin or b""))
    done = Child(started, full, _Framed(attempt, frames), family, began).finish()
    if frames.rest():
        attempt.output.write("stderr", frames.rest())

    def without_frames(stderr: bytes) -> bytes:
        again = Frames(token, attempt.output)
        return again.filter(stderr) + again.rest()

    done = done.replace(stderr=without_frames(done.stderr), stderr_end=without_frames(done.stderr_end))
    judged = _judged(done, frames.found, command)
    lost = judged.how == "connection" and "pid" in frames.found and attempt.effect != "read"
    if not lost:
        return judged
    from .far import await_lost

    return await_lost(judged, command, attempt, began)


def local_env(env: Mapping[str, str]) -> dict[str, str]:
    """What the local ssh needs: the agent and the home of the person who runs the tool, beside the attempt's own."""
    names = (*_PASSED_ON, CONFIG_VARIABLE)
    return {name: value for name in names if (value := env.get(name) or os.environ.get(name))}


def _first_line(token: str) -> str:
    """Reads the real script, which has more than one line, up to the line with the token."""
    return (
        "nl=$(printf '\\nx'); nl=${nl%x}; s=; "
        f'while IFS= read -r l; do if [ "$l" = {token} ]; then break; fi; s=$s$l$nl; done; eval "$s"\n'
    )


def script_of(command: Command, marks: Mapping[str, str], token: str) -> str:
    """The remote script, closed by a line with the token. Raises SpawnError for a bad name or a NUL character.

    The program runs in a subshell by `exec`, so that no builtin of the shell takes its place; the shell itself waits
    and reports, and is deaf to the signals that its group gets.
    """
    variables = {**command.own, **marks}
    for name in (*variables, *(name for name, _ in command.files)):
        if not _NAME.fullmatch(name):
            raise SpawnError("refused", f"{name!r} can't be the name of a variable on a remote host")
    try:
        lines = [
            f'say() {{ printf \'<{token}:%s %s>\' "$1" "$2" >&2; }}',
            "umask 077",
            "trap : HUP INT TERM",
            'say pid "$$"',
            *(f"export {name}={quote(value)}" for name, value in variables.items()),
            *_file_lines(command, token),
            *([f"cd -- {quote(command.cwd)} 2>/dev/null || {{ say nocwd; clean; exit 1; }}"] if command.cwd else []),
            f"command -v -- {quote(command.argv[0])} >/dev/null 2>&1 || {{ say noprogram; clean; exit 1; }}",
            f"(exec {quote_all(command.argv)})",
            "r=$?; clean; say exit $r; exit $r",
        ]
    except ValueError as error:
        raise SpawnError("refused", f"{command.argv[0]} can't be started: {error}") from error
    return "\n".join(lines) + f"\n{token}\n"


def _file_lines(command: Command, token: str) -> list[str]:
    lines = [f"f=${{TMPDIR:-/tmp}}/.runbook-{token}", 'clean() { rm -f "$f".*; }']
    for at, (name, data) in enumerate(command.files):
        text = quote(data.decode("utf-8", "surrogateescape"))
        lines += [f'(set -C; printf %s {text} > "$f".{at}) || {{ say nofile; clean; exit 1; }}', f'export {name}="$f".{at}']
    return lines


class RemoteFamily:
    """Signals for the remote program, each by a connection of its own; the local ssh is ended last.

    On the other side the group of the shell gets the signal, and what carries the mark but has left the group, as
    far as /proc and a grep that knows -z are there.
    """

    def __init__(self, proc: Any, target: Target, env: Mapping[str, str], frames: Frames, hop: Mapping[str, str]) -> None:
        self._proc = proc
        self._target = target
        self._env = env
        self._frames = frames
        self._hop = hop

        self._sent: set[int] = set()

    def over(self) -> bool:
        """Whether the program told its exit code and wasn't being ended: then nothing more is to be awaited of it."""
        return "exit" in self._frames.found and not self._sent

    def send(self, number: int) -> None:
        if "pid" in self._frames.found and "exit" not in self._frames.found:
            self._signal(number)
        else:
            self._proc.terminate()  # nothing runs there: still connecting, or over

    def kill(self) -> bool:
        """Once; also when the program has ended politely, for what has left its group."""
        if "pid" in self._frames.found and 9 not in self._sent:
            self._signal(9)
        if self._proc.poll() is None:
            self._proc.kill()
        return True

    def _signal(self, number: int) -> None:
        self._sent.add(number)
        marks = " ".join(f"-e {name}={value}" for name, value in self._hop.items())
        group = f"kill -{number} -{self._frames.found['pid']} 2>/dev/null\n" if "exit" not in self._frames.found else ""
        script = (
            f"p=$(grep -lzxF {marks} /proc/[0-9]*/environ 2>/dev/null)\n"
            + group
            + f'for f in $p; do q=${{f#/proc/}}; kill -{number} "${{q%/environ}}" 2>/dev/null; done\n'
            + (f'rm -f "${{TMPDIR:-/tmp}}/.runbook-{self._token()}".*\n' if number == 9 else "")
            + ":\n"
        )
        with contextlib.suppress(SpawnError):  # what can't be told to end is told as such: the outcome stays unknown
            told(self._target, self._env, script)

    def _token(self) -> str:
        return self._frames.start[1:-1].decode()


def told(target: Target, env: Mapping[str, str], script: str) -> bytes:
    """What a script says over there, by a connection of its own; nothing where it can't be run. Raises SpawnError."""
    import subprocess

    helper = spawn(("ssh", *target.options, "--", target.name, "exec sh -s"), env, "/", stdin=True)
    try:
        said: bytes = helper.communicate(script.encode("utf-8", "surrogateescape"), timeout=ANSWER_S)[0]
    except subprocess.TimeoutExpired:
        helper.kill()
        helper.communicate()
        return b""
    return said


def _judged(done: Finished, found: Mapping[str, int], command: Command) -> Finished:
    """What ssh's end says about the program's."""
    host = command.host
    if found.keys() & {"noprogram", "nocwd", "nofile"}:
        done = done.replace(exit=-1)  # the script's own
    if "noprogram" in found:
        return done.replace(
            how="not_found", kind="not_found", started=False, message=f"the program {command.argv[0]!r} isn't installed on {host}"
        )
    if "nocwd" in found:
        return done.replace(how="spawn", kind="refused", started=False, message=f"the folder {command.cwd!r} isn't there on {host}")
    if "nofile" in found:
        return done.replace(how="spawn", kind="refused", started=False, message=f"a private file can't be written on {host}")
    if "exit" in found and done.how in ("exit", "killed"):
        code = found["exit"]
        return done.replace(how="exit", kind="", exit=code, signal=0, message="")
    if "pid" not in found:
        return _no_connection(done, host)
    if done.how in ("exit", "killed"):
        message = f"the connection to {host} was lost while it ran; whether it goes on there isn't known"
        return done.replace(how="connection", kind="killed", exit=-1, message=message)
    return done.replace(exit=found.get("exit", -1), message=f"on {host}: {done.message}")


def _no_connection(done: Finished, host: str) -> Finished:
    """No sign of the program. Only what ssh says before a session begins proves that nothing was started."""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.how in ("timeout", "cancelled"):
        return done.replace(message=f"no answer from {host}: {done.message}")
    last = said[-1].strip() if said else f"ssh ended with exit {done.exit}"
    kind = next((kind for kind, pattern in _REASONS if pattern.search("\n".join(said))), "")
    return done.replace(how="connection", kind=kind or "killed", started=not kind, exit=-1, message=f"no connection to {host}: {last}")
