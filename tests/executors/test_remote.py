"""`on: host`: the same behaviour over ssh, against a real server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.cli.main import main
from runbook_lang.executors.conformance import SECOND, FakeAttempt, FakeOutput
from runbook_lang.executors.far import see_out
from runbook_lang.executors.program import run_program
from runbook_lang.executors.remote import CONFIG_VARIABLE, Frames, target_of
from runbook_lang.executors.shell import ShellExecutor
from runbook_lang.executors.spawn import SpawnError
from runbook_lang.expr.values import SecretRef
from runbook_lang.surfaces.kinds import Request
from runbook_lang.surfaces.shell import SURFACE
from tests.executors.ssh_server import SSHD, SshServer
from tests.executors.test_process import ROOT, alive, gone, wait_for_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runbook_lang.executors.process import Finished
    from runbook_lang.runtime.ports import Outcome

needs_sshd = pytest.mark.skipif(SSHD is None, reason="no sshd on this machine")
pytestmark = pytest.mark.ssh


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    if SSHD is None:
        pytest.skip("no sshd on this machine")
    made = SshServer(tmp_path_factory.mktemp("ssh"))
    yield made
    made.stop()


def attempt_on(
    server: SshServer, *argv: str, on: str = "box", config: Path | None = None, limit_us: int = 20 * SECOND, **args: object
) -> FakeAttempt:
    secrets = args.pop("secrets", None)
    files = args.pop("files", ())
    request = SURFACE.request({"argv": list(argv), **args}).replace(on=on, files=files)
    env = {CONFIG_VARIABLE: str(config or server.config)}
    return FakeAttempt(request, limit_us=limit_us, env=env, secrets=secrets, effect="change")  # type: ignore[arg-type]  # passed on as they come


def run(server: SshServer, *argv: str, **more: object) -> Finished:
    return run_program(attempt_on(server, *argv, **more))  # type: ignore[arg-type]  # passed on as they come


def test_output_and_exit_code(server: SshServer) -> None:
    attempt = attempt_on(server, "sh", "-c", "echo out; printf err >&2; exit 3")
    done = run_program(attempt)
    assert (done.how, done.exit, done.stdout, done.stderr, done.started) == ("exit", 3, b"out\n", b"err", True)
    assert (attempt.output.text("stdout"), attempt.output.text("stderr")) == ("out\n", "err")


def test_the_exit_code_255_of_a_program_is_its_own(server: SshServer) -> None:
    done = run(server, "sh", "-c", "exit 255")
    assert (done.how, done.exit, done.kind) == ("exit", 255, "")


def test_words_arrive_as_they_are_whatever_they_hold(server: SshServer) -> None:
    words = ["", " ", "a  b", "'", "'\\''", '"', "\\", "$HOME", "$(id)", "`id`", "*", "~", "\n\n", "-n", "--", "ñ", "\t", "!x", "#", "; id"]
    done = run(server, "python3", "-c", "import sys; sys.stdout.write('\\0'.join(sys.argv[1:]))", *words)
    assert done.stdout.decode().split("\0") == words


def test_the_environment_is_that_of_the_step_alone(server: SshServer) -> None:
    attempt = attempt_on(server, "env", env={"B": "it's\n\n two", "S": SecretRef("s")}, secrets={"s": "hidden $x `y`"})
    seen = dict(entry.split("=", 1) for entry in run_program(attempt).stdout.decode().replace("\n\n", "\0").splitlines())
    assert seen["B"] == "it's\0 two"
    assert seen["S"] == "hidden $x `y`"
    assert (seen["RUNBOOK_RUN"], seen["RUNBOOK_ACT"]) == (attempt.run, attempt.id)
    assert seen.keys().isdisjoint({CONFIG_VARIABLE, "SSH_AUTH_SOCK"})


def test_secrets_are_in_no_argument_of_any_process(server: SshServer, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    attempt = attempt_on(
        server, "sh", "-c", f"echo $$ > {note}; exec sleep 61", env={"S": SecretRef("s")}, secrets={"s": "very-hidden-value"}
    )
    thread = threading.Thread(target=run_program, args=(attempt,))
    thread.start()
    wait_for_file(note)
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    attempt.cancel.raise_to(2)
    thread.join()
    assert "sleep 61" in shown
    assert "very-hidden-value" not in shown


def test_stdin_comes_after_the_script(server: SshServer) -> None:
    data = "line\n" * 100_000
    done = run(server, "sha256sum", stdin=data)
    import hashlib

    assert done.stdout.split()[0].decode() == hashlib.sha256(data.encode()).hexdigest()
    assert run(server, "cat").stdout == b""


def test_files_are_private_and_gone_afterwards(server: SshServer) -> None:
    done = run(server, "sh", "-c", 'stat -c %a "$F"; cat "$F"; echo; echo "$F"', files=(("F", "it's\n"),))
    mode, text, _, path = done.stdout.decode().splitlines()
    assert (mode, text) == ("600", "it's")
    assert not os.path.exists(path)


def test_a_program_of_a_name_that_the_shell_has_itself(server: SshServer) -> None:
    """The program, not the builtin: only the former knows --version."""
    assert b"coreutils" in run(server, "echo", "--version").stdout


def test_the_folder(server: SshServer, tmp_path: Path) -> None:
    assert run(server, "pwd", cwd=str(tmp_path)).stdout.decode().strip() == str(tmp_path)
    done = run(server, "pwd", cwd=str(tmp_path / "gone"))
    assert (done.how, done.kind, done.started) == ("spawn", "refused", False)
    assert "gone" in done.message


def test_a_missing_program(server: SshServer) -> None:
    done = run(server, "no-such-program")
    assert (done.how, done.kind, done.started) == ("not_found", "not_found", False)
    out = ShellExecutor().run(attempt_on(server, "no-such-program"))
    assert (out.kind, out.applied) == ("not_found", "no")


def test_at_the_limit_the_remote_program_ends(server: SshServer, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = run(server, "sh", "-c", f"echo $$ > {note}; exec sleep 60", limit_us=2 * SECOND)
    assert (done.how, done.kind, done.exit) == ("timeout", "timeout", 143)
    assert gone(int(note.read_text()))


def test_what_left_the_group_ends_too(server: SshServer, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    run(server, "sh", "-c", f"setsid sh -c 'echo $$ > {note}; exec sleep 60' & wait", limit_us=2 * SECOND)
    assert gone(int(wait_for_file(note)))


def test_what_a_program_leaves_running_there_is_not_waited_for_and_stays(server: SshServer, tmp_path: Path) -> None:
    """As on this machine: the program has ended and told its exit code, only the connection is held open."""
    note = tmp_path / "pid"
    done = run(server, "sh", "-c", f"sh -c 'echo $$ > {note}; exec sleep 60' & echo said; exit 3", limit_us=15 * SECOND)
    pid = int(wait_for_file(note))
    try:
        assert (done.how, done.kind, done.exit, done.cut) == ("exit", "", 3, True)
        assert done.stdout == b"said\n"
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_output_that_comes_after_the_exit_code_is_read_to_its_end(server: SshServer) -> None:
    """The code travels on standard error and may overtake what still is on its way on standard output."""
    done = run(server, "sh", "-c", "head -c 3000000 /dev/zero; (sleep 0.6; echo late) & exit 0")
    assert (done.how, done.exit, done.stdout_size) == ("exit", 0, 3000005)


def test_cancel_twice_kills_at_once(server: SshServer, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    attempt = attempt_on(server, "sh", "-c", f"trap '' TERM; echo $$ > {note}; sleep 60; sleep 60")
    results: list[Outcome] = []
    thread = threading.Thread(target=lambda: results.append(ShellExecutor().run(attempt)))
    thread.start()
    pid = int(wait_for_file(note))
    attempt.cancel.raise_to(2)
    thread.join()
    assert (results[0].kind, results[0].applied) == ("killed", "unknown")
    assert gone(pid)


@pytest.mark.parametrize(("reachable", "words"), [(True, "by now it has ended there"), (False, "isn't known")])
def test_a_connection_lost_on_the_way_leaves_the_outcome_unknown(server: SshServer, tmp_path: Path, reachable: bool, words: str) -> None:
    note = tmp_path / "pid"
    config = server.client(f"lost-{reachable}", "user", "known")
    limit_us = (20 if reachable else 4) * SECOND
    attempt = attempt_on(server, "sh", "-c", f"echo $$ > {note}; echo up >&2; exec sleep 60", config=config, limit_us=limit_us)
    results: list[Finished] = []
    thread = threading.Thread(target=lambda: results.append(run_program(attempt)))
    thread.start()
    pid = int(wait_for_file(note))
    while b"up" not in attempt.output.streams.get("stderr", b""):  # so what came before it, the sign of life, is here too
        time.sleep(0.01)
    if not reachable:
        config.write_text(config.read_text().replace(f"Port {server.port}", "Port 1"))
    os.kill(attempt.pids[0], signal.SIGKILL)
    if reachable:
        thread.join(3)
        assert thread.is_alive()  # what is asked for its effect now would be asked too early
        os.kill(pid, signal.SIGKILL)
    thread.join()
    if not reachable:
        os.kill(pid, signal.SIGKILL)
    assert (results[0].how, results[0].kind, results[0].started) == ("connection", "killed", True)
    assert words in results[0].message


@pytest.mark.parametrize(("level", "ended"), [(0, False), (2, True), (3, True)])
def test_what_a_dead_run_left_on_a_host_is_awaited_or_ended(server: SshServer, tmp_path: Path, level: int, ended: bool) -> None:
    note = tmp_path / "pid"
    attempt = attempt_on(server, "sh", "-c", f"echo $$ > {note}; exec sleep 60")
    thread = threading.Thread(target=lambda: run_program(attempt))
    thread.start()
    pid = int(wait_for_file(note))
    told: list[tuple[int, ...]] = []

    def wanted() -> int:
        if not ended:
            os.kill(pid, signal.SIGTERM)
        return level

    assert see_out("box", attempt.run, attempt.id, attempt.env, wanted, told.append)
    assert told == [(pid,)]
    assert not alive(pid)
    thread.join()
    assert see_out("box", attempt.run, attempt.id, attempt.env, wanted, told.append)  # nothing is there
    assert len(told) == 1


def test_where_a_host_cannot_be_asked_it_is_not_known_whether_something_runs_there(server: SshServer) -> None:
    attempt = attempt_on(server, "true", config=server.client("no-port", "user", "known", port=1))
    assert not see_out("box", attempt.run, attempt.id, attempt.env, lambda: 0)


def test_a_resume_awaits_what_its_run_left_on_another_host(server: SshServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    (tmp_path / "book.yml").write_text(f"""\
runbook: book
steps:
  - id: far
    on: box
    shell: [sh, -c, 'echo begun >> {log}; sleep 4; echo over >> {log}']
    applied: {{shell: [grep, -q, over, {log}], effect: read, because: a test, expect: result.exit == 0}}
""")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CONFIG_VARIABLE, str(server.config))
    command = [sys.executable, "-m", "runbook_lang", "run", "book.yml", "--yes"]
    run = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
    wait_for_file(log)
    near = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    for pid in (run.pid, *map(int, near)):
        os.kill(pid, signal.SIGKILL)
    run.wait()
    monkeypatch.setattr("runbook_lang.adapters.world.find_orphans", lambda *about: [])  # the other host is this one
    assert main(["resume", "last"]) == 0
    assert log.read_text() == "begun\nover\n"


def silent_listener() -> tuple[socket.socket, int]:
    sock = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peers = []
        try:
            while True:
                peers.append(sock.accept()[0])
        except OSError:
            for peer in peers:
                peer.close()

    threading.Thread(target=serve, daemon=True).start()
    return sock, sock.getsockname()[1]


@pytest.mark.parametrize(
    ("key", "known", "kind", "words"),
    [
        ("stranger", "known", "auth", "Permission denied"),
        ("user", "known-wrong", "auth", "Host key verification failed"),
        ("user", "none", "auth", "Host key"),
    ],
)
def test_who_is_who_is_checked_on_both_sides(server: SshServer, key: str, known: str, kind: str, words: str) -> None:
    done = run(server, "true", config=server.client(f"config-{key}-{known}", key, known))
    assert (done.how, done.kind, done.started) == ("connection", kind, False)
    assert words in done.message


def test_no_server_there(server: SshServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    done = run(server, "true", config=server.client("config-refused", "user", "known", port))
    assert (done.how, done.kind, done.started) == ("connection", "refused", False)


def test_a_server_that_says_nothing(server: SshServer) -> None:
    sock, port = silent_listener()
    done = run(server, "true", config=server.client("config-silent", "user", "known", port), limit_us=3 * SECOND)
    sock.shutdown(socket.SHUT_RDWR)
    sock.close()
    assert (done.how, done.kind, done.started) == ("connection", "timeout", False)


def test_a_name_that_does_not_resolve(server: SshServer) -> None:
    done = run(server, "true", on="no-such-host.invalid")
    assert (done.how, done.kind, done.started) == ("connection", "dns", False)


@pytest.mark.parametrize("host", ["-oProxyCommand=x", "a b", "", "x@-y", "a@b@c", "$(id)", "host:port", "ho\nst", "user;id@host"])
def test_a_host_cannot_be_an_option_or_code(host: str) -> None:
    with pytest.raises(SpawnError):
        target_of(host, 5, "")


def test_host_user_and_port() -> None:
    target = target_of("deploy@[2001:db8::1]:2222", 5, "")
    assert (target.name, target.options[-4:]) == ("2001:db8::1", ("-p", "2222", "-l", "deploy"))


def test_a_variable_needs_a_plain_name(server: SshServer) -> None:
    attempt = FakeAttempt(Request("shell", ("true",), env=(("A;id", "x"),), on="box"), env={CONFIG_VARIABLE: str(server.config)})
    assert run_program(attempt).kind == "refused"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40, 1000])
def test_frames_are_taken_out_wherever_chunks_end(size: int) -> None:
    output = FakeOutput()
    frames = Frames("t0k", output)
    text = b"<a<t0k:pid 77>b<t0<t0k:exit 3><t0kx<"
    for at in range(0, len(text), size):
        frames.write("stderr", text[at : at + size])
    assert frames.found == {"pid": 77, "exit": 3}
    assert output.text("stderr").encode() + frames.rest() == b"<ab<t0<t0kx<"
