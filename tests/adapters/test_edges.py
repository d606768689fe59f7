"""Locks, the inbox, the clock, and cancel."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runbook_lang.adapters.cancel import EventCancel
from runbook_lang.adapters.clock import SystemClock
from runbook_lang.adapters.inbox import MESSAGE_LIMIT, FileInbox, drop
from runbook_lang.adapters.locks import FileLocks
from runbook_lang.base.diagnostics import RunbookError


class TestLocks:
    def test_one_holder_at_a_time_and_who_it_is(self, tmp_path):
        one, two = FileLocks(str(tmp_path / "locks"), "run-1"), FileLocks(str(tmp_path / "locks"), "run-2")
        assert one.take("db/orders") is None
        assert one.take("db/orders") is None
        assert two.take("db/orders").startswith(f"run run-1, process {os.getpid()} on ")
        assert two.take("db/other") is None
        one.free("db/orders")
        one.free("db/orders")
        assert two.take("db/orders") is None
        two.close()
        assert one.take("db/orders") is None
        one.close()

    def test_keys_that_look_alike_as_file_names_are_different_locks(self, tmp_path):
        one, two = FileLocks(str(tmp_path)), FileLocks(str(tmp_path))
        assert one.take("a/b") is None
        assert two.take("a_b") is None
        assert two.take("../a/b" * 100) is None
        assert all(path.parent == tmp_path for path in tmp_path.rglob("*"))
        one.close()
        two.close()

    def test_the_lock_of_a_killed_process_is_free(self, tmp_path):
        program = (
            "import os, signal, sys; from runbook_lang.adapters.locks import FileLocks;"
            "l = FileLocks(sys.argv[1]); print(l.take('k'), flush=True); os.kill(os.getpid(), signal.SIGKILL)"
        )
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.stdout == "None\n"
        locks = FileLocks(str(tmp_path))
        assert locks.take("k") is None
        locks.close()

    def test_a_folder_that_cant_be_made_is_a_clear_error(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(RunbookError) as caught:
            FileLocks(str(tmp_path / "file" / "locks")).take("k")
        assert caught.value.diagnostics[0].code == "RB608"


class TestInbox:
    def test_messages_come_in_order_and_once(self, tmp_path):
        folder = str(tmp_path / "inbox")
        for number in range(5):
            drop(folder, {"what": "answer", "n": number})
        inbox = FileInbox(folder)
        assert [message["n"] for message in inbox.take()] == [0, 1, 2, 3, 4]
        assert list(inbox.take()) == []

    def test_a_message_that_was_not_finished_with_comes_again(self, tmp_path):
        folder = str(tmp_path)
        for number in range(3):
            drop(folder, {"n": number})
        taken = []
        messages = FileInbox(folder).take()
        taken.append(next(messages)["n"])
        taken.append(next(messages)["n"])
        messages.close()
        assert taken == [0, 1]
        assert [message["n"] for message in FileInbox(folder).take()] == [1, 2]

    def test_an_inbox_that_isnt_there_is_empty(self, tmp_path):
        assert list(FileInbox(str(tmp_path / "none")).take()) == []

    def test_what_is_no_message_is_set_aside(self, tmp_path):
        name = "{:020d}-1-0000000{}.json"
        bad = [b"", b"{", b"[1]", b'{"a":"' + b"x" * MESSAGE_LIMIT + b'"}', b"\xff", b"[" * 100_000]
        for number, data in enumerate(bad):
            (tmp_path / name.format(number, number)).write_bytes(data[: MESSAGE_LIMIT + 100])
        secret = tmp_path / "elsewhere"
        secret.write_text('{"n": "through a link"}')
        (tmp_path / name.format(7, 7)).symlink_to(secret)
        os.mkfifo(tmp_path / name.format(8, 8))
        drop(str(tmp_path), {"n": "good"})
        inbox = FileInbox(str(tmp_path))
        assert [message["n"] for message in inbox.take()] == ["good"]
        assert len(inbox.bad) == len(bad) + 2
        assert sorted(os.listdir(tmp_path / "bad")) == sorted(inbox.bad)

    def test_half_written_and_foreign_files_are_left_alone(self, tmp_path):
        (tmp_path / "00000000000000000001-1-00000000.json.5.part").write_text("{")
        (tmp_path / "README").write_text("")
        assert list(FileInbox(str(tmp_path)).take()) == []
        assert len(os.listdir(tmp_path)) == 2

    def test_a_drop_is_a_rename_of_flushed_bytes(self, tmp_path, failing, cut):
        files = failing()
        drop(str(tmp_path), {"a": 1}, files=files)
        assert files.calls == ["write", "fsync", "rename", "fsync"]
        for k in range(1, 4):
            with pytest.raises(cut):
                drop(str(tmp_path / str(k)), {"a": 1}, files=failing(stop_at=k + 1))
            assert list(FileInbox(str(tmp_path / str(k))).take()) == []

    def test_a_message_too_large_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="more than"):
            drop(str(tmp_path), {"a": "x" * MESSAGE_LIMIT})


class TestClock:
    def test_now_is_now_in_microseconds(self):
        assert abs(SystemClock().now() - time.time() * 1e6) < 5e6

    def test_now_never_falls_and_never_stands_still(self, monkeypatch):
        """The host's clock is set back by a second, and set right later; 0.1 ms pass between two looks."""
        walls = iter([2_000_000, 1_000_000, 1_100_000, 3_000_000])
        ticks = iter(range(0, 1_000_000, 100_000))
        monkeypatch.setattr(time, "time_ns", lambda: next(walls))
        monkeypatch.setattr(time, "monotonic_ns", lambda: next(ticks))
        clock = SystemClock()
        assert [clock.now() for _ in range(4)] == [2000, 2100, 2200, 3000]

    def test_now_is_never_before_what_the_journal_holds(self):
        late = 4_000_000_000_000_000
        assert 0 <= SystemClock(not_before=late).now() - late < 1_000_000

    def test_monotonic_goes_on(self):
        clock = SystemClock()
        assert clock.monotonic() <= clock.monotonic()


class TestCancel:
    def readable(self, cancel) -> bool:
        return bool(select.select([cancel], [], [], 0)[0])

    def test_each_rise_wakes_the_reader(self):
        cancel = EventCancel()
        assert (cancel.level, self.readable(cancel)) == (0, False)
        cancel.raise_to(1)
        assert (cancel.level, self.readable(cancel)) == (1, True)
        assert os.read(cancel.fileno(), 16)
        assert not self.readable(cancel)
        cancel.raise_to(1)
        cancel.raise_to(0)
        assert (cancel.level, self.readable(cancel)) == (1, False)
        cancel.raise_to(2)
        assert (cancel.level, self.readable(cancel)) == (2, True)
        cancel.close()
        cancel.close()
        assert cancel.level == 2

    def test_a_rise_before_anybody_listens_is_seen(self):
        cancel = EventCancel()
        cancel.raise_to(2)
        assert self.readable(cancel)
        cancel.close()

    def test_a_descriptor_that_nobody_raised_is_used_again(self):
        spare: list[int] = []
        first = EventCancel(spare)
        fd = first.fileno()
        first.close()
        first.raise_to(2)  # too late: it is another attempt's by now
        second = EventCancel(spare)
        assert (second.fileno(), self.readable(second)) == (fd, False)
        second.raise_to(1)
        second.close()
        assert spare == []
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(fd)

    def test_of_many_at_once_each_has_a_descriptor_of_its_own(self):
        spare: list[int] = []
        given = [EventCancel(spare) for _ in range(3)]
        for cancel in given:
            cancel.fileno()
        for cancel in given:
            cancel.close()
        with ThreadPoolExecutor(8) as pool:
            cancels = [EventCancel(spare) for _ in range(200)]
            numbers = list(pool.map(EventCancel.fileno, cancels))
        assert len(set(numbers)) == len(numbers)
        for cancel in cancels:
            cancel.raise_to(1)
            cancel.close()

    def test_no_descriptor_without_a_listener(self):
        before = len(list(Path("/proc/self/fd").iterdir()))
        cancels = [EventCancel() for _ in range(50)]
        for cancel in cancels:
            cancel.raise_to(1)
        assert len(list(Path("/proc/self/fd").iterdir())) == before
