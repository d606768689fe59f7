"""Running one program: its output, its end, its limit, and what it leaves behind."""

from __future__ import annotations

import errno
import fcntl
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from runbook_lang.executors.conformance import SECOND, FakeAttempt
from runbook_lang.executors.process import KEEP_STDERR, KEEP_STDOUT, Command, Finished, run_command
from runbook_lang.surfaces.kinds import Request

PYTHON = sys.executable
ROOT = Path(__file__).parents[2]
STANDING = ["elsewhere"]


@pytest.fixture(autouse=True, params=["elsewhere", "here"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is to run where this process stands is started in another way than one that has to go somewhere first."""
    monkeypatch.chdir("/")  # and back at the end
    monkeypatch.setattr(sys.modules[__name__], "STANDING", [request.param])


def run(*argv: str, attempt: FakeAttempt | None = None, **more: object) -> Finished:
    attempt = attempt or FakeAttempt(Request("shell"))
    command = Command(argv, dict(attempt.env), attempt.folder, attempt.limit_us, grace_us=SECOND // 5).replace(**more)
    if STANDING == ["here"] and os.path.isdir(command.cwd):
        os.chdir(command.cwd)
    return run_command(command, attempt)


def python(code: str, **more: object) -> Finished:
    return run(PYTHON, "-S", "-E", "-c", code, **more)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def gone(pid: int) -> bool:
    """A process that has got its last signal takes a moment to go."""
    for _ in range(100):
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def wait_for_file(path: Path) -> str:
    for _ in range(400):
        if path.exists() and path.read_text():
            return path.read_text()
        time.sleep(0.01)
    raise AssertionError(f"{path} wasn't written")


def test_output_and_exit_code() -> None:
    done = run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (done.how, done.exit, done.stdout, done.stderr, done.stdout_size, done.cut) == ("exit", 3, b"out\n", b"err\n", 4, False)
    assert done.started
    assert 0 < done.elapsed_us < 10 * SECOND


def test_all_output_goes_to_the_live_view_and_the_process_id_is_told() -> None:
    attempt = FakeAttempt(Request("shell"))
    run("sh", "-c", "echo $$; echo two >&2", attempt=attempt)
    assert attempt.output.text("stdout").split() == [str(pid) for pid in attempt.pids]
    assert attempt.output.text("stderr") == "two\n"


def test_the_environment_is_what_is_given_and_the_marks() -> None:
    os.environ["RUNBOOK_TEST_LEAK"] = "leaked"
    try:
        attempt = FakeAttempt(Request("shell"))
        done = run("env", attempt=attempt, env={"PATH": os.environ["PATH"], "A": "ä b"})
    finally:
        del os.environ["RUNBOOK_TEST_LEAK"]
    seen = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    assert seen == {"PATH": os.environ["PATH"], "A": "ä b", "RUNBOOK_RUN": attempt.run, "RUNBOOK_ACT": attempt.id}


def test_arguments_arrive_byte_for_byte() -> None:
    words = ("", " ", "a  b", "'", '"', "\\", "$HOME", "`x`", "*", "\n", "ñ", "-n", "--", "\udcff")
    done = run(PYTHON, "-c", "import sys, os; sys.stdout.buffer.write(b'\\0'.join(os.fsencode(a) for a in sys.argv[1:]))", *words)
    assert done.stdout.split(b"\0") == [os.fsencode(word) for word in words]


def test_without_stdin_a_reader_sees_the_end_at_once() -> None:
    assert run("cat").stdout == b""


def test_stdin_larger_than_a_pipe_holds() -> None:
    data = bytes(range(256)) * 4096
    done = run("sha256sum", stdin=data)
    import hashlib

    assert done.stdout.split()[0].decode() == hashlib.sha256(data).hexdigest()


def test_a_program_that_reads_and_writes_at_once_cannot_block() -> None:
    data = b"x" * 3_000_000
    assert run("cat", stdin=data).stdout_size == len(data)


def test_a_program_may_close_its_stdin_early() -> None:
    done = run("sh", "-c", "exec <&-; sleep 0.1; echo fine", stdin=b"y" * 1_000_000)
    assert (done.how, done.exit, done.stdout) == ("exit", 0, b"fine\n")


def test_memory_is_bounded_whatever_is_printed() -> None:
    attempt = FakeAttempt(Request("shell"))
    done = run("sh", "-c", "head -c 100000000 /dev/zero; head -c 1000000 /dev/zero >&2", attempt=attempt)
    assert (len(done.stdout), len(done.stderr), done.stdout_size) == (KEEP_STDOUT, KEEP_STDERR, 100_000_000)
    assert attempt.output.sizes == {"stdout": 100_000_000, "stderr": 1_000_000}


@pytest.mark.parametrize("size", [10, KEEP_STDERR - 4, KEEP_STDERR, KEEP_STDERR + 1, 3 * KEEP_STDERR, 1_000_000])
def test_the_end_of_standard_error_is_kept_too(size: int) -> None:
    done = run("sh", "-c", f"head -c {size} /dev/zero >&2; printf last >&2; exit 3")
    everything = b"\0" * size + b"last"
    assert (done.stderr, done.last_stderr) == (everything[:KEEP_STDERR], everything[-KEEP_STDERR:])
    assert bool(done.stderr_end) == (len(everything) > KEEP_STDERR)


def test_a_program_that_keeps_its_output_closed_is_still_awaited() -> None:
    done = run("sh", "-c", "exec >&- 2>&-; sleep 0.2; exit 5")
    assert done.exit == 5
    assert done.elapsed_us > 150_000


def test_at_the_limit_it_is_asked_to_end() -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=SECOND // 5)
    done = run("sleep", "60", attempt=attempt)
    assert (done.how, done.kind, done.signal, done.exit) == ("timeout", "timeout", signal.SIGTERM, 143)
    assert "200ms" in done.message
    assert done.elapsed_us < 2 * SECOND


def test_what_a_program_says_and_does_on_its_polite_end_counts() -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=SECOND // 3)
    done = run("sh", "-c", "trap 'echo bye; exit 7' TERM; while :; do sleep 0.05; done", attempt=attempt)
    assert (done.how, done.exit, done.stdout) == ("timeout", 7, b"bye\n")
    assert "asked by SIGTERM, it ended with exit 7" in done.message


def test_a_program_that_ignores_the_polite_signals_is_killed() -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=SECOND // 3)
    code = "import signal,time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(60)"
    done = python(code, attempt=attempt, stop=("INT", "TERM"))
    assert (done.how, done.signal) == ("timeout", signal.SIGKILL)
    assert "SIGINT and SIGTERM and SIGKILL" in done.message
    assert done.elapsed_us < 3 * SECOND


def test_at_the_limit_the_whole_group_ends(tmp_path: Path) -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=SECOND // 2)
    note = tmp_path / "pid"
    done = run("sh", "-c", f"(trap '' TERM; sleep 60) & echo $! > {note}; wait", attempt=attempt)
    assert done.how == "timeout"
    assert gone(int(note.read_text()))


@pytest.mark.parametrize(
    "detach",
    [
        pytest.param("os.setsid()", id="own session"),
        pytest.param(
            "os.setsid(); os.execvpe('sleep', ['sleep', '60'], {'PATH': os.environ['PATH']})", id="own session, other environment"
        ),
    ],
)
def test_at_the_limit_a_detached_grandchild_ends_too(tmp_path: Path, detach: str) -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=SECOND)
    note = tmp_path / "pid"
    code = f"""
import os, time
if os.fork() == 0:
    open({str(note)!r}, 'w').write(str(os.getpid()))
    {detach}
    time.sleep(60)
time.sleep(60)
"""
    assert python(code, attempt=attempt).how == "timeout"
    assert gone(int(wait_for_file(note)))


def test_a_grandchild_that_holds_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    done = run("sh", "-c", f"sleep 30 & echo $! > {note}; echo done")
    pid = int(note.read_text())
    try:
        assert (done.how, done.exit, done.stdout, done.cut) == ("exit", 0, b"done\n", True)
        assert done.elapsed_us < 5 * SECOND
        assert alive(pid), "what a program leaves running after a good end is its own business"
    finally:
        os.kill(pid, signal.SIGKILL)


DEAF = "import signal,time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
"""Goes on after the polite signal."""


def cancel_after(attempt: FakeAttempt, *steps: tuple[float, int], said: str = "") -> threading.Thread:
    """Raises levels, each after a pause, once the program runs (and has `said` something)."""

    def raise_all() -> None:
        while not attempt.pids or said not in attempt.output.text():
            time.sleep(0.01)
        for pause, level in steps:
            time.sleep(pause)
            attempt.cancel.raise_to(level)

    thread = threading.Thread(target=raise_all)
    thread.start()
    return thread


def test_cancel_once_sends_the_polite_signal() -> None:
    attempt = FakeAttempt(Request("shell"))
    thread = cancel_after(attempt, (0.2, 1))
    done = run("sleep", "60", attempt=attempt, stop=("INT", "TERM"))
    thread.join()
    assert (done.how, done.kind, done.signal) == ("cancelled", "killed", signal.SIGINT)


def test_cancel_twice_kills_what_ignores_the_polite_signal() -> None:
    attempt = FakeAttempt(Request("shell"))
    thread = cancel_after(attempt, (0, 1), (0.5, 2), said="up")
    done = python(DEAF, attempt=attempt)
    thread.join()
    assert (done.how, done.signal) == ("cancelled", signal.SIGKILL)
    assert done.elapsed_us > 450_000, "the polite signal alone doesn't lead to a kill"


def test_the_limit_holds_while_a_cancelled_program_goes_on() -> None:
    attempt = FakeAttempt(Request("shell"), limit_us=5 * SECOND)
    thread = cancel_after(attempt, (0, 1), said="up")
    done = python(DEAF, attempt=attempt)
    thread.join()
    assert (done.how, done.signal) == ("cancelled", signal.SIGKILL)


def test_cancelled_before_the_start_nothing_runs(tmp_path: Path) -> None:
    attempt = FakeAttempt(Request("shell"))
    attempt.cancel.raise_to(1)
    done = run("touch", str(tmp_path / "x"), attempt=attempt)
    assert (done.how, done.started) == ("cancelled", False)
    assert not list(tmp_path.iterdir())


def test_killed_by_something_else() -> None:
    done = run("sh", "-c", "kill -SEGV $$")
    assert (done.how, done.kind, done.exit, done.signal) == ("killed", "killed", 139, signal.SIGSEGV)
    assert "SIGSEGV" in done.message


def plain_file(folder: Path, name: str, text: str, mode: int) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("argv", "how", "words"),
    [
        (("no-such-program-anywhere",), "not_found", "isn't installed"),
        (("./no-such-program",), "not_found", "there is no program"),
        (("./plain",), "spawn", "isn't executable"),
        (("./empty",), "spawn", "neither a program"),
        (("./lost",), "not_found", "interpreter"),
        (("./",), "spawn", "isn't a file"),
        (("",), "spawn", "empty"),
        (("echo", "a\0b"), "spawn", "NUL"),
        (("echo", "x" * 3_000_000), "spawn", "too long"),
    ],
)
def test_what_cannot_be_started_says_why(tmp_path: Path, argv: tuple[str, ...], how: str, words: str) -> None:
    plain_file(tmp_path, "plain", "#!/bin/sh\n", 0o644)
    plain_file(tmp_path, "empty", "no program\n", 0o755)
    plain_file(tmp_path, "lost", "#!/no/such/interpreter\n", 0o755)
    done = run(*argv, cwd=str(tmp_path))
    assert (done.how, done.started, done.kind) == (how, False, "not_found" if how == "not_found" else "refused")
    assert words in done.message


def test_a_missing_program_says_where_it_was_looked_for(tmp_path: Path) -> None:
    done = run("absent", env={"PATH": f"{tmp_path}:/usr/bin"})
    assert f"{tmp_path}, /usr/bin" in done.message


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    done = run("true", cwd=str(tmp_path / "gone"))
    assert (done.how, done.started) == ("spawn", False)
    assert "gone" in done.message


def test_a_relative_program_is_taken_from_the_folder(tmp_path: Path) -> None:
    plain_file(tmp_path, "here", "#!/bin/sh\necho $PWD\n", 0o755)
    assert run("./here", cwd=str(tmp_path)).stdout.decode().strip() == str(tmp_path)


def test_files_are_private_and_gone_afterwards() -> None:
    done = run("sh", "-c", 'stat -c %a "$PGPASSFILE"; cat "$PGPASSFILE"; echo; echo "$PGPASSFILE"', files=(("PGPASSFILE", b"a:b:c"),))
    mode, text, path = done.stdout.decode().splitlines()
    assert (mode, text) == ("600", "a:b:c")
    assert not os.path.exists(path)


def test_nothing_is_left_open() -> None:
    attempt = FakeAttempt(Request("shell"))
    gc.collect()  # pipes of tests before this one
    before = sorted(os.listdir("/proc/self/fd"))
    for argv in (("true",), ("no-such-program-anywhere",), ("cat",)):
        run(*argv, attempt=attempt, stdin=b"x")
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_the_child_leads_a_session_of_its_own_in_the_folder_with_no_input_and_the_usual_signals() -> None:
    attempt = FakeAttempt(Request("shell"))
    code = "import os; print(os.getpid() == os.getsid(0), os.getcwd(), os.read(0, 9), os.readlink('/proc/self/fd/0'))"
    assert python(code, attempt=attempt).stdout.decode().strip() == f"True {attempt.folder} b'' /dev/null"
    blocked, ignored = (int(mask, 16) for mask in run("sh", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status").stdout.split()[1::2])
    assert blocked == 0
    assert ignored & sum(1 << number - 1 for number in (signal.SIGPIPE, signal.SIGXFSZ)) == 0  # which Python itself ignores


def test_a_program_sees_the_name_by_which_it_was_called() -> None:
    assert run("sh", "-c", "echo $0").stdout == b"sh\n"
    assert run("/bin/sh", "-c", "echo $0").stdout == b"/bin/sh\n"
    assert run("sh", "-c", "cat; echo $0", stdin=b"").stdout == b"sh\n"


def test_a_program_can_be_started_from_a_folder_that_is_gone(tmp_path: Path) -> None:
    attempt = FakeAttempt(Request("shell"))
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    done = run_command(Command(("pwd",), dict(attempt.env), str(tmp_path), attempt.limit_us), attempt)
    assert (done.kind, done.stdout.decode().strip()) == ("", str(tmp_path))


@pytest.mark.parametrize("limit", ["--nofile=1024", "--nofile=128"])
def test_what_this_process_was_started_with_is_kept_from_the_child(limit: str) -> None:
    """A lock or the pipe of a build that called the run: a server that a step leaves running would hold it open. Its number may be one
    that by now nothing could be opened under."""
    code = (
        "from tests.executors.test_process import STANDING, run; import os, sys; STANDING[:] = sys.argv[1:]; "
        "print(run('sh', '-c', 'ls /proc/self/fd').stdout.decode().split())"
    )
    lock = os.open(os.devnull, os.O_RDONLY)
    high = fcntl.fcntl(lock, fcntl.F_DUPFD, 200)
    try:
        seen = subprocess.run(
            ["prlimit", limit, PYTHON, "-c", code, *STANDING],
            cwd=ROOT,
            pass_fds=(lock, high),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        os.close(lock)
        os.close(high)
    assert seen.stdout.strip() == str(["0", "1", "2", "3"])  # 3 is the listing itself


def exhausted(*_: object) -> int:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def test_a_program_whose_end_no_descriptor_can_tell_is_awaited_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "pidfd_open", exhausted)
    done = run("sh", "-c", "echo begun; sleep 0.3; echo over; exit 3")
    assert (done.how, done.exit, done.stdout) == ("exit", 3, b"begun\nover\n")
    assert run("sh", "-c", "exec >&- 2>&-; sleep 0.3; exit 4").exit == 4
    assert run("sleep", "60", limit_us=SECOND // 5).how == "timeout"


def test_a_program_is_not_started_where_it_could_not_be_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = FakeAttempt(Request("shell"))
    monkeypatch.setattr(attempt.cancel, "fileno", exhausted)
    done = run("touch", str(tmp_path / "begun"), attempt=attempt)
    assert (done.how, done.kind, done.started) == ("spawn", "refused", False)
    assert done.message == "touch can't be started: Too many open files"
    assert not (tmp_path / "begun").exists()


def test_a_program_is_ended_at_its_limit_where_no_other_process_can_be_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runbook_lang.executors.family._pids", lambda: ())
    done = run("sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60", limit_us=SECOND // 2)
    assert done.how == "timeout"
    assert gone(int((tmp_path / "pid").read_text()))


def test_many_at_once_do_not_mix() -> None:
    results: dict[int, Finished] = {}

    def one(number: int) -> None:
        results[number] = run("sh", "-c", f"echo {number}; exit {number}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: (done.exit, done.stdout) for number, done in results.items()} == {n: (n, f"{n}\n".encode()) for n in range(20)}


def test_a_failing_output_ends_the_program(tmp_path: Path) -> None:
    class Full:
        def write(self, stream: str, data: bytes) -> None:
            raise OSError("disk full")

    attempt = FakeAttempt(Request("shell"))
    attempt.output = Full()  # type: ignore[assignment]  # an output that fails
    with pytest.raises(OSError, match="disk full"):
        run("sh", "-c", "echo x; exec sleep 60", attempt=attempt)
    assert gone(attempt.pids[0])
