"""One request and its answer over one connection, by http.client on a connection of our own."""

from __future__ import annotations

import codecs
import contextlib
import http.client
import re
import ssl
from typing import TYPE_CHECKING, Any

from ..base.record import Record
from ..runtime.ports import VALUE_LIMIT
from ..surfaces.url import BadUrl, Url, parse_url
from .content_coding import ContentCoding
from .texts import one_line
from .wire import Until, Wire, WireError, connect, secure

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from ..runtime.ports import Output
    from .http_message import Message

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are read at all."""

_CHUNK = 64 * 1024
_TOLD = 200
_INTERIM = 50  # interim answers before the final one; a server that sends more never comes to the point
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Codecs of Python's that no text of the web is in: some bytes make them fail, last for minutes, or give half a surrogate pair."""

_PROXY_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3})[^\n]*")


class Answer(Record):
    """What came back. Header names are in lower case; one that came more than once has its values joined by commas.

    `kept` is the first VALUE_LIMIT bytes of the body, `size` its length as far as it was read, both without its Content-Encoding;
    `unreadable` is why that can't be undone, '' when it can.
    """

    status: int
    reason: str
    headers: dict[str, str]
    kept: bytes
    size: int
    unreadable: str = ""

    def text(self) -> str:
        """The body in the charset that the answer names, else UTF-8; what can't be decoded becomes U+FFFD."""
        named = _CHARSET.search(self.headers.get("content-type", ""))
        with contextlib.suppress(LookupError):  # of a name that means no charset
            if named and codecs.lookup(named[1]).name not in _NO_CHARSETS:
                return self.kept.decode(named[1], "replace")
        return self.kept.decode("utf-8", "replace")

    def excerpt(self) -> str:
        """The beginning of a text or JSON body in one line, '' for anything else."""
        if self.unreadable or not re.match(r"text/plain|application/(\w[\w.-]*\+)?json", self.headers.get("content-type", "")):
            return ""
        return one_line(self.text(), _TOLD)


class _FinalResponse(http.client.HTTPResponse):
    """Reads on to the final answer: http.client itself takes any interim one but 100 for it (RFC 9110, 15.2).

    101 is final: nobody asked for another protocol, and what follows isn't HTTP.
    """

    def begin(self) -> None:
        for _ in range(_INTERIM):
            super().begin()
            if not 100 <= self.status < 200 or self.status == http.client.SWITCHING_PROTOCOLS:
                return
            self.headers = self.msg = None  # type: ignore[assignment]  # not yet begun, so that `begin` reads the next one
        raise WireError("status", f"more than {_INTERIM} interim answers ({self.status}) and no final one")


def exchange(
    message: Message, context: ssl.SSLContext | None, proxy: str, until: Until, output: Output, sending: Callable[[], None]
) -> Answer:
    """Send and read. `sending` is called just before the first byte leaves. Raises WireError, SSLCertVerificationError."""
    authority = _authority(message.url)
    wire = _open(message.url, context, proxy, until)
    try:
        connection = http.client.HTTPConnection(message.url.host, message.url.port)
        connection.sock = wire  # all that http.client wants of it is sendall, makefile and close
        connection.response_class = _FinalResponse
        sending()
        _send(connection, message, authority, absolute=bool(proxy) and message.url.scheme == "http")
        response = connection.getresponse()
        return _read(response, output)
    except http.client.RemoteDisconnected as error:
        raise WireError("killed", "the server closed the connection without an answer") from error
    except http.client.IncompleteRead as error:
        raise WireError("killed", "the connection was cut in the middle of the answer") from error
    except http.client.HTTPException as error:
        raise WireError("status", _not_understood(error)) from error
    finally:
        wire.hang_up()


def _not_understood(error: http.client.HTTPException) -> str:
    if isinstance(error, http.client.LineTooLong):
        return "a line of the answer's head is too long"
    if type(error) is http.client.HTTPException:  # of its own it raises it for this alone
        return f"the answer can't be read: {error}"
    return f"the answer isn't HTTP ({type(error).__name__})"


def _open(url: Url, context: ssl.SSLContext | None, proxy: str, until: Until) -> Wire:
    sock: socket.socket
    if proxy:
        try:
            via = parse_url(proxy)
        except BadUrl as error:
            raise WireError("refused", f"the proxy: {error.args[0]}") from error
        sock = connect(via.host, via.port, until)
        if url.scheme == "https":
            try:
                _tunnel(sock, url, until)
            except WireError:
                sock.close()
                raise
    else:
        sock = connect(url.host, url.port, until)
    if url.scheme == "https":
        assert context is not None
        sock = secure(sock, context, url.host, until)
    return Wire(sock, until)


def _tunnel(sock: socket.socket, url: Url, until: Until) -> None:
    """CONNECT (RFC 9110, 9.3.6). Read byte by byte, since what follows the headers belongs to TLS."""
    wire = Wire(sock, until)
    place = f"{_host(url)}:{url.port}"
    wire.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode("ascii"))
    head = bytearray()
    byte = bytearray(1)
    while not head.endswith(b"\r\n\r\n"):
        if not wire.receive(byte) or len(head) > _CHUNK:
            raise WireError("refused", "the proxy's answer can't be read")
        head += byte
    match = _PROXY_ANSWER.match(head)
    if match is None or not match[1].startswith(b"2"):
        said = one_line(head.decode("ascii", "replace"), _TOLD)
        raise WireError("refused", f"the proxy doesn't connect to {place}: {said}")


def _send(connection: Any, message: Message, authority: str, *, absolute: bool) -> None:
    url = message.url
    target = f"{url.scheme}://{authority}{url.target}" if absolute else url.target
    connection.putrequest(message.method, target, skip_host=True, skip_accept_encoding=True)
    if all(name.lower() != "host" for name, _ in message.headers):
        connection.putheader("Host", authority)
    for name, value in message.headers:
        connection.putheader(name, value.encode("utf-8", "surrogateescape"))
    connection.putheader("Accept-Encoding", "identity")
    connection.putheader("Connection", "close")
    if message.body is not None:
        connection.putheader("Content-Length", str(len(message.body)))
    elif message.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", "0")
    connection.endheaders(message.body)


def _host(url: Url) -> str:
    """The host as it stands in a request, where only ASCII may (IDNA). Raises WireError."""
    if url.host.isascii():
        return url.bracketed
    try:
        return url.host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise WireError("dns", f"{url.host} isn't the name of a host") from error


def _authority(url: Url) -> str:
    return _host(url) + url.authority.removeprefix(url.bracketed)


def _read(response: http.client.HTTPResponse, output: Output) -> Answer:
    headers = _headers(response)
    transfer = headers.get("transfer-encoding", "")
    if transfer.lower() not in ("", "identity") and not response.chunked:
        raise WireError("status", f"the answer's Transfer-Encoding, {one_line(transfer, 40)}, isn't spoken here")
    coding = ContentCoding(headers.get("content-encoding", ""))
    kept = bytearray()
    size = 0
    while size < BODY_LIMIT:
        data = response.read1(_CHUNK)
        if not data:
            break
        for part in coding.decoded(data):
            size += len(part)
            kept += part[: max(0, VALUE_LIMIT - len(kept))]
            output.write("body", part)
            if size >= BODY_LIMIT:
                break
    if size < BODY_LIMIT:
        if response.length and not response.chunked:
            raise http.client.IncompleteRead(bytes(kept), response.length)
        coding.end()
    return Answer(response.status, response.reason or "", headers, bytes(kept), size, coding.fault)


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key, text = name.lower(), _header_text(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _header_text(value: str) -> str:
    """In UTF-8 where its bytes are that, as browsers read a Location; else in Latin-1, as which http.client has read it."""
    try:
        return value if value.isascii() else value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
