"""Keys: made, kept, trusted, rotated, revoked; and what a run and its audit make of them."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from runbook_lang.adapters.keys import Key, KeyRing
from runbook_lang.adapters.lines import FIRST_PREV, encode_body
from runbook_lang.adapters.merkle import Tree
from runbook_lang.api.audit_signatures import Signatures
from runbook_lang.base.diagnostics import RunbookError
from tests.audit.conftest import RUNBOOK, Made, Place, failed, verdict, verdicts
from tests.audit.forging import bodies, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIMPLE = "runbook: s\nsteps:\n  - id: go\n    shell: /bin/echo\n    effect: change\n    because: a test\n    timeout: 10s\n"
PAUSES = SIMPLE + "  - id: then\n    approve: true\n    shell: /bin/echo\n    effect: change\n    because: a test\n    timeout: 10s\n"


def code(error: pytest.ExceptionInfo[RunbookError]) -> str:
    return error.value.diagnostics[0].code


def test_without_a_key_nothing_is_signed_and_no_cryptography_is_imported(place: Place) -> None:
    library = place.library / "deploy.yml"
    library.write_text(SIMPLE)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "runbook_lang", "run", str(library), "--quiet"],
        env={**place.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "cryptography" not in done.stderr
    assert "runslog" not in done.stderr
    run = place.store.open_run("last")
    assert b"checkpoint" not in b"".join(lines(Made(place, run)))
    assert "runs.log" not in os.listdir(place.store.root)
    audit = place.verify(run)
    assert verdicts(audit) == {
        "integrity": "pass",
        "completeness": "pass",
        "signature": "none",
        "anchored": "none",
        "conformance": "pass",
    }
    assert audit.exit == 0
    assert place.verify(run, require=("signature",)).exit == 25
    assert place.verify(run, require=("anchored",)).exit == 23


def test_a_private_key_is_for_its_owner_alone(place: Place) -> None:
    key = place.ring.new("ops")
    pem = os.path.join(place.ring.folder, "ops.pem")
    assert stat.S_IMODE(os.stat(pem).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(place.ring.folder).st_mode) == 0o700
    assert place.ring.active == key
    os.chmod(pem, 0o640)
    with pytest.raises(RunbookError) as error:
        place.run(SIMPLE)
    assert code(error) == "RB622"
    assert not os.path.exists(place.store.root), "what should be signed doesn't start unsigned"


def test_a_passphrase_is_needed_and_checked(place: Place) -> None:
    place.ring.new("ops", "correct horse")
    with pytest.raises(RunbookError) as error:
        place.run(SIMPLE)
    assert code(error) == "RB622"
    place.environ["RUNBOOK_KEY_PASSPHRASE"] = "wrong"
    with pytest.raises(RunbookError) as error:
        place.run(SIMPLE)
    assert code(error) == "RB622"
    place.environ["RUNBOOK_KEY_PASSPHRASE"] = "correct horse"
    run = place.run(SIMPLE).run
    assert place.verify(run).exit == 0
    assert b"correct horse" not in b"".join(path.read_bytes() for path in place.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a/b", ".hidden", "ops"])
def test_a_name_that_cannot_be_one_or_is_taken_is_refused(place: Place, name: str) -> None:
    place.ring.new("ops")
    with pytest.raises(RunbookError) as error:
        place.ring.new(name)
    assert code(error) == "RB624"


def test_a_damaged_folder_of_keys_counts_for_nothing(place: Place) -> None:
    place.ring.new("ops")
    path = os.path.join(place.ring.folder, "trusted.json")
    for text in ("", "[]", '{"keys": [{"key": "x"}]}', '{"keys": 1}'):
        with open(path, "w") as stream:
            stream.write(text)
        with pytest.raises(RunbookError) as error:
            KeyRing.locate(place.environ)
        assert code(error) == "RB620"


def other_ring(place: Place, *keys: Key) -> dict[str, str]:
    """The environment of an auditor who trusts these keys."""
    environ = {**place.environ, "RUNBOOK_KEYS": str(place.folder / "auditor")}
    shutil.rmtree(environ["RUNBOOK_KEYS"], ignore_errors=True)
    ring = KeyRing.locate(environ)
    for key in keys:
        ring.trust(key.vkey, key.since)
    return environ


def test_an_auditor_needs_only_the_public_key_and_another_one_does_not_do(signed: Made) -> None:
    from runbook_lang.api.audit import verify

    ours = signed.place.ring.keys[0]
    assert verify(signed.run, other_ring(signed.place, ours)).exit == 0
    assert verify(signed.run, other_ring(signed.place)).exit == 26
    stranger = Key("ops", bytes(range(32)))
    found = verify(signed.run, other_ring(signed.place, stranger))
    assert found.exit == 26, "the list of runs is signed by a key that isn't known either"
    assert verdict(found, "signature").exit == 26
    assert ours.name in verdict(found, "signature").reason


def test_a_false_signature_is_told_apart_from_an_unknown_key(signed: Made) -> None:
    """By a key of the same name, whose id was chosen to be the same: as if the id alone had been looked at."""
    from runbook_lang.api.audit import verify

    key = signed.place.ring.keys[0]
    environ = other_ring(signed.place, key)

    class Twin(Key):
        @property
        def id(self) -> bytes:
            return key.id

    ring = KeyRing.locate(environ)
    assert verify(signed.run, environ).exit == 0
    ring.keys[0] = Twin(key.name, bytes(31) + b"\1")
    signatures = Signatures(ring, f"runbook-lang/run/{signed.run.id}", every=False)
    tree = Tree()
    for number, line in enumerate(lines(signed), 1):
        if line[:-78].endswith(b'"type":"checkpoint"'):
            signatures.see(number, 0, line[:-78], tree)
        tree.add(line[:-1])
    assert signatures.fault is not None
    assert (signatures.fault.exit, signatures.fault.line, "false" in signatures.fault.why) == (22, 2, True)


def test_a_rotation_inside_of_a_run_is_no_fault(place: Place) -> None:
    old = place.ring.new("ops")
    paused = place.run(PAUSES, approves=False)
    assert paused.exit == 8
    later = "2999-01-01T00:00:00.000000Z"
    ended, new = place.ring.rotate("", "", later)
    assert (ended.name, new.name, ended.until) == ("ops", "ops-2", later)
    assert not os.path.exists(os.path.join(place.ring.folder, "ops.pem"))
    finished = place.resume(paused.run)
    assert finished.exit == 0
    audit = place.verify(finished.run)
    assert audit.exit == 0
    assert "ops, ops-2" in verdict(audit, "signature").reason
    assert old.public != new.public


def test_a_signature_after_the_rotation_is_expired(place: Place) -> None:
    """At the boundary: the old key signs on after its end. Each of its later checkpoints is found, wherever the border lies."""
    place.ring.new("ops")
    made = Made(place, place.run(RUNBOOK).run)
    stamps = [body["at"] for body in bodies(made)]
    for until in (stamps[0], stamps[2], stamps[-1][:-2] + "0Z"):
        ring = place.ring
        ring.keys[0] = ring.keys[0].replace(until=until)
        ring._save()
        found = verdict(place.verify(made.run), "signature")
        assert (found.status, found.exit) == ("fail", 27)
        assert found.line > 1
    ring.keys[0] = ring.keys[0].replace(until="2999")
    ring._save()
    assert place.verify(made.run).exit == 0


def test_a_revoked_key_fails_whatever_the_date_and_a_new_seal_helps(signed: Made) -> None:
    from runbook_lang.api.proofs import seal

    place = signed.place
    place.ring.revoke("ops", "the laptop was stolen")
    assert place.ring.active is None
    audit = place.verify(signed.run)
    assert verdict(audit, "signature").exit == 28
    assert "the laptop was stolen" in verdict(audit, "signature").reason
    place.ring.new("ops-2")
    seal(signed.run, place.environ, "ada", "looked at it")
    audit = place.verify(signed.run)
    assert audit.exit == 0, audit
    assert "sealed by a key that counts" in verdict(audit, "signature").reason


def test_a_run_whose_key_is_expired_or_revoked_does_not_start(place: Place) -> None:
    place.ring.new("ops")
    ring = place.ring
    ring.keys[0] = ring.keys[0].replace(until="2020-01-01T00:00:00.000000Z")
    ring._save()
    with pytest.raises(RunbookError) as error:
        place.run(SIMPLE)
    assert code(error) == "RB623"


def test_a_paused_journal_that_was_changed_is_not_signed_on(place: Place) -> None:
    place.ring.new("ops")
    paused = place.run(PAUSES, approves=False)
    made = Made(place, paused.run)
    whole = lines(made)
    # Somebody without the key tells another story, with a good chain and no checkpoints.
    prev, out = FIRST_PREV, b""
    for number, body in enumerate(bodies(made), 1):
        raw, prev = encode_body({**body, "seq": number}, prev)
        out += raw + b"\n"
    path = os.path.join(paused.run.path, "journal.jsonl")
    with open(path, "wb") as stream:
        stream.write(out)
    with pytest.raises(RunbookError) as error:
        place.resume(paused.run)
    assert code(error) == "RB626"
    with open(path, "rb") as stream:
        assert stream.read() == out
    with open(path, "wb") as stream:
        stream.write(b"".join(whole))
    assert place.resume(paused.run).exit == 0


def test_a_run_without_a_key_can_be_gone_on_with_by_one_and_sealed(place: Place) -> None:
    paused = place.run(PAUSES, approves=False)
    place.ring.new("ops")
    finished = place.resume(paused.run)
    assert finished.exit == 0
    assert failed(place.verify(finished.run)) == []


def test_a_checkpoint_costs_less_than_a_millisecond(place: Place) -> None:
    from runbook_lang.adapters.witness import Witness

    place.ring.new("ops")
    signer = place.ring.signer(place.environ)
    assert signer is not None
    witness = Witness(signer, "x")
    for number in range(5000):
        witness.saw(b"%d" % number)
    begin = time.process_time()
    for _ in range(200):
        witness.checkpoint()
    assert (time.process_time() - begin) / 200 < 0.001


class FakeAgent:
    """An ssh-agent with one Ed25519 key and one of another kind, and one that may misbehave."""

    def __init__(self, path: str, answer: bytes | None = None) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self.private = Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes_raw()
        self.answer = answer
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    @staticmethod
    def text(data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + data

    def reply(self, request: bytes) -> bytes:
        if self.answer is not None:
            return self.answer
        blob = self.text(b"ssh-ed25519") + self.text(self.public)
        if request[0] == 11:
            rsa = self.text(self.text(b"ssh-rsa") + self.text(b"\1") + self.text(b"\2")) + self.text(b"old one")
            return b"\x0c" + struct.pack(">I", 2) + rsa + self.text(blob) + self.text(b"me@here")
        size = struct.unpack_from(">I", request, 1 + 4 + len(blob))[0]
        message = request[1 + 8 + len(blob) : 1 + 8 + len(blob) + size]
        return b"\x0e" + self.text(self.text(b"ssh-ed25519") + self.text(self.private.sign(message)))

    def serve(self) -> None:
        while True:
            line, _ = self.socket.accept()
            with line:
                head = line.recv(4)
                if not head:
                    return
                (size,) = struct.unpack(">I", head)
                line.sendall(self.text(self.reply(line.recv(size))))

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.socket.getsockname())
        self.thread.join()
        self.socket.close()


@pytest.fixture
def agent(place: Place) -> Iterator[FakeAgent]:
    path = str(place.folder / "agent")
    found = FakeAgent(path)
    place.environ["SSH_AUTH_SOCK"] = path
    yield found
    found.close()


def test_a_key_of_an_agent_signs_runs(place: Place, agent: FakeAgent) -> None:
    from runbook_lang.adapters.agent import Agent

    assert [(key.public, key.comment) for key in Agent(place.environ).listed()] == [(agent.public, "me@here")]
    place.ring.new("ops", agent=agent.public)
    run = place.run(SIMPLE).run
    assert place.verify(run).exit == 0
    assert not any(path.suffix == ".pem" for path in place.folder.rglob("*"))


@pytest.mark.parametrize("answer", [b"\x05", b"\x0e", b"\x0e\0\0\0\x09short", b"\x0c\0\0\0\x01\0\0\0\x63"])
def test_an_agent_that_refuses_or_answers_nonsense_ends_in_a_sentence(place: Place, agent: FakeAgent, answer: bytes) -> None:
    from runbook_lang.adapters.agent import Agent

    agent.answer = answer
    with pytest.raises(RunbookError) as error:
        Agent(place.environ).sign(agent.public, b"x")
    assert code(error) == "RB627"
    place.environ["SSH_AUTH_SOCK"] = ""
    with pytest.raises(RunbookError) as error:
        Agent(place.environ)
    assert code(error) == "RB627"


@pytest.mark.ssh
def test_the_real_agent_signs(place: Place, tmp_path: Path) -> None:
    from runbook_lang.adapters.agent import Agent

    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@here", "-f", str(tmp_path / "id")], check=True)
    sock = str(tmp_path / "sock")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    try:
        place.environ["SSH_AUTH_SOCK"] = sock
        for _ in range(100):
            if os.path.exists(sock):
                break
            time.sleep(0.02)
        subprocess.run(["ssh-add", "-q", str(tmp_path / "id")], env={**os.environ, "SSH_AUTH_SOCK": sock}, check=True)
        (key,) = Agent(place.environ).listed()
        assert key.comment == "me@here"
        place.ring.new("ops", agent=key.public)
        assert place.verify(place.run(SIMPLE).run).exit == 0
    finally:
        process.terminate()
        process.wait()
