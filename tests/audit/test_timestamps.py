"""Time stamps by an authority of this machine's own: OpenSSL behind a small server."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runbook_lang.adapters import timestamps
from runbook_lang.adapters.anchors import NAME
from runbook_lang.api.proofs import anchor
from runbook_lang.base.diagnostics import RunbookError
from tests.audit.conftest import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.audit.conftest import Made

client = pytest.importorskip("rfc3161_client", reason="the extra `timestamp` isn't installed")
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL plays the authority")

CONFIG = """\
[req]
distinguished_name = name
prompt = no
x509_extensions = root
[name]
CN = Test authority
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[stamps]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = this
[this]
serial = $ENV::PLACE/serial
crypto_device = builtin
signer_cert = $ENV::PLACE/stamps.pem
signer_key = $ENV::PLACE/stamps.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class Authority:
    """A root, a certificate for time stamps, and `openssl ts -reply`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "config").write_text(CONFIG, encoding="utf-8")
        (folder / "serial").write_text("01\n", encoding="utf-8")
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-config", "config"]
        self.openssl("req", "-x509", *new, "-keyout", "root.key", "-out", "root.pem", "-days", "2")
        self.openssl("req", *new, "-subj", "/CN=Test stamps", "-keyout", "stamps.key", "-out", "stamps.csr")
        sign = ["-CA", "root.pem", "-CAkey", "root.key", "-days", "2", "-extfile", "config", "-extensions", "stamps"]
        self.openssl("x509", "-req", "-in", "stamps.csr", *sign, "-out", "stamps.pem")

    @property
    def root(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def openssl(self, *words: str) -> None:
        environ = {**os.environ, "PLACE": str(self.folder)}
        subprocess.run(["openssl", *words], cwd=self.folder, env=environ, capture_output=True, check=True)

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        self.openssl("ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def address(authority: Authority) -> Iterator[str]:
    other = _query(b"something else")

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            answer = authority.stamp(query if self.path == "/" else other)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer if self.path != "/broken" else b"no answer")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def _query(data: bytes) -> bytes:
    made: bytes = client.TimestampRequestBuilder().data(data).hash_algorithm(client.HashAlgorithm.SHA256).build().as_bytes()
    return made


def trust(signed: Made, pem: bytes) -> None:
    Path(signed.place.environ["RUNBOOK_KEYS"], timestamps.TRUSTED).write_bytes(pem)


def test_a_time_stamp_is_asked_for_and_verified(signed: Made, authority: Authority, address: str) -> None:
    told = anchor(signed.run, "tsa", address)
    assert told.receipt
    trust(signed, authority.root)
    found = verdict(signed.place.verify(signed.run), "anchored")
    assert (found.status, found.exit) == ("pass", 0)
    assert f"by {address} holds the same for lines 1 to 20" in found.reason


def test_without_a_trusted_authority_a_time_stamp_says_nothing(signed: Made, address: str) -> None:
    anchor(signed.run, "tsa", address)
    found = verdict(signed.place.verify(signed.run), "anchored")
    assert (found.status, "tsa.pem" in found.reason) == ("none", True)
    assert signed.place.verify(signed.run, require=("anchored",)).exit == 23


def test_the_stamp_of_another_authority_is_none(signed: Made, address: str, tmp_path: Path) -> None:
    anchor(signed.run, "tsa", address)
    trust(signed, Authority(tmp_path / "other").root)
    found = verdict(signed.place.verify(signed.run), "anchored")
    assert (found.status, found.exit) == ("fail", 23)
    assert "is none" in found.reason


def test_a_stamp_over_another_checkpoint_is_none(signed: Made, authority: Authority, address: str) -> None:
    """The journal was rewritten, and the anchor's own memory with it: the token can't be."""
    anchor(signed.run, "tsa", address)
    trust(signed, authority.root)
    path = Path(signed.run.path, NAME)
    body = json.loads(path.read_text(encoding="utf-8"))
    body["note"] = body["note"].replace("\n20\n", "\n19\n")
    path.write_text(json.dumps(body) + "\n", encoding="utf-8")
    found = verdict(signed.place.verify(signed.run), "anchored")
    assert (found.status, found.exit) == ("fail", 23)


def test_every_bit_of_the_signed_part_counts(signed: Made, authority: Authority, address: str) -> None:
    """Flips single bits all over the token: what verifies all the same must say the same."""
    from base64 import b64decode, b64encode

    told = anchor(signed.run, "tsa", address)
    whole = timestamps.stamped_at(told.receipt, told.note, authority.root)
    raw = b64decode(told.receipt)
    caught = 0
    for place in range(0, len(raw), 7):
        changed = bytes([*raw[:place], raw[place] ^ 4, *raw[place + 1 :]])
        try:
            assert timestamps.stamped_at(b64encode(changed).decode(), told.note, authority.root) == whole
        except timestamps.BadStamp:
            caught += 1
    assert caught > len(raw) // 7 // 2


@pytest.mark.parametrize("path", ["replay", "broken"])
def test_an_answer_to_another_question_is_refused(signed: Made, address: str, path: str) -> None:
    with pytest.raises(RunbookError) as error:
        anchor(signed.run, "tsa", address + path)
    assert error.value.diagnostics[0].code == "RB633"
    assert not Path(signed.run.path, NAME).exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/passwd"])
def test_an_authority_that_is_not_there_is_said(signed: Made, url: str) -> None:
    with pytest.raises(RunbookError) as error:
        anchor(signed.run, "tsa", url)
    assert error.value.diagnostics[0].code == "RB633"


def test_without_the_extra_it_says_what_to_install(signed: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(RunbookError) as error:
        anchor(signed.run, "tsa", "http://127.0.0.1:1/")
    assert error.value.diagnostics[0].code == "RB645"
