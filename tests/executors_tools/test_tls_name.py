"""What the other side's openssl says of a server, as a kind and a sentence."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runbook_lang.executors.conformance import FakeAttempt
from runbook_lang.executors.tls_name import check_name, check_name_remotely, openssl_fault
from runbook_lang.runtime.ports import Outcome
from runbook_lang.surfaces.kinds import Request
from tests.executors.certificates import Authority

SAID = [
    (
        (
            "depth=1 CN = Authority\nverify error:num=19:self-signed certificate in certificate chain\n"
            "40675067157F0000:error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed:../ssl/x.c:1889:\n"
        ),
        "tls",
        "the certificate of db:6379 isn't trusted on box: self-signed certificate in certificate chain",
    ),
    (
        "4017F9C9207F0000:error:8000006F:system library:BIO_connect:Connection refused:../bio.c:117:calling connect()\nconnect:errno=111\n",
        "refused",
        "no TLS connection from box to db:6379: Connection refused",
    ),
    (
        "4097D0A5D17F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../ssl/record/ssl3_record.c:354:\n",
        "tls",
        "no TLS connection from box to db:6379: wrong version number",
    ),
    (
        "4077:error:02:system library:BIO_lookup_ex:Name or service not known:../bio_addr.c:758:Name or service not known\n",
        "dns",
        "no TLS connection from box to db:6379: Name or service not known",
    ),
    ("", "tls", "no TLS connection from box to db:6379: openssl said nothing"),
]


@pytest.mark.parametrize(("said", "kind", "sentence"), SAID)
def test_what_openssl_says(said: str, kind: str, sentence: str) -> None:
    assert openssl_fault(said, "db:6379", "box") == (kind, sentence)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """`server('localhost')`: the port of a server whose certificate is for these names."""
    authority = Authority(tmp_path, "ca")
    with contextlib.ExitStack() as stack:

        def start(*names: str) -> int:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(authority.issue(*names))
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=_serve, args=(listening, context), daemon=True).start()
            return int(listening.getsockname()[1])

        yield start


def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    with contextlib.suppress(OSError):
        connection = listening.accept()[0]
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)


@pytest.mark.parametrize("ask", [check_name, check_name_remotely])
@pytest.mark.parametrize(
    ("names", "host", "good"),
    [
        (("localhost",), "localhost", True),
        (("127.0.0.1",), "127.0.0.1", True),
        (("localhost", "127.0.0.1"), "127.0.0.1", True),
        (("localhost",), "127.0.0.1", False),
        (("127.0.0.2",), "127.0.0.1", False),
        (("127.0.0.1",), "localhost", False),
    ],
)
def test_a_certificate_is_for_a_name_or_for_an_address(
    server: Callable[..., int], tmp_path: Path, ask: Callable[..., Outcome | None], names: tuple[str, ...], host: str, good: bool
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl isn't installed")  # a machine without it can't ask from another host either
    attempt = FakeAttempt(Request("redis-cli"), library=str(tmp_path), folder=str(tmp_path))
    fault = ask(attempt, host, server(*names), {"cacert": str(tmp_path / "ca.pem")})
    assert (fault is None) == good
    if fault is not None:
        assert (fault.kind, fault.applied) == ("tls", "no")
