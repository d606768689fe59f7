"""HTTP/1.1 over a plain socket: `http.client` alone would double the time that doctl takes to start.

Only what an API on loopback and a test server need: one request a connection, a length or the end of the stream
(and chunks); https where the address says so.
"""

from __future__ import annotations

import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


class Response:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def split(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target of an address."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host, colon, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if not colon:
        host, port = authority, "443" if scheme in {"https", "wss"} else "80"
    return scheme, host.strip("[]"), int(port), slash + path or "/"


def connect(url: str) -> socket.socket:
    scheme, host, port, _ = split(url)
    link = socket.create_connection((host, port))
    if scheme not in {"https", "wss"}:
        return link
    import ssl

    return ssl.create_default_context().wrap_socket(link, server_hostname=host)


def request(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> Response:
    """Raises OSError when there is no connection or no answer."""
    _, host, port, target = split(url)
    lines = {"Host": f"{host}:{port}", "Connection": "close", "User-Agent": "doctl-standin", **headers}
    if body is not None:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    with connect(url) as link:
        link.sendall(head.encode() + (body or b""))
        with link.makefile("rb") as stream:
            return _read(stream)


def _read(stream: BinaryIO) -> Response:
    first = stream.readline().split(None, 2)
    if len(first) < 2 or not first[1].isdigit():
        raise ConnectionError("EOF")
    headers: dict[str, str] = {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b""
        while size := int(stream.readline().split(b";")[0] or b"0", 16):
            body += stream.read(size)
            stream.readline()
    else:
        body = stream.read(int(headers["content-length"])) if "content-length" in headers else stream.read()
    return Response(int(first[1]), headers, body)
