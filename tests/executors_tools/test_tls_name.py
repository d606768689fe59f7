"""What the other side's openssl says of a server, as a kind and a sentence."""

from __future__ import annotations

import pytest

from runbook_lang.executors.tls_name import openssl_fault

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
