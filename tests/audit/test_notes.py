"""Signed notes, checkpoints, keys and proofs as C2SP writes them, held to what others published."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lang.adapters.checkpoints import (
    BadNote,
    Head,
    Note,
    Proof,
    Signature,
    read_head,
    read_note,
    read_proof,
    read_vkey,
    write_note,
    write_proof,
    write_vkey,
)
from runbook_lang.adapters.keys import Key

# The example of Go's golang.org/x/mod/sumdb/note, which C2SP's signed notes come from.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = f"{TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"


def test_a_published_key_and_note_verify() -> None:
    name, public = read_vkey(VKEY)
    key = Key(name, public)
    assert (name, key.vkey) == ("PeterNeumann", VKEY)
    note = read_note(NOTE)
    (signature,) = note.signatures
    assert (note.text, signature.name, signature.key_id) == (TEXT, "PeterNeumann", key.id)
    assert key.verify(note.text.encode(), signature.data)
    assert not key.verify(note.text.replace("don't", "do").encode(), signature.data)
    assert not key.verify(note.text.encode(), signature.data[:-1])
    assert write_note(note.text, signature) == NOTE


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        VKEY.replace("c74f", "c74e"),
        VKEY[:-4],
        VKEY.replace("Peter", "Paul"),
        VKEY.replace("ARpc", "Arpc"),
        "a b+00000000+AA==",
    ],
)
def test_a_key_with_a_part_changed_is_refused(vkey: str) -> None:
    with pytest.raises(BadNote):
        read_vkey(vkey)


@pytest.mark.parametrize(
    "note", ["", TEXT, f"{TEXT}\n", NOTE.replace("— ", "- "), NOTE[:-1], NOTE.replace("— Peter", "—Peter"), f"\n\n{NOTE[-80:]}"]
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        read_note(note)


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n1\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n1\n{ROOT[:-4]}\n",
        f"o\n1\n{ROOT}\n\nx\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        read_head(text)


def test_a_checkpoint_may_have_further_lines() -> None:
    assert read_head(f"o\n1\n{ROOT}\nmore\n") == Head("o", 1, bytes(32))


names = st.text(st.characters(codec="utf-8", exclude_categories=["Z", "C"]), min_size=1, max_size=20).filter(lambda text: "+" not in text)


@given(names, st.integers(0, 10**17), st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64), st.binary(max_size=50))
def test_what_is_written_reads_back(name: str, size: int, root: bytes, data: bytes, extra: bytes) -> None:
    head = Head(name, size, root)
    assert read_head(head.text) == head
    assert read_vkey(write_vkey(name, root)) == (name, root)
    note = Note(head.text, (Signature(name, data[:4], data), Signature("other", data[4:8], data)))
    text = write_note(note.text, *note.signatures)
    assert read_note(text) == note
    proof = Proof(size, [root, root], text, extra)
    assert read_proof(write_proof(proof)) == proof


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_note, read_head, read_proof, read_vkey):
        try:
            read(text)
        except BadNote:
            continue
