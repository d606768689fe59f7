"""Following a log: a websocket client, as much of RFC 6455 as that takes."""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from base64 import b64encode

from pymerp_lab.doctl import http
from pymerp_lab.doctl.problems import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

TEXT, CLOSE = 1, 8


def follow(url: str, show: Callable[..., None]) -> None:
    """Shows what arrives until the other side closes or the person interrupts."""
    _, host, port, target = http.split(url)
    key = b64encode(os.urandom(16)).decode()
    head = (
        f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    with http.connect(url) as link, link.makefile("rb") as stream:
        link.sendall(head.encode())
        if b" 101 " not in stream.readline():
            raise Failure("websocket: bad handshake")
        while stream.readline().strip():
            pass
        while (frame := _frame(stream)) is not None:
            show(json.loads(frame)["data"])


def _frame(stream: BinaryIO) -> bytes | None:
    """The next text, or None at the end."""
    while len(head := stream.read(2)) == 2:
        size = head[1] & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", stream.read(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", stream.read(8))
        payload = stream.read(size)
        kind = head[0] & 0x0F
        if kind == CLOSE:
            return None
        if kind == TEXT:
            return bytes(payload)
    return None
