"""Time stamps (RFC 3161): an authority signs that it has seen a checkpoint, and when.

The token that it gives proves that by itself, as long as its certificate leads to an authority that is trusted: those in
`tsa.pem` in the folder of keys, PEM certificates one after the other. Wants the extra `timestamp` (rfc3161-client).
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from ..base.diagnostics import fail
from ..base.text import reason
from .files import read_regular

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

TRUSTED = "tsa.pem"
ANSWER_LIMIT = 256 * 1024
PATIENCE_S = 30


class BadStamp(Exception):
    """The token doesn't say what it should; `args[0]` says why."""


def ask_authority(url: str, note: str) -> str:
    """The token for a checkpoint, as text. Raises RunbookError: RB633 when the authority can't be asked or refuses, RB645 without
    the extra."""
    from urllib.error import URLError
    from urllib.request import Request, urlopen

    client = _client()
    if not url.startswith(("https://", "http://")):
        raise fail("RB633", f"{url!r} is no http or https address.")
    asked = client.TimestampRequestBuilder().data(note.encode()).hash_algorithm(client.HashAlgorithm.SHA256).build()
    request = Request(url, asked.as_bytes(), {"Content-Type": "application/timestamp-query"}, method="POST")  # noqa: S310 - the scheme is looked at above
    try:
        with urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - the same
            raw = answer.read(ANSWER_LIMIT)
        response = client.decode_timestamp_response(raw)
        if client.PKIStatus(response.status) is not client.PKIStatus.GRANTED:
            raise fail("RB633", f"The authority at {url} gives no time stamp: {'; '.join(response.status_string) or response.status}.")
        info = response.tst_info
    except (URLError, OSError, ValueError) as error:
        raise fail("RB633", f"The authority at {url} can't be asked: {error}.") from None
    if info.nonce != asked.nonce or info.message_imprint.message != asked.message_imprint.message:
        raise fail("RB633", f"The authority at {url} answered another question.")
    return b64encode(raw).decode()


def authorities(folder: str) -> bytes:
    """The certificates that are trusted to tell the time; empty without any. Raises RunbookError RB634."""
    try:
        return read_regular(os.path.join(folder, TRUSTED), ANSWER_LIMIT) if folder else b""
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise fail("RB634", f"The authorities in {os.path.join(folder, TRUSTED)} can't be read: {reason(error)}.") from None


def stamped_at(token: str, note: str, trusted: bytes) -> str:
    """When an authority saw the checkpoint, as a journal writes moments. Raises BadStamp; RunbookError RB645 without the extra."""
    from cryptography.x509 import load_pem_x509_certificates

    client = _client()
    try:
        response = client.decode_timestamp_response(b64decode(token, validate=True))
        builder = client.VerifierBuilder()
        for certificate in load_pem_x509_certificates(trusted):
            builder = builder.add_root_certificate(certificate)
        builder.build().verify_message(response, note.encode())
    except (ValueError, Base64Error, client.VerificationError) as error:
        raise BadStamp(str(error) or type(error).__name__) from None
    moment: str = response.tst_info.gen_time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return moment


def available() -> bool:
    """Whether the extra is installed."""
    from importlib.util import find_spec

    return find_spec("rfc3161_client") is not None


def _client() -> ModuleType:
    from importlib import import_module

    try:
        return import_module("rfc3161_client")
    except ImportError:
        help = "Install it with: pip install 'runbook-lang[timestamp]'"
        raise fail("RB645", "Time stamps want the package rfc3161-client, which isn't installed.", help=help) from None
