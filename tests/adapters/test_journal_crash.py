"""Power cuts: stop at the k-th call to the system, for every k; nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from runbook_lang.adapters.journal import FileJournal
from runbook_lang.adapters.mask import Masker
from runbook_lang.adapters.reader import Reader
from runbook_lang.base.diagnostics import RunbookError
from runbook_lang.machine.events import JournalRepaired

FLUSHES = (True, False, False, True, True, False, True)
NO_SECRETS = Masker()


def story(folder, files, note, acknowledged):
    """Writes some events, keeping in `acknowledged` how many are durable by the journal's own word."""
    journal = FileJournal.create(folder, NO_SECRETS, files=files)
    for seq, flush in enumerate(FLUSHES, 1):
        journal.append(note(seq, f"text {seq}"), flush=flush)
        if flush:
            acknowledged[0] = seq
    journal.close()
    acknowledged[0] = len(FLUSHES)


def sizes_after_cut(path, files):
    """Sizes that the file can have after a power cut: anything from what was flushed to what was written."""
    written = os.path.getsize(path)
    durable = files.durable.get(os.stat(path).st_ino, 0)
    return sorted({durable, min(durable + 1, written), (durable + written) // 2, max(written - 1, durable), written})


def reopen(folder, note, acknowledged):
    """Goes on as a resume would; returns the number of events that were there."""
    seen = []
    journal = FileJournal.open_existing(folder, NO_SECRETS, each=seen.append)
    assert seen == [note(seq, f"text {seq}") for seq in range(1, len(seen) + 1)]
    assert len(seen) >= acknowledged
    if journal.repair:
        journal.append(JournalRepaired(journal.seq + 1, note(50).at, bytes=journal.repair.bytes, moved_to=journal.repair.moved_to))
    journal.append(note(journal.seq + 1).replace(at=note(51).at))
    journal.close()
    reader = Reader(folder)
    assert len(list(reader)) == journal.seq
    assert reader.torn is None


@pytest.mark.parametrize("torn", [0, 1, 60, 10_000])
def test_a_cut_at_every_call_loses_nothing_acknowledged(tmp_path, note, failing, cut, torn):
    total = failing()
    story(str(tmp_path / "whole"), total, note, [0])
    assert len(total.calls) > 15
    for k in range(1, len(total.calls) + 1):
        folder = str(tmp_path / f"cut-{k}")
        files, acknowledged = failing(stop_at=k, torn=torn), [0]
        with pytest.raises(cut):
            story(folder, files, note, acknowledged)
        path = os.path.join(folder, "journal.jsonl")
        if not os.path.exists(path):
            assert acknowledged[0] == 0
            continue
        for size in sizes_after_cut(path, files):
            copy = str(tmp_path / "copy")
            shutil.copytree(folder, copy)
            os.truncate(os.path.join(copy, "journal.jsonl"), size)
            reopen(copy, note, acknowledged[0])
            shutil.rmtree(copy)


def test_a_cut_at_every_call_of_a_repair_loses_nothing(tmp_path, note, failing, cut):
    original = str(tmp_path / "original")
    story(original, failing(), note, [0])
    path = os.path.join(original, "journal.jsonl")
    os.truncate(path, os.path.getsize(path) - 30)
    with open(path, "rb") as stream:
        torn = stream.read().rsplit(b"\n", 1)[1]
    for k in range(1, 100):
        folder = str(tmp_path / f"cut-{k}")
        shutil.copytree(original, folder)
        try:
            FileJournal.open_existing(folder, NO_SECRETS, files=failing(stop_at=k)).close()
        except cut:
            reopen(folder, note, len(FLUSHES) - 1)
            kept = [name for name in os.listdir(folder) if name.startswith("torn-") and not name.endswith(".part")]
            assert any(Path(folder, name).read_bytes() == torn for name in kept)
        else:
            break
    assert k > 5


def test_errors_instead_of_cuts_never_lie_either(tmp_path, note, failing):
    total = failing()
    story(str(tmp_path / "whole"), total, note, [0])
    for k in range(1, len(total.calls) + 1):
        folder = str(tmp_path / f"error-{k}")
        files, acknowledged = failing(stop_at=k, error=5, torn=9), [0]
        try:
            story(folder, files, note, acknowledged)
        except RunbookError as error:
            assert error.diagnostics[0].code == "RB602"
        if os.path.exists(os.path.join(folder, "journal.jsonl")):
            reopen(folder, note, acknowledged[0])
