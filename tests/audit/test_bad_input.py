"""What isn't as it should be: each a clear verdict with its own exit code, a sentence from every command, and never a change to any file."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runbook_lang.adapters.keys import ACTIVE, TRUSTED
from runbook_lang.adapters.lines import encode_body
from runbook_lang.adapters.scan import body_of
from runbook_lang.api import audit_place
from runbook_lang.cli.main import main
from tests.audit.forging import bodies, change, forge, lines, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.audit.conftest import Made


def newer_rules(made: Made) -> None:
    change(made, lambda events: events[0].update(rules=events[0]["rules"] + 1))


def newer_events(made: Made) -> None:
    events = bodies(made)
    events[0]["tools"]["runbook"] = "99.0.0"
    events.insert(2, {"type": "moon.phase", "at": events[1]["at"], "phase": "full"})
    forge(made, events)


def torn(made: Made) -> None:
    write(made, b"".join(lines(made))[:-40])


def cut(made: Made) -> None:
    write(made, b"".join(lines(made)[:-3]))


def interleaved(made: Made) -> None:
    """A second process that had read line 4 wrote on from there, beside the first."""
    all_lines = lines(made)
    body = body_of(all_lines[4][:-1])
    second, _ = encode_body({name: value for name, value in body.items() if name != "digest"}, body["prev"])
    third, _ = encode_body({**body, "at": body_of(all_lines[5][:-1])["at"]}, body["prev"])
    assert second == all_lines[4][:-1]
    write(made, b"".join([*all_lines[:6], third + b"\n", *all_lines[6:]]))


def changed(made: Made) -> None:
    data = bytearray(b"".join(lines(made)))
    data[len(data) // 2] ^= 1
    write(made, bytes(data))


def foreign(made: Made) -> None:
    os.chown(made.run.path + "/journal.jsonl", os.getuid() + 1, -1)


def open_to_all(made: Made) -> None:
    os.chmod(made.run.path + "/journal.jsonl", 0o666)


def open_folder(made: Made) -> None:
    os.chmod(made.run.path, 0o777)


def _keys(made: Made, edit: Callable[[dict[str, Any]], object]) -> None:
    path = Path(made.place.environ["RUNBOOK_KEYS"], TRUSTED)
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    (path.parent / ACTIVE).write_text("", encoding="utf-8")


def unknown(made: Made) -> None:
    _keys(made, lambda document: document["keys"].clear())


def expired(made: Made) -> None:
    _keys(made, lambda document: document["keys"][0].update(since="2020-01-01T00:00:00.000000Z", until="2020-01-02T00:00:00.000000Z"))


def revoked(made: Made) -> None:
    _keys(made, lambda document: document["keys"][0].update(revoked="2030-01-01T00:00:00.000000Z", why="stolen"))


def unsigned(made: Made) -> None:
    forge(made, bodies(made))
    write(made, b"".join(_without_checkpoints(made)))
    os.unlink(made.run.path + "/seal")
    for name in ("runs.log", "runs.checkpoint"):
        os.unlink(os.path.join(made.place.store.root, name))


def _without_checkpoints(made: Made) -> list[bytes]:
    prev, out = "0" * 64, []
    for number, body in enumerate(bodies(made), 1):
        raw, prev = encode_body({**body, "seq": number}, prev)
        out.append(raw + b"\n")
    return out


TABLE = [
    (newer_rules, 29, "conformance", "a newer version wrote it"),
    (newer_events, 29, "conformance", "version 99.0.0 wrote it"),
    (torn, 21, "completeness", "its end is missing"),
    (cut, 21, "completeness", "its end is missing"),
    (interleaved, 32, "integrity", "two processes wrote at once"),
    (changed, 20, "integrity", "it was changed"),
    (foreign, 30, "place", "belongs to user"),
    (open_to_all, 30, "place", "others may write the journal (mode 0666)"),
    (open_folder, 30, "place", "others may write its folder (mode 0777)"),
    (unknown, 26, "signature", "a key that isn't known here"),
    (expired, 27, "signature", "which counts until"),
    (revoked, 28, "signature", "which was revoked"),
    (unsigned, 25, "signature", "it isn't signed, and should be"),
]


def state(made: Made) -> dict[str, tuple[str, int, int]]:
    """All files of the place: their bytes, modes, and when they were written."""
    found = {}
    for path in sorted(Path(made.place.folder).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            about = path.stat()
            found[str(path)] = (hashlib.sha256(path.read_bytes()).hexdigest(), about.st_mode, about.st_mtime_ns)
    return found


@pytest.fixture
def home(signed: Made, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.chdir(signed.place.library)
    monkeypatch.setenv("RUNBOOK_KEYS", signed.place.environ["RUNBOOK_KEYS"])
    monkeypatch.delenv("RUNBOOK_STORE", raising=False)
    return signed


@pytest.mark.parametrize(("damage", "code", "name", "words"), TABLE, ids=[row[0].__name__ for row in TABLE])
def test_each_is_a_verdict_of_its_own_and_changes_nothing(
    home: Made, capfd: pytest.CaptureFixture[str], damage: Callable[[Made], None], code: int, name: str, words: str
) -> None:
    if damage is foreign and os.getuid() != 0:
        pytest.skip("only root can give a file away; test_speed_and_pages.py plays it")
    damage(home)
    before = state(home)
    audit = home.place.verify(home.run)
    found = next(one for one in audit.verdicts if one.name == name)
    assert (found.status, found.exit, words in found.reason) == ("fail", code, True), audit.verdicts
    assert main(["audit", "verify", home.run.id, "--format", "json"]) == code
    assert json.loads(capfd.readouterr().out)["exit"] == code
    for command in (["show"], ["status"], ["report"], ["report", "--format", "json"], ["audit", "export"], ["audit", "proof"]):
        main([*command, home.run.id, *(["--line", "3"] if "proof" in command else [])])
        said = capfd.readouterr()
        assert "Traceback" not in said.err
        assert "RB999" not in said.err
    assert state(home) == before


def test_a_network_file_system_is_told_by_the_command(
    home: Made, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / {home.place.folder} rw - nfs4 host:/export rw\n", encoding="utf-8")
    monkeypatch.setattr(audit_place, "place_of", lambda folder, real=audit_place.place_of: real(folder, str(mounts)))
    monkeypatch.setattr("runbook_lang.api.audit.place_of", audit_place.place_of)
    before = state(home)
    assert main(["audit", "verify", home.run.id]) == 31
    assert "nfs4" in capfd.readouterr().out
    assert state(home) == before


def test_a_journal_of_a_newer_version_is_not_gone_on_with(home: Made, capfd: pytest.CaptureFixture[str]) -> None:
    newer_rules(home)
    before = (Path(home.run.path) / "journal.jsonl").read_bytes()
    assert main(["resume", home.run.id]) == 2
    assert "rules" in capfd.readouterr().err
    assert (Path(home.run.path) / "journal.jsonl").read_bytes() == before
