"""The journal file: one writer, durable lines, nothing bad read past."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys

import pytest

from runbook_lang.adapters import journal as journal_module
from runbook_lang.adapters import reader as reader_module
from runbook_lang.adapters.journal import FileJournal, holder, is_held
from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.reader import Reader, read
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import ActEnded, ActStarted, JournalRepaired, RunClosed

NO_SECRETS = Masker()


def code_of(error) -> str:
    return error.value.diagnostics[0].code


def write(folder: str, note, count: int, **options) -> FileJournal:
    journal = FileJournal.create(folder, NO_SECRETS, **options)
    for seq in range(1, count + 1):
        journal.append(note(seq, f"text {seq}"))
    return journal


def raw_journal(folder: str) -> bytes:
    with open(os.path.join(folder, "journal.jsonl"), "rb") as stream:
        return stream.read()


def overwrite(folder: str, data: bytes) -> None:
    with open(os.path.join(folder, "journal.jsonl"), "wb") as stream:
        stream.write(data)


def test_what_was_appended_is_read(folder, note):
    with_events = write(folder, note, 5)
    with_events.close()
    reader = Reader(folder)
    assert list(reader) == [note(seq, f"text {seq}") for seq in range(1, 6)]
    assert (reader.torn, reader.lines, reader.size) == (None, 5, len(raw_journal(folder)))
    assert reader.prev == with_events.prev
    assert reader.check_chain() == 5
    assert (reader.torn, reader.lines, reader.size, reader.prev) == (None, 5, len(raw_journal(folder)), with_events.prev)


def test_going_on_continues_the_chain(folder, note):
    write(folder, note, 2).close()
    seen = []
    journal = FileJournal.open_existing(folder, NO_SECRETS, each=seen.append)
    assert (journal.seq, journal.at, journal.repair) == (2, note(2).at, None)
    journal.append(note(3))
    journal.close()
    assert [event.seq for event in seen] == [1, 2]
    assert [event.seq for event in read(folder)] == [1, 2, 3]


def test_folder_and_file_are_for_the_user_alone(folder, note):
    write(folder, note, 1).close()
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in os.listdir(folder):
        assert stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) == 0o600, name


def test_each_flushed_append_is_one_write_and_one_flush(folder, note, failing):
    files = failing()
    journal = FileJournal.create(folder, NO_SECRETS, files=files)
    before = len(files.calls)
    journal.append(note(1))
    journal.append(note(2), flush=False)
    journal.append(note(3))
    assert files.calls[before:] == ["write", "fdatasync", "write", "write", "fdatasync"]
    journal.append(note(4), flush=False)
    journal.flush()
    journal.flush()
    assert files.calls[before + 5 :] == ["write", "fdatasync"]
    journal.close()


def test_the_folder_is_flushed_on_creation(folder, failing):
    files = failing()
    FileJournal.create(folder, NO_SECRETS, files=files).close()
    assert os.stat(folder).st_ino in files.durable
    assert os.stat(os.path.dirname(folder)).st_ino in files.durable


def test_append_returns_what_a_reader_sees(folder):
    secret = "s3cret-value"
    journal = FileJournal.create(folder, Masker({"db": secret}))
    started = ActStarted(1, "2026-01-01T00:00:00.000000Z", id="x#1/main", argv=["tool", secret], argv_digest="d" * 64)
    value = json.dumps({"stdout": f"it is {secret}\n", "exit": 0})
    ended = ActEnded(2, "2026-01-01T00:00:00.000000Z", id="x#1/main", ok=False, applied="no", message=f"no {secret}", value=value)
    seen = [journal.append(started), journal.append(ended)]
    journal.close()
    assert list(read(folder)) == seen
    assert seen[0].argv == ["tool", "«db»"]
    assert json.loads(seen[1].value) == {"stdout": "it is «db»\n", "exit": 0}
    assert secret.encode() not in raw_journal(folder)


def test_a_second_writer_is_refused_and_told_who_holds_it(folder, note, monkeypatch):
    monkeypatch.setattr(journal_module, "LOCK_PATIENCE_S", 0.02)
    first = write(folder, note, 1)
    assert is_held(folder)
    with pytest.raises(RunbookError) as caught:
        FileJournal.open_existing(folder, NO_SECRETS)
    assert code_of(caught) == "RB601"
    assert f"process {os.getpid()} on " in str(caught.value)
    help = caught.value.diagnostics[0].help
    assert f"pause it first: kill -TERM {os.getpid()}; then: runbook abort {os.path.basename(folder)}" in help
    first.append(note(2))
    first.close()
    assert not is_held(folder)
    FileJournal.open_existing(folder, NO_SECRETS).close()


def test_the_lock_of_a_killed_writer_is_free(folder, note):
    program = (
        "import os, sys, signal; from runbook_lang.adapters.journal import FileJournal; from runbook_lang.adapters.mask import Masker;"
        "j = FileJournal.create(sys.argv[1], Masker()); print('ready', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=False)
    assert done.stdout == "ready\n"
    assert holder(folder).startswith("process ")
    journal = FileJournal.open_existing(folder, NO_SECRETS)
    journal.append(note(1))
    journal.close()


def test_a_holder_that_nobody_wrote_is_another_process(folder):
    assert holder(folder) == "another process"


def test_a_second_journal_in_a_folder_is_refused(folder, note):
    write(folder, note, 1).close()
    with pytest.raises(RunbookError) as caught:
        FileJournal.create(folder, NO_SECRETS)
    assert code_of(caught) == "RB602"


def test_no_journal(folder):
    for work in (lambda: FileJournal.open_existing(folder, NO_SECRETS), lambda: list(read(folder))):
        with pytest.raises(RunbookError) as caught:
            work()
        assert code_of(caught) == "RB604"


def test_an_event_out_of_order_is_a_bug_of_the_caller(folder, note):
    journal = write(folder, note, 2)
    for seq in (2, 4):
        with pytest.raises(ValueError, match="can't follow"):
            journal.append(note(seq))
    with pytest.raises(ValueError, match="can't follow"):
        journal.append(note(3).replace(at="2026-03-04T05:00:01.000000Z"))
    journal.append(note(3))
    journal.close()


def test_an_event_that_no_line_can_hold_leaves_the_journal_usable(folder, note):
    journal = write(folder, note, 1)
    with pytest.raises(RunbookError) as caught:
        journal.append(RunClosed(2, note(2).at, outcome={"a": 0.5}))
    assert code_of(caught) == "RB605"
    journal.append(note(2))
    journal.close()
    assert len(list(read(folder))) == 2


@pytest.mark.parametrize(
    ("call", "number"),
    [("write", errno.EIO), ("write", errno.EROFS), ("fdatasync", errno.EIO), ("fdatasync", errno.ENOSPC), ("fdatasync", errno.EDQUOT)],
)
def test_a_failed_write_or_flush_is_the_end_of_the_journal(folder, note, failing, call, number):
    files = failing(only=call, error=number)
    journal = write(folder, note, 1, files=files)
    files.stop_at = len(files.calls) + 1
    with pytest.raises(RunbookError) as caught:
        journal.append(note(2))
    assert code_of(caught) == "RB602"
    calls = len(files.calls)
    with pytest.raises(RunbookError) as caught:
        journal.append(note(2))
    assert code_of(caught) == "RB602"
    assert len(files.calls) == calls, "it was tried again"
    journal.close()
    reopened = FileJournal.open_existing(folder, NO_SECRETS)
    assert reopened.seq >= 1
    reopened.close()


def test_a_full_disk_is_met_once_with_the_reserve(folder, note, failing):
    files = failing(only="write", error=errno.ENOSPC, torn=40)
    journal = write(folder, note, 1, files=files)
    reserve = os.path.join(folder, "reserve")
    assert os.stat(reserve).st_blocks * 512 >= 64 * 1024
    files.stop_at = len(files.calls) + 1
    files.torn = 0
    journal.append(note(2))
    assert journal.tight
    assert not os.path.exists(reserve)
    journal.append(note(3))
    files.stop_at = len(files.calls) + 1
    with pytest.raises(RunbookError, match="No space left"):
        journal.append(note(4))
    assert [event.seq for event in read(folder)] == [1, 2, 3]


def test_a_disk_that_is_full_at_the_start_is_known(folder, note, failing):
    write(folder, note, 1).close()
    files = failing(only="allocate", error=errno.ENOSPC, stop_at=1)
    journal = FileJournal.open_existing(folder, NO_SECRETS, files=files)
    assert journal.tight
    journal.append(note(2))
    journal.close()


def test_short_writes_are_completed(folder, note, failing):
    class Short(failing):
        def write(self, fd, data):
            return super().write(fd, data[:7])

    write(folder, note, 3, files=Short()).close()
    assert len(list(read(folder))) == 3


def test_a_torn_last_line_is_moved_aside_at_every_byte(folder, note):
    write(folder, note, 3).close()
    whole = raw_journal(folder)
    begin = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(begin + 1, len(whole)):
        overwrite(folder, whole[:end])
        reader = Reader(folder)
        assert [event.seq for event in reader] == [1, 2]
        assert (reader.torn.offset, reader.torn.bytes) == (begin, end - begin)
        journal = FileJournal.open_existing(folder, NO_SECRETS)
        assert journal.repair.bytes == end - begin
        with open(os.path.join(folder, journal.repair.moved_to), "rb") as stream:
            assert stream.read() == whole[begin:end]
        os.unlink(os.path.join(folder, journal.repair.moved_to))
        assert raw_journal(folder) == whole[:begin]
        journal.close()


def test_after_a_repair_the_journal_goes_on_and_says_so(folder, note):
    write(folder, note, 2).close()
    overwrite(folder, raw_journal(folder)[:-5])
    journal = FileJournal.open_existing(folder, NO_SECRETS)
    repair = journal.repair
    journal.append(JournalRepaired(2, note(2).at, bytes=repair.bytes, moved_to=repair.moved_to))
    journal.close()
    assert list(read(folder))[-1].moved_to == "torn-1"


def test_every_bit_flip_is_found(folder, note):
    write(folder, note, 3).close()
    whole = raw_journal(folder)
    fd = os.open(os.path.join(folder, "journal.jsonl"), os.O_WRONLY)
    try:
        for at, byte in enumerate(whole):
            for bit in range(8):
                os.pwrite(fd, bytes([byte ^ 1 << bit]), at)
                for work in (lambda: list(Reader(folder)), lambda: Reader(folder).check_chain()):
                    with pytest.raises(RunbookError) as caught:
                        work()
                    assert code_of(caught) == "RB603"
            os.pwrite(fd, bytes([byte]), at)
    finally:
        os.close(fd)
    assert len(list(read(folder))) == 3


def lines_of(folder: str) -> list[bytes]:
    return raw_journal(folder).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda lines: lines[1:], 1),
        (lambda lines: lines[:2] + lines[3:], 3),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
        (lambda lines: lines[:2] + lines[1:], 3),
        (lambda lines: [*lines[:2], b"\n", *lines[2:]], 3),
        (lambda lines: [*lines[:2], b"\0" * 512 + b"\n"], 3),
        (lambda lines: [lines[0].replace(b"\n", b"\r\n"), *lines[1:]], 1),
        (lambda lines: [b"\xef\xbb\xbf" + lines[0], *lines[1:]], 1),
    ],
    ids=["first cut off", "one cut out", "two swapped", "one doubled", "blank line", "zeros", "line ends", "byte order mark"],
)
def test_changed_lines_are_refused_with_number_and_offset(folder, note, change, line):
    write(folder, note, 5).close()
    changed = change(lines_of(folder))
    overwrite(folder, b"".join(changed))
    offset = sum(map(len, changed[: line - 1]))
    for work in (lambda: list(read(folder)), lambda: Reader(folder).check_chain(), lambda: FileJournal.open_existing(folder, NO_SECRETS)):
        with pytest.raises(RunbookError) as caught:
            work()
        assert code_of(caught) == "RB603"
        assert f"Line {line} " in str(caught.value)
        assert f"(at byte {offset})" in str(caught.value)


def test_a_splice_from_another_run_is_refused(tmp_path, note):
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    write(one, note, 4).close()
    journal = FileJournal.create(two, NO_SECRETS)
    for seq in range(1, 5):
        journal.append(note(seq, "other"))
    journal.close()
    overwrite(one, b"".join(lines_of(one)[:2] + lines_of(two)[2:]))
    with pytest.raises(RunbookError, match="Line 3 "):
        list(read(one))


def test_every_contiguous_deletion_inside_is_found(folder, note):
    write(folder, note, 2).close()
    whole = raw_journal(folder)
    first = whole.find(b"\n") + 1
    for start in range(0, first, 13):
        for length in (1, 2, 7, 78, 200):
            if start + length < len(whole) - 1 and start + length != first:
                overwrite(folder, whole[:start] + whole[start + length :])
                with pytest.raises(RunbookError):
                    list(Reader(folder))


def test_zeros_after_a_power_cut_are_a_torn_line(folder, note):
    write(folder, note, 2).close()
    overwrite(folder, raw_journal(folder) + b"\0" * 4096)
    journal = FileJournal.open_existing(folder, NO_SECRETS)
    assert (journal.seq, journal.repair.bytes) == (2, 4096)
    journal.close()


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(folder, note, monkeypatch):
    monkeypatch.setattr(reader_module, "LINE_LIMIT", 1000)
    write(folder, note, 1).close()
    overwrite(folder, raw_journal(folder) + b"x" * 5000)
    with pytest.raises(RunbookError, match="more than 1000 bytes"):
        list(read(folder))


def test_an_interrupt_inside_an_append_is_the_end_of_the_journal(folder, note, failing, cut):
    files = failing(only="fdatasync")
    journal = write(folder, note, 1, files=files)
    files.stop_at = len(files.calls) + 1
    with pytest.raises(cut):
        journal.append(note(2))
    with pytest.raises(RunbookError):
        journal.append(note(3))
