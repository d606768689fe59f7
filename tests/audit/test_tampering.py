"""Whatever is done to the bytes of a signed journal without the key is found: every bit, deletion, truncation, splice, swap."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.checkpoints import RUN_ORIGIN, read_note, write_note
from runbook_lang.adapters.keys import KeyRing
from runbook_lang.adapters.lines import FIRST_PREV, encode_body, split
from runbook_lang.adapters.runslog import RunsLog
from runbook_lang.adapters.scan import body_of, scan
from runbook_lang.api.audit_runs import verify_store
from runbook_lang.base.diagnostics import RunbookError
from tests.audit.conftest import Made, Place, failed, verdict, verdicts
from tests.audit.forging import lines, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SMALL = """\
runbook: small
steps:
  - id: go
    shell: /bin/echo
    effect: change
    because: it stands for a change
    timeout: 10s
"""
WHOLE = {"integrity": "pass", "completeness": "pass", "signature": "pass", "anchored": "none", "conformance": "pass"}


@pytest.fixture(scope="module")
def small_once(tmp_path_factory: pytest.TempPathFactory) -> Made:
    place = Place(tmp_path_factory.mktemp("small"))
    place.ring.new("ops")
    return Made(place, place.run(SMALL).run)


@pytest.fixture
def small(small_once: Made, tmp_path: Path) -> Made:
    return small_once.copy(tmp_path / "place")


def found(made: Made) -> list[str]:
    """The verdicts that fail, without the one that costs most."""
    return [one.name for one in failed(made.place.verify(made.run, conformance=False))]


def scanned(data: bytes) -> tuple[int, bool, int]:
    """(good lines, a flaw, bytes of a torn line)."""
    result = scan(io.BytesIO(data), {}, lambda *_: None, lambda *_: None)
    return result.lines, result.flaw is not None, result.torn


def test_an_untouched_run_passes_and_is_not_touched(signed: Made) -> None:
    def state() -> dict[str, tuple[bytes, int]]:
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in signed.place.folder.rglob("*") if path.is_file()}

    before = state()
    audit = signed.place.verify(signed.run)
    assert verdicts(audit) == WHOLE
    assert audit.exit == 0
    assert state() == before


def test_every_bit_flip_is_found(small_once: Made) -> None:
    whole = bytearray(b"".join(lines(small_once)))
    good = scanned(bytes(whole))
    assert good[1:] == (False, 0)
    missed = []
    for bit in range(len(whole) * 8):
        whole[bit >> 3] ^= 1 << (bit & 7)
        if scanned(bytes(whole)) == good:
            missed.append(bit)
        whole[bit >> 3] ^= 1 << (bit & 7)
    assert missed == []


def test_a_flip_is_told_with_its_line_offset_and_step(signed: Made) -> None:
    data = bytearray(b"".join(lines(signed)))
    offset = sum(map(len, lines(signed)[:8]))
    data[data.index(b"deploying hello", offset)] ^= 1
    write(signed, bytes(data))
    audit = signed.place.verify(signed.run)
    bad = verdict(audit, "integrity")
    assert (bad.status, bad.line, bad.offset, bad.step, bad.exit) == ("fail", 9, offset, "deploy", 20)
    assert "digest" in bad.reason
    assert audit.exit == 20
    assert verdicts(audit)["signature"] == "fail"


def test_every_deletion_of_lines_is_found(small: Made) -> None:
    all_lines = lines(small)
    missed = []
    for begin in range(len(all_lines)):
        for end in range(begin + 1, len(all_lines) + 1):
            write(small, b"".join(all_lines[:begin] + all_lines[end:]))
            if not found(small):
                missed.append((begin, end))
    assert missed == []


def test_every_truncation_is_found(small: Made) -> None:
    whole = b"".join(lines(small))
    ends = [0]
    for line in lines(small):
        ends.append(ends[-1] + len(line))
    # Inside of a line every cut is alike to the scan: nothing but a torn line. At the borders all verdicts are asked.
    for size in set(range(len(whole))) - set(ends):
        good, flaw, torn = scanned(whole[:size])
        assert (flaw, torn > 0) == (False, True)
        assert good < len(ends) - 1
    for size in [*ends[:-1], *(end - 1 for end in ends[1:]), *(end + 100 for end in ends[:-1])]:
        write(small, whole[:size])
        assert "completeness" in found(small), size


def test_the_last_line_may_be_cut_without_a_trace_only_where_neither_seal_nor_list_is_left(small: Made) -> None:
    write(small, b"".join(lines(small)[:-1]))
    assert "the journal has" in verdict(small.place.verify(small.run), "completeness").reason
    os.unlink(os.path.join(small.run.path, "seal"))
    assert "runs.log" in verdict(small.place.verify(small.run), "completeness").reason
    os.unlink(os.path.join(small.place.store.root, "runs.log"))
    assert found(small) == ["completeness", "signature"]


def test_random_deletions_and_insertions_of_bytes_are_found(small_once: Made) -> None:
    whole = b"".join(lines(small_once))
    good = scanned(whole)
    chance = random.Random(5)
    for _ in range(1500):
        begin = chance.randrange(len(whole))
        end = min(len(whole), begin + chance.randrange(1, 400))
        assert scanned(whole[:begin] + whole[end:]) != good
        assert scanned(whole[:begin] + whole[begin:end] + whole[begin:]) != good


def test_every_swap_of_two_lines_is_found_and_told(small: Made) -> None:
    all_lines = lines(small)
    for first in range(len(all_lines)):
        for second in range(first + 1, len(all_lines)):
            swapped = all_lines.copy()
            swapped[first], swapped[second] = swapped[second], swapped[first]
            write(small, b"".join(swapped))
            bad = verdict(small.place.verify(small.run, conformance=False), "integrity")
            assert (bad.status, bad.line) == ("fail", first + 1)


def test_a_splice_from_another_run_is_found(small: Made) -> None:
    other = Made(small.place, small.place.run(SMALL).run)
    mine, theirs = lines(small), lines(other)
    for place in range(len(mine)):
        write(small, b"".join([*mine[:place], *theirs[place:]]))
        assert "integrity" in found(small)
    for place in range(1, len(mine)):
        write(small, b"".join([*mine[:place], theirs[place], *mine[place + 1 :]]))
        assert "integrity" in found(small)
    # The whole folder of another run, renamed.
    shutil.rmtree(small.run.path)
    shutil.copytree(other.run.path, small.run.path)
    assert "another run" in verdict(small.place.verify(small.run), "integrity").reason


def rewrite(made: Made, first: int, **fields: object) -> None:
    """Changes a line and makes all digests and links behind it good again: what needs no key."""
    out = lines(made)[: first - 1]
    prev = ""
    for place, raw in enumerate(lines(made)[first - 1 :]):
        body = body_of(raw[:-1])
        body.pop("digest", None)
        if place == 0:
            prev = body["prev"]
            body.update(fields)
        line, prev = encode_body(body, prev)
        out.append(line + b"\n")
    write(made, b"".join(out))


@pytest.mark.parametrize("line", range(1, 9))
def test_a_chain_made_good_again_is_found_by_its_signatures(small: Made, line: int) -> None:
    """Also in the very last line, which no checkpoint inside of the journal covers: the seal does."""
    assert len(lines(small)) == 8
    at = body_of(lines(small)[line - 1][:-1])["at"]
    rewrite(small, line, at=at[:-2] + ("1Z" if at[-2] == "0" else "0Z"))
    audit = small.place.verify(small.run, conformance=False)
    assert verdict(audit, "completeness").status == "fail"
    if verdict(audit, "integrity").status == "pass":  # else the time fell, and that was found
        assert "rewritten" in verdict(audit, "completeness").reason
        assert verdict(audit, "signature").status == ("pass" if line == 8 else "fail")


def test_a_journal_without_any_signature_is_found_where_one_is_expected(small: Made) -> None:
    """What broke systemd's sealed journal: an unsealed one in its place."""
    (small.place.folder / "elsewhere").mkdir()
    bare = Place(small.place.folder / "elsewhere")
    unsigned = bare.run(SMALL).run
    text = b"".join(lines(Made(bare, unsigned))).replace(unsigned.id.encode(), small.run.id.encode())
    shutil.copytree(os.path.join(unsigned.path, "program"), os.path.join(small.run.path, "program"), dirs_exist_ok=True)
    write(small, text)
    rewrite(small, 1)
    os.unlink(os.path.join(small.run.path, "seal"))
    audit = small.place.verify(small.run)
    assert verdict(audit, "signature").exit == 25
    assert verdict(audit, "completeness").status == "fail"
    for name in ("runs.log", "runs.checkpoint"):
        os.unlink(os.path.join(small.place.store.root, name))
    assert verdict(small.place.verify(small.run), "signature").exit == 25, "a key that was there expects a signature"


def test_a_line_written_by_a_second_process_is_told_as_such(small: Made) -> None:
    all_lines = lines(small)
    body = body_of(all_lines[3][:-1])
    line, _ = encode_body({**{k: v for k, v in body.items() if k != "digest"}, "seq": 6}, body["prev"])
    write(small, b"".join([*all_lines[:5], line + b"\n", *all_lines[5:]]))
    bad = verdict(small.place.verify(small.run), "integrity")
    assert (bad.line, bad.status) == (6, "fail")
    assert "two processes" in bad.reason
    write(small, b"".join([*all_lines[:4], *all_lines[6:]]))
    assert "lines 5 to 6 are missing" in verdict(small.place.verify(small.run), "integrity").reason


def test_output_beside_the_journal_that_was_changed_is_found_and_removed_is_told(signed: Made) -> None:
    folder = os.path.join(signed.run.path, "evidence")
    (name,) = os.listdir(folder)
    path = os.path.join(folder, name)
    with open(path, "r+b") as stream:
        stream.write(b"X")
    bad = verdict(signed.place.verify(signed.run), "integrity")
    assert (bad.status, bad.step) == ("fail", "long")
    os.unlink(path)
    audit = signed.place.verify(signed.run)
    assert audit.exit == 0
    assert [name[:12] in note and "nothing says by whom" in note for note in audit.notes] == [True]


@pytest.mark.parametrize("what", ["flip", "cut", "swap", "rewrite", "no head", "gone", "other head"])
def test_a_changed_list_of_runs_is_found(small: Made, what: str) -> None:
    small.place.run(SMALL)
    root = small.place.store.root
    path, head = os.path.join(root, "runs.log"), os.path.join(root, "runs.checkpoint")
    with open(path, "rb") as stream:
        rows = stream.read().splitlines(keepends=True)
    if what == "flip":
        rows[2] = rows[2].replace(b"ada", b"bob")
    elif what == "cut":
        rows.pop()
    elif what == "swap":
        rows[1], rows[2] = rows[2], rows[1]
    with open(path, "wb") as stream:
        stream.write(b"".join(rows))
    if what == "rewrite":
        rewrite_log(root, lambda entry: entry["word"] == "made" or entry["run"] == small.run.id)
    elif what == "no head":
        os.unlink(head)
    elif what == "gone":
        os.unlink(path)
    elif what == "other head":
        with open(head) as stream:
            text = stream.read()
        with open(head, "w") as stream:
            stream.write(text.replace(text.split("\n")[0], "runbook-lang/runs/other"))
    assert "completeness" in found(small)


def rewrite_log(root: str, stays: Callable[[dict[str, Any]], bool], added: Sequence[dict[str, Any]] = ()) -> None:
    """What somebody without the key can do to the list: entries go, others come, and the chain is true again."""
    path = os.path.join(root, "runs.log")
    with open(path, "rb") as stream:
        entries = [json.loads(split(line)[0] + b"}") for line in stream.read().splitlines()]
    prev, out = FIRST_PREV, b""
    for number, entry in enumerate([*filter(stays, entries), *added], 1):
        raw, prev = encode_body({**{name: value for name, value in entry.items() if name != "prev"}, "seq": number}, prev)
        out += raw + b"\n"
    with open(path, "wb") as stream:
        stream.write(out)


def in_store(made: Made) -> tuple[str, int, str]:
    """(status, exit code, reason) of the verdict on all runs."""
    one = verify_store(made.place.store, made.place.ring)
    return one.status, one.exit, one.reason


def pruned(made: Made) -> dict[str, Any]:
    return {"at": "2099-01-01T00:00:00.000000Z", "word": "pruned", "run": made.run.id, "by": "eve", "why": "old"}


def test_a_run_that_vanished_is_found(small: Made) -> None:
    assert in_store(small)[0] == "pass"
    shutil.rmtree(small.run.path)
    status, exit, reason = in_store(small)
    assert (status, exit, small.run.id in reason) == ("fail", 21, True)


def test_a_run_that_vanished_from_the_list_too_is_found(small: Made) -> None:
    """By the list's own checkpoint; and where that is gone, too, by what the other runs say."""
    root = small.place.store.root
    other = small.place.run(SMALL).run
    shutil.rmtree(small.run.path)
    rewrite_log(root, lambda entry: entry.get("run") != small.run.id)
    assert "its end is missing" in in_store(small)[2]
    os.unlink(os.path.join(root, "runs.checkpoint"))
    assert "its own checkpoint is gone" in in_store(small)[2]
    with open(os.path.join(root, "runs.log"), "rb") as stream:
        notes = [json.loads(line).get("note") for line in stream]
    assert any(notes)
    rewrite_log(root, lambda entry: entry.pop("note", "") is not None)
    assert in_store(small) == ("fail", 21, f"1 signed runs are there, and the list of runs doesn't know them as signed: {other.id}")
    assert "as signed" in verdict(small.place.verify(other), "completeness").reason


def test_a_list_that_is_gone_is_found(small: Made) -> None:
    root = small.place.store.root
    os.unlink(os.path.join(root, "runs.log"))
    assert in_store(small) == ("fail", 21, "the store's runs.log is gone, and its checkpoint is still there")
    os.unlink(os.path.join(root, "runs.checkpoint"))
    assert in_store(small)[:2] == ("fail", 21)


def test_a_word_that_nobody_signed_excuses_no_run_that_is_gone(small: Made) -> None:
    root = small.place.store.root
    rewrite_log(root, lambda entry: True, [pruned(small)])
    assert "line 4 (pruned) isn't signed yet" in in_store(small)[2]
    shutil.rmtree(small.run.path)
    assert "nothing says by whom" in in_store(small)[2]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("rewritten", "its end is missing"),
        ("no head", "its own checkpoint is gone"),
        ("a word too many", "nothing in runs.log is signed"),
        ("pruned by nobody", "was pruned, which is gone, and nobody signed that"),
        ("a stranger's head", "a key that isn't known here"),
        ("a false head", "is false"),
    ],
)
def test_a_list_that_another_hand_changed_is_not_signed_on(small: Made, tmp_path: Path, what: str, words: str) -> None:
    """The next run's signature would make all of it true."""
    root = small.place.store.root
    head = os.path.join(root, "runs.checkpoint")
    if what == "rewritten":
        shutil.rmtree(small.run.path)
        rewrite_log(root, lambda entry: entry.get("run") != small.run.id)
    elif what == "no head":
        os.unlink(head)
    elif what == "a word too many":
        rewrite_log(root, lambda entry: True, [pruned(small), pruned(small)])
    elif what == "pruned by nobody":
        rewrite_log(root, lambda entry: True, [pruned(small)])
        shutil.rmtree(small.run.path)
    else:
        ring = KeyRing(str(tmp_path / "strange"))
        ring.new("eve" if what.startswith("a stranger") else "ops")
        signer = ring.signer({})
        assert signer is not None
        with open(head) as stream:
            note = read_note(stream.read())
        signature = signer.sign(note.text)
        if what == "a false head":
            signature = signature.replace(key_id=small.place.ring.keys[0].id)
        with open(head, "w") as stream:
            stream.write(write_note(note.text, signature))
    with pytest.raises(RunbookError) as error:
        small.place.run(SMALL)
    assert error.value.diagnostics[0].code == "RB630"
    assert words in str(error.value)


def test_a_signed_list_takes_no_word_without_a_key(small: Made) -> None:
    with pytest.raises(RunbookError) as error:
        RunsLog(small.place.store.root).append("pruned", small.run.id, None, by="eve", why="old")
    assert "no key to sign" in str(error.value)


def test_a_line_whose_process_died_before_it_signed_is_signed_by_the_next(small: Made) -> None:
    root = small.place.store.root
    rewrite_log(root, lambda entry: True, [{**pruned(small), "word": "held"}])
    assert "line 4 (held) isn't signed yet" in in_store(small)[2]
    assert found(small) == []
    small.place.run(SMALL)
    assert in_store(small) == ("pass", 0, "6 lines, signed; 2 runs, 0 of them pruned")


def test_a_copy_elsewhere_verifies_by_its_seal(small: Made, tmp_path: Path) -> None:
    from runbook_lang.adapters.store import RunFolder

    shutil.copytree(small.run.path, tmp_path / "archived")
    archived = RunFolder("archived", str(tmp_path / "archived"))
    assert verdicts(small.place.verify(archived)) == WHOLE
    os.unlink(tmp_path / "archived" / "seal")
    assert "never sealed" in verdict(small.place.verify(archived), "completeness").reason


def test_a_checkpoint_names_the_run_and_fits_the_form_of_logs(small: Made) -> None:
    with open(os.path.join(small.run.path, "seal")) as stream:
        note = stream.read()
    assert note.startswith(f"{RUN_ORIGIN}{small.run.id}\n{len(lines(small))}\n")
