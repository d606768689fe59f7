"""The commands: key, audit, runs --prune."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from runbook_lang.cli.main import main
from tests.audit.conftest import Made, verdict
from tests.audit.forging import bodies, lines, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def say(signed: Made, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The command line beside a library with a signed run in it."""
    monkeypatch.chdir(signed.place.library)
    monkeypatch.setenv("RUNBOOK_KEYS", signed.place.environ["RUNBOOK_KEYS"])
    for name in ("RUNBOOK_STORE", "COLUMNS", "SSH_AUTH_SOCK", "RUNBOOK_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: str) -> Said:
        capfd.readouterr()
        code = main(list(words))
        return Said(code, *capfd.readouterr())

    return call


def test_verify_gives_five_verdicts_with_their_reasons(signed: Made, say: Callable[..., Said]) -> None:
    said = say("audit", "verify", "last")
    assert said.code == 0
    assert [line.split()[:2] for line in said.out.splitlines()[1:]] == [
        ["integrity", "pass"],
        ["completeness", "pass"],
        ["signature", "pass"],
        ["anchored", "none"],
        ["conformance", "pass"],
    ]
    found = json.loads(say("audit", "verify", "last", "--format", "json").out)
    assert (found["exit"], found["lines"], found["verdicts"]["integrity"]["status"]) == (0, len(lines(signed)), "pass")
    assert say("audit", "verify", signed.run.path).code == 0
    assert say("audit", "verify", "last", "--require", "anchored").code == 23
    assert "conformance" not in say("audit", "verify", "last", "--no-conformance").out
    assert say("audit", "verify").code == 0


def test_verify_names_the_bad_line_its_offset_and_step(signed: Made, say: Callable[..., Said]) -> None:
    write(signed, b"".join(lines(signed)).replace(b"deploying hello", b"deploying hallo"))
    said = say("audit", "verify", "last", "--quiet")
    assert said.code == 20
    offset = sum(map(len, lines(signed)[:8]))
    assert f"(line 9, byte {offset}, step deploy)" in said.out


def test_a_proof_of_one_step_stands_without_the_rest(signed: Made, say: Callable[..., Said], tmp_path: Path) -> None:
    said = say("audit", "proof", "last", "deploy", "-o", str(tmp_path / "proofs"))
    paths = said.out.split()
    assert (said.code, len(paths)) == (0, 3)
    shutil.rmtree(signed.place.store.root)
    for path in paths:
        good = say("audit", "check-proof", path)
        assert (good.code, "signed by ops" in good.out, '"deploy' in good.out) == (0, True, True)
    with open(paths[0]) as stream:
        text = stream.read()
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra ")
    head, _, rest = text.partition("\nindex ")
    other = head[:60] + ("A" if head[60] != "A" else "B") + head[61:] + "\nindex " + rest
    broken = [text.replace("index 6", "index 5"), other, text.replace("— ops ", "— oops "), text[:-10], "", text.replace("@v1", "@v2")]
    codes = []
    for number, one in enumerate(broken):
        (tmp_path / f"{number}.tlog-proof").write_text(one)
        codes.append(say("audit", "check-proof", str(tmp_path / f"{number}.tlog-proof")).code)
    assert codes == [20, 20, 26, 20, 20, 20]
    assert say("audit", "check-proof", str(tmp_path / "none")).code == 2
    said = say("key", "revoke", "ops", "--because", "lost")
    assert said.code == 0
    assert say("audit", "check-proof", paths[0]).code == 28


def test_a_line_can_be_proven_by_its_number_and_what_is_not_there_cannot(say: Callable[..., Said]) -> None:
    said = say("audit", "proof", "last", "--line", "1")
    assert said.out.startswith("c2sp.org/tlog-proof@v1\n")
    assert "RB637" in say("audit", "proof", "last", "nothing").err
    assert "RB637" in say("audit", "proof", "last", "--line", "99").err
    assert "RB723" in say("audit", "proof", "last").err


def test_an_anchor_in_a_file_is_asked_again_and_holds(signed: Made, say: Callable[..., Said], tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    assert say("audit", "anchor", "last", "--file", str(outside)).code == 0
    assert "lines 1 to 20" in say("audit", "verify", "last", "--require", "anchored").out
    kept = outside.read_text()
    outside.write_text("something else\n")
    assert say("audit", "verify", "last").code == 23
    outside.unlink()
    assert say("audit", "verify", "last").code == 23
    # Whoever holds the key, every copy in the store, and the list: only what was told to the outside is left.
    from tests.audit.forging import change

    outside.write_text(kept)

    def quieter(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        events[0]["operator"] = "bob"
        return events

    change(signed, quieter)
    os.unlink(os.path.join(signed.run.path, "anchors.jsonl"))
    assert say("audit", "verify", "last").code == 0
    said = say("audit", "verify", "last", "--anchor", str(outside))
    assert (said.code, "knows 20 lines" in said.out) == (23, True)
    assert say("audit", "verify", "last", "--anchor", str(signed.place.library / "deploy.yml")).code == 23


def test_an_anchor_in_a_git_note_is_asked_again(signed: Made, say: Callable[..., Said], tmp_path: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path / "repo"), *words], check=True, capture_output=True)

    (tmp_path / "repo").mkdir()
    git("init", "-q")
    git("config", "user.email", "a@example.com")
    git("config", "user.name", "a")
    git("commit", "-q", "--allow-empty", "-m", "first")
    assert say("audit", "anchor", "last", "--git", str(tmp_path / "repo")).code == 0
    assert say("audit", "anchor", "last", "--git", str(tmp_path / "repo")).code == 0
    said = say("audit", "verify", "last", "--require", "anchored")
    assert (said.code, "repo@" in said.out) == (0, True)
    git("notes", "--ref=runbook", "remove", "HEAD")
    assert say("audit", "verify", "last").code == 23
    assert "RB634" in say("audit", "anchor", "last", "--git", str(tmp_path)).err


def test_a_webhook_is_told_and_its_receipt_kept(signed: Made, say: Callable[..., Said]) -> None:
    told: list[bytes] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(201)
            self.end_headers()
            self.wfile.write(b"receipt 7")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        said = say("audit", "anchor", "last", "--webhook", f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (said.code, "201 receipt 7" in said.err) == (0, True)
    assert told[0].decode().startswith(f"runbook-lang/run/{signed.run.id}\n20\n")
    assert "a webhook can't be read back" in say("audit", "verify", "last").out
    assert "RB633" in say("audit", "anchor", "last", "--webhook", "http://127.0.0.1:1/").err
    assert "RB633" in say("audit", "anchor", "last", "--webhook", "file:///etc/passwd").err


def test_exports_have_their_form(signed: Made, say: Callable[..., Said], tmp_path: Path) -> None:
    import csv
    import io

    rows = [json.loads(line) for line in say("audit", "export", "last").out.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, 21))
    table = list(csv.DictReader(io.StringIO(say("audit", "export", "last", "--format", "csv").out)))
    assert [(row["type"], row["step"], row["by"]) for row in table if row["type"] == "need.met"] == [("need.met", "drop", "ada")]
    logs = json.loads(say("audit", "export", "last", "--format", "otlp-json").out)
    records = logs["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert len(records) == 20
    assert all(record["timeUnixNano"].isdigit() and len(record["timeUnixNano"]) == 19 for record in records)
    assert {"key": "service.name", "value": {"stringValue": "runbook"}} in logs["resourceLogs"][0]["resource"]["attributes"]
    cef = say("audit", "export", "last", "--format", "cef", "-o", str(tmp_path / "out.cef"))
    assert cef.code == 0
    first = (tmp_path / "out.cef").read_text().splitlines()[0]
    assert first.startswith("CEF:0|runbook-lang|runbook|")
    assert first.count("|") == 7
    assert "RB724" in say("audit", "export", "last", "--format", "text").err


def test_what_a_spreadsheet_or_a_collector_would_misread_is_escaped() -> None:
    from runbook_lang.api.export import export
    from runbook_lang.machine.events import ActStarted, Note

    events = [ActStarted(1, "2026-03-04T05:06:07.000000Z", id="a#1/main", argv=["=cmd()", 'x,"y"\nz'], argv_digest="")]
    assert next(iter(list(export(events, "csv"))[1:])) == '1,2026-03-04T05:06:07.000000Z,act.started,a,1,main,,,"\'=cmd() x,""y"" z"'
    note = Note(1, "2026-03-04T05:06:07.000000Z", path="a|b", what="x", text="k=v\\ \n|")
    assert next(iter(export([note], "cef"))).endswith(
        "|note|note a\\|b|3|rt=1772600767000 externalId=/1 outcome=x cs1Label=step cs1=a|b msg=k\\=v\\\\ \\n|"
    )


def test_redacted_output_leaves_a_trail_that_verifies(signed: Made, say: Callable[..., Said]) -> None:
    assert "RB722" in say("audit", "redact", "last", "long").err
    assert "RB635" in say("audit", "redact", "last", "look", "--because", "personal data").err
    said = say("audit", "redact", "last", "long", "--because", "personal data")
    assert said.code == 0
    digest = said.out.strip()
    assert "keeps the beginning of its stdout (400 bytes)" in said.err
    assert "keeps the words of its command (18 bytes)" in said.err
    assert not os.path.exists(os.path.join(signed.run.evidence, digest))
    said = say("audit", "verify", "last")
    assert said.code == 0
    assert f"output {digest[:12]}… was removed by " in said.out
    assert "personal data (line 4 of runs.log)" in said.out
    assert "RB635" in say("audit", "redact", "last", "long", "--because", "again").err


def test_a_hold_keeps_a_run_from_redaction_and_pruning(signed: Made, say: Callable[..., Said]) -> None:
    assert say("audit", "hold", "last", "--because", "case 7").code == 0
    assert "RB636" in say("audit", "hold", "last", "--because", "case 7").err
    assert "case 7" in say("audit", "redact", "last", "long", "--because", "x").err
    said = say("runs", "--prune", "--keep", "0s")
    assert (said.code, "it is on hold" in said.out) == (0, True)
    assert os.path.isdir(signed.run.path)
    assert say("audit", "release", "last", "--because", "case closed").code == 0
    assert "RB636" in say("audit", "release", "last", "--because", "x").err
    assert say("audit", "verify", "last").code == 0


def test_pruning_removes_closed_runs_and_says_so_in_the_list(signed: Made, say: Callable[..., Said], tmp_path: Path) -> None:
    shutil.copytree(signed.run.path, tmp_path / "archived")
    assert say("runs", "--prune").code == 2
    assert say("runs", "--prune", "--keep", "soon").code == 2
    assert "older than" in say("runs", "--prune", "--keep", "90d").err
    assert os.path.isdir(signed.run.path)
    said = say("runs", "--prune", "--keep", "0s", "--because", "retention")
    assert (said.code, signed.run.id in said.out) == (0, True)
    assert not os.path.exists(signed.run.path)
    assert "1 of them pruned" in say("audit", "verify").out
    assert say("audit", "verify", str(tmp_path / "archived")).code == 0


def test_a_dry_run_needs_no_signature(say: Callable[..., Said]) -> None:
    assert say("run", "deploy.yml", "--dry-run", "--quiet").code in (0, 8)
    said = say("audit", "verify", "last")
    assert re.search(r"signature +none", said.out), said.out
    assert "conformance   pass" in said.out, said.out


def test_keys_are_listed_rotated_and_trusted(say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vkey = say("key", "list").out.split()[1]
    assert vkey.startswith("ops+")
    assert json.loads(say("key", "list", "--format", "json").out)["keys"][0]["active"] is True
    assert say("key", "rotate", "--overlap", "1h").out.startswith("ops-2+")
    assert "until" in say("key", "list").out
    monkeypatch.setenv("RUNBOOK_KEYS", str(tmp_path / "auditor"))
    assert say("key", "list").out == ""
    assert say("audit", "verify", "last").code == 26
    assert say("key", "trust", vkey, "--since", "2020-01-01").code == 0
    assert "RB624" in say("key", "trust", vkey).err
    assert "RB625" in say("key", "trust", vkey[:-3]).err
    assert "RB724" in say("key", "trust", vkey, "--since", "yesterday").err
    assert "RB723" in say("key", "trust").err
    assert "RB722" in say("key", "revoke", "ops").err
    assert "RB621" in say("key", "revoke", "nobody", "--because", "x").err
    assert "RB621" in say("key", "rotate").err
    assert say("audit", "seal", "last", "--because", "x").code == 2
    assert "RB627" in say("key", "new", "mine", "--agent").err
    monkeypatch.setenv("RUNBOOK_KEY_PASSPHRASE", "correct horse")
    assert say("key", "new", "mine", "--passphrase").code == 0
    assert b"ENCRYPTED" in (tmp_path / "auditor" / "mine.pem").read_bytes()


@pytest.mark.parametrize(
    ("what", "code", "words"),
    [
        ("mode", 30, "others may write"),
        ("link", 30, "names"),
        ("torn", 21, "unfinished"),
        ("empty", 21, ""),
        ("fifo", 2, "RB604"),
        ("gone", 2, "RB604"),
    ],
)
def test_a_bad_place_or_file_is_a_clear_verdict(signed: Made, say: Callable[..., Said], what: str, code: int, words: str) -> None:
    path = os.path.join(signed.run.path, "journal.jsonl")
    if what == "mode":
        os.chmod(path, 0o666)
    elif what == "link":
        os.link(path, f"{path}.2")
    elif what == "torn":
        with open(path, "ab") as stream:
            stream.write(b'{"at":')
    elif what == "empty":
        write(signed, b"")
    else:
        os.unlink(path)
        if what == "fifo":
            os.mkfifo(path)
    said = say("audit", "verify", signed.run.id)
    assert (said.code, words in said.out + said.err) == (code, True), said


def test_a_network_file_system_is_told(signed: Made, tmp_path: Path) -> None:
    from runbook_lang.api.audit_place import file_system, place_of

    mounts = tmp_path / "mounts"
    mounts.write_text(
        "1 0 0:1 / / rw - ext4 /dev/sda rw\nnonsense\n"
        f"2 1 0:2 / {signed.place.folder} rw,relatime shared:1 - nfs4 host:/export rw\n3 1 0:3 / {signed.place.folder}x rw - tmpfs none rw\n"
    )
    assert file_system(signed.run.path, str(mounts)) == "nfs4"
    (found,) = place_of(signed.run.path, str(mounts))
    assert (found.exit, "nfs4" in found.reason) == (31, True)
    assert file_system(signed.run.path, str(tmp_path / "none")) == ""


def test_a_live_run_is_open_and_a_cut_one_is_said_to_be(signed: Made) -> None:
    import fcntl

    write(signed, b"".join(lines(signed)[:10]))
    for name in ("seal",):
        os.unlink(os.path.join(signed.run.path, name))
    for name in ("runs.log", "runs.checkpoint"):
        os.unlink(os.path.join(signed.place.store.root, name))
    with open(os.path.join(signed.run.path, "journal.jsonl"), "rb") as stream:
        copy = signed.place.folder / "copy"
        shutil.copytree(signed.run.path, copy)
        from runbook_lang.adapters.store import RunFolder

        assert "cut off" in verdict(signed.place.verify(RunFolder("copy", str(copy))), "completeness").reason
        fcntl.flock(stream, fcntl.LOCK_EX)
        with open(copy / "journal.jsonl", "rb") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            found = verdict(signed.place.verify(RunFolder("copy", str(copy))), "completeness")
    assert (found.status, "goes on" in found.reason) == ("open", True)
    assert len(bodies(signed)) < 10
