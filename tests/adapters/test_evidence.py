"""Output: masked, shown, kept, never too much of it."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from runbook_lang.adapters.evidence import EvidenceOutput, evidence_state
from runbook_lang.adapters.mask import Masker


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_an_attempt_without_output_creates_nothing(tmp_path):
    folder = str(tmp_path / "evidence")
    output = EvidenceOutput(folder, Masker())
    output.write("stdout", b"")
    assert output.finish() == []
    assert not os.path.exists(folder)


def test_a_short_output_lives_in_the_line(tmp_path):
    folder = str(tmp_path / "evidence")
    output = EvidenceOutput(folder, Masker())
    output.write("stdout", b"hello ")
    output.write("stderr", b"oh\n")
    output.write("stdout", "wörld\n".encode())
    entries = output.finish()
    data = "hello wörld\n".encode()
    assert entries == [[sha(data), len(data), "hello wörld\n", "stdout"], [sha(b"oh\n"), 3, "oh\n", "stderr"]]
    assert not os.path.exists(folder)
    assert evidence_state(folder, entries[0]) == "inline"


@pytest.mark.parametrize("sizes", [[401], [400, 1], [1] * 500, [100_000], [399, 70_000, 5]])
def test_a_longer_output_goes_to_a_file_named_by_its_digest(tmp_path, sizes):
    folder = str(tmp_path / "evidence")
    output = EvidenceOutput(folder, Masker())
    data = b"".join(bytes([97 + number % 26]) * size for number, size in enumerate(sizes))
    at = 0
    for size in sizes:
        output.write("stdout", data[at : at + size])
        at += size
    entries = output.finish()
    assert entries == [[sha(data), len(data), data[:400].decode(), "stdout"]]
    assert os.listdir(folder) == [sha(data)]
    path = Path(folder, sha(data))
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert evidence_state(folder, entries[0]) == "whole"
    path.write_bytes(data + b"x")
    assert evidence_state(folder, entries[0]) == "changed"
    path.unlink()
    assert evidence_state(folder, entries[0]) == "removed"


def test_exactly_four_hundred_bytes_need_no_file(tmp_path):
    output = EvidenceOutput(str(tmp_path / "evidence"), Masker())
    output.write("stdout", b"x" * 400)
    assert output.finish() == [[sha(b"x" * 400), 400, "x" * 400, "stdout"]]
    assert not (tmp_path / "evidence").exists()


def test_bytes_that_are_no_text_go_to_a_file_however_few(tmp_path):
    folder = str(tmp_path / "evidence")
    output = EvidenceOutput(folder, Masker())
    output.write("stdout", b"\xff\x00\xfe")
    (entry,) = output.finish()
    assert entry[:2] == [sha(b"\xff\x00\xfe"), 3]
    assert Path(folder, entry[0]).read_bytes() == b"\xff\x00\xfe"


def test_the_head_counts_characters_and_cuts_none(tmp_path):
    output = EvidenceOutput(str(tmp_path), Masker())
    output.write("stdout", ("€" * 1000).encode())
    assert output.finish()[0][2] == "€" * 400


def test_secrets_are_masked_in_the_file_the_head_the_digest_and_the_live_view(tmp_path):
    shown: list[tuple[str, bytes]] = []
    output = EvidenceOutput(str(tmp_path), Masker({"db": "s3cret-value"}), lambda stream, data: shown.append((stream, data)))
    for piece in (b"the s3cr", b"et-val", b"ue is out " * 100, b"and s3cret-"):
        output.write("stdout", piece)
    (entry,) = output.finish()
    data = "the «db» is out ".encode() + b"ue is out " * 99 + b"and s3cret-"
    assert b"".join(piece for _stream, piece in shown) == data
    assert entry == [sha(data), len(data), data.decode()[:400], "stdout"]
    assert (tmp_path / entry[0]).read_bytes() == data


def test_too_much_output_is_cut_and_says_so(tmp_path):
    shown = []
    output = EvidenceOutput(str(tmp_path), Masker(), lambda _stream, data: shown.append(data), limit=1000)
    for _ in range(50):
        output.write("stdout", b"x" * 99)
    (entry,) = output.finish()
    kept = (tmp_path / entry[0]).read_bytes()
    assert kept == b"x" * 1000 + b"\n[cut: only the first 1000 bytes are kept]\n"
    assert entry[:2] == [sha(kept), len(kept)]
    assert len(b"".join(shown)) == 50 * 99


@pytest.mark.parametrize("call", ["write", "rename"])
def test_a_full_disk_never_stops_the_attempt(tmp_path, failing, call):
    output = EvidenceOutput(str(tmp_path), Masker(), files=failing(only=call, error=errno.ENOSPC, stop_at=1))
    output.write("stdout", b"x" * 1000)
    output.write("stdout", b"y" * 1000)
    (entry,) = output.finish()
    assert "No space left" in output.lost
    assert entry[:2] == [sha(b"x" * 1000 + b"y" * 1000), 2000]
    assert evidence_state(str(tmp_path), entry) == "removed"
    assert os.listdir(tmp_path) == []
